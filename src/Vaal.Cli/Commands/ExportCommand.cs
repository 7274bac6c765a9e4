using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal export</c>: images and labels for other tools.</summary>
internal static class ExportCommand
{
    public static Command Create(CancellationToken stop)
    {
        var what = new Option<ExportWhat>("--what")
        {
            Description = "which images: picks are those that a round chose",
            DefaultValueFactory = _ => ExportWhat.Picks,
        };
        var format = new Option<string>("--format")
        {
            Description = string.Join(", ", Workspace.ExportFormats),
            DefaultValueFactory = _ => "csv",
        }.WithNames(Workspace.ExportFormats);
        var output = new Option<string?>("--out")
        {
            HelpName = "path",
            Description = "file or folder to make; default: in the workspace, under exports",
        };
        var round = new Option<int?>("--round") { Description = "number of the round whose picks; default: the last" };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("export", "write images and labels in a format that other tools read",
        [
            "vaal export --format label-studio            # the last round's picks, to label them",
            "vaal export --what test                      # the test set, to label it",
            "vaal export --what all --format image-folder --out train    # a folder a class, to train elsewhere",
        ])
        {
            what, format, output, round, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var workspace = where.Open(parsed);
            var (chosen, name) = (parsed.GetValue(what), parsed.GetValue(format)!);
            if (chosen != ExportWhat.Picks && parsed.GetValue(round) is { } asked)
                throw new InputException($"expected --what picks with --round {asked}, found --what "
                    + $"{chosen.ToString().ToLowerInvariant()}; leave one of the two out");
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var (path, images, losses) = workspace.Export(chosen, name, parsed.GetValue(output),
                parsed.GetValue(round), progress.Report, stop);
            foreach (var loss in losses) progress.Tell($"vaal: {loss}");
            if (parsed.GetValue(json)) Output.Json(new { path, images });
            else Output.Line($"{Counted.Of(images, "image")} in {path}");
            return Run.Done;
        });
        return command;
    }
}
