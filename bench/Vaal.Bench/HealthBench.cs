using System.Diagnostics;
using System.Globalization;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>
/// Rankings whose truth is known, one row each: a labelled pool drawn at random, where there is nothing to find, and
/// one that lacks classes. <c>health judge</c> turns the rows into thresholds and error rates.
/// </summary>
internal static class HealthBench
{
    private const string Header =
        "data,pool,labelled,missing,seed,iterations,width,auc,low,high,held_l,held_u,top_labelled,top_chance,active,"
        + "kl,recon_share,spread,agreement,seed_agreement,enrichment,cpu_s";
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>health DATA POOL LABELLED MISSING SEEDS ITERATIONS WIDTH FILE.csv [--first SEED] [--thorough]; a row
    /// that the file has already is not made again</summary>
    public static int Run(string[] args)
    {
        if (args is ["judge", .. var files]) return HealthRates.Print(files);
        var (poolSize, labelled, missing, seeds, iterations, width, file) =
            (args.Number(1), args.Number(2), args.Number(3), args.Number(4), args.Number(5), args.Number(6), args[7]);
        var first = args.NumberOption("--first") ?? 1;
        using var data = DataFormats.Load(args[0], new LoadOptions { Size = 32 });
        if (!File.Exists(file)) File.WriteAllText(file, Header + "\n");
        var done = File.ReadLines(file).Select(line => string.Join(',', line.Split(',').Take(7))).ToHashSet();
        for (var seed = first; seed < first + seeds; seed++)
        {
            var key = $"{data.Name},{poolSize},{labelled},{missing},{seed},{iterations},{width}";
            if (done.Contains(key)) continue;
            var options = new VaalOptions(VaalOptions.Balanced) { Iterations = iterations, Width = width };
            var measured = Row(data, poolSize, labelled, missing, seed, options, args.Contains("--thorough"));
            var row = $"{key},{measured}";
            File.AppendAllText(file, row + "\n");
            Console.WriteLine(row);
        }
        return 0;
    }

    private static string Row(
        DataSet data, int poolSize, int labelled, int missing, int seed, VaalOptions options, bool thorough)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        int[] classes = [.. Enumerable.Range(0, data.ClassNames.Count)];
        new Random((int)Seeds.Derive(seed, "missing classes", 0)).Shuffle(classes);
        int[] ids = [.. Enumerable.Range(0, data.Pool.Count)];
        new Random((int)Seeds.Derive(seed, "pool", missing)).Shuffle(ids);
        using var images = data.Pool.Subset(ids[..Math.Min(poolSize, ids.Length)]);
        var pool = new Pool(images);
        foreach (var id in InitialPool.Draw(images, labelled, InitialDraw.Uniform, seed, classes[..missing]))
            pool.Label(id, images.Classes[id]);

        using var networks = new Networks(pool, options, seed: seed);
        var picks = QueryStrategies.Create("vaal")
            .Select(new Query { Pool = pool, Budget = labelled / 2, Seed = seed, Networks = networks }).Ids;
        var h = HealthCheck.Measure(networks.Vaal, images, seed);
        if (thorough)
        {
            using var other = new Networks(pool, options, seed: seed + 1_000);
            h = h.ComparedWith(other.Vaal, networks.Vaal, images, [.. pool.Unlabelled], seed);
        }
        double Share(IEnumerable<int> of) =>
            of.Average(id => classes[..missing].Contains(images.Classes[id]) ? 1.0 : 0);
        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        var enrichment = missing == 0 ? double.NaN : Share(picks) / Share(pool.Unlabelled);
        return string.Create(
            Invariant,
            $"{h.HeldOutAuc:0.0000},{h.AucLow:0.0000},{h.AucHigh:0.0000},{h.HeldOutLabelled},{h.HeldOutUnlabelled},"
            + $"{h.TopLabelled:0.000},{h.TopChance:0.00000},{h.ActiveUnits},{h.Kl:0.00},"
            + $"{h.ReconstructionMse / h.MeanImageMse:0.0000},{h.ScoreSpread:0.000},{h.Agreement:0.000},"
            + $"{h.SeedAgreement:0.000},{enrichment:0.000},{seconds:0.0}");
    }
}
