using System.CommandLine;
using Vaal.Cli.Terminal;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal predict</c>: classes of new images by a trained model.</summary>
internal static class PredictCommand
{
    public static Command Create(CancellationToken stop)
    {
        var sources = new Argument<string[]>("image")
        {
            Description = "image files, or folders of them",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new Option<string?>("--model")
        {
            Description = "file task.safetensors; default: of the workspace's last training",
        };
        var format = new Option<string?>("--format")
        {
            Description = $"{string.Join(", ", Predictor.Formats)}; default: as --out ends, else csv",
        }.WithNames(Predictor.Formats);
        var output = new Option<string?>("--out")
        {
            HelpName = "file",
            Description = "file to write, which ends in .csv, .json or .parquet; default: standard output",
        };
        var (where, json, quiet) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet());
        var command =
            new VaalCommand("predict", "give classes and their probabilities to new images, by a trained model",
        [
            "vaal predict new-photos --out classes.csv    # by the workspace's last model",
            "vaal predict a.jpg b.jpg                     # a table on standard output",
            "vaal predict new-photos --model task.safetensors --out classes.parquet",
        ])
        {
            sources, model, format, output, where.Folder, json, quiet,
        };
        command.SetAction(parsed =>
        {
            var (file, kind) = (parsed.GetValue(output), parsed.GetValue(format));
            if (file is null && (kind == "parquet" || parsed.GetValue(json)))
                throw new InputException("expected --out FILE for Parquet or with --json, found none");
            WorkspaceArguments.CheckOutput(output.Name, file);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var predictor = Open(parsed, model, where);
            var notes = new List<string>();
            var found = predictor.Predict(parsed.GetValue(sources)!, notes, progress.Report, stop);
            var (images, left) = file is not null
                ? predictor.Save(file, found, kind)
                : ToStandardOutput(predictor, found, kind ?? "csv");
            foreach (var note in notes) progress.Tell($"vaal: {note}");
            progress.Tell(left.Select(i => $"{i.Path}: {i.Problem}"), "'vaal predict' with --out and --json lists all");
            if (left.Count > 0)
                progress.Tell($"vaal: {left.Count:N0} of {Counted.Of(images + left.Count, "image")} cannot be used");
            var exit = images > 0 || left.Count == 0 ? Run.Done : Run.Mistake;
            if (file is null) return exit;
            var unusable = left.Select(i => new { i.Path, i.Problem });
            if (parsed.GetValue(json)) Output.Json(new { path = Path.GetFullPath(file), images, unusable });
            else Output.Line($"{Counted.Of(images, "image")} in {Path.GetFullPath(file)}");
            return exit;
        });
        return command;
    }

    private static Predictor Open(ParseResult parsed, Option<string?> model, WorkspaceArguments where)
    {
        if (parsed.GetValue(model) is { } file && parsed.GetValue(where.Folder) is null) return Predictor.Open(file);
        using var workspace = where.Open(parsed);
        return Predictor.Open(
            parsed.GetValue(model) ?? workspace.ModelOf(), Path.Combine(workspace.Folder, "features"));
    }

    private static (int Images, IReadOnlyList<Prediction> LeftOut) ToStandardOutput(
        Predictor predictor, IEnumerable<Prediction> found, string format)
    {
        using var text = new MemoryStream();
        var result = predictor.Write(text, found, format);
        Output.Line(System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).TrimEnd('\n'));
        return result;
    }
}
