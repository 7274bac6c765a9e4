using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Vaal.Data;

/// <summary>What a packed file says of one image file.</summary>
/// <param name="Width">of the picture or mask itself; 0 where that is not known</param>
/// <param name="Problem">why its pixels are not here; null when they are</param>
internal sealed record PackedEntry(SourceFile File, int Width, int Height, string? Problem);

/// <summary>
/// Decoded images in one file: a header, the pixels of each image that could be decoded, one after the other, and an
/// index. SHA-256 covers header and index together, and each block of pixels by itself. Format 2, little-endian:
/// <code>
/// 0     "VAALPIX2"
/// 8     width, height, channels, fit (int32), limit on pixels (int64)
/// 32    offset of the index, length of the index (int64)
/// 48    what the numbers of masks mean (a checksum; 0: pictures), 0 (int32)
/// 56    SHA-256 of bytes 0..55 and the index
/// 4096 pixels, then the index: count and (length, SHA-256) of blocks; count and (path, length, ticks, width, height,
/// problem) of files
/// </code>
/// </summary>
internal sealed partial class PackedFile : IDisposable
{
    private const int PixelsAt = 4096, IndexIsAt = 32, OfMasks = 48, Described = 56;
    private static ReadOnlySpan<byte> Magic => "VAALPIX2"u8;
    private readonly int _imageBytes;

    private PackedFile(int imageBytes, List<PackedEntry> entries, PixelStore pixels, string digest)
        => (_imageBytes, Entries, Pixels, Digest) = (imageBytes, entries, pixels, digest);

    /// <summary>Every file that was tried, in the order of the pixels.</summary>
    public IReadOnlyList<PackedEntry> Entries { get; }

    /// <summary>SHA-256 of the options and of every pixel. Copies of the same images have the same one, whenever their
    /// files were written.</summary>
    public string Digest { get; }

    private PixelStore Pixels { get; }

    /// <summary>The <paramref name="position"/>-th image with pixels.</summary>
    public ReadOnlySpan<byte> this[int position] => Pixels.Slice((long)position * _imageBytes, _imageBytes);

    /// <summary>Copies the <paramref name="position"/>-th image with pixels.</summary>
    public void CopyTo(int position, Span<byte> into) =>
        Pixels.CopyTo((long)position * _imageBytes, into[.._imageBytes]);

    /// <summary>The pixels of some of the images, for the caller to keep when this is disposed.</summary>
    public PixelStore Part(int first, int count) =>
        Pixels.Part((long)first * _imageBytes, (long)count * _imageBytes);

    public void Dispose() => Pixels.Dispose();

