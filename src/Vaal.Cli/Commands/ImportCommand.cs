using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal import</c>: labels come back.</summary>
internal static class ImportCommand
{
    private const int MostClasses = 30;

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
            string[] known = [.. workspace.Status().Classes.Select(c => c.Class)];
            var report = workspace.Import(parsed.GetValue(path)!, parsed.GetValue(format),
                parsed.GetValue(by), parsed.GetValue(replace), parsed.GetValue(dryRun), parsed.GetValue(newClasses),
                parsed.GetValue(elsewhere), progress.Report, stop);
            progress.Tell(report.Problems.Select(p => $"{p}"), "'vaal import' with --dry-run --json lists all");
            progress.Tell(NewClasses(report, known), "'vaal classes list' has all");
            if (parsed.GetValue(json)) Output.Json(report);
            else Print(report, workspace, first: known.Length == 0);
            return report.Problems.Count > 0 && report.Changed + report.Unchanged == 0 ? Run.Mistake : Run.Done;
        });
        return command;
    }

    private static void Print(ImportReport report, Workspace workspace, bool first)
    {
        var verb = report.DryRun ? "would be" : report.Added == 1 ? "was" : "were";
        string?[] parts =
        [
            $"{Counted.Of(report.Added, "label")} {verb} added",
            report.Completed > 0 ? $"{report.Completed:N0} completed" : null,
            report.Replaced > 0 ? $"{report.Replaced:N0} replaced" : null,
            report.Unchanged > 0 ? $"{report.Unchanged:N0} already there" : null,
            report.LeftOut > 0 ? $"{Counted.Of(report.LeftOut, "entry", "entries")} left out, listed above" : null,
        ];
        Output.Line(string.Join(", ", parts.OfType<string>()));
        if (first && report.NewClasses.Count > 0)
            Output.Line($"{Counted.Of(report.NewClasses.Count, "class", "classes")}: "
                + string.Join(", ", report.NewClasses.Take(MostClasses))
                + (report.NewClasses.Count > MostClasses ? ", …" : ""));
        if (report.DryRun) return;
        StatusCommand.NextSteps(workspace.Status());
    }

    // at the first import every class is new: then only names that look like one class written in two ways
    private static IEnumerable<string> NewClasses(ImportReport report, string[] known)
    {
        foreach (var (i, name) in report.NewClasses.Index())
        {
            var near = known.Concat(report.NewClasses.Take(i)).FirstOrDefault(n => Alike(n) == Alike(name))
                ?? Suggestion.Nearest(name, known);
            if (near is not null)
                yield return $"'{name}' is a new class; if you meant '{near}': vaal classes merge '{name}' '{near}'";
            else if (known.Length > 0) yield return $"'{name}' is a new class";
        }
    }

    // letters and digits, whatever the case
    private static string Alike(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant() is { Length: > 0 } letters ? letters : name;
}
