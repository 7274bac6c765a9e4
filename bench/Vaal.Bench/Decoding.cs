using System.Diagnostics;
using System.Globalization;
using SkiaSharp;
using Vaal.Data;

namespace Vaal.Bench;

/// <summary>Photographs to small squares: ours against decoding in full and letting Skia resize, interleaved, all
/// processors.</summary>
internal static class Decoding
{
    /// <summary>decode [FILES] [REPEATS]: JPEGs and PNGs of 1500×1000 to 64 pixels</summary>
    public static int Run(string[] args)
    {
        var (count, repeats) = (args.Number(0, 200), args.Number(1, 5));
        var folder = Directory.CreateTempSubdirectory("vaal-decode");
        try
        {
            foreach (
                var (name, format) in new[] { ("JPEG", SKEncodedImageFormat.Jpeg), ("PNG", SKEncodedImageFormat.Png) })
                Compare(name, format);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        void Compare(string name, SKEncodedImageFormat format)
        {
            string[] files = [
                .. Enumerable.Range(0, count)
                .Select(i => Photograph(Path.Combine(folder.FullName, $"{i}.{name}"), i, format))];
            var options = new LoadOptions { Size = 64 };
            var (theirs, mine) = (new List<(double Clock, double Cores)>(), new List<(double Clock, double Cores)>());
            for (var i = 0; i <= repeats; i++)                                     // the first of each warms up
            {
                theirs.Add(Seconds(files, file => InFull(file, options.Size)));
                mine.Add(Seconds(files, file => Ours(file, options)));
            }
            double t = Median(theirs.Select(s => s.Clock)), m = Median(mine.Select(s => s.Clock)),
                alone = Median(mine.Select(s => s.Cores));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name} 1500×1000 → {options.Size}: decoded in full {count / t:0}/s, ours {count / m:0}/s, ratio " +
                    $"{t / m:0.00}; by processor time, as if nothing else ran, {count / alone:0}/s"));
        }
    }

    private static void Ours(string file, LoadOptions options)
    {
        var pixels = new byte[ImageDecoder.ImageBytes(options)];
        if (ImageDecoder.Decode(file, pixels, options).Problem is { } problem) throw new InvalidDataException(problem);
    }

    private static void InFull(string file, int size)
    {
        using var full = SKBitmap.Decode(file);
        using var small = full.Resize(
            new SKImageInfo(size * full.Width / full.Height, size),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        if (small is null) throw new InvalidDataException(file);
    }

    /// <summary>Seconds by the clock, and of all processors' time.</summary>
    private static (double Clock, double Cores) Seconds(string[] files, Action<string> decode)
    {
        var (clock, before) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, decode);
        return (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - before)
            .TotalSeconds / Environment.ProcessorCount);
    }

    private static double Median(IEnumerable<double> values) =>
        values.Skip(1).Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    // Smooth gradients with shapes and some grain: about as many bytes as a camera's picture of this size; as in these,
    // no transparency.
    private static string Photograph(string path, int seed, SKEncodedImageFormat format)
    {
        var random = new Random(seed);
        using var bitmap = new SKBitmap(new SKImageInfo(1500, 1000, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { IsAntialias = true })
        {
            SKColor Colour() => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
            paint.Shader = SKShader.CreateLinearGradient(
                new(0, 0), new(1500, 1000), [Colour(), Colour(), Colour()], SKShaderTileMode.Clamp);
            canvas.DrawPaint(paint);
            for (var i = 0; i < 60; i++)
            {
                paint.Shader = null;
                paint.Color = Colour().WithAlpha(160);
                canvas.DrawCircle(random.Next(1500), random.Next(1000), random.Next(10, 200), paint);
            }
            paint.Shader = SKShader.CreatePerlinNoiseTurbulence(0.3f, 0.3f, 3, seed);
            paint.Color = SKColors.White.WithAlpha(40);
            canvas.DrawPaint(paint);
        }
        using var file = File.Create(path);
        bitmap.Encode(file, format, 85);
        return path;
    }
}