    /// <summary>Opens and checks a file, pixels included. Null when there is none, or it was made with other
    /// options.</summary>
    /// <exception cref="InvalidDataException">the file is cut short, damaged, or of another version</exception>
    /// <param name="verify">false: pixels are not checked, which takes a second a gigabyte</param>
    public static PackedFile? Open(string path, LoadOptions options, bool verify = true)
    {
        if (!File.Exists(path)) return null;
        FileStream? stream = null;
        PixelStore? pixels = null;
        try
        {
            RegularFile.Info(path);
            stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var (header, index) = ReadDescription(stream);
            var at = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(IndexIsAt));
            if (!header.AsSpan(0, Described).SequenceEqual(Header(options, at, index.Length).AsSpan(0, Described)))
                return null;

            var (blocks, entries) = ReadIndex(index);
            pixels = PixelStore.Open(stream, PixelsAt, at - PixelsAt);
            stream = null;
            if (verify) Verify(pixels, blocks, options);
            return new(ImageDecoder.ImageBytes(options), entries, pixels, DigestOf(header, blocks));
        }
        catch (Exception e)
        {
            pixels?.Dispose();
            if (e is EndOfStreamException) throw new InvalidDataException("it is cut short", e);
            if (((e as AggregateException)?.InnerException ?? e) is InputException cut)
                throw new InvalidDataException(cut.Message, e);
            throw;
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Looks at a file of whatever options, header, index and every block of pixels.</summary>
    /// <returns>what is damaged; null: nothing</returns>
    public static string? ProblemOf(string path, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        try
        {
            RegularFile.Info(path);
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            var (_, index) = ReadDescription(stream);
            stream.Position = PixelsAt;
            var blocks = ReadIndex(index).Blocks;
            foreach (var (number, (length, sum)) in blocks.Index())
            {
                cancel.ThrowIfCancellationRequested();
                report?.Invoke(new("checking decoded images", number, blocks.Count));
                var block = new byte[length];
                stream.ReadExactly(block);
                if (!SHA256.HashData(block).AsSpan().SequenceEqual(sum)) return $"block {number + 1} is damaged";
            }
            return null;
        }
        catch (EndOfStreamException)
        {
            return "it is cut short";
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>Header and index, checked.</summary>
    private static (byte[] Header, byte[] Index) ReadDescription(Stream stream)
    {
        var header = new byte[PixelsAt];
        stream.ReadExactly(header);
        if (!header.AsSpan().StartsWith(Magic)) throw new InvalidDataException("it is not a file of this version");
        var (at, length) = (
            BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(IndexIsAt)),
            BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(IndexIsAt + 8)));
        if (at < PixelsAt || length < 0 || length > Array.MaxLength || at > stream.Length - length
            || at + length != stream.Length)
            throw new InvalidDataException($"{stream.Length:N0} bytes are not what its header says");
        var index = new byte[length];
        stream.Position = at;
        stream.ReadExactly(index);
        return Sum(header, index).AsSpan().SequenceEqual(header.AsSpan(Described, SHA256.HashSizeInBytes))
            ? (header, index) : throw new InvalidDataException("its index is damaged");
    }

    private static void Verify(PixelStore pixels, List<(int Length, byte[] Sum)> blocks, LoadOptions options)
    {
        var starts = new long[blocks.Count + 1];
        for (var i = 0; i < blocks.Count; i++) starts[i + 1] = starts[i] + blocks[i].Length;
        if (starts[^1] != pixels.Length) throw new InvalidDataException("its pixels are not what its index says");
        var (bad, done) = (0, 0);
        Parallel.For(0, blocks.Count, PackedCache.Parallelism(options), i =>
        {
            if (!SHA256.HashData(pixels.Slice(starts[i], blocks[i].Length)).AsSpan().SequenceEqual(blocks[i].Sum))
                Interlocked.Increment(ref bad);
            lock (starts)                                                // one report at a time
            {
                if (++done % 16 == 0) options.Report?.Invoke(new("checking decoded images", done, blocks.Count));
            }
        });
        if (bad > 0)
            throw new InvalidDataException(
                $"{bad} of its {Counted.Of(blocks.Count, "block")} of pixels {Counted.Is(bad)} damaged");
    }

    private static string DigestOf(byte[] header, List<(int Length, byte[] Sum)> blocks)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(header, 0, IndexIsAt);
        sum.AppendData(header, OfMasks, Described - OfMasks);
        foreach (var (_, pixels) in blocks) sum.AppendData(pixels);
        return Convert.ToHexStringLower(sum.GetHashAndReset());
    }

    private static (List<(int, byte[])> Blocks, List<PackedEntry> Entries) ReadIndex(byte[] index)
    {
        using var reader = new BinaryReader(new MemoryStream(index));
        var blocks = new List<(int, byte[])>();
        for (var n = reader.ReadInt32(); n > 0; n--)
            blocks.Add((reader.ReadInt32(), reader.ReadBytes(SHA256.HashSizeInBytes)));
        var entries = new List<PackedEntry>();
        for (var n = reader.ReadInt32(); n > 0; n--)
        {
            var file = new SourceFile(reader.ReadString(), reader.ReadInt64(), reader.ReadInt64());
            var (width, height, problem) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadString());
            entries.Add(new(file, width, height, problem.Length == 0 ? null : problem));
        }
        return (blocks, entries);
    }

    private static byte[] Header(LoadOptions options, long indexAt, long indexLength)
    {
        var header = new byte[PixelsAt];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), options.Target.Width);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), options.Target.Height);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), options.Masks is null ? options.Channels ?? 3 : 1);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), (int)options.Fit);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(24), options.MaxPixels);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(IndexIsAt), indexAt);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(IndexIsAt + 8), indexLength);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(OfMasks), options.Masks?.Checksum ?? 0);
        return header;
    }

    private static byte[] Sum(byte[] header, byte[] index)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(header, 0, Described);
        sum.AppendData(index);
        return sum.GetHashAndReset();
    }
}
