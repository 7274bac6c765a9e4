using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal review</c>: labels that may be wrong.</summary>
internal static class ReviewCommand
{
    private static readonly string[] Ways = ["class", "noise-rate", "both"];

    public static Command Create(CancellationToken stop)
    {
        var most = new Option<int>("--most", "-n")
        {
            Description = "labels to list; the export holds as many",
            DefaultValueFactory = _ => 100,
        };
        var by = new Option<string>("--by")
        {
            HelpName = string.Join('|', Ways),
            Description = "how many labels are suspected: by class, by the noise rate of each pair of classes, or "
                + "those that both name",
            DefaultValueFactory = _ => "class",
        };
        by.AcceptOnlyFromAmong(Ways);
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
            var reviewer = new LabelReviewer(parsed.GetValue(by)!, parsed.GetValue(seed));
            var review = workspace.Review(reviewer, parsed.GetValue(most), progress.Report, stop);
            if (parsed.GetValue(export) is { } format && review.Suspects.Count > 0)
                workspace.ExportReview(review, format, parsed.GetValue(output), stop);
            Output.Print(review, parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }
}
