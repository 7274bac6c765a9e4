using System.Globalization;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Oracles;

namespace Vaal.Bench;

/// <summary>
/// Suspected wrong labels against labels that are known to be wrong: CIFAR-10 with the labels of CIFAR-10N, features
/// of resnet18.
/// </summary>
internal static class ReviewBench
{
    private const int Top = 100;

    /// <summary>review CIFAR10 CIFAR10N.csv.gz IMAGES COLUMN[,…] [--features FOLDER]</summary>
    public static int Run(string[] args)
    {
        using var data = DataFormats.Load(args.Text(0), new LoadOptions { Size = 32 });
        var (file, count) = (args.Text(1), args.Number(2));
        int[] ids = [.. Enumerable.Range(0, Math.Min(count, data.Pool.Count))];
        using var images = new ImageSet(Pixels(data.Pool, ids), data.Pool.Channels, data.Pool.Height, data.Pool.Width);
        using var features = SourceFeatures.Of(images, "resnet18", args.Option("--features"));
        var (rows, k) = (features.Rows(ids), data.ClassNames.Count);
        var paths = Array.ConvertAll(ids, i => i.ToString(CultureInfo.InvariantCulture));
        Say($"| labels | wrong | pruning | suspected | precision at {Top} | precision | recall |");
        Say("|---|---:|---|---:|---:|---:|---:|");
        foreach (var column in args.Text(3).Split(','))
        {
            var oracle = new FileOracle(file, column, data.Pool, k);
            int[] given = Array.ConvertAll(ids, oracle.Label);
            var wrong = ids.Where(i => given[i] != data.Pool.Classes[i]).ToHashSet();
            var p = LabelReviewer.Probabilities(LabelReviewer.Rows(rows, features.Dim, given, k), seed: 1);
            foreach (var pruning in Enum.GetValues<Pruning>())
            {
                int[] found = [.. LabelReviewer.Of(p, given, paths, data.ClassNames, pruning)
                    .Select(s => int.Parse(s.Path, CultureInfo.InvariantCulture))];
                var (right, first) = (found.Count(wrong.Contains), found.Take(Top).Count(wrong.Contains));
                var share = (double)wrong.Count / ids.Length;
                var (atTop, ofAll) = (Math.Max(1, Math.Min(Top, found.Length)), Math.Max(1, found.Length));
                Say(string.Create(CultureInfo.InvariantCulture,
                    $"| {column} | {wrong.Count} ({100 * share:0.0}%) | {pruning} | {found.Length} |")
                    + string.Create(CultureInfo.InvariantCulture,
                    $" {(double)first / atTop:0.00} | {(double)right / ofAll:0.00} |")
                    + string.Create(CultureInfo.InvariantCulture, $" {(double)right / wrong.Count:0.00} |"));
            }
        }
        return 0;
    }

    private static PixelStore Pixels(ImageSet from, int[] ids)
    {
        var bytes = new byte[ids.Length * from.ImageBytes];
        for (var i = 0; i < ids.Length; i++) from[ids[i]].CopyTo(bytes.AsSpan(i * from.ImageBytes));
        return PixelStore.Copy(bytes);
    }

    private static void Say(string text) => Console.WriteLine(text);
}
