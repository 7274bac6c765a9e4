using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Vaal.Data;

/// <summary>
/// Decodes the photographs of a folder once: into a <see cref="PackedFile"/> that later runs read. A file that
/// has the length and the time it had is not decoded again.
/// </summary>
internal static class PackedCache
{
    /// <summary>An impossible time, for a file that could not be opened: it differs next time, and so is tried
    /// again.</summary>
    private const long TryAgain = -1;

    /// <summary>What the name of a checkpoint ends with, which lies beside the packed file.</summary>
    private const string Part = ".part";

    /// <summary>The packed images of exactly these files under these options, from the cache or made now.</summary>
    /// <param name="notes">receives a line when a damaged cache was replaced</param>
    public static PackedFile Open(
        ImageRoot root, IReadOnlyList<SourceFile> files, LoadOptions options, ICollection<string> notes)
    {
        var folder = root.Folder;
        var places = Places(folder, options);
        PackedFile? old = null;
        try
        {
            foreach (var path in places)
            {
                var found = TryOpen(path, options, notes);
                if (found is not null && Same(found, files)) return found;
                if (old is null) old = found;
                else found?.Dispose();
            }
            var place = FirstWritable(places);
            old = Rescued(place, old, options);
            Build(root, files, place, old, options);
            var made = PackedFile.Open(place, options);
            if (made is not null && Same(made, files, justMade: true)) return made;
            made?.Dispose();
            throw new InputException(
                $"{folder} changes while it is read: another process put other images into {place}; try again when " +
                $"it ends");
        }
        catch
        {
            old?.Dispose();
            throw;
        }
    }

