using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Vaal.Data.Formats;

/// <summary>
/// 600 training and 300 test photographs of groceries inside this assembly, of 15 classes, every class alike often,
/// with their ResNet-18 features. <c>bench pack-photos</c> made the files, and says how the photographs were drawn.
/// </summary>
internal sealed class EmbeddedPhotos : IDataFormat
{
    public const string Name = "embedded-photos";

    /// <summary>In the files: a photograph is <c>train/Apple/….jpg</c>; the features are of the files in their
    /// order.</summary>
    internal const string Train = "train/", FeaturesFile = "features.f16";

    private const int Packs = 5;

    public string Description => "600 + 300 photographs of groceries that come with the program";

    /// <summary>The classes, by number.</summary>
    public static IReadOnlyList<string> Classes { get; } = [.. Photographs(read: false)
        .Select(p => p.Class).Distinct().Order(StringComparer.Ordinal)];

    public bool Recognises(string path) => Embedded.IsMeant(path, Name);

    public DataSet Load(string path, LoadOptions options)
    {
        Embedded.Require(path, Name);
        var photographs = Photographs(read: true).ToLookup(p => p.Trains);
        var (pool, test) = (Set([.. photographs[true]], options), Set([.. photographs[false]], options));
        return new(Name, pool, test, Classes, [], Fingerprint.Of(Classes, pool, test));
    }

    /// <summary>ResNet-18's features of all photographs, training ones first, (N, 512), and their classes.</summary>
    internal static (float[] Features, int[] Classes, int Train) Features()
    {
        using var resource = Open(FeaturesFile);
        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        float[] features = [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(h => (float)h)];
        var photographs = Photographs(read: false).ToList();
        return (features, [.. photographs.Select(p => NumberOf(p.Class))], photographs.Count(p => p.Trains));
    }

    private static ImageSet Set(Photograph[] photographs, LoadOptions options)
    {
        var (channels, side) = (options.Channels ?? 3, options.Size);
        var bytes = channels * side * side;
        var pixels = PixelStore.Allocate((long)photographs.Length * bytes);
        Parallel.For(0, photographs.Length, i =>
        {
            var photograph = photographs[i];
            if (ImageDecoder.Decode(photograph.Bytes, pixels.Writable((long)i * bytes, bytes), options)
                .Problem is { } problem)
                throw new InvalidOperationException($"{photograph.Path} inside the program: {problem}");
        });
        return new(pixels, channels, side, side, [.. photographs.Select(p => NumberOf(p.Class))],
            [.. photographs.Select(p => p.Path)]);
    }

    private static int NumberOf(string name) => Classes.Index().First(c => c.Item == name).Index;

    // several files, as none may be large; each is a ZIP archive, in the order of the photographs
    private static IEnumerable<Photograph> Photographs(bool read)
    {
        for (var pack = 1; pack <= Packs; pack++)
        {
            using var archive = new ZipArchive(Open($"photos-{pack}.zip"));
            foreach (var entry in archive.Entries)
            {
                var bytes = new byte[read ? entry.Length : 0];
                using var stream = entry.Open();
                stream.ReadExactly(bytes);
                yield return new(entry.FullName, bytes);
            }
        }
    }

    private static Stream Open(string file) =>
        typeof(EmbeddedPhotos).Assembly.GetManifestResourceStream(file)!;

    /// <param name="Path">set/class/name</param>
    /// <param name="Bytes">of the JPEG; none where nobody asked for them</param>
    private sealed record Photograph(string Path, byte[] Bytes)
    {
        public string Class => Path.Split('/')[1];

        public bool Trains => Path.StartsWith(Train, StringComparison.Ordinal);
    }
}
