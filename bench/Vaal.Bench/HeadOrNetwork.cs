using System.Globalization;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>
/// What suits a data set: a linear head on features of resnet18, or the small network from scratch? Both learn from the
/// same labels, drawn at random, and are tested on the same images.
/// </summary>
internal static class HeadOrNetwork
{
    /// <summary>head-or-network DATA POOL TEST LABELS[,…] SEEDS [--features FOLDER]</summary>
    public static int Run(string[] args)
    {
        using var data = DataFormats.Load(args.Text(0), new LoadOptions { Size = 32 });
        using var pool = First(data.Pool, args.Number(1));
        using var test = First(data.Test!, args.Number(2));
        var (features, width) = Features(pool, args.Option("--features"));
        var (tests, _) = Features(test, args.Option("--features"));
        Console.WriteLine("| labels | linear on resnet18 | small-cnn | difference, 95% interval |");
        Console.WriteLine("|---:|---:|---:|---|");
        foreach (var labels in args.Text(3).Split(',').Select(l => int.Parse(l, CultureInfo.InvariantCulture)))
        {
            var (heads, networks) = (new List<double>(), new List<double>());
            for (var seed = 1; seed <= args.Number(4); seed++)
            {
                int[] drawn = [.. InitialPool.Draw(pool, labels, InitialDraw.Stratified, seed, [])];
                heads.Add(Head(features, tests, width, pool, test, drawn, data.ClassNames.Count));
                networks.Add(Network(pool, test, drawn, data.ClassNames.Count, seed));
            }
            var difference = Statistics.MeanInterval([.. heads.Zip(networks, (h, n) => h - n)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {labels} | {100 * heads.Average():0.0}% | {100 * networks.Average():0.0}% |")
                + string.Create(CultureInfo.InvariantCulture,
                $" {SignedPoints.Of(difference)} |"));
        }
        return 0;
    }

    private static double Head(float[] features, float[] tests, int width, ImageSet pool, ImageSet test, int[] drawn,
        int classes)
    {
        var rows = UnitRows.Of(features, width);
        int[] labels = [.. drawn.Select(i => pool.Classes[i])];
        var head = LinearHead.Fit(HeadRows.Of(rows, drawn, labels, classes));
        int[] all = [.. Enumerable.Range(0, test.Count)];
        var p = head.Probabilities(UnitRows.Of(tests, width, rows.Mean).Copy(all)).Chunk(classes);
        return p.Where((row, i) => Array.IndexOf(row, row.Max()) == test.Classes[i]).Count() / (double)test.Count;
    }

    private static double Network(ImageSet images, ImageSet test, int[] drawn, int classes, long seed)
    {
        var pool = new Pool(images);
        foreach (var id in drawn) pool.Label(id, images.Classes[id]);
        using var networks = new Networks(pool, task: TaskOptions.Default, classes: classes, seed: seed);
        return TaskTrainer.Accuracy(networks.Task, test);
    }

    private static (float[] Rows, int Width) Features(ImageSet images, string? folder)
    {
        using var rows = SourceFeatures.Of(images, "resnet18", folder);
        return (rows.Rows([.. Enumerable.Range(0, images.Count)]), rows.Dim);
    }

    private static ImageSet First(ImageSet from, int count)
    {
        var bytes = new byte[count * from.ImageBytes];
        for (var i = 0; i < count; i++) from[i].CopyTo(bytes.AsSpan(i * from.ImageBytes));
        return new(PixelStore.Copy(bytes), from.Channels, from.Height, from.Width, [.. from.Classes.Take(count)]);
    }
}
