using System.CommandLine;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal compare</c>: the results of several benches as one.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var runs = new Argument<string[]>("runs") { Description = "folders of benches, finished or not", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "folder for the report and the merged results", Required = true };
        var baseline = new Option<string>("--baseline") { Description = "what the others are compared with", DefaultValueFactory = _ => "random" };
        var title = new Option<string>("--title") { Description = "of the report", DefaultValueFactory = _ => "Comparison" };
        var json = CommonOptions.Json();
        var command = new Command("compare", "merge the results of benches whose protocol is the same, with statistics and a report") { runs, output, baseline, title, json };
        command.SetAction(parsed =>
        {
            var (folders, folder) = (parsed.GetValue(runs)!, parsed.GetValue(output)!);
            var against = parsed.GetValue(baseline)!;
            if (BenchGrid.IsIn(folder)) throw new InputException($"{folder} holds a bench, whose results the merged ones would replace; give --out another folder");
            if (File.Exists(folder)) throw new InputException($"{folder} is a file; a folder for the report was wanted");
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any() && !BenchReport.IsIn(folder))
                throw new InputException($"{folder} is not empty and holds no comparison of vaal; give --out an empty or new folder");
            var rows = MergedBenches.Rows(folders);
            string[] names = [.. rows.Select(r => r.Strategy).Distinct()];
            if (!names.Contains(against)) throw new InputException($"no strategy '{against}' in these benches to compare with; there are: {string.Join(", ", names)}");
            var summary = BenchSummary.Of(rows, against) with { Title = parsed.GetValue(title)!, About = $"Merged from {string.Join(", ", folders.Select(f => Path.GetFileName(Path.TrimEndingDirectorySeparator(f))))}." };
            Directory.CreateDirectory(folder);
            ResultsFile.Write(folder, rows);
            return BenchOutput.Print(summary, folder, parsed.GetValue(json));
        });
        return command;
    }
}