    /// <summary>The packed file that is there, of whatever files, to show pictures of; its pixels are not checked.
    /// Null: there is none that can be read.</summary>
    public static PackedFile? Find(string folder, LoadOptions options)
    {
        foreach (var path in Places(folder, options))
        {
            try
            {
                if (PackedFile.Open(path, options, verify: false) is { } found) return found;
            }
            catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException) { }
        }
        return null;
    }

    public static ParallelOptions Parallelism(LoadOptions options) => new()
    {
        MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount,
        CancellationToken = options.Cancel,
    };

    private static bool Same(PackedFile packed, IReadOnlyList<SourceFile> files, bool justMade = false)
        => packed.Entries.Count == files.Count && packed.Entries.Zip(files).All(pair =>
            pair.First.File == pair.Second
                || (justMade && pair.First.File == pair.Second with { Modified = TryAgain }));

    private static PackedFile? TryOpen(string path, LoadOptions options, ICollection<string> notes)
    {
        try
        {
            return PackedFile.Open(path, options);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            notes.Add($"the image cache {path} cannot be used ({e.Message}); it is rebuilt");
            return null;
        }
    }

    /// <summary>Where the packed file may lie, best first.</summary>
    private static List<string> Places(string folder, LoadOptions options)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var size = options.Rectangle is { } frame ? $"{frame.Width}x{frame.Height}" : $"{options.Size}";
        var what = options.Masks is { } masks ? $"masks-{masks.Checksum:x8}" : options.Channels == 1 ? "grey" : "rgb";
        var kind = $"{size}-{options.Fit}-{what}.pixels".ToLowerInvariant();
        var elsewhere = $"{Path.GetFileName(full)}-{Mark(full)}-{kind}";
        if (options.CacheFolder is { } named) return [Path.Combine(Path.GetFullPath(named), elsewhere)];
        return [Path.Combine(full, ".vaal", kind), .. options.UserCacheFolder is { } cache
            ? [Path.Combine(cache, elsewhere)]
            : Array.Empty<string>()];
    }

    /// <summary>Every packed file of this folder that is there, of whatever options.</summary>
    public static IReadOnlyList<string> FilesOf(string folder, string? cacheFolder, string? userCacheFolder)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var elsewhere = $"{Path.GetFileName(full)}-{Mark(full)}-*.pixels";
        (string? Folder, string Pattern)[] places =
            [(Path.Combine(full, ".vaal"), "*.pixels"), (cacheFolder, elsewhere), (userCacheFolder, elsewhere)];
        return [.. places.Where(p => Directory.Exists(p.Folder))
            .SelectMany(p => Directory.EnumerateFiles(p.Folder!, p.Pattern)).Distinct().Order(StringComparer.Ordinal)];
    }

    // one folder for the caches of many tells them apart by it
    private static string Mark(string folder) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.Unicode.GetBytes(folder)), 0, 6);

    private static string FirstWritable(List<string> places)
    {
        var refusals = new List<string>();
        foreach (var place in places)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(place)!);
                using (new FileStream(
                    $"{place}.{Guid.NewGuid():N}.tmp", FileMode.CreateNew, FileAccess.Write, FileShare.None, 1,
                    FileOptions.DeleteOnClose)) return place;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                refusals.Add(e.Message);
            }
        }
        throw new InputException(
            $"the image cache cannot be written: {string.Join("; ", refusals)}; name another cache folder");
    }

    /// <summary>What a killed process has decoded, if that is more than there is; else what there is.</summary>
    private static PackedFile? Rescued(string place, PackedFile? old, LoadOptions options)
    {
        if (PackedFile.Rescue(place + Part) is not { } left) return old;
        try
        {
            using (var found = PackedFile.Open(left, options))
                if (found is null || found.Entries.Count <= (old?.Entries.Count ?? 0)) return old;
            old?.Dispose();                                              // some systems replace no file that is open
            old = null;
            File.Move(left, place, overwrite: true);
            return PackedFile.Open(place, options, verify: false);
        }
        // then it is decoded again
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return old;
        }
        finally
        {
            // who stops the check of its pixels can have it checked again
            if (!options.Cancel.IsCancellationRequested)
            {
                AtomicFile.TryDelete(left);
                AtomicFile.TryDelete(place + Part);
            }
        }
    }

    private static void Build(
        ImageRoot root, IReadOnlyList<SourceFile> files, string place, PackedFile? old, LoadOptions options)
    {
        AtomicFile.DeleteAbandoned(place);                               // may be as large as the cache itself
        var needed = files.Count * (long)ImageDecoder.ImageBytes(options);
        var free = new DriveInfo(Path.GetDirectoryName(place)!).AvailableFreeSpace;
        if (needed > free)
            throw new InputException(
                $"no space left for the image cache {place}: it needs {needed:N0} bytes and {free:N0} are free; " +
                $"make room or name another cache folder");
        try
        {
            AtomicFile.Create(place, stream => Write(root, files, stream, place, old, options));
        }
        finally
        {
            AtomicFile.TryDelete(place + Part);
        }
        options.Cancel.ThrowIfCancellationRequested();
    }

    private static void Write(ImageRoot root, IReadOnlyList<SourceFile> files, Stream stream, string place,
        PackedFile? old, LoadOptions options)
    {
        var (writer, known, saved) = (new PackedFile.Writer(stream), old?.Entries.Count ?? 0, Stopwatch.GetTimestamp());
        try
        {
            Decode(root, files, writer, old, options, Save);
        }
        catch (OperationCanceledException) when (writer.Count > known)
        {
            // what is decoded so far is a cache too, of fewer files: the next run copies it
        }
        writer.Finish(options);
        // before the file is let go of: nobody takes it for one of a killed process
        AtomicFile.TryDelete(place + Part);
        old?.Dispose(); // some systems replace no file that is open

        void Save()
        {
            if (writer.Count <= known || Stopwatch.GetElapsedTime(saved) < options.CheckpointEvery) return;
            try
            {
                writer.Checkpoint(place + Part, options);
            }
            // then a kill loses more
            catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException) { }
            saved = Stopwatch.GetTimestamp();
        }
    }

    private static void Decode(
        ImageRoot root, IReadOnlyList<SourceFile> files, PackedFile.Writer writer, PackedFile? old, LoadOptions options,
        Action save)
    {
        var bytes = ImageDecoder.ImageBytes(options);
        // a second's work, 16 MiB, or 8 images where these are large
        var block = Math.Clamp((16 << 20) / bytes, 8, 512);
        var pixels = new byte[Math.Min(block, files.Count) * bytes];
        var known = Known(old);
        for (var start = 0; start < files.Count; start += block)
        {
            var count = Math.Min(block, files.Count - start);
            var entries = new PackedEntry[count];
            var first = start;
            Parallel.For(
                0, count, Parallelism(options), i =>
                    entries[i] = Fill(files[first + i], pixels.AsSpan(i * bytes, bytes)));
            var kept = 0;
            for (var i = 0; i < count; i++)
            {
                if (entries[i].Problem is not null) continue;
                if (kept != i) pixels.AsSpan(i * bytes, bytes).CopyTo(pixels.AsSpan(kept * bytes));
                kept++;
            }
            writer.Append(pixels.AsSpan(0, kept * bytes), entries);
            save();
            options.Report?.Invoke(new("decoding images", start + count, files.Count));
        }

        PackedEntry Fill(SourceFile file, Span<byte> target)
        {
            if (known.TryGetValue(file, out var position))
            {
                old!.CopyTo(position.Pixels, target);
                return position.Entry;
            }
            var decoded = root.FileOf(file.Path, out var outside) is not { } path
                ? new Decoded(0, 0, outside, Unreachable: true)
                : options.Masks is { } ids
                ? MaskDecoder.Decode(path, target, ids, options)
                : ImageDecoder.Decode(path, target, options);
            return new(decoded.Unreachable
                ? file with { Modified = TryAgain }
                : file, decoded.Width, decoded.Height, decoded.Problem);
        }
    }

    private static Dictionary<SourceFile, (int Pixels, PackedEntry Entry)> Known(PackedFile? old)
    {
        var known = new Dictionary<SourceFile, (int, PackedEntry)>();
        var pixels = 0;
        // two images may share a mask
        foreach (var entry in old?.Entries ?? []) if (entry.Problem is null) known[entry.File] = (pixels++, entry);
        return known;
    }
}
