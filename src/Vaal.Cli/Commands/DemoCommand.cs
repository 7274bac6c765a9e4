using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal demo</c>: VAAL against random choice on the embedded data set, in a minute and a half on two
/// cores.</summary>
internal static class DemoCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Runs at once: networks this small gain less from a second processor than another run does.</summary>
    private const int MostJobs = 3;

    private static BenchConfig Config(long seed) => BenchConfig.Parse($$"""
        {
          "data": "embedded", "strategies": ["random", "vaal"], "seeds": [{{seed}}, {{seed + 1}}, {{seed + 2}}],
          "initial": 100, "draw": "uniform", "budget": 100, "rounds": 4, "vaal": { "iterations": 100 }
        }
        """, "demo");

    public static Command Create(CancellationToken stop)
    {
        var output = new Option<string>("--out")
        {
            Description = "folder for results and for continuing after a stop",
            DefaultValueFactory = _ => "vaal-demo",
        };
        var seed =
            new Option<long>("--seed") { Description = "the first of three seeds", DefaultValueFactory = _ => 1 };
        var (json, quiet, device) = (CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var command = new VaalCommand("demo",
            "compare VAAL with random choice on 5,000 built-in images whose labels are known, in about two minutes",
            [
                "vaal demo    # results in vaal-demo",
            ],
            device)
        {
            output, seed, json, quiet,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var config = Config(parsed.GetValue(seed));
            var rows = Compare(config, folder, parsed.GetValue(device)!, parsed.GetValue(quiet), stop);
            var (curves, words) = (ComparisonSummary.Curves(rows), ComparisonSummary.InWords(rows, "vaal"));
            var plot = new LearningCurvePlot("Accuracy against labels: 5,000 images of Fashion-MNIST", words, curves);
            plot.Save(Path.Combine(folder, "learning-curves.png"));
            plot.Save(Path.Combine(folder, "learning-curves.svg"));
            if (parsed.GetValue(json))
                Output.Json(new { outcome = words, gain = ComparisonSummary.Gain(rows, "vaal"), rows });
            else Print(curves, words, folder);
            return Run.Done;
        });
        return command;
    }

    private static IReadOnlyList<ResultRow> Compare(
        BenchConfig config, string folder, string device, bool quiet, CancellationToken stop)
    {
        using var bench = BenchGrid.Open(config, folder, device);
        var failures = BenchCommand.Work(bench, config, Math.Min(Environment.ProcessorCount, MostJobs), quiet, stop);
        return failures.Count == 0 ? bench.Rows()
            : throw new InvalidOperationException(failures[0].Error);                // not the user's mistake
    }

    private static void Print(IReadOnlyList<LearningCurve> curves, string words, string folder)
    {
        Output.Line("Accuracy on test images in %, ± 95% CI");
        var table = new Table(["labels", .. curves.Select(c => c.Strategy)]);
        for (var i = 0; i < curves[0].Labels.Count; i++)
            table.Add([$"{curves[0].Labels[i]}", .. curves.Select(c => Percent(c.Accuracy[i]))]);
        table.Print();
        Output.Line();
        Output.Line(words);
        Output.Line($"Plot: {Path.Combine(folder, "learning-curves.png")}");
        Output.Line($"Every number: {Path.Combine(folder, ResultsFile.CsvName)}");
    }

    private static string Percent(Interval accuracy) => string.Create(Invariant,
        $"{100 * accuracy.Estimate:0.0} ± {100 * (accuracy.High - accuracy.Estimate):0.0}");
}
