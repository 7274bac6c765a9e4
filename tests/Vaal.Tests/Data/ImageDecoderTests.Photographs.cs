using CsCheck;
using SkiaSharp;
using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>Photographs: large ones, and damaged ones.</summary>
public sealed partial class ImageDecoderTests
{
    [Fact]
    public void Decode_LargeJpeg_ReducedDecodingChangesLittle()
    {
        // a smooth picture, which a good reduction gives back: against the function itself, sampled
        var pixels = Pixels(
            TestImages.Jpeg(1536, 1024, (x, y) => new((byte)(x / 6), (byte)(y / 4), 128)),
            new(_small) { Fit = Fit.Stretch });
        for (var y = 2; y < 30; y++)
        {
            for (var x = 2; x < 30; x++)
            {
                Assert.InRange(pixels[y * 32 + x], x * 8 + 1, x * 8 + 6); // mean of x·8 .. x·8 + 7
                Assert.InRange(pixels[1024 + y * 32 + x], y * 8 + 1, y * 8 + 6);
            }
        }
    }

    /// <summary>
    /// Photographs enlarged to a camera's size, with the grain that enlarging takes away, decoded at a half, a quarter
    /// and an eighth: against all pixels averaged over the area that an output pixel covers with the same triangle.
    /// </summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Decode_LargePhotograph_IsWhatDecodingInFullGives()
    {
        int[] sizes = [32, 64, 128, 256];
        var (worst, total) = (new int[sizes.Length], new double[sizes.Length]);
        string[] files = [.. Directory.GetFiles(RealData.Folder("photos_native"), "*.jpg", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).Take(6)];
        foreach (var file in files)
        {
            var jpeg = Enlarged(file, 1500);
            using var full =
                SKBitmap.Decode(jpeg, new SKImageInfo(1500, 1000, SKColorType.Rgba8888, SKAlphaType.Opaque));
            for (var s = 0; s < sizes.Length; s++)
            {
                var options = new LoadOptions { Size = sizes[s] };
                var expected = new byte[3 * sizes[s] * sizes[s]];
                Resampler.Resize(full.GetPixelSpan(), full.Width, full.Height, 1, expected, options);
                var found = Pixels(jpeg, options);
                for (var i = 0; i < expected.Length; i++)
                {
                    worst[s] = Math.Max(worst[s], Math.Abs(expected[i] - found[i]));
                    total[s] += (double)Math.Abs(expected[i] - found[i]) / expected.Length;
                }
            }
        }
        for (var s = 0; s < sizes.Length; s++)
        {
            output.WriteLine($"{sizes[s]}: mean {total[s] / files.Length:0.000}, worst {worst[s]}");
            Assert.InRange(total[s] / files.Length, 0, 1);
            Assert.InRange(worst[s], 0, 12);
        }
    }

    private static byte[] Enlarged(string file, int width)
    {
        using var small = SKBitmap.Decode(file);
        using var large = small.Resize(
            new SKImageInfo(width, width * 2 / 3, SKColorType.Rgba8888, SKAlphaType.Opaque),
            new SKSamplingOptions(SKCubicResampler.CatmullRom));
        var random = new Random(1);
        foreach (
            ref var value in System.Runtime.InteropServices.MemoryMarshal.CreateSpan(
                ref System.Runtime.InteropServices.MemoryMarshal.GetReference(large.GetPixelSpan()), large.ByteCount))
            value = (byte)Math.Clamp(value + random.Next(-8, 9), 0, 255);
        using var data = large.Encode(SKEncodedImageFormat.Jpeg, 90);
        return data.ToArray();
    }

    [Fact]
    public void Decode_DamagedRealFiles_AlwaysEndsInPixelsOrAReason()
    {
        var sources = Directory.GetFiles(RealData.Folder("photos_native"), "*.jpg", SearchOption.AllDirectories).Take(3)
            .Concat(Directory.GetFiles(RealData.Folder("camvid"), "*.png", SearchOption.AllDirectories).Take(2))
            .Select(File.ReadAllBytes).ToArray();
        var options = new LoadOptions(_small) { MaxPixels = 4_000_000 };
        var refused = 0;
        // where, and what: a byte changed, a stretch left out, or one put in
        var damage = Gen.Select(Gen.Double[0, 1], Gen.Byte, Gen.Int[0, 2]).Array[1, 20];
        Gen.Select(Gen.Int[0, sources.Length - 1], damage).Sample((index, changes) =>
        {
            var bytes = sources[index].ToList();
            foreach (var (where, what, kind) in changes)
            {
                var at = (int)(where * where * (bytes.Count - 1)); // more often near the beginning, where headers are
                if (kind == 0) bytes[at] = what;
                else if (kind == 1) bytes.RemoveRange(at, Math.Min(what, bytes.Count - at - 1));
                else bytes.InsertRange(at, Enumerable.Repeat(what, 5));
            }
            var path = Path.Combine(_folder.Path, Guid.NewGuid().ToString());
            File.WriteAllBytes(path, [.. bytes]);
            var decoded = ImageDecoder.Decode(path, new byte[3072], options);
            File.Delete(path);
            if (decoded.Problem is not null) Interlocked.Increment(ref refused);
            return decoded.Problem is { Length: > 0 } || (decoded.Width > 0 && decoded.Height > 0);
        }, iter: 800, threads: 2);
        Assert.InRange(refused, 100, 800); // the damage was real
    }
}
