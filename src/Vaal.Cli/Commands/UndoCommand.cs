using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal undo</c>: takes the last import or round back.</summary>
internal static class UndoCommand
{
    public static Command Create()
    {
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new VaalCommand("undo", "take the last import, labelling or round back; again: the one before",
        [
            "vaal undo",
        ])
        {
            where.Folder, json,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var report = workspace.Undo();
            if (parsed.GetValue(json)) Output.Json(report);
            else Output.Line(Words(report));
            return Run.Done;
        });
        return command;
    }

    private static string Words(UndoReport report)
    {
        var when = report.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        if (report.What == "round")
            return $"took round {report.Round} ({report.From}, {when}) back: {report.Picks:N0} images are not chosen any more";
        var what = report.What == "folders" ? "labels from folders" : report.What;
        return $"took the {what} of {when} ({report.From}) back: "
            + $"{report.Removed:N0} labels are gone, {report.Restored:N0} are what they were before";
    }
}
