using System.Formats.Tar;
using SkiaSharp;
using Vaal.Data.Formats;

namespace Vaal.Bench;

/// <summary>
/// A pool for trials of the cluster: images of the embedded set, each with other noise, in tar archives, and a model
/// whose features are their pixels, so that coordination and not a network takes the time.
/// </summary>
internal static class ClusterPool
{
    private const int Side = 28, InArchive = 10_000;

    /// <param name="labelled">of the images, the first have a class</param>
    /// <returns>the folder of the archives, and the model</returns>
    public static (string Pool, string Model) Write(string folder, int images, int labelled, Func<byte[]> model)
    {
        var pool = Path.Combine(folder, "pool");
        Directory.CreateDirectory(pool);
        var (_, labels, pixels) = Embedded.Unpack();
        Parallel.For(0, (images + InArchive - 1) / InArchive, archive =>
        {
            using var tar = new TarWriter(File.Create(Path.Combine(pool, $"{archive:00000}.tar")));
            for (var i = archive * InArchive; i < Math.Min(images, (archive + 1) * InArchive); i++)
            {
                var source = i % labels.Length;
                Add(tar, $"{i:000000000}.png", Png(pixels.AsSpan(source * Side * Side, Side * Side), i));
                if (i < labelled) Add(tar, $"{i:000000000}.cls", [(byte)('a' + labels[source])]);
            }
        });
        var path = Path.Combine(folder, "pixels.onnx");
        File.WriteAllBytes(path, model());
        File.WriteAllText(Path.ChangeExtension(path, ".json"),
            """{"mean": [0.5], "std": [0.5], "channels": "grey", "crop": "stretch"}""");
        return (pool, path);
    }

    private static void Add(TarWriter tar, string name, byte[] bytes) => tar.WriteEntry(
        new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes) });

    private static byte[] Png(ReadOnlySpan<byte> pixels, int number)
    {
        var random = new Random(number);
        var noisy = new byte[Side * Side];
        for (var p = 0; p < noisy.Length; p++) noisy[p] = (byte)Math.Clamp(pixels[p] + random.Next(-12, 13), 0, 255);
        using var bitmap = new SKBitmap(new SKImageInfo(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque));
        System.Runtime.InteropServices.Marshal.Copy(noisy, 0, bitmap.GetPixels(), noisy.Length);
        using var data = bitmap.PeekPixels()!.Encode(
            new SKPngEncoderOptions(SKPngEncoderFilterFlags.NoFilters, zLibLevel: 1));
        return data!.ToArray();
    }
}
