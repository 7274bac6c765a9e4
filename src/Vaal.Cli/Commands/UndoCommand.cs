using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

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
            workspace.Undo(parsed.GetValue(entry), report =>
            {
                if (parsed.GetValue(json)) Output.Json(report);
                else Output.Line(Words(report));
            }, progress.Report, stop);
            return Run.Done;
        });
        return command;
    }

    private static string Words(UndoReport report)
    {
        var when = report.At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var what = report.What switch
        {
            "round" => $"round {report.Round} ({report.From}, {when})",
            "folders" => $"the labels from folders ({report.From}, {when})",
            "classes" => $"the change of classes ({report.From}, {when})",
            _ => $"the {report.What} ({report.From}, {when})",
        };
        var effect = report.What == "round"
            ? $"{Counted.Of(report.Picks, "pick")} removed"
            : $"{Counted.Of(report.Removed, "label")} removed, {report.Restored:N0} restored";
        return report.Already
            ? $"#{report.Entry}, {what}, was taken back already; nothing else was changed"
            : $"took #{report.Entry} back, {what}: {effect}";
    }
}
