using System.Globalization;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>How far a ranking in bfloat16 is from float32's with the same weights, and whether what is chosen is
/// float32's all the same.</summary>
internal static class RankAgreement
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>ranks DATA LABELLED BUDGET SEEDS [--width W] [--iterations I] [--batch B]</summary>
    public static int Run(string[] args)
    {
        var (labelled, budget, seeds) = (args.Number(1), args.Number(2), args.Number(3));
        var options = VaalOptions.Balanced;
        options = new(options)
        {
            Width = args.NumberOption("--width") ?? options.Width,
            Iterations = args.NumberOption("--iterations") ?? options.Iterations,
            BatchSize = args.NumberOption("--batch") ?? options.BatchSize,
            Precision = Precision.Auto,
        };
        using var data = DataFormats.Load(args[0], new LoadOptions { Size = 32 });
        Console.WriteLine(
            "| seed | images | Spearman, bf16 against float32 | float32's picks among bf16's own | scored again | " +
            "picks that are float32's |");
        Console.WriteLine("|---|---|---|---|---|---|");
        for (var seed = 1; seed <= seeds; seed++) Console.WriteLine(Row(seed, data, labelled, budget, options));
        return 0;
    }

    private static string Row(int seed, DataSet data, int labelled, int budget, VaalOptions options)
    {
        var pool = new Pool(data.Pool);
        foreach (var id in InitialPool.Draw(data.Pool, labelled, InitialDraw.Uniform, seed, []))
            pool.Label(id, data.Pool.Classes[id]);
        using var networks = new Networks(pool, options, seed: seed);
        var (vaal, ids) = (networks.Vaal, pool.UnlabelledIds);
        var images = pool.Images.Squared(vaal.Vae.Size);
        var (exact, rough) = (vaal.ScoreExactly(images, ids), vaal.ScoreRoughly(images, ids));
        var again = 0L;
        var chosen = vaal.Highest(pool.Images, ids, budget, seed, e => again += e.Phase == "scoring the best again"
            && e.Done == e.Total ? e.Total : 0).Ids;
        var best = TopB.Highest(ids, exact, budget).Ids;
        var spearman = Ranks.Spearman([.. exact], [.. rough]);
        var roughly = best.Intersect(TopB.Highest(ids, rough, budget).Ids).Count();
        var same = best.SequenceEqual(chosen) ? "all, in order" : $"{best.Intersect(chosen).Count()} of {budget}";
        return string.Create(
            Invariant,
            $"| {seed} | {ids.Length} | {spearman:0.00000} | {roughly} of {budget} | {again} | {same} |");
    }
}
