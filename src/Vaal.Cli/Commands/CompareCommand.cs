using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Experiments;
using Vaal.Reports;
using Vaal.Strategies;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal compare</c>: the results of several benches as one.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("runs")
        {
            Description = "folders of benches, finished or not",
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
        var command = new VaalCommand("compare", "merge benches that have the same protocol, with statistics and a report",
        [
            "vaal compare runs/monday runs/tuesday --out runs/both",
        ])
        {
            runs, output, baseline, title, json,
        };
        command.SetAction(parsed =>
        {
            var (folders, folder) = (parsed.GetValue(runs)!, parsed.GetValue(output)!);
            CheckOutput(folder);
            var summary = Merged(folders, parsed.GetValue(baseline)!) with { Title = parsed.GetValue(title)! };
            Directory.CreateDirectory(folder);
            ResultsFile.Write(folder, summary.Rows);
            return BenchOutput.Print(summary, folder, parsed.GetValue(json));
        });
        return command;
    }

    private static BenchSummary Merged(string[] folders, string baseline)
    {
        var rows = MergedBenches.Rows(folders);
        string[] names = [.. rows.Select(r => r.Strategy).Distinct()];
        if (!names.Contains(baseline))
            throw new InputException($"no strategy '{baseline}' in these benches to compare with; there are: {string.Join(", ", names)}");
        var from = folders.Select(f => Path.GetFileName(Path.TrimEndingDirectorySeparator(f)));
        return BenchSummary.Of(rows, baseline) with { About = $"Merged from {string.Join(", ", from)}." };
    }

    private static void CheckOutput(string folder)
    {
        if (BenchGrid.IsIn(folder))
            throw new InputException($"{folder} holds a bench, and the merged results would replace its own; give --out another folder");
        if (File.Exists(folder)) throw new InputException($"{folder} is a file; give --out a folder");
        var foreign = Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !BenchReport.IsIn(folder);
        if (foreign) throw new InputException($"{folder} is not empty and holds no comparison of vaal; give --out an empty or new folder");
    }
}
