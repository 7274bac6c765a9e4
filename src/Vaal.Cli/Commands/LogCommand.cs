using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal log</c>: the ledger.</summary>
internal static class LogCommand
{
    public static Command Create()
    {
        var images = new Option<bool>("--images") { Description = "also what each action changed, image by image" };
        var json = new Option<bool>("--json") { Description = "one line of JSON per entry" };
        var where = new WorkspaceArguments();
        var command = new VaalCommand("log", "list every change: what, who and when, oldest first",
        [
            "vaal log             # a sentence per action, with the number that 'vaal undo' takes",
            "vaal log --images    # and what it changed, image by image",
        ])
        {
            images, where.Folder, json,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            foreach (var entry in workspace.Log(parsed.GetValue(images)))
            {
                if (parsed.GetValue(json)) Output.Print(entry, json: true);
                // names may hold line breaks
                else foreach (var block in entry.Text()) Output.Line(Visible.Line(block.Line!));
            }
            return Run.Done;
        });
        return command;
    }
}
