using System.Globalization;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Experiments;

namespace Vaal.Bench;

/// <summary>
/// Does what <c>vaal next</c> does by default save labels? From no label on, batch after batch; a linear head on the
/// same features is tested after each. Every seed is another random part of the pool.
/// </summary>
internal static class DefaultChoice
{
    private const double Kept = 0.7;
    private static readonly string[] Strategies = ["random", "default", "coverage", "margin", "badge", "typiclust"];
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>default-choice DATA BATCH ROUNDS SEEDS FILE.csv</summary>
    public static int Run(string[] args)
    {
        var (batch, rounds, seeds) = (args.Number(1, 45), args.Number(2, 5), args.Number(3, 12));
        using var data = DataFormats.Load(args.Text(0), new LoadOptions { Size = 64 });
        var task = FeatureTasks.Of(data.Pool, data.Test!, data.ClassNames.Count, ResNet18Encoder.Name);
        var curves = Strategies.ToDictionary(s => s, _ => new List<double>());
        using var file = new StreamWriter(args.Text(4));
        file.WriteLine("strategy,seed,labels,accuracy");
        for (var seed = 1; seed <= seeds; seed++)
        {
            foreach (var strategy in Strategies)
            {
                var curve = Curve(strategy, task, batch, rounds, seed);
                curves[strategy].Add(100 * curve.Average());
                foreach (var (i, accuracy) in curve.Index())
                    file.WriteLine(string.Create(Invariant, $"{strategy},{seed},{(i + 1) * batch},{accuracy:0.0000}"));
            }
            Console.Error.WriteLine($"seed {seed} of {seeds}");
        }
        Report(curves);
        return 0;
    }

    private static double[] Curve(string strategy, FeatureTask task, int batch, int rounds, int seed) =>
        [.. FeatureTrial.Run(task.Part(Kept, seed), new TrialOptions
        {
            Strategy = strategy == "default" ? NextOptions.Auto : strategy,
            Batch = batch,
            Rounds = rounds,
            Seed = seed,
        }).Select(p => p.Accuracy)];

    private static void Report(Dictionary<string, List<double>> curves)
    {
        string[] others = [.. Strategies.Where(s => s != "random")];
        var p = PairedTests.Holm([.. others.Select(s => PairedTests.SignFlip(curves[s], curves["random"]))]);
        Console.WriteLine($"random: {curves["random"].Average().ToString("0.0", Invariant)} points over the curve");
        foreach (var (i, strategy) in others.Index())
        {
            var d = PairedTests.Difference(curves[strategy], curves["random"]);
            var points = SignedPoints.Of(new Interval(d.Estimate / 100, d.Low / 100, d.High / 100));
            Console.WriteLine(string.Create(Invariant, $"{strategy}: {points}, p {p[i]:0.0000}"));
        }
        Console.WriteLine(string.Create(Invariant,
            $"p is exact, Holm over {others.Length}; the least {curves["random"].Count} pairs can give is "
            + $"{PairedTests.LeastP(curves["random"].Count):0.0000} before correction"));
    }
}
