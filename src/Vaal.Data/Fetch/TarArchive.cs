using System.Formats.Tar;
using System.IO.Compression;

namespace Vaal.Data.Fetch;

/// <summary>Unpacks <c>.tar</c> and <c>.tar.gz</c>: files and folders only, and none outside the folder they are meant
/// for.</summary>
internal static class TarArchive
{
    /// <exception cref="InputException">the archive is damaged, or holds a link, a device or a path that leads
    /// out</exception>
    public static void Unpack(string archive, string folder, Action<TrainEvent>? report, CancellationToken cancel)
    {
        folder = Path.GetFullPath(folder);
        var name = Path.GetFileName(archive);
        using var file = RegularFile.OpenRead(archive);
        using Stream plain = archive.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var tar = new TarReader(plain);
        try
        {
            while (tar.GetNextEntry() is { } entry)
            {
                cancel.ThrowIfCancellationRequested();
                if (entry.EntryType == TarEntryType.GlobalExtendedAttributes) continue;
                var path = Place(folder, entry.Name, name);
                if (entry.EntryType == TarEntryType.Directory) Directory.CreateDirectory(path);
                else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile) Write(entry, path);
                else throw new InputException(
                    $"{name} holds {entry.Name}, a {entry.EntryType}; only files and folders are unpacked");
                report?.Invoke(new($"unpacking {name}, kB", file.Position / 1_000, file.Length / 1_000));
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InputException($"{name} is damaged: {e.Message}", e);
        }
    }

    private static void Write(TarEntry entry, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var to = File.Create(path);
        entry.DataStream?.CopyTo(to);
    }

    private static string Place(string folder, string entry, string archive)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(Path.Combine(folder, entry)));
        var inside = path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        if (!inside || entry.Contains('\\') || entry.Any(char.IsControl))
            throw new InputException(
                $"{archive} holds a file that leads out of its folder or has no plain name: {entry}");
        return path;
    }
}
