using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Vaal.Cli.Terminal;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal report</c>: what a round chose and why, as one HTML file.</summary>
internal static class ReportCommand
{
    public static Command Create(CancellationToken stop)
    {
        var round = new Option<int?>("--round") { Description = "number of the round to show; default: the last" };
        var output = new Option<string?>("--out", "-o")
        {
            HelpName = "file",
            Description = "the file to write; default: report.html in the workspace",
        };
        var open = new Option<bool>("--open") { Description = "show it in the browser" };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("report", "what a round chose and why, as one HTML file that needs no network",
        [
            "vaal report --open                        # the last round, in the browser",
            "vaal report --round 2 --out round-2.html",
        ])
        {
            round, output, open, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var path = WorkspaceReport.Save(
                workspace, parsed.GetValue(output), parsed.GetValue(round), progress.Report, stop);
            if (parsed.GetValue(json)) Output.Json(new { report = path });
            else Output.Line(path);
            if (parsed.GetValue(open)) Open(path, progress);
            return Run.Done;
        });
        return command;
    }

    private static void Open(string path, Progress progress)
    {
        try
        {
            using var browser = Process.Start(new ProcessStartInfo(path) { UseShellExecute = true });
        }
        catch (Exception e) when (e is Win32Exception or PlatformNotSupportedException or FileNotFoundException)
        {
            progress.Say("vaal: no browser could be started; open the file yourself");
        }
    }
}
