using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Encoders;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal similar</c>: images of the workspace that are like one image.</summary>
internal static class SimilarCommand
{
    public static Command Create(CancellationToken stop)
    {
        var image = new Argument<string>("image") { Description = "an image of the workspace, or any image file" };
        var count = new Option<int>("--count", "-n")
        {
            Description = "images to list",
            DefaultValueFactory = _ => 20,
        };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command = new VaalCommand("similar", "list the images that are most like one image, by their features", [
            "vaal similar shelf/0012.jpg              # of the workspace",
            "vaal similar ~/new.jpg -n 5              # any file",
        ])
        {
            image, count, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var workspace = where.Open(parsed);
            Output.Print(workspace.Similar(new FeatureMaker(), parsed.GetValue(image)!, parsed.GetValue(count),
                progress.Report, stop), parsed.GetValue(json));
            return Run.Done;
        });
        return command;
    }
}
