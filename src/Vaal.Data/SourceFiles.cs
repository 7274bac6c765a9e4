namespace Vaal.Data;

/// <summary>An image file of a folder, before anything of it was read.</summary>
/// <param name="Path">relative to the folder, with '/'</param>
/// <param name="Length">bytes</param>
/// <param name="Modified">UTC ticks</param>
internal sealed record SourceFile(string Path, long Length, long Modified);

/// <summary>
/// The image files in and below a folder. Hidden ones (<c>.git</c>, <c>._photo.jpg</c>) are skipped. Links are
/// followed, but no folder is read twice, so that a loop ends.
/// </summary>
internal static class SourceFiles
{
    /// <summary>
    /// What is taken for an image. Those that cannot be decoded are here to be reported, not passed over.
    /// </summary>
    public static readonly string[] Extensions =
    [
        ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif",
        ".tif", ".tiff", ".heic", ".heif", ".avif", ".jxl", ".jp2", ".j2k", ".jpx", ".jpf", ".ppm", ".pgm", ".pbm",
            ".pnm",
        ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".svg", ".psd", ".tga", ".ico",
    ];

    private static readonly HashSet<string> _extensions = new(Extensions, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a file is taken for an image, by its name.</summary>
    public static bool IsPicture(string name) => _extensions.Contains(System.IO.Path.GetExtension(name));

    /// <summary>A file by its path. Of a link, length and time are those of the file that it leads to, so that a change
    /// of that file is seen. Both are 0 where there is no file.</summary>
    /// <param name="path">relative, with '/', or absolute</param>
    public static SourceFile Of(string folder, string path) =>
        Of(new FileInfo(System.IO.Path.Combine(folder, path)), path);

    /// <summary>Lazily, in no order that can be relied on.</summary>
    /// <param name="notes">receives a line for each folder that may not be read, or that a link outside is</param>
    /// <param name="within">null: links may lead anywhere</param>
    /// <param name="also">names of other files that are wanted; null: none</param>
    public static IEnumerable<SourceFile> In(
        string folder, ICollection<string>? notes = null, ImageRoot? within = null, Func<string, bool>? also = null)
    {
        var root = new DirectoryInfo(System.IO.Path.GetFullPath(folder));
        var real = RealPath.Of(root.FullName) ?? root.FullName;
        var seen = new HashSet<string>(StringComparer.Ordinal) { real };
        var open = new Stack<(DirectoryInfo Folder, string Path, string Real)>([(root, "", real)]);
        while (open.TryPop(out var next))
        {
            var entries = Entries(next.Folder, next.Path, notes);
            var masks = RoboflowMasks.In(entries);
            foreach (var entry in entries)
            {
                if (entry.Name.StartsWith('.')) continue;
                var path = next.Path + entry.Name;
                if (entry is DirectoryInfo below)
                {
                    // a folder is known by where it really lies: below a link its path says nothing
                    var beside = System.IO.Path.Join(next.Real, below.Name);
                    var place = IsLink(below) ? RealPath.Of(beside) : beside;
                    if (place is not null && within?.Contains(place) == false)
                        notes?.Add($"{path} is a link that leads out of the image folder, and is left out; if it is "
                            + "your own, 'vaal init --follow-links' reads it");
                    else if (place is not null && seen.Add(place)) open.Push((below, path + "/", place));
                }
                else if (also?.Invoke(entry.Name) == true || IsPicture(entry.Name) && !masks.Contains(entry.Name))
                    yield return Of(entry, path);
            }
            if (masks.Count > 0)
                notes?.Add($"{Counted.Of(masks.Count, "mask")} in {(next.Path.Length == 0 ? folder : next.Path)} "
                    + $"{Counted.Is(masks.Count)} not {(masks.Count == 1 ? "an image" : "images")} of the pool");
        }
    }

    /// <summary>All of them, in ordinal order of their paths.</summary>
    /// <param name="found">hears how many there are so far; null: nobody does</param>
    public static List<SourceFile> Sorted(
        string folder, ICollection<string> notes, ImageRoot? within = null, Action<int>? found = null)
    {
        var files = new List<SourceFile>();
        foreach (var file in In(folder, notes, within))
        {
            if (files.Count % 256 == 0) found?.Invoke(files.Count);
            files.Add(file);
        }
        files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return files;
    }

    /// <summary>Why a folder cannot be listed; null: it can.</summary>
    public static string? Unreadable(string folder)
    {
        var notes = new List<string>();
        Entries(new DirectoryInfo(folder), "", notes);
        return notes.Count == 0 ? null : $"the folder {folder} cannot be read; allow this user to read it";
    }

    /// <summary>What is here before what is linked: a folder is known by its own path if it can be.</summary>
    private static IReadOnlyList<FileSystemInfo> Entries(DirectoryInfo folder, string path, ICollection<string>? notes)
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos().OrderBy(IsLink).ThenBy(e => e.Name, StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            notes?.Add($"{(path.Length == 0 ? folder.FullName : path)} is left out: {e.Message}");
            return [];
        }
    }

    private static SourceFile Of(FileSystemInfo entry, string path) =>
        entry.Exists && Target(entry) is FileInfo { Exists: true } file
            ? new(path, file.Length, file.LastWriteTimeUtc.Ticks) : new(path, 0, 0);

    private static bool IsLink(FileSystemInfo entry) => entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    private static FileSystemInfo Target(FileSystemInfo entry)
    {
        try
        {
            return IsLink(entry) ? entry.ResolveLinkTarget(returnFinalTarget: true) ?? entry : entry;
        }
        catch (IOException) // links that point at each other
        {
            return entry;
        }
    }
}
