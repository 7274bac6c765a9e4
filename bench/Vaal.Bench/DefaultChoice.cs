using System.Globalization;
using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Strategies;

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
        using var pool = SourceFeatures.Of(data.Pool, ResNet18Encoder.Name);
        using var test = SourceFeatures.Of(data.Test!, ResNet18Encoder.Name);
        var curves = Strategies.ToDictionary(s => s, _ => new List<double>());
        using var file = new StreamWriter(args.Text(4));
        file.WriteLine("strategy,seed,labels,accuracy");
        for (var seed = 1; seed <= seeds; seed++)
        {
            foreach (var strategy in Strategies)
            {
                var curve = Curve(strategy, data, pool, test, batch, rounds, seed);
                curves[strategy].Add(100 * curve.Average());
                foreach (var (i, accuracy) in curve.Index())
                    file.WriteLine(string.Create(Invariant, $"{strategy},{seed},{(i + 1) * batch},{accuracy:0.0000}"));
            }
            Console.Error.WriteLine($"seed {seed} of {seeds}");
        }
        Report(curves);
        return 0;
    }

    private static double[] Curve(
        string strategy, DataSet data, FeatureRows features, FeatureRows test, int batch, int rounds, int seed)
    {
        int[] members = [.. Enumerable.Range(0, data.Pool.Count)];
        new Random(seed).Shuffle(members);
        members = [.. members[..(int)(Kept * members.Length)].Order()];
        var pool = new Pool(data.Pool, members);
        var unit = UnitRows.Of(features.Rows(members), features.Dim);
        var tests = UnitRows.Of(test.Rows([.. Enumerable.Range(0, test.Count)]), test.Dim, unit.Mean);
        var positions = members.Index().ToDictionary(m => m.Item, m => m.Index);
        var accuracies = new double[rounds];
        for (var round = 0; round < rounds; round++)
        {
            foreach (var id in Select(strategy, pool, features, batch, Seeds.Derive(seed, "round", round)))
                pool.Label(id, data.Pool.Classes[id]);
            int[] labelled = [.. pool.Labelled];
            var head = LinearHead.Fit(HeadRows.Of(
                unit.Copy([.. labelled.Select(id => positions[id])]), unit.Width,
                [.. labelled.Select(pool.ClassOf)], data.ClassNames.Count));
            accuracies[round] = Accuracy(head, tests, data.Test!);
        }
        return accuracies;
    }

    // what needs labels begins with a random batch
    private static IReadOnlyList<int> Select(string strategy, Pool pool, FeatureRows features, int batch, long seed)
    {
        var classes = pool.Labelled.Select(pool.ClassOf).Distinct().Count();
        var name = strategy == "default" ? new NextOptions().StrategyFor(features: true, classes) : strategy;
        var chosen = QueryStrategies.Create(name);
        if (classes < 2 && chosen.NeedsLabels) chosen = QueryStrategies.Create("random");
        using var networks = new Networks(pool);
        return chosen.Select(new Query
        {
            Pool = pool,
            Budget = batch,
            Seed = seed,
            Networks = networks,
            Features = new FeatureSource(features),
        }).Ids;
    }

    private static double Accuracy(LinearHead head, UnitRows tests, ImageSet truth)
    {
        var p = head.Probabilities(tests.Copy([.. Enumerable.Range(0, tests.Count)]));
        var right = 0;
        for (var i = 0; i < tests.Count; i++)
        {
            var row = p.AsSpan(i * head.Classes, head.Classes).ToArray();
            if (Array.IndexOf(row, row.Max()) == truth.Classes[i]) right++;
        }
        return (double)right / tests.Count;
    }

    private static void Report(Dictionary<string, List<double>> curves)
    {
        string[] others = [.. Strategies.Where(s => s != "random")];
        var p = PairedTests.Holm([.. others.Select(s => PairedTests.SignFlip(curves[s], curves["random"]))]);
        Console.WriteLine($"random: {curves["random"].Average().ToString("0.0", Invariant)} points over the curve");
        foreach (var (i, strategy) in others.Index())
        {
            var d = PairedTests.Difference(curves[strategy], curves["random"]);
            Console.WriteLine(string.Create(Invariant,
                $"{strategy}: {d.Estimate:+0.0;-0.0} ({d.Low:+0.0;-0.0} to {d.High:+0.0;-0.0}), p {p[i]:0.0000}"));
        }
        Console.WriteLine(string.Create(Invariant,
            $"p is exact, Holm over {others.Length}; the least {curves["random"].Count} pairs can give is "
            + $"{PairedTests.LeastP(curves["random"].Count):0.0000} before correction"));
    }
}
