using System.Buffers.Binary;
using System.IO.Compression;

namespace Vaal.Data.Formats;

/// <summary>
/// 5,000 training and 1,000 test images of Fashion-MNIST inside this assembly, every class alike often.
/// <c>build/embedded/draw.cs</c> made them, and says how they were drawn.
/// </summary>
internal sealed class Embedded : IDataFormat
{
    public const string Name = "embedded";
    private const int Train = 5_000, Test = 1_000, Rows = 28, Total = Train + Test;

    public string Description => "5,000 + 1,000 images of Fashion-MNIST that come with the program";

    public bool Recognises(string path) => IsMeant(path, Name);

    /// <summary>A data set in the program is read by its name, unless a folder here has that name.</summary>
    internal static bool IsMeant(string path, string name) => path == name && !Directory.Exists(path);

    /// <exception cref="InputException">the format was named for other data, which would not be read</exception>
    internal static void Require(string path, string name)
    {
        if (path != name)
            throw new InputException($"{name} comes with the program and is not in '{path}'; name it by --data {name}");
    }

    public DataSet Load(string path, LoadOptions options)
    {
        Require(path, Name);
        var (_, labels, images) = Unpack();
        var (pool, test) = (Set(0, Train), Set(Train, Test));
        return new(Name, pool, test, Idx.Fashion, [], Fingerprint.Of(Idx.Fashion, pool, test));

        ImageSet Set(int first, int count)
        {
            var pixels = PixelStore.Allocate((long)count * Idx.Side * Idx.Side);
            for (var i = 0; i < count; i++)
                Idx.Centre(
                    images.AsSpan((first + i) * Rows * Rows, Rows * Rows), Rows, Rows,
                    pixels.Writable((long)i * Idx.Side * Idx.Side, Idx.Side * Idx.Side));
            return new(pixels, 1, Idx.Side, Idx.Side, [.. labels.Skip(first).Take(count).Select(l => (int)l)]);
        }
    }

    /// <summary>Of each image, training ones first: its place in Fashion-MNIST's own file, its class, its 28×28
    /// bytes.</summary>
    internal static (int[] SourceIndices, byte[] Labels, byte[] Images) Unpack()
    {
        using var resource = typeof(Embedded).Assembly.GetManifestResourceStream("fashion-mnist.br")!;
        using var stream = new BrotliStream(resource, CompressionMode.Decompress);
        var (indices, labels, images) = (new byte[Total * 4], new byte[Total], new byte[Total * Rows * Rows]);
        stream.ReadExactly(indices);
        stream.ReadExactly(labels);
        stream.ReadExactly(images);
        return ([
            .. Enumerable.Range(0, Total).Select(i => BinaryPrimitives.ReadInt32LittleEndian(indices.AsSpan(4 * i)))],
            labels, images);
    }
}
