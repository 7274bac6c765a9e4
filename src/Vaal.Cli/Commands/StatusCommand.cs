using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal status</c>: where the workspace stands, and what to do next.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var verbose =
            new Option<bool>("--verbose") { Description = "also say why the last ranking can or cannot be trusted" };
        var command =
            new VaalCommand("status", "counts, labels per class, rounds, the last verdict, and what to do next",
        [
            "vaal status",
            "vaal status --json    # for programs",
        ])
        {
            where.Folder, verbose, json,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            Output.Print(workspace.Status(coverage: true), parsed.GetValue(json), parsed.GetValue(verbose));
            return Run.Done;
        });
        return command;
    }
}
