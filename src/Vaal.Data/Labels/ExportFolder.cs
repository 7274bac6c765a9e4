using System.Globalization;
using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// An exported folder appears whole or not at all: written beside its place under a temporary name, flushed to the
/// disk, renamed. One of ours is replaced as long as it holds what was written and nothing else; any other is left
/// alone.
/// </summary>
internal static class ExportFolder
{
    /// <summary>Which image each file is.</summary>
    public const string Index = "vaal.csv";

    /// <summary>
    /// The mark by which an exported folder is known as ours: its files, with size and time of writing.
    /// </summary>
    private const string Mark = ".vaal-export";

    public static void Create(string path, Action<string> write)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        using var alone = Alone(full, path);
        var (temporary, old) = (Beside(full, "tmp"), Beside(full, "old"));
        PutBack();
        if (Obstacle(full) is { } obstacle)
            throw new InputException($"{path} {obstacle}; move it away or export to another folder");
        foreach (var stale in new[] { temporary, old })
            if (Directory.Exists(stale)) Directory.Delete(stale, recursive: true);
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            Flushed(Path.Combine(temporary, Mark), stream => JsonSerializer.Serialize(stream, FilesIn(temporary)));
            if (Directory.Exists(full)) Directory.Move(full, old);
            Directory.Move(temporary, full);
        }
        finally
        {
            PutBack();
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);

        // whoever stopped between the two moves left neither the old export nor the new one in its place
        void PutBack()
        {
            if (!Directory.Exists(full) && Directory.Exists(old)) Directory.Move(old, full);
        }
    }

    /// <summary>A new file whose bytes have reached the disk.</summary>
    public static void Flushed(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>A text of lines, in UTF-8.</summary>
    public static void Lines(string path, IEnumerable<string> lines)
        => Flushed(path, stream => stream.Write(
            System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(l => l + "\n")))));

    /// <summary>
    /// A copy of an image, which shares its blocks where the file system can do that: whatever a tool does to it, the
    /// user's own stays as it is.
    /// </summary>
    /// <exception cref="InputException">it is not there any more, or lies outside of the image folder</exception>
    /// <param name="done">how many images were copied before</param>
    public static void Copy(ExportRow row, string target, ExportRequest request, int done)
    {
        request.Cancel.ThrowIfCancellationRequested();
        if (done > 0 && done % ImportLog.Every == 0)
            request.Report?.Invoke(new("copying images", done, request.Rows.Count));
        if (row.Outside is { } outside)
            throw new InputException($"the image {row.Image} is not copied: {outside}");
        if (!File.Exists(row.File))
            throw new InputException($"the image {row.Image} is not there any more; run 'vaal init' again");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(row.File, target);
        File.SetAttributes(target, FileAttributes.Normal);                           // the original may be read-only
        using var file = File.OpenHandle(target, access: FileAccess.Write);
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>
    /// Names for files in a folder of their own: kept where they can be, made safe and distinguished by a number.
    /// </summary>
    public static string Unique(string name, HashSet<string> taken)
    {
        var file = new string([.. Path.GetFileName(name)
            .Select(c => char.IsControl(c) || "<>:\"/\\|?*".Contains(c) ? '_' : c)]).Trim(' ', '.');
        if (file.Length == 0) file = "image";
        var (stem, extension) = (Path.GetFileNameWithoutExtension(file), Path.GetExtension(file));
        // distinguished by stem, because label files are named by it, and not only by case, which some systems ignore
        for (var number = 2; !taken.Add(Path.GetFileNameWithoutExtension(file).ToUpperInvariant()); number++)
            file = string.Create(CultureInfo.InvariantCulture, $"{stem}~{number}{extension}");
        return file;
    }

    /// <summary>Why a folder must not be replaced: it is not an export, or somebody has worked in it since.</summary>
    private static string? Obstacle(string folder)
    {
        if (File.Exists(folder)) return "is a file";
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return null;
        if (WrittenIn(folder) is not { } written) return "is not empty and is not an export of vaal";
        var found = FilesIn(folder);
        return found.Count == written.Count && found.All(f => written.GetValueOrDefault(f.Key) == f.Value)
            ? null : "has been changed since it was exported";
    }

    private static Dictionary<string, string>? WrittenIn(string folder)
    {
        var mark = Path.Combine(folder, Mark);
        try
        {
            return File.Exists(mark)
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(RegularFile.ReadAllBytes(mark))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> FilesIn(string folder)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        return new DirectoryInfo(folder).EnumerateFiles("*", all).Where(f => f.Name != Mark)
            .ToDictionary(f => Path.GetRelativePath(folder, f.FullName),
                f => string.Create(CultureInfo.InvariantCulture, $"{f.Length} {f.LastWriteTimeUtc.Ticks}"));
    }

    // Two exports to one folder would share the temporary one. The lock goes with the process that holds it.
    private static FileStream Alone(string full, string path)
    {
        var held = Beside(full, "lock");
        Directory.CreateDirectory(Path.GetDirectoryName(held)!);
        try
        {
            return new FileStream(
                held, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (AtomicFile.IsHeld(e))
        {
            throw new InputException($"another export writes {path}; wait for it, or export to another folder", e);
        }
    }

    private static string Beside(string full, string kind)
        => Path.Combine(Path.GetDirectoryName(full)
            ?? throw new InputException($"{full} cannot be replaced; export to a folder inside it"),
            $".{Path.GetFileName(full)}.vaal-{kind}");
}
