using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal undo</c>: takes the last import, change of classes or round back.</summary>
internal static class UndoCommand
{
    public static Command Create(CancellationToken stop)
    {
        var entry = new Argument<long?>("number")
        {
            Description = "the entry of 'vaal log' to undo, which must be the last; a second time it changes "
                + "nothing",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("undo",
            "undo the last import, labelling, change of classes or round; run it again for the one before",
            [
                "vaal undo       # the last action",
                "vaal undo 12    # the same, if that is #12; safe to repeat",
            ])
        {
            entry, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            workspace.Undo(parsed.GetValue(entry), report => Output.Print(report, parsed.GetValue(json)),
                progress.Report, stop);
            return Run.Done;
        });
        return command;
    }
}
