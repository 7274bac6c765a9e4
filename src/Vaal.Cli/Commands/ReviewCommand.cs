using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data.Learning;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal review</c>: labels that may be wrong.</summary>
internal static class ReviewCommand
{
    private static readonly Dictionary<string, Pruning> Prunings = new()
    {
        ["class"] = Pruning.Class,
        ["noise-rate"] = Pruning.NoiseRate,
        ["both"] = Pruning.Both,
    };

    public static Command Create(CancellationToken stop)
    {
        var most = new Option<int>("--most", "-n")
        {
            Description = "labels to list; the export holds as many",
            DefaultValueFactory = _ => 100,
        };
        var by = new Option<string>("--by")
        {
            HelpName = string.Join('|', Prunings.Keys),
            Description = "how many labels are suspected: by class, by the noise rate of each pair of classes, or "
                + "those that both name",
            DefaultValueFactory = _ => "class",
        };
        by.AcceptOnlyFromAmong([.. Prunings.Keys]);
        var export = new Option<string?>("--export")
        {
            HelpName = "format",
            Description = $"also write them for a labelling tool: {string.Join(", ", Workspace.ExportFormats)}",
        }.WithNames(Workspace.ExportFormats);
        var output = new Option<string?>("--out")
        {
            HelpName = "path",
            Description = "file or folder of the export; default: in the workspace, under exports",
        };
        var (seed, where) = (CommonOptions.Seed(), new WorkspaceArguments());
        var (json, quiet) = (CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("review", "list labels that may be wrong, the most suspected first", [
            "vaal review                          # by a linear model on features; nothing is changed",
            "vaal review -n 50 --export label-studio    # write 50 for Label Studio, to correct them",
            "vaal review --by both                # only the labels that both ways suspect",
        ])
        {
            most, by, export, output, seed, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(most) < 1)
                throw new InputException($"expected --most of at least 1, found {parsed.GetValue(most)}");
            if (parsed.GetValue(output) is not null && parsed.GetValue(export) is null)
                throw new InputException("expected --export FORMAT with --out, found none");
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var workspace = where.Open(parsed);
            var reviewer = new LabelReviewer(Prunings[parsed.GetValue(by)!], parsed.GetValue(seed));
            var all = workspace.Review(reviewer, progress.Report, stop);
            SuspectLabel[] listed = [.. all.Take(parsed.GetValue(most))];
            var file = parsed.GetValue(export) is { } format && listed.Length > 0
                ? workspace.ExportReview(listed, format, parsed.GetValue(output), stop).Path : null;
            if (parsed.GetValue(json)) Output.Json(new { suspected = all.Count, labels = listed, export = file });
            else Print(listed, all.Count, file);
            return Run.Done;
        });
        return command;
    }

    private static void Print(SuspectLabel[] listed, int all, string? file)
    {
        var table = new Table("image", "label", "predicted", "probability", "of the label");
        foreach (var s in listed)
            table.Add(s.Path, s.Given, s.Believed, Number(s.BelievedProbability), Number(s.GivenProbability));
        if (listed.Length > 0) table.Print();
        if (all > listed.Length) Output.Line($"and {all - listed.Length:N0} more; -n lists them");
        Output.Line(all == 0
            ? "No label is suspected."
            : $"{Counted.Of(all, "label")} may be wrong. Nothing was changed.");
        if (file is not null) Output.Line($"  {file}");
    }

    private static string Number(double p) => p.ToString("0.000", CultureInfo.InvariantCulture);
}
