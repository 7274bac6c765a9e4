using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Reports;
using Vaal.Strategies;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal compare</c>: the results of several benches as one.</summary>
internal static class CompareCommand
{
    public static Command Create(CancellationToken stop)
    {
        var runs = new Argument<string[]>("runs")
        {
            Description = "folders of benches, finished or not; or results.csv files, whose protocol is not checked",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out")
        {
            Description = "folder for the report and the merged results",
            Required = true,
        };
        var baseline = new Option<string>("--baseline")
        {
            Description = "the strategy that the others are compared with",
            DefaultValueFactory = _ => "random",
        }.WithNames(QueryStrategies.Names);
        var title = new Option<string>("--title")
        {
            Description = "title of the report",
            DefaultValueFactory = _ => "Comparison",
        };
        var json = CommonOptions.Json();
        var command =
            new VaalCommand("compare", "merge benches that have the same protocol, with statistics and a report",
        [
            "vaal compare runs/monday runs/tuesday --out runs/both",
        ])
        {
            runs, output, baseline, title, json,
        };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(output)!;
            var summary = BenchReport.Compare(
                parsed.GetValue(runs)!, folder, parsed.GetValue(baseline)!, parsed.GetValue(title)!, stop);
            return BenchOutput.Print(summary, folder, parsed.GetValue(json), stop);
        });
        return command;
    }
}
