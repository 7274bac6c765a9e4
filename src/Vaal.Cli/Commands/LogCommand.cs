using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

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
                if (parsed.GetValue(json)) Output.Json(entry);
                else Output.Line(Visible.Line(Words(entry)));
            }
            return Run.Done;
        });
        return command;
    }

    private static string Words(LedgerEntry entry)
    {
        if (entry.Action is not null) return $"        {entry.Words}";
        var when = entry.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return $"{$"#{entry.Id}",-6}  {when}  {(entry.Who is { } who ? $"{who} " : "")}{entry.Words}";
    }
}
