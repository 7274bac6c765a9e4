using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using SkiaSharp;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Bench;

/// <summary>
/// Which perceptual hash tells near-duplicates from other pictures: for pHash (ours) and dHash, how many bits differ
/// between a photograph and its recompressed, resized, brighter copies, and between different photographs. And how long
/// grouping a million hashes takes.
/// </summary>
internal static class NearHashes
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>near-hashes FOLDER [PHOTOS [pairs]]: with "pairs" only different photographs are compared, and the most
    /// alike are named</summary>
    public static int Run(string[] args)
    {
        if (args.Length == 0) throw new InputException("give a folder of photographs");
        var most = args.Number(1, 300);
        string[] photos =
            [.. Directory.EnumerateFiles(args[0], "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
        photos = [
            .. Enumerable.Range(0, Math.Min(most, photos.Length))
            .Select(i => photos[(long)i * photos.Length / Math.Min(most, photos.Length)])];
        var originals = photos.Select(p => Hashes(File.ReadAllBytes(p))).ToArray();
        foreach (var (name, change) in args.Contains("pairs") ? [] : Changes())
        {
            var copies = photos.Select(p => Hashes(change(p))).ToArray();
            Print(name, [.. originals.Zip(copies).Select(p => Bits(p.First.P, p.Second.P))],
                [.. originals.Zip(copies).Select(p => Bits(p.First.D, p.Second.D))]);
        }
        var pairs = originals.SelectMany(
            (a, i) =>
                originals.Skip(i + 1).Select((b, j) => (P: Bits(a.P, b.P), D: Bits(a.D, b.D), A: i, B: i + 1 + j)))
                .ToArray();
        foreach (var bits in new[] { 0, 2, 4, 6, 8, 10 })
            Console.WriteLine(
                string.Create(
                    Invariant,
                    $"pairs of {originals.Length} photographs with at most {bits,2} bits: pHash " +
                    $"{pairs.Count(p => p.P <= bits),4}, dHash {pairs.Count(p => p.D <= bits),4} of {pairs.Length}"));
        if (args.Contains("pairs"))
            foreach (var (p, d, a, b) in pairs.Where(p => p.P <= 6 || p.D <= 6).OrderBy(p => p.P + p.D))
                Console.WriteLine($"pHash {p,2} dHash {d,2}  {photos[a]} {photos[b]}");
        else Million();
        return 0;
    }

    internal static IEnumerable<(string Name, Func<string, byte[]> Of)> Changes()
    {
        yield return ("JPEG quality 50", p => Encode(SKBitmap.Decode(p), 50));
        yield return ("JPEG quality 20", p => Encode(SKBitmap.Decode(p), 20));
        yield return ("half the size", p => Encode(Smaller(SKBitmap.Decode(p)), 90));
        yield return ("brighter by 30", p => Encode(Changed(SKBitmap.Decode(p), v => v + 30), 90));
        yield return ("contrast × 1.3", p => Encode(Changed(SKBitmap.Decode(p), v => 128 + 1.3 * (v - 128)), 90));
    }

    private static SKBitmap Smaller(SKBitmap bitmap) =>
        bitmap.Resize(
            new SKImageInfo(bitmap.Width / 2, bitmap.Height / 2), new SKSamplingOptions(SKCubicResampler.Mitchell));

    private static SKBitmap Changed(SKBitmap bitmap, Func<byte, double> change)
    {
        var bytes = MemoryMarshal.CreateSpan(ref MemoryMarshal.GetReference(bitmap.GetPixelSpan()), bitmap.ByteCount);
        for (var i = 0; i < bytes.Length; i++) if (i % 4 != 3) bytes[i] = (byte)Math.Clamp(change(bytes[i]), 0, 255);
        return bitmap;
    }

    private static byte[] Encode(SKBitmap bitmap, int quality)
    {
        using (bitmap)
        {
            using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
            return data.ToArray();
        }
    }

    private static (ulong P, ulong D) Hashes(byte[] jpeg)
    {
        const int size = 64;
        var path = Path.GetTempFileName();
        File.WriteAllBytes(path, jpeg);
        var pixels = new byte[3 * size * size];
        var problem = ImageDecoder.Decode(path, pixels, new LoadOptions { Size = size }).Problem;
        File.Delete(path);
        if (problem is not null) throw new InvalidOperationException(problem);
        return (PerceptualHash.Of(pixels, 3, size, Fit.Crop, size, size) ?? 0, DHash(pixels, size));
    }

    /// <summary>9×8 grey values: whether each is darker than its right neighbour.</summary>
    private static ulong DHash(byte[] pixels, int size)
    {
        var hash = 0UL;
        for (var y = 0; y < 8; y++)
            for (var x = 0; x < 8; x++)
                if (Mean(x, y) < Mean(x + 1, y)) hash |= 1UL << (y * 8 + x);
        return hash;

        double Mean(int x, int y)
        {
            var (sum, count) = (0.0, 0);
            for (var v = y * size / 8; v < (y + 1) * size / 8; v++)
                for (var u = x * size / 9; u < (x + 1) * size / 9; u++, count++)
                    sum += 0.299 * pixels[v * size + u] + 0.587 * pixels[size * size + v * size + u] +
                        0.114 * pixels[2 * size * size + v * size + u];
            return sum / count;
        }
    }

    private static void Million()
    {
        var random = new Random(1);
        var hashes = new ulong[1_000_000];
        for (var i = 0; i < hashes.Length; i++)
        {
            hashes[i] = random.Next(10) < 3 && i > 0
                ? hashes[random.Next(i)]
                : (ulong)random.NextInt64() << 1 ^ (ulong)random.NextInt64();
            for (var flips = random.Next(4); flips > 0; flips--) hashes[i] ^= 1UL << random.Next(64);
        }
        foreach (var bits in new[] { 3, 6, 11 })
        {
            var clock = Stopwatch.StartNew();
            var grouped = NearDuplicates.Groups(hashes, bits).Count(g => g >= 0);
            Console.WriteLine(
                string.Create(
                    Invariant,
                    $"grouping 1,000,000 hashes, at most {bits} bits: {clock.Elapsed.TotalSeconds:0.0} s, " +
                    $"{grouped:N0} in groups"));
        }
    }

    private static int Bits(ulong a, ulong b) => BitOperations.PopCount(a ^ b);

    private static void Print(string name, int[] p, int[] d) =>
        Console.WriteLine($"{name,-16} pHash {Summary(p)}   dHash {Summary(d)}");

    private static string Summary(int[] bits)
    {
        Array.Sort(bits);
        return string.Create(
            Invariant,
            $"median {bits[bits.Length / 2],2}, 95% {bits[bits.Length * 95 / 100],2}, 99% " +
            $"{bits[bits.Length * 99 / 100],2}, most {bits[^1],2}; over 6: {bits.Count(b => b > 6)}");
    }
}
