using System.Globalization;
using Vaal.Data;
using Vaal.Experiments;

namespace Vaal.Bench;

/// <summary>Query strategies against drawing at random: the same initial pools, seeds and task model, paired.</summary>
internal static class StrategyTable
{
    /// <summary>strategies DATA INITIAL BUDGET ROUNDS SEEDS STRATEGY[,…] FOLDER; goes on where it was</summary>
    public static int Run(string[] args)
    {
        using var data = DataFormats.Load(args[0], new LoadOptions { Size = 32 });
        var options = new LoopOptions { Initial = args.Number(1), Budget = args.Number(2), Rounds = args.Number(3) };
        string[] strategies = ["random", .. args[5].Split(',').Except(["random"])];
        var rows = new Comparison(options, data, strategies, Enumerable.Range(1, args.Number(4)).Select(i => (long)i), args[6]).Run();
        Console.WriteLine($"| strategy | {string.Join(" | ", rows.Where(r => r.Strategy == "random" && r.Seed == 1).Select(r => $"{r.Labelled} labels"))} | less random, points over the curve (95% CI) | seconds a selection |");
        Console.WriteLine($"|---{string.Concat(Enumerable.Repeat("|---", options.Rounds + 2))}|");
        foreach (var curve in ComparisonSummary.Curves(rows))
        {
            var gain = ComparisonSummary.Gain(rows, curve.Strategy);
            var seconds = rows.Where(r => r.Strategy == curve.Strategy && r.SelectSeconds > 0).Select(r => r.SelectSeconds).Order().ToList();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {curve.Strategy} | {string.Join(" | ", curve.Accuracy.Select(a => $"{100 * a.Estimate:0.0}"))} | {(curve.Strategy == "random" ? "" : $"{100 * gain.Estimate:+0.0;−0.0} ({100 * gain.Low:+0.0;−0.0} to {100 * gain.High:+0.0;−0.0})")} | {seconds[seconds.Count / 2]:0.0} |"));
        }
        return 0;
    }
}
