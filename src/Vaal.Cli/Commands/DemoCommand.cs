using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Oracles;
using Vaal.Reporting;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal demo</c>: VAAL against drawing at random on the embedded data set, in three minutes on two cores.</summary>
internal static class DemoCommand
{
    private const int Seeds = 3;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;
    private static readonly string[] Strategies = ["random", "vaal"];

    private static readonly LoopOptions Options = new()
    {
        Initial = 100,
        Draw = InitialDraw.Uniform,
        Budget = 100,
        Rounds = 4,
        Vaal = VaalOptions.Balanced with { Iterations = 100 },
    };

    public static Command Create(CancellationToken stop)
    {
        var output = new Option<string>("--out") { Description = "folder for results and for going on after a stop", DefaultValueFactory = _ => "vaal-demo" };
        var seed = new Option<long>("--seed") { Description = "the first of the seeds", DefaultValueFactory = _ => 1 };
        var (json, quiet, device) = (CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var command = new Command("demo", "simulated labelling on the embedded images: VAAL against drawing at random") { output, seed, json, quiet, device };
        command.SetAction(parsed =>
        {
            var (folder, first) = (parsed.GetValue(output)!, parsed.GetValue(seed));
            using var data = DataFormats.Load("embedded", new LoadOptions());
            var rows = Compare(data, folder, first, CommonOptions.DeviceOf(parsed.GetValue(device)!), parsed.GetValue(quiet), stop);
            var (curves, words) = (ComparisonSummary.Curves(rows), ComparisonSummary.InWords(rows, "vaal"));
            var plot = new LearningCurvePlot($"Accuracy against labels, {data.Name}: {data.Pool.Count:N0} images of Fashion-MNIST", words, curves);
            plot.Save(Path.Combine(folder, "learning-curves.png"));
            plot.Save(Path.Combine(folder, "learning-curves.svg"));
            if (parsed.GetValue(json)) Output.Json(new { outcome = words, gain = ComparisonSummary.Gain(rows, "vaal"), rows });
            else Print(curves, words, folder);
            return Run.Done;
        });
        return command;
    }

    private static IReadOnlyList<ResultRow> Compare(DataSet data, string folder, long first, TorchSharp.torch.Device device, bool quiet, CancellationToken stop)
    {
        using var progress = Progress.OnStandardError(quiet);
        var comparison = new Comparison(Options, data, Strategies, Enumerable.Range(0, Seeds).Select(i => first + i), folder);
        var done = 0;
        var running = "";
        return comparison.Run(progress.Report, (strategy, seed) => progress.Job(running = $"{strategy}, seed {seed}", done, comparison.Rounds), (strategy, seed, round) =>
        {
            progress.Job(running, ++done, comparison.Rounds);
            if (round.Round == Options.Rounds - 1)
                progress.Say(string.Create(Invariant, $"{strategy,-7} seed {seed}: {100 * round.Accuracy:0.0}% with {round.Labelled} labels"));
        }, device, stop);
    }

    private static void Print(IReadOnlyList<LearningCurve> curves, string words, string folder)
    {
        var table = new Table(["labels", .. curves.Select(c => $"{c.Strategy}, accuracy ± 95% CI")]);
        for (var i = 0; i < curves[0].Labels.Count; i++)
            table.Add([$"{curves[0].Labels[i]}", .. curves.Select(c => string.Create(Invariant, $"{100 * c.Accuracy[i].Estimate:0.0} ± {100 * (c.Accuracy[i].High - c.Accuracy[i].Estimate):0.0}"))]);
        table.Print();
        Console.WriteLine();
        Console.WriteLine(words);
        Console.WriteLine($"Plot: {Path.Combine(folder, "learning-curves.png")}; every number: {Path.Combine(folder, ResultsFile.CsvName)}");
    }
}
