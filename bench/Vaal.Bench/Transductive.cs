using System.Globalization;
using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Experiments;
using Vaal.Heads;

namespace Vaal.Bench;

/// <summary>
/// Does a head that also learns from spread labels beat the plain one, by how many labels a class? Labels are drawn at
/// random, as many of each class. Each seed has another random part of the pool, and all heads have the same labels.
/// </summary>
internal static class Transductive
{
    private static readonly int[] PerClass = [1, 2, 5, 10, 20];
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>transductive CONFIG.json DATA SEEDS FILE.csv: the data sets of a study</summary>
    public static int Run(string[] args)
    {
        var (config, seeds) = (StudyConfig.Read(args.Text(0)), args.Number(2));
        using var file = new StreamWriter(args.Text(3));
        file.WriteLine("data,perClass,seed,plain,spread,auto,spreads");
        Console.WriteLine("| data | labels a class | plain, % | spread minus plain | auto minus plain | spreads |");
        Console.WriteLine("|---|---|---|---|---|---|");
        using var sets = new StudySets(config, args.Text(1));
        foreach (var data in config.Data)
        {
            var task = sets.Features(data, config.Encoder);
            foreach (var perClass in PerClass)
            {
                var (plain, spread, auto, spreads) =
                    (new List<double>(), new List<double>(), new List<double>(), 0);
                for (var seed = 1; seed <= seeds; seed++)
                {
                    var part = task.Part(config.Share, seed);
                    var labelled = Draw(part, perClass, seed);
                    var rows = UnitRows.Of(part.Pool, part.Width);
                    var tests = UnitRows.Of(part.Test, part.Width, rows.Mean);
                    var asked = tests.Copy([.. Enumerable.Range(0, tests.Count)]);
                    int[] classes = [.. labelled.Select(row => part.Classes[row])];
                    TransductiveHead Fit(bool? wanted) =>
                        TransductiveHead.Fit(rows, labelled, classes, part.ClassCount, seed: seed, spreads: wanted);
                    var chosen = Fit(null);
                    plain.Add(Accuracy(Fit(false), asked, part));
                    spread.Add(Accuracy(Fit(true), asked, part));
                    auto.Add(Accuracy(chosen, asked, part));
                    if (chosen.Spreads) spreads++;
                    file.WriteLine(string.Create(Invariant, $"{data.Name},{perClass},{seed},{plain[^1]:0.0000},")
                        + string.Create(Invariant, $"{spread[^1]:0.0000},{auto[^1]:0.0000},{chosen.Spreads}"));
                    file.Flush();
                }
                Console.WriteLine(string.Create(Invariant,
                    $"| {data.Name} | {perClass} | {100 * plain.Average():0.0} | {Ahead(spread, plain)} ")
                    + $"| {Ahead(auto, plain)} | {spreads} of {seeds} |");
            }
        }
        return 0;
    }

    private static int[] Draw(FeatureTask task, int perClass, long seed)
    {
        int[] rows = [.. Enumerable.Range(0, task.Count)];
        new Random((int)Seeds.Derive(seed, "labels", perClass)).Shuffle(rows);
        return [.. rows.GroupBy(row => task.Classes[row]).SelectMany(g => g.Take(perClass)).Order()];
    }

    private static double Accuracy(TransductiveHead head, float[] asked, FeatureTask task)
    {
        var logits = head.Head.Logits(asked);
        return Enumerable.Range(0, task.TestClasses.Length).Average(i => TensorPrimitives.IndexOfMax<double>(
            logits.AsSpan(i * task.ClassCount, task.ClassCount)) == task.TestClasses[i] ? 1.0 : 0);
    }

    private static string Ahead(List<double> a, List<double> b)
    {
        return SignedPoints.Of(PairedTests.Difference(a, b));
    }
}
