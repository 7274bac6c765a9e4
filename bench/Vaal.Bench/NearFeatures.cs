using System.Globalization;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;

namespace Vaal.Bench;

/// <summary>
/// Near-duplicates and outliers by features of resnet18: how alike changed copies of photographs are to them, how alike
/// different photographs are, and how many strangers among photographs are found.
/// </summary>
internal static class NearFeatures
{
    /// <summary>near-features PHOTOS [COUNT] [STRANGERS]: folders of photographs and of other pictures</summary>
    public static int Run(string[] args)
    {
        using var encoder = PretrainedEncoders.Open("resnet18", new EncoderContext());
        string[] photos = Files(args.Text(0), args.Number(1, 300));
        var originals = Rows(encoder, photos);
        using var folder = new TemporaryCopies();
        string[] copies = [.. NearHashes.Changes().SelectMany(c => photos.Select((p, i) =>
            folder.Write($"{c.Name} {i}.jpg", c.Of(p))))];
        var (width, changed) = (encoder.FeatureDim, Rows(encoder, copies));
        var x = Cosines([.. originals, .. changed], width, photos.Length);
        foreach (var (change, at) in NearHashes.Changes().Select((c, at) => (c.Name, at)))
            Say($"{change}: ", [.. photos.Select((_, i) => x(i, photos.Length * (at + 1) + i))]);
        Say("the most alike other photograph: ", [.. photos.Select((_, i) => photos.Index()
            .Where(j => j.Index != i).Max(j => x(i, j.Index)))]);
        foreach (var least in new[] { 0.85f, 0.9f, 0.95f, 0.97f })
        {
            var same = Enumerable.Range(photos.Length, copies.Length).Count(c => x(c % photos.Length, c) >= least);
            var others = Enumerable.Range(0, photos.Length)
                .Sum(i => Enumerable.Range(0, i).Count(j => x(i, j) >= least));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"at least {least}: {same} of {copies.Length} copies, {others} pairs of different photographs"));
        }
        if (args.Length > 2) Strangers(encoder, originals, photos.Length, Files(args.Text(2), 20));
        return 0;
    }

    private static void Strangers(IEncoder encoder, float[] photos, int count, string[] strangers)
    {
        var (found, falsely) = (0, 0);
        foreach (var stranger in strangers)
        {
            var outliers = Neighbours.Of([.. photos, .. Rows(encoder, [stranger])], encoder.FeatureDim).Outliers();
            if (outliers.Contains(count)) found++;
            falsely += outliers.Count(o => o != count);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"strangers alone among {count} photographs: {found} of {strangers.Length} found, "
            + $"{(double)falsely / strangers.Length:0.0} photographs named with them"));
    }

    private static string[] Files(string folder, int most)
    {
        string[] all = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(SourceFiles.IsPicture).Order(StringComparer.Ordinal)];
        var count = Math.Min(most, all.Length);
        return [.. Enumerable.Range(0, count).Select(i => all[(long)i * all.Length / count])];
    }

    private static float[] Rows(IEncoder encoder, string[] files)
    {
        using var folder = new TemporaryCopies();
        using var rows = FeatureStore.Open(folder.Path, encoder).Of(ImageRoot.OfDataSet("."),
            [.. files.Select(f => new SourceFile(Path.GetFullPath(f), new FileInfo(f).Length, 0))]);
        return rows.Rows([.. Enumerable.Range(0, files.Length)]);
    }

    // less the mean of the first rows, which are the pool
    private static Func<int, int, float> Cosines(float[] values, int width, int pool)
    {
        var mean = new double[width];
        for (var i = 0; i < pool * width; i++) mean[i % width] += values[i] / (double)pool;
        return (a, b) =>
        {
            var (ab, aa, bb) = (0.0, 0.0, 0.0);
            for (var f = 0; f < width; f++)
            {
                var (u, v) = (values[a * width + f] - mean[f], values[b * width + f] - mean[f]);
                (ab, aa, bb) = (ab + u * v, aa + u * u, bb + v * v);
            }
            return (float)(ab / Math.Sqrt(aa * bb));
        };
    }

    private static void Say(string what, float[] cosines)
    {
        Array.Sort(cosines);
        var n = cosines.Length;
        Console.WriteLine(what + string.Create(CultureInfo.InvariantCulture,
            $"least {cosines[0]:0.000}, 1% {cosines[n / 100]:0.000}, 5% {cosines[n / 20]:0.000}, ")
            + string.Create(CultureInfo.InvariantCulture,
            $"median {cosines[n / 2]:0.000}, 95% {cosines[n * 95 / 100]:0.000}, 99% {cosines[n * 99 / 100]:0.000}"));
    }

    private sealed class TemporaryCopies : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("vaal-near-").FullName;

        public string Write(string name, byte[] bytes)
        {
            var file = System.IO.Path.Combine(Path, name);
            File.WriteAllBytes(file, bytes);
            return file;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
