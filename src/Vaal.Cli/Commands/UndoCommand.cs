using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal undo</c>: takes the last import or round back.</summary>
internal static class UndoCommand
{
    public static Command Create(CancellationToken stop)
    {
        _ = stop;                                                                    // one short transaction
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new Command("undo", "take the last import, labelling or round back; again: the one before") { where.Folder, json };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var report = workspace.Undo();
            if (parsed.GetValue(json)) Output.Json(report);
            else Console.WriteLine(Words(report));
            return Run.Done;
        });
        return command;
    }

    private static string Words(UndoReport report)
    {
        var when = report.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return report.What == "round"
            ? $"took round {report.Round} ({report.From}, {when}) back: {report.Picks:N0} images are not chosen any more"
            : $"took the {(report.What == "folders" ? "labels from folders" : report.What)} of {when} ({report.From}) back: {report.Removed:N0} labels are gone, {report.Restored:N0} are what they were before";
    }
}
