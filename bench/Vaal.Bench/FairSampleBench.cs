using System.Globalization;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Encoders;
using Vaal.Scoring;
using Vaal.Strategies;

namespace Vaal.Bench;

/// <summary>
/// How often the verdict is wrong, where the truth is known: labelled pools drawn at random, and labelled pools that
/// strategies made in a bench. The first labels are a fair sample of the pool, or lack classes.
/// </summary>
internal static class FairSampleBench
{
    private const string Header =
        "pool,strategy,seed,round,labelled,auc,low,high,top_chance,all_auc,all_low,all_high,all_top_chance";

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>fair-sample first DATA LABELLED MISSING TRIALS | fair-sample unlike DATA LABELLED MISSING TRIALS
    /// [STRATEGY] | fair-sample rounds BENCH.json FOLDER FILE.csv | fair-sample rates FILE.csv</summary>
    public static int Run(string[] args) => args[0] switch
    {
        "first" => First(args[1], args.Number(2), args.Number(3), args.Number(4)),
        "unlike" => Unlike(args[1], args.Number(2), args.Number(3), args.Number(4), args.Length > 5 ? args[5] : null),
        "rounds" => Rounds(args[1], args[2], args[3]),
        _ => Rates(args[1]),
    };

    private static int First(string name, int labelled, int missing, int trials)
    {
        using var data = DataFormats.Load(name, new LoadOptions { Size = 32 });
        var found = new List<FairSample>();
        for (var seed = 1; seed <= trials; seed++)
        {
            int[] classes = [.. Enumerable.Range(0, data.ClassNames.Count)];
            new Random((int)Seeds.Derive(seed, "missing classes", 0)).Shuffle(classes);
            var pool = new Pool(data.Pool);
            foreach (var id in InitialPool.Draw(data.Pool, labelled, InitialDraw.Uniform, seed, classes[..missing]))
                pool.Label(id, data.Pool.Classes[id]);
            found.Add(HealthCheck.Sample(pool, null, seed));
        }
        Console.WriteLine(string.Create(Invariant,
            $"| {data.Name}, {labelled} | {missing} | {trials} | {found.Average(f => f.Auc):0.00} | {Rates(found)} |"));
        return 0;
    }

    /// <summary>
    /// On ResNet-18 features: how often the verdict is wrong, how often a share of the pool is said to look like
    /// nothing labelled, how large it is said to be, and how many of the examples are of the missing classes. Each
    /// trial has another random 70% of the images, and its labels come from random sampling or from a strategy, in five
    /// batches.
    /// </summary>
    private static int Unlike(string name, int labelled, int missing, int trials, string? strategy)
    {
        using var data = DataFormats.Load(name, new LoadOptions { Size = 64 });
        using var features = SourceFeatures.Of(data.Pool, ResNet18Encoder.Name);
        var (found, said, truth, right, shown) = (new List<FairSample>(), new List<double>(), new List<double>(), 0, 0);
        for (var seed = 1; seed <= trials; seed++)
        {
            int[] classes = [.. Enumerable.Range(0, data.ClassNames.Count)];
            new Random((int)Seeds.Derive(seed, "missing classes", 0)).Shuffle(classes);
            var without = classes[..missing].ToHashSet();
            int[] members = [.. Enumerable.Range(0, data.Pool.Count)];
            new Random(seed).Shuffle(members);
            members = members[..(int)(0.7 * members.Length)];
            var pool = new Pool(data.Pool, members);
            Label(pool, [.. members.Where(id => !without.Contains(data.Pool.Classes[id]))], features, labelled,
                strategy ?? "random", seed);
            found.Add(HealthCheck.Sample(pool, null, seed, features));
            truth.Add((double)pool.Unlabelled.Count(id => without.Contains(data.Pool.Classes[id]))
                / pool.Unlabelled.Count);
            if (HealthCheck.Unlike(pool, PoolImage.Unnumbered(data.Pool.Count), seed, features) is not
                { Share: > 0 } unlike) continue;
            said.Add(unlike.Share);
            (shown, right) = (shown + unlike.Examples.Count,
                right + unlike.Examples.Count(id => without.Contains(data.Pool.Classes[id.Value])));
        }
        var wilson = Statistics.Wilson(said.Count, trials);
        Console.WriteLine(string.Create(Invariant,
            $"| {data.Name}, {labelled} by {strategy ?? "random"} | {missing} | {trials} ")
            + string.Create(Invariant, $"| {found.Average(f => f.Auc):0.00} | {Rates(found)} ")
            + string.Create(Invariant, $"| {said.Count} ({100 * wilson.Low:0}–{100 * wilson.High:0}%) ")
            + string.Create(Invariant, $"| {100 * said.DefaultIfEmpty(0).Average():0}% | {100 * truth.Average():0}% ")
            + $"| {right} of {shown} |");
        return 0;
    }

