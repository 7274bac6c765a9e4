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
            Output.Print(report, parsed.GetValue(json));
            return report.Sound ? Run.Done : Run.Mistake;
        });
        return command;
    }
}
