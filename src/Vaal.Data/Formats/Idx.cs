using System.Buffers.Binary;
using System.IO.Compression;

namespace Vaal.Data.Formats;

/// <summary>MNIST and Fashion-MNIST: four IDX files, compressed with gzip or not; 28×28 becomes 32×32, with zeros
/// around.</summary>
internal sealed class Idx : IDataFormat
{
    internal const int Side = 32, Classes = 10;

    /// <summary>Gzip makes nothing smaller than this: a header that promises more is wrong, whatever the
    /// file.</summary>
    private const long MostExpansion = 1_032;

    private static readonly string[] _fashion =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    public string Description => "MNIST, Fashion-MNIST: train-images-idx3-ubyte and its three companions, .gz or not";

    /// <summary>Fashion-MNIST's class names, by number.</summary>
    internal static IReadOnlyList<string> Fashion => _fashion;

    public bool Recognises(string path) => Directory.Exists(path) && Find(path, "train-images") is not null;

    public DataSet Load(string path, LoadOptions options)
    {
        ImageFolder.Require(path);
        var notes = new List<string>();
        var pool = Read(path, "train")
            ?? throw new InputException($"{path} holds no train-images-idx3-ubyte[.gz] of MNIST");
        var test = Read(path, "t10k");
        if (test is null) notes.Add("missing: t10k-images-idx3-ubyte; there is no test set");
        var name = ImageFolder.NameOf(path);
        string[] classes = name.Contains("fashion", StringComparison.OrdinalIgnoreCase)
            ? _fashion
            : [.. Enumerable.Range(0, Classes).Select(i => $"{i}")];
        return new(name, pool, test, classes, notes, Fingerprint.Of(classes, pool, test));
    }

    /// <summary>Puts an image into the middle of a larger frame, the rest of which is left as it is.</summary>
    internal static void Centre(ReadOnlySpan<byte> image, int rows, int columns, Span<byte> frame)
    {
        var (top, left) = ((Side - rows) / 2, (Side - columns) / 2);
        for (var r = 0; r < rows; r++) image.Slice(r * columns, columns).CopyTo(frame[((top + r) * Side + left)..]);
    }

    private static ImageSet? Read(string folder, string part)
    {
        if (Find(folder, part + "-images") is not { } imageFile) return null;
        if (Find(folder, part + "-labels") is not { } labelFile)
            throw new InputException($"{imageFile} has no labels beside it; expected {part}-labels-idx1-ubyte[.gz]");
        var labels = Labels(labelFile);
        using var stream = Open(imageFile);
        var sizes = Header(stream, imageFile, 3);
        var (count, rows, columns) = (sizes[0], sizes[1], sizes[2]);
        if (count != labels.Length)
            throw new InputException($"{imageFile} has {Counted.Of(count, "image")}, "
                + $"{labelFile} {Counted.Of(labels.Length, "label")}");
        if (rows is < 1 or > Side || columns is < 1 or > Side)
            throw new InputException($"{imageFile} has images of {rows}×{columns}; expected at most {Side}×{Side}");

        var pixels = PixelStore.Allocate((long)count * Side * Side);
        try
        {
            var image = new byte[rows * columns];
            for (var id = 0; id < count; id++)
            {
                Fill(stream, image, imageFile, $"{id:N0} of {Counted.Of(count, "image")}");
                Centre(image, rows, columns, pixels.Writable((long)id * Side * Side, Side * Side));
            }
            End(stream, imageFile);
            return new(pixels, 1, Side, Side, labels);
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    private static int[] Labels(string file)
    {
        using var stream = Open(file);
        var labels = new byte[Header(stream, file, 1)[0]];
        Fill(stream, labels, file, $"fewer than {Counted.Of(labels.Length, "label")}");
        End(stream, file);
        var bad = Array.FindIndex(labels, l => l >= Classes);
        if (bad >= 0)
            throw new InputException(
                $"{file} is damaged: label {labels[bad]} at image {bad:N0}; expected 0..{Classes - 1}");
        return Array.ConvertAll(labels, l => (int)l);
    }

    /// <summary>The sizes after the magic number: how many, and of images also rows and columns.</summary>
    private static int[] Header(Stream stream, string file, int dimensions)
    {
        var header = new byte[4 + 4 * dimensions];
        Fill(stream, header.AsSpan(0, 4), file, "part of its header");
        var (magic, wanted) = (BinaryPrimitives.ReadUInt32BigEndian(header), 0x0800u + (uint)dimensions);
        if (magic != wanted)
            throw new InputException(
                $"{file} is another kind of file: it begins with 0x{magic:X8}; expected 0x{wanted:X8}");
        Fill(stream, header.AsSpan(4), file, "part of its header");
        var sizes = Enumerable.Range(1, dimensions)
            .Select(i => (long)BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(4 * i))).ToArray();
        var (promised, length) =
            (sizes.Aggregate(UInt128.One, (product, size) => product * (UInt128)size), RegularFile.Info(file).Length);
        if (promised > (UInt128)(length * MostExpansion) || sizes.Any(s => s == 0 || s > Array.MaxLength))
            throw new InputException(
                $"{file} is cut short or damaged: its header says {string.Join(" × ", sizes)} bytes, "
                + $"and the file has {length:N0}");
        return Array.ConvertAll(sizes, s => (int)s);
    }

    private static void Fill(Stream stream, Span<byte> target, string file, string found)
    {
        try
        {
            if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) == target.Length) return;
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{file} is damaged: {e.Message}", e);
        }
        throw new InputException($"{file} is cut short: it has {found}");
    }

    private static void End(Stream stream, string file)
    {
        try
        {
            if (stream.ReadByte() < 0) return;
        }
        catch (InvalidDataException e)
        {
            throw new InputException($"{file} is damaged: {e.Message}", e);
        }
        throw new InputException($"{file} is damaged: it is longer than its header says");
    }

    private static Stream Open(string file)
    {
        var stream = RegularFile.OpenRead(file);
        var zipped = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
        stream.Position = 0;
        return new BufferedStream(zipped ? new GZipStream(stream, CompressionMode.Decompress) : stream, 1 << 20);
    }

    private static string? Find(string folder, string stem)
    {
        var dimensions = stem.EndsWith("images", StringComparison.Ordinal) ? 3 : 1;
        string[] names = [$"{stem}-idx{dimensions}-ubyte", $"{stem}.idx{dimensions}-ubyte"];
        return names.Concat(names.Select(n => n + ".gz")).Select(n => Path.Combine(folder, n))
            .FirstOrDefault(File.Exists);
    }
}
