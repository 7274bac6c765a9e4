using System.IO.Compression;

namespace Vaal.Data.Labels;

internal static partial class Sources
{
    /// <summary>
    /// Unpacks an archive into a folder; pictures become empty files, because only their names matter.
    /// </summary>
    public static void Unzip(string path, string folder, ImportLog log)
    {
        try
        {
            Regular(path);
            using var archive = ZipFile.OpenRead(path);
            if (archive.Entries.Count > 2_000_000)
                throw new InputException(
                    $"{Path.GetFileName(path)} has {archive.Entries.Count} entries; at most 2,000,000 are read");
            var left = log.Context.MaxUnpackedBytes;
            foreach (var entry in archive.Entries.Where(e => !e.FullName.EndsWith('/')))
                log.Entry($"archive entry {Text.Quote(entry.FullName)}",
                    () => left -= Unpack(entry, folder, left, log));
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{Path.GetFileName(path)} is not a whole ZIP archive", e);
        }
    }

    private static long Unpack(ZipArchiveEntry entry, string folder, long left, ImportLog log)
    {
        var name = entry.FullName.Replace('\\', '/');
        if (ImageNames.Unsafe(name) is { } problem) throw new MalformedEntryException(problem);
        var target = Path.GetFullPath(Path.Combine(folder, name));
        if (!target.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new MalformedEntryException("leaves the folder");
        if (name.Split('/').Any(part => part.Length > 200) || File.Exists(target) || Directory.Exists(target))
            throw new MalformedEntryException("has a name that is too long or is there twice");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using var output = File.Create(target);
            if (IsPicture(name) && !IsMask(name)) return 0;
            using var input = entry.Open();
            var buffer = new byte[1 << 16];
            long total = 0;
            for (int read; (read = input.Read(buffer)) > 0; output.Write(buffer, 0, read))
            {
                log.Context.Cancel.ThrowIfCancellationRequested();
                if ((total += read) > left)
                    throw new InputException(
                        $"the archive unpacks to more than {log.Context.MaxUnpackedBytes >> 20} MiB");
            }
            return total;
        }
        catch (IOException e)
        {
            throw new MalformedEntryException($"cannot be unpacked: {e.Message}");
        }
    }
}
