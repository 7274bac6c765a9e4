namespace Vaal.Data.Labels;

// Where the labels lie in what an import names: a file, a folder and those below it, or an archive.
internal static partial class LabelFormats
{
    private static ImportResult FromArchive(string path, LabelFormat? format, ImportContext context)
    {
        var folder = Directory.CreateTempSubdirectory("vaal-import-").FullName;
        try
        {
            var log = new ImportLog(context);
            Sources.Unzip(path, folder, log);
            var result = Read(Sources.OnlyContent(folder), path, format, context);
            return result with { Problems = [.. log.Result.Problems, .. result.Problems] };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>
    /// The full path of what an import names; a pipe or a device is refused before anything opens it.
    /// </summary>
    private static string Existing(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Sources.NoSpreadsheet(full);
        if (File.Exists(full)) Sources.Regular(full);
        else if (!Directory.Exists(full)) throw new InputException($"no file or folder '{path}'");
        return full;
    }

    private static ImportResult Read(string path, string shown, LabelFormat? named, ImportContext context)
    {
        var places = named is null ? Locate(path, shown) : Places(path, named);
        if (places is [var (format, only)] && only == path) return format.Read!(path, context);
        var log = new ImportLog(context);
        foreach (var (within, folder) in places)
            log.Take(within.Read!(folder, context), $"{Sources.Relative(path, folder)}, ");
        return log.Result;
    }

    /// <summary>What there is to read: the path itself, or folders below it that all are in one format.</summary>
    private static List<(LabelFormat Format, string Path)> Locate(string path, string shown)
    {
        List<LabelFormat> In(string at) => [.. Readable.Where(f => f.Name != ImageFolders && f.Recognises(at))];
        // of a file, the first says most about it
        if (File.Exists(path)) return In(path) is [var first, ..] ? [(first, path)] : throw Unknown(shown);
        foreach (var level in Levels(path))
        {
            var found = level.SelectMany(folder => In(folder).Select(format => (Format: format, Path: folder)))
                .ToList();
            if (found.Count == 0) continue;
            // a folder's metadata.jsonl stands beside the labels themselves
            if (found.Exists(f => f.Format.Name != "json")) found.RemoveAll(f => f.Format.Name == "json");
            if (found.DistinctBy(f => f.Format).Count() == 1) return found;
            var names = found.DistinctBy(f => f.Format)
                .Select(f => $"{f.Format.Name} in {(f.Path == path ? "it" : Sources.Relative(path, f.Path))}");
            throw new InputException(
                $"'{shown}' holds labels in several formats ({string.Join(", ", names)}); name one with --format, or "
                    + "import one folder or file");
        }
        if (!FolderPerClass.Recognises(path)) throw Unknown(shown);
        return FolderPerClass.Doubt(path) is not { } doubt ? [(All[ImageFolders], path)] : throw new InputException(
            $"'{shown}' has no known label format: {doubt}; name a file, or a format with --format: "
            + $"{Choices(Readable)}");
    }

    /// <summary>Where labels of a named format lie: there, or in folders below.</summary>
    private static List<(LabelFormat Format, string Path)> Places(string path, LabelFormat format)
    {
        if (File.Exists(path) || format.Name == ImageFolders) return [(format, path)];
        var found = Levels(path).Select(level => level.Where(format.Recognises).Select(folder => (format, folder))
            .ToList());
        return found.FirstOrDefault(f => f.Count > 0) ?? [(format, path)];
    }

    /// <summary>The folder, then those in it, then those in these; no hidden ones, and no links.</summary>
    private static IEnumerable<List<string>> Levels(string path)
    {
        List<string> level = [path];
        for (var depth = 0; depth <= MostLevels && level.Count is > 0 and <= MostFolders; depth++)
        {
            yield return level;
            level =
            [
                .. level.SelectMany(Directory.EnumerateDirectories).Where(d => !Path.GetFileName(d).StartsWith('.')
                    && new DirectoryInfo(d).LinkTarget is null).Order(StringComparer.Ordinal).Take(MostFolders + 1),
            ];
        }
    }
}
