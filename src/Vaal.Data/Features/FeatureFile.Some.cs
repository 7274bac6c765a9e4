using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Vaal.Data.Features;

// A few rows of a large file: of the other rows only the keys are looked at, and only blocks with a wanted row are
// checked. A million rows take a fraction of a second and no memory.
internal sealed partial class FeatureFile
{
    /// <summary>Bytes of a block's beginning that are read at once: in most blocks they hold all keys.</summary>
    private const int Beginning = 512;

    /// <summary>The rows of some files, by their positions, of an encoder whose digest begins so; null: it has no file
    /// here, or none that is whole. Rows in damaged blocks are missing.</summary>
    /// <param name="folder">of features</param>
    /// <exception cref="InputException">the file is not one of features</exception>
    public static FeatureRows? Read(string folder, string digest, IReadOnlyList<SourceFile> files,
        CancellationToken cancel = default)
    {
        if (!Directory.Exists(folder)) return null;
        var path = Directory.GetFiles(folder, $"*-{digest[..12]}.features").FirstOrDefault();
        if (path is null) return null;
        RegularFile.Info(path);
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite
            | FileShare.Delete);
        var header = new byte[BlocksAt];
        if (ReadAll(handle, header, 0) < BlocksAt) return null;
        using var file = new FeatureFile(path, Convert.ToHexStringLower(header, 16, 32),
            BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));
        file.CheckHeader(header);
        if (file._digest != digest) return null;
        var stamps = new UInt128[files.Count];
        for (var i = 0; i < stamps.Length; i++) stamps[i] = FeatureKey.StampOf(files[i]);
        return file.Some(handle, stamps, [.. files.Select(f => FeatureKey.OfPath(f.Path))], cancel);
    }

    // rows that an encoder made, or those of a table
    private FeatureRows Some(SafeFileHandle handle, UInt128[] stamps, UInt128[] paths, CancellationToken cancel)
    {
        var (places, others) = (new Dictionary<UInt128, Place>(), new Dictionary<UInt128, UInt128>());
        var wanted = stamps.Concat(paths).ToHashSet();
        EachKey(handle, (key, place) =>
        {
            if (!wanted.Contains(key.Stamp)) return;
            if (place is { } own) places[key.Stamp] = own;
            else others[key.Stamp] = key.Content;                                // its row has another name
        }, cancel);
        if (others.Count > 0)
        {
            var contents = others.Values.ToHashSet();
            var rows = new Dictionary<UInt128, Place>();
            EachKey(handle, (key, place) =>
            {
                if (place is { } own && contents.Contains(key.Content)) rows[key.Content] = own;
            }, cancel);
            foreach (var (stamp, content) in others)
                if (rows.TryGetValue(content, out var place)) places[stamp] = place;
        }
        UInt128[] keys = [.. stamps.Zip(paths, (stamp, path) => places.ContainsKey(stamp) ? stamp : path)];
        return Copied(handle, keys, places, cancel);
    }

    // every key, in the order of the file; the place of its row, null: its content has one already
    private void EachKey(SafeFileHandle handle, Action<FeatureKey, Place?> use, CancellationToken cancel)
    {
        var (bytes, end) = (new byte[Beginning], RandomAccess.GetLength(handle));
        for (long at = BlocksAt, after = at; at < end;)
        {
            cancel.ThrowIfCancellationRequested();
            var read = ReadAll(handle, bytes.AsSpan(0, Beginning), at);
            if (read < BlockHeader || LengthOf(bytes) is not (> 0 and var length) || at + length > end)
            {
                // the block before may have been damaged where it says how long it is
                if ((at = NextWhole(handle, after, end, cancel)) == 0) return;
                continue;
            }
            var (rows, others) = (BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4)),
                BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)));
            var keys = BlockHeader + (rows + others) * KeyBytes;
            if (bytes.Length < keys) Array.Resize(ref bytes, keys);
            if (read < keys && ReadAll(handle, bytes.AsSpan(read, keys - read), at + read) < keys - read) return;
            for (var i = 0; i < rows + others; i++)
                use(Read(bytes.AsSpan(BlockHeader + i * KeyBytes)), i >= rows ? null
                    : new(at, (int)length, keys + i * Dim * sizeof(ushort)));
            after = at + Align;
            at += length;
        }
    }

    // the rows alone, in memory
    private FeatureRows Copied(SafeFileHandle handle, UInt128[] stamps, Dictionary<UInt128, Place> places,
        CancellationToken cancel)
    {
        var bytes = Dim * sizeof(ushort);
        var offsets = new long[stamps.Length];
        Array.Fill(offsets, -1);
        var store = PixelStore.Allocate((long)bytes * places.Count);
        try
        {
            var blocks = Enumerable.Range(0, stamps.Length).Where(i => places.ContainsKey(stamps[i]))
                .Select((image, number) => (image, number)).GroupBy(w => places[stamps[w.image]].Block).ToList();
            Parallel.ForEach(blocks, new ParallelOptions { CancellationToken = cancel }, block =>
            {
                var whole = new byte[places[stamps[block.First().image]].Length];
                if (ReadAll(handle, whole, block.Key) < whole.Length || !IsWhole(whole)) return;
                foreach (var (image, number) in block)
                {
                    offsets[image] = (long)number * bytes;
                    whole.AsSpan(places[stamps[image]].At, bytes).CopyTo(store.Writable(offsets[image], bytes));
                }
            });
            return new(store, _digest, offsets, Dim, new Dictionary<int, string>());
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    private static int ReadAll(SafeFileHandle handle, Span<byte> into, long at)
    {
        var read = 0;
        while (read < into.Length && RandomAccess.Read(handle, into[read..], at + read) is > 0 and var more)
            read += more;
        return read;
    }

    /// <summary>Where a row is.</summary>
    /// <param name="Block">where its block begins in the file</param>
    /// <param name="Length">of the block</param>
    /// <param name="At">where the row begins in the block</param>
    private readonly record struct Place(long Block, int Length, int At);
}
