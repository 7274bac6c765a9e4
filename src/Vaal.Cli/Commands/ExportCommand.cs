using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal export</c>: images and labels for other tools.</summary>
internal static class ExportCommand
{
    public static Command Create(CancellationToken stop)
    {
        _ = stop;                                                                    // an export is short, and whole or not there
        var what = new Option<ExportWhat>("--what") { Description = "picks (of a round), labelled, unlabelled, test, all", DefaultValueFactory = _ => ExportWhat.Picks };
        var format = new Option<string>("--format") { Description = string.Join(", ", LabelFormats.All.Values.Where(f => f.Write is not null).Select(f => f.Name)), DefaultValueFactory = _ => "csv" };
        var output = new Option<string?>("--out") { Description = "file or folder to make; left out: in the workspace, under exports" };
        var round = new Option<int?>("--round") { Description = "whose picks; left out: the last" };
        var (where, json) = (new WorkspaceArguments(), CommonOptions.Json());
        var command = new Command("export", "write images, labels and picks in a format that others read") { what, format, output, round, where.Folder, json };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var (path, images) = workspace.Export(parsed.GetValue(what), parsed.GetValue(format)!, parsed.GetValue(output), parsed.GetValue(round));
            using var progress = Progress.OnStandardError(quiet: true);
            foreach (var loss in LabelFormats.Named(parsed.GetValue(format)!).Losses(workspace.ExportRows(parsed.GetValue(what), parsed.GetValue(round)))) progress.Tell($"vaal: {loss}");
            if (parsed.GetValue(json)) Output.Json(new { path, images });
            else Console.WriteLine($"{images:N0} images in {path}");
            return Run.Done;
        });
        return command;
    }
}
