using System.Globalization;
using System.Runtime.InteropServices;

namespace Vaal.Interop;

/// <summary>
/// An exported folder appears whole or not at all: written beside its place under a temporary name, flushed to the disk,
/// renamed. One of ours is replaced, unless somebody has worked in it; any other is left alone.
/// </summary>
internal static partial class ExportFolder
{
    /// <summary>What an exported folder holds, and the mark by which it is known as ours.</summary>
    public const string Index = "vaal.csv";

    public static void Create(string path, Action<string> write)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Obstacle(full) is { } obstacle) throw new InputException($"{path} {obstacle}; move it away or export to another folder");
        var (temporary, old) = (Beside(full, "tmp"), Beside(full, "old"));
        foreach (var stale in new[] { temporary, old })
            if (Directory.Exists(stale)) Directory.Delete(stale, recursive: true);
        try
        {
            Directory.CreateDirectory(temporary);
            write(temporary);
            if (Directory.Exists(full)) Directory.Move(full, old);
            Directory.Move(temporary, full);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
    }

    /// <summary>A new file whose bytes have reached the disk.</summary>
    public static void Flushed(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>The same file under a second name, or a copy where the file system cannot do that.</summary>
    public static void Link(string source, string target)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        source = File.ResolveLinkTarget(source, returnFinalTarget: true)?.FullName ?? source;
        if (OperatingSystem.IsWindows() ? CreateHardLink(target, source, 0) : HardLink(source, target) == 0) return;
        using var original = File.OpenRead(source);
        Flushed(target, original.CopyTo);
    }

    /// <summary>Names for files in a folder of their own: kept where they can be, made safe and told apart by a number.</summary>
    public static string Unique(string name, HashSet<string> taken)
    {
        var file = new string([.. Path.GetFileName(name).Select(c => char.IsControl(c) || "<>:\"/\\|?*".Contains(c) ? '_' : c)]).Trim(' ', '.');
        if (file.Length == 0) file = "image";
        var (stem, extension) = (Path.GetFileNameWithoutExtension(file), Path.GetExtension(file));
        // told apart by stem, because label files are named by it, and whatever the case, for the systems that ignore it
        for (var number = 2; !taken.Add(Path.GetFileNameWithoutExtension(file).ToUpperInvariant()); number++)
            file = string.Create(CultureInfo.InvariantCulture, $"{stem}~{number}{extension}");
        return file;
    }

    /// <summary>Why a folder must not be replaced: it is not an export, or somebody has worked in it since.</summary>
    private static string? Obstacle(string folder)
    {
        if (File.Exists(folder)) return "is a file";
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any()) return null;
        var index = Path.Combine(folder, Index);
        if (!File.Exists(index)) return "is not empty and not an export of vaal";
        var written = File.GetLastWriteTimeUtc(index).AddSeconds(2);
        return Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Prepend(folder)
            .Any(e => File.GetLastWriteTimeUtc(e) > written) ? "has been changed since it was exported" : null;
    }

    private static string Beside(string full, string kind)
        => Path.Combine(Path.GetDirectoryName(full) ?? throw new InputException($"{full} cannot be replaced; export to a folder inside it"),
            $".{Path.GetFileName(full)}.vaal-{kind}");

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int HardLink(string source, string target);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CreateHardLink(string target, string source, nint security);
}
