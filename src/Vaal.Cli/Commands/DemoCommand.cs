using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal demo</c>: what <c>vaal next</c> does against random sampling and the paper's VAAL, on images that
/// come with the program.</summary>
internal static class DemoCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var output = new Option<string>("--out")
        {
            Description = "folder for results; results of an earlier demo are replaced",
            DefaultValueFactory = _ => "vaal-demo",
        };
        var data = new Option<string>("--data")
        {
            Description = $"images that come with the program: {string.Join(", ", Demo.Sets)}",
            DefaultValueFactory = _ => Demo.Sets.First(),
        }.WithNames(Demo.Sets);
        var seed =
            new Option<long>("--seed") { Description = "the first of seven seeds", DefaultValueFactory = _ => 1 };
        var (json, quiet) = (CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("demo",
            "compare the default of 'vaal next' with random sampling and with VAAL on built-in images, in one "
            + "or two minutes",
            [
                "vaal demo                         # 900 photographs; results in vaal-demo",
                "vaal demo --data fashion-mnist    # 6,000 small grey images",
            ])
        {
            data, output, seed, json, quiet,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            DemoReport.Check(folder);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var result = Demo.Run(parsed.GetValue(data)!, parsed.GetValue(seed), progress.Report, stop);
            DemoReport.Save(result, folder);
            if (parsed.GetValue(json))
                Output.Json(new
                {
                    outcome = result.Words,
                    result.Gain,
                    result.VaalGain,
                    result.Rows,
                });
            else Print(result, folder);
            return Run.Done;
        });
        return command;
    }

    private static void Print(DemoResult result, string folder)
    {
        var curves = result.Curves;
        Output.Line($"{result.Title}: accuracy on test images in %, ± 95% CI");
        var table = new Table(["labels", .. curves.Select(c => c.Strategy)]);
        for (var i = 0; i < curves[0].Labels.Count; i++)
            table.Add([$"{curves[0].Labels[i]}", .. curves.Select(c => Percent(c.Accuracy[i]))]);
        table.Print();
        Output.Line();
        foreach (var sentence in result.Words) Output.Line(sentence);
        Output.Line($"Plot: {Path.Combine(folder, "learning-curves.png")}");
        Output.Line($"Every number: {Path.Combine(folder, "results.csv")}");
    }

    private static string Percent(Interval accuracy) => string.Create(Invariant,
        $"{100 * accuracy.Estimate:0.0} ± {100 * (accuracy.High - accuracy.Estimate):0.0}");
}
