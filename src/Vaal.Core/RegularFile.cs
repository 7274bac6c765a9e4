using System.Formats.Tar;

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

    /// <summary>Bytes of what may be opened, at the end of a link too; 0 of anything else.</summary>
    public static long Length(string path)
    {
        try
        {
            return Info(path).Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <exception cref="FileNotFoundException">there is no such file</exception>
    /// <exception cref="IOException">it is a pipe, a device or a socket</exception>
    public static FileInfo Info(string path)
    {
        var file = new FileInfo(path);
        if (Directory.Exists(path)) throw new IOException($"'{path}' is a folder; expected a file");
        if (!file.Exists) File.OpenRead(path).Dispose();                             // the system says why
        if (Problem(file) is { } problem) throw new IOException(problem);
        return file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
    }

    /// <exception cref="IOException">it is a pipe, a device or a socket, or the system refuses</exception>
    public static FileStream OpenRead(string path)
    {
        Info(path);
        return File.OpenRead(path);
    }

    /// <exception cref="IOException">as above</exception>
    public static byte[] ReadAllBytes(string path) => Info(path).Length == 0 ? [] : File.ReadAllBytes(path);

    /// <exception cref="IOException">as above</exception>
    public static string[] ReadAllLines(string path) => Info(path).Length == 0 ? [] : File.ReadAllLines(path);

    /// <exception cref="IOException">as above</exception>
    public static string ReadAllText(string path) => Info(path).Length == 0 ? "" : File.ReadAllText(path);

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
            return null;                                                             // opening it says so
        }
        catch (IOException e)
        {
            return $"'{file}' is a link that leads nowhere: {e.Message}";
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
