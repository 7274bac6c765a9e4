using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal import</c>: labels come back.</summary>
internal static class ImportCommand
{
    public static Command Create(CancellationToken stop)
    {
        var path = new Argument<string>("path") { Description = "file, folder or ZIP archive with labels" };
        var format = new Option<string?>("--format")
        {
            Description = $"{string.Join(", ", Workspace.ImportFormats)}; default: detected",
        }.WithNames(Workspace.ImportFormats);
        var dryRun = new Option<bool>("--dry-run") { Description = "say what would change, and change nothing" };
        var by = new Option<string?>("--by") { Description = "who labelled, whatever the file says" };
        var replace = new Option<bool>("--replace")
        {
            Description = "labels that contradict existing ones replace them, instead of being listed",
        };
        var newClasses = new Option<bool>("--new-classes")
        {
            Description = "add classes that are not declared, instead of refusing their labels",
        };
        var elsewhere = new Option<bool>("--labelled-elsewhere")
        {
            Description = "the file (a table with a column 'path') only says which images have a label somewhere else",
        };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("import", "read labels into the workspace; importing twice changes nothing",
        [
            "vaal import .vaal/exports/picks-1.csv      # the table of picks, with its column 'label' filled in",
            "vaal import labels.json --dry-run          # what would change?",
            "vaal import coco.json --by ann --replace   # Ann's labels replace those that differ",
        ])
        {
            path, format, dryRun, by, replace, newClasses, elsewhere, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(elsewhere) && CommonOptions.FirstGiven(parsed, [replace, newClasses]) is { } ofLabels)
                throw new InputException($"expected a file of labels with {ofLabels}, found --labelled-elsewhere, "
                    + $"which reads none; leave {ofLabels} out");
            using var workspace = where.Open(parsed);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var report = workspace.Import(parsed.GetValue(path)!, parsed.GetValue(format),
                parsed.GetValue(by), parsed.GetValue(replace), parsed.GetValue(dryRun), parsed.GetValue(newClasses),
                parsed.GetValue(elsewhere), progress.Report, stop);
            progress.Tell(report.Notes, "'vaal import' with --dry-run --json lists all");
            progress.Tell(report.ClassNotes, "'vaal classes list' has all");
            Output.Print(report, parsed.GetValue(json));
            return report.Notes.Count > 0 && report.Changed + report.Unchanged == 0 ? Run.Mistake : Run.Done;
        });
        return command;
    }
}
