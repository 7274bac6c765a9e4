namespace Vaal.Data.Labels;

/// <summary>
/// Which images the entries of one import mean. Names may begin with folders above the image folder, which another
/// computer had; but then all of them do. A file that speaks of two folders does not mean one folder's images twice.
/// </summary>
internal static class ImageMatches
{
    /// <summary>Of each annotation the path of its image, or why there is none.</summary>
    /// <param name="root">the image folder</param>
    public static IReadOnlyList<(string? Path, string? Problem)> Of(IReadOnlyList<Annotation> annotations,
        ImageNames names, string root)
    {
        var matches = new (string? Path, string? Problem)[annotations.Count];
        var above = new string?[annotations.Count];
        var uploads = ImageNames.AreUploads(annotations.Select(a => a.Image));
        for (var i = 0; i < matches.Length; i++)
        {
            matches[i] = (names.Resolve(annotations[i].Image, annotations[i].Folder, out var problem,
                annotations[i].Split, uploads || annotations[i].Uploaded || ImageNames.IsUpload(annotations[i].Image)),
                problem);
            // an absolute path in the image folder drops no folder
            if (matches[i].Path is { } path && names.FromFolder(annotations[i].Image) is null)
                above[i] = ImageNames.DroppedFolder(annotations[i].Image, path);
        }
        // where some names have the image folder's own name, others with another name are of another folder
        var own = Canonical.Form(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root))));
        var ownIsNamed = above.Contains(own);
        var contradict = annotations.Index().Where(a => matches[a.Index].Path is not null && above[a.Index] is not null)
            .GroupBy(a => matches[a.Index].Path!).Where(g => g.Select(a => above[a.Index]).Distinct().Count() > 1)
            .Select(g => g.Key).ToHashSet();
        for (var i = 0; i < matches.Length; i++)
        {
            if (above[i] is null || ownIsNamed && above[i] == own) continue;
            if (ownIsNamed || contradict.Contains(matches[i].Path!))
                matches[i] = (null, $"no image {Text.Quote(annotations[i].Image)} in the workspace; "
                    + $"{Text.Quote(matches[i].Path!)} has the same file name, but lies in another folder");
        }
        return matches;
    }
}
