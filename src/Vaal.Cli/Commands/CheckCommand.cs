using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal check</c>: whether a workspace is whole.</summary>
internal static class CheckCommand
{
    public static Command Create(CancellationToken stop)
    {
        var repair = new Option<bool>("--repair")
        {
            Description = "rebuild damaged caches and remove damaged features; labels are never changed",
        };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("check",
            "look for damage: the database by table and row, image files, caches and features",
            [
                "vaal check             # ends with 1 if something is wrong",
                "vaal check --repair    # rebuilds caches and features",
            ])
        {
            repair, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var report = Workspace.Check(where.Of(parsed), parsed.GetValue(repair), progress.Report, stop);
            if (parsed.GetValue(json)) Output.Json(report);
            else Print(report);
            return report.Sound ? Run.Done : Run.Mistake;
        });
        return command;
    }

    private static void Print(CheckReport report)
    {
        foreach (var fault in report.Database) Output.Line($"database: {fault}");
        foreach (var problem in report.Files) Output.Line($"images: {problem}");
        foreach (var damage in report.Made) Output.Line($"damaged: {damage}");
        foreach (var mended in report.Repaired) Output.Line($"repaired: {mended}");
        if (report.Database.Count > 0) Output.Line("restore vaal.db from a copy; vaal changed nothing in it");
        else if (report.Made.Count > report.Repaired.Count) Output.Line("run 'vaal check --repair' to rebuild it");
        else if (report.Sound) Output.Line("database, images, caches and features are whole");
    }
}