    private static void Label(
        Pool pool, int[] from, FeatureRows features, int labelled, string strategy, long seed)
    {
        const int batches = 5;
        for (var batch = 0; batch < batches; batch++)
        {
            using var networks = new Networks(pool);
            var chosen = QueryStrategies.Create(strategy).Select(new Query
            {
                Pool = pool.Restrict(from.Where(id => !pool.IsLabelled(id))),
                Budget = labelled * (batch + 1) / batches - labelled * batch / batches,
                Seed = Seeds.Derive(seed, "batch", batch),
                Networks = networks,
                Features = new FeatureSource(features),
            });
            foreach (var id in chosen.Ids) pool.Label(id, pool.Images.Classes[id]);
        }
    }

    /// <summary>A row for each round that a run chose in: the verdict on the first labels, and on all labels as a
    /// comparison.</summary>
    private static int Rounds(string config, string folder, string file)
    {
        var json = JsonNode.Parse(File.ReadAllText(config))!;
        using var data = DataFormats.Load((string)json["data"]!, new LoadOptions { Size = 32 });
        var lines = new List<string> { Header };
        foreach (var cells in Directory.GetDirectories(Path.Combine(folder, "cells")).Order(StringComparer.Ordinal))
            foreach (var cell in Directory.GetDirectories(cells).Order(StringComparer.Ordinal))
            {
                var rounds = JsonNode.Parse(File.ReadAllText(Path.Combine(cell, "rounds.json")));
                var results = (rounds as JsonArray ?? rounds!["rounds"]!.AsArray()).Select(r => r!.AsObject()).ToList();
                var (name, dash) = (Path.GetFileName(cell), Path.GetFileName(cell).LastIndexOf('-'));
                var (pool, seed) = (Path.GetFileName(cells), long.Parse(name[(dash + 1)..], Invariant));
                var initial = Path.Combine(folder, "pools", pool, $"initial-{seed}.txt");
                int[] first = [.. File.ReadAllLines(initial).Select(l => int.Parse(l, Invariant))];
                var labels = new Pool(data.Pool);
                foreach (var id in first) labels.Label(id, 0);
                foreach (var result in results)
                {
                    int[] picks = [.. result["picks"]!.AsArray().Select(p => (int)p!)];
                    if (picks.Length == 0) continue;
                    var (own, all) = (HealthCheck.Sample(labels, first, seed), HealthCheck.Sample(labels, null, seed));
                    var run = $"{pool},{name[..dash]},{seed},{(int)result["round"]!},{labels.Labelled.Count}";
                    lines.Add($"{run},{Numbers(own)},{Numbers(all)}");
                    foreach (var id in picks) labels.Label(id, 0);
                }
            }
        File.WriteAllLines(file, lines);
        return Rates(file);
    }

    private static string Numbers(FairSample s) => string.Create(Invariant,
        $"{s.Auc:0.0000},{s.Low:0.0000},{s.High:0.0000},{s.TopChance:0.00000}");

    private static int Rates(string file)
    {
        var rows = File.ReadLines(file).Skip(1).Select(l => l.Split(',')).ToList();
        Console.WriteLine("| first labels | strategy | labels | runs | judged by | mean AUC "
            + "| informative | weak | no better than random |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        var groups = rows.GroupBy(r => (Pool: r[0], Strategy: r[1], Labelled: int.Parse(r[4], Invariant)));
        foreach (var group in groups.OrderBy(g => g.Key))
            foreach (var (words, at) in new[] { ("first labels", 5), ("all labels", 9) })
            {
                var found = group.Select(r => Sample(r, at)).ToList();
                var (pool, strategy, labelled) = group.Key;
                Console.WriteLine(
                    string.Create(Invariant, $"| {pool} | {strategy} | {labelled} | {found.Count} | {words} ")
                    + string.Create(Invariant, $"| {found.Average(f => f.Auc):0.00} | {Rates(found)} |"));
            }
        return 0;
    }

    private static FairSample Sample(string[] row, int at)
    {
        double N(int i) => double.Parse(row[at + i], Invariant);
        return new(FairSample.Enough, FairSample.Enough, N(0), N(1), N(2), double.NaN, N(3));
    }

    private static string Rates(List<FairSample> found)
    {
        // of a latent that has not collapsed
        var verdicts = found.Select(s => HealthVerdict.Of(new(0.5, 32, 40, 0.1, 0.2) { Sample = s }).Trust).ToList();
        return string.Join(" | ", Enum.GetValues<Trust>().SkipLast(1).Select(t => Rate(verdicts, t)));
    }

    private static string Rate(List<Trust> found, Trust trust)
    {
        var count = found.Count(t => t == trust);
        var wilson = Statistics.Wilson(count, found.Count);
        return string.Create(Invariant, $"{count} ({100 * wilson.Low:0}–{100 * wilson.High:0}%)");
    }
}
