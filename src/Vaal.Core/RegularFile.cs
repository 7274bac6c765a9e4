using System.Formats.Tar;
using System.Text;

namespace Vaal;

/// <summary>
/// Opens what a user or a file names, if it is a regular file. Opening a pipe would wait without end, and a device has
/// no end. Both have a length of 0, so that ordinary files cost nothing more.
/// </summary>
internal static class RegularFile
{
    /// <summary>Whether it is a file that may be opened; false also where there is none.</summary>
    public static bool Is(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && Problem(file) is null;
    }

    /// <exception cref="FileNotFoundException">there is no such file</exception>
    /// <exception cref="IOException">it is a pipe, a device or a socket</exception>
    public static FileInfo Info(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) throw new FileNotFoundException($"there is no file {path}", path);
        if (Problem(file) is { } problem) throw new IOException(problem);
        return file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

    /// <exception cref="IOException">it is a pipe, a device or a socket, or the system refuses</exception>
    public static FileStream OpenRead(string path)
    {
        Info(path);
        return File.OpenRead(path);
    }

    /// <exception cref="IOException">as above, or it has more bytes than <paramref name="most"/></exception>
    public static byte[] ReadAllBytes(string path, long most = int.MaxValue)
    {
        var length = Info(path).Length;
        if (length > most)
            throw new IOException($"{path} has {length:N0} bytes; at most {most:N0} are read");
        return length == 0 ? [] : File.ReadAllBytes(path);
    }

    /// <summary>The lines of a text in UTF-8.</summary>
    /// <exception cref="IOException">as above</exception>
    public static string[] ReadAllLines(string path) =>
        ReadAllText(path).Split('\n') is var lines && lines[^1].Length == 0 ? Trimmed(lines[..^1]) : Trimmed(lines);

    /// <summary>A text in UTF-8, without its byte order mark.</summary>
    /// <exception cref="IOException">as above</exception>
    public static string ReadAllText(string path) => Encoding.UTF8.GetString(ReadAllBytes(path)).TrimStart('\uFEFF');

    private static string[] Trimmed(string[] lines) => Array.ConvertAll(lines, l => l.TrimEnd('\r'));

    private static string? Problem(FileInfo file)
    {
        try
        {
            var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
            return target.Length > 0 || IsRegular(target.FullName)
                ? null : $"'{file}' is a pipe or a device; expected a regular file";
        }
        catch (FileNotFoundException)
        {
            return $"'{file}' is a link to nothing";
        }
    }

    /// <summary>The type that an archiver would write down; .NET has no other way to ask for it.</summary>
    private static bool IsRegular(string path)
    {
        if (OperatingSystem.IsWindows()) return true;
        try
        {
            using var archive = new MemoryStream();
            using (var writer = new TarWriter(archive, leaveOpen: true)) writer.WriteEntry(path, "x");
            archive.Position = 0;
            using var reader = new TarReader(archive);
            return reader.GetNextEntry()?.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
        }
        catch (IOException)
        {
            return false;                                                            // a socket
        }
    }
}
