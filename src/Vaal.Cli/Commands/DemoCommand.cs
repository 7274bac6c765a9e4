using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal demo</c>: what <c>vaal next</c> does against random sampling and the paper's VAAL, on images that
/// come with the program.</summary>
internal static class DemoCommand
{
    public static Command Create(CancellationToken stop)
    {
        var output = new Option<string>("--out")
        {
            Description = "folder for results; results of an earlier demo are replaced",
            DefaultValueFactory = _ => "vaal-demo",
        };
        var data = new Option<string>("--data")
        {
            Description = $"images that come with the program: {string.Join(", ", DemoReport.Sets)}",
            DefaultValueFactory = _ => DemoReport.Sets.First(),
        }.WithNames(DemoReport.Sets);
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
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var result = DemoReport.Run(
                parsed.GetValue(data)!, folder, parsed.GetValue(seed), progress.Report, stop);
            Output.Print(result, parsed.GetValue(json));
            if (parsed.GetValue(json)) return Run.Done;
            Output.Line($"Plot: {Path.Combine(folder, "learning-curves.png")}");
            Output.Line($"Every number: {Path.Combine(folder, "results.csv")}");
            return Run.Done;
        });
        return command;
    }
}
