using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal init</c>: index the user's own images.</summary>
internal static class InitCommand
{
    private const string FileName = "vaal.db";
    private const string All = "'vaal init' with --json lists all";

    public static Command Create(CancellationToken stop)
    {
        var source = new Argument<string>("source")
        {
            Description = "a folder of images, or a CSV or Parquet table with a column 'path'; "
                + "without it, a workspace that --workspace names keeps its own",
            DefaultValueFactory = _ => ".",
        };
        var workspace = new Option<string?>("--workspace")
        {
            Description = "folder of the workspace; default: .vaal inside the image folder",
        };
        var labels = new Option<bool>("--label-from-folders")
        {
            Description = "the class of an image is the folder that holds it; of a table, the column 'label'",
        };
        var classes = new Option<string?>("--classes")
        {
            Description = "declare the classes, such as cat,dog: exports offer them to annotators, and labels of other "
                + "classes are refused; '': any class",
        };
        var multi = new Option<bool?>("--multi-label")
        {
            Description = "an image may have several classes, or none of them; can be changed until the first label",
        };
        var test = new Option<string?>("--test")
        {
            Description = "draw a test set, which then stays the same: 10%, or a number",
        };
        var list = new Option<string?>("--test-list") { Description = "a file that names the images of the test set" };
        var encoder = new Option<string?>("--encoder")
        {
            Description = $"encoder that makes features of the images: {string.Join(", ", PretrainedEncoders.Names)}, "
                + "the path of an .onnx model or of a table of features (.npy, .parquet), or none; "
                + "default: resnet18 for photographs and none below 32 pixels, or as before",
        };
        var flip = CommonOptions.EncoderFlip();
        var size = new Option<int?>("--size")
        {
            Description = "side of the squares that images are scaled to, in pixels: 32, 64, 128 or 256; "
                + "default: 64, or as before",
        };
        var fit = new Option<Fit?>("--fit") { Description = "how images become square; default: crop, or as before" };
        var frame = new Option<string?>("--frame")
        {
            Description = "size of images and masks for --task small-seg or drn, such as 240x180; "
                + "default: that of the first image, at most 256, or as before",
        };
        var background = new Option<string?>("--background")
        {
            Description = "the class of pixels that no shape covers; '', the default: they are ignored",
        };
        var near = new Option<int?>("--near-duplicates")
        {
            Description = "bits of 64 that the hashes of near-duplicates may differ in, 0 to 11; 0: none; "
                + "default: 6, or as before",
        };
        var links = new Option<bool>("--follow-links")
        {
            Description = "follow links that lead out of the image folder, now and in later runs",
        };
        var seed = new Option<long>("--seed")
        {
            Description = "decides which images the test set gets",
            DefaultValueFactory = _ => 1,
        };
        var yes = new Option<bool>("--yes", "-y") { Description = "do not ask before a new folder is indexed" };
        var (json, quiet) = (CommonOptions.Json(), CommonOptions.Quiet());
        var (reach, cluster) = (new ClusterArguments(), ClusterArguments.Cluster("make missing features"));
        var command = new VaalCommand("init",
            "index a folder of images; run it again to pick up new, changed and removed files, labels stay",
            [
                "vaal init photos --test 10% --classes cat,dog   # index, set a test set apart, name the classes",
                "vaal init sorted --label-from-folders           # sorted/cat/1.jpg is a cat",
                "vaal init photos --multi-label                  # an image may have several classes",
                "vaal init                                       # the current folder",
            ],
            [flip, size, fit, frame, background, near, links, seed, cluster, .. reach.Advanced])
        {
            source, workspace, labels, classes, multi, test, list, encoder, yes, json, quiet,
        };
        command.SetAction(parsed =>
        {
            reach.CheckHeeded(parsed, cluster);
            if (parsed.GetValue(test) is null && CommonOptions.FirstGiven(parsed, [seed]) is not null)
                throw new InputException("expected --test SIZE with --seed, found none");
            if (parsed.GetValue(flip) && parsed.GetValue(encoder) == CommonOptions.NoEncoder)
                throw new InputException("expected an encoder with --encoder-flip, found --encoder none");
            // not before a question is answered
            Progress? shown = null;
            var (from, to) = (parsed.GetValue(source)!, parsed.GetValue(workspace));
            // its own folder stands for what the workspace was made of
            if (to is not null && parsed.GetResult(source) is not { Tokens.Count: > 0 } && IsThere(to)) from = to;
            // whoever mistakes both hears of the frame first
            _ = new LoadOptions(frame: parsed.GetValue(frame));
            var wanted = parsed.GetValue(flip) ? Flipped(parsed.GetValue(encoder) ?? EncoderOf(from, to))
                : parsed.GetValue(encoder) is { } name ? PretrainedEncoders.Resolve(name) : null;
            var options = new IndexOptions(
                size: parsed.GetValue(size),
                fit: parsed.GetValue(fit),
                frame: parsed.GetValue(frame),
                background: parsed.GetValue(background),
                classes: parsed.GetValue(classes) is { } names ? ClassesIn(names) : null,
                multiLabel: parsed.GetValue(multi),
                nearDuplicates: parsed.GetValue(near),
                encoder: wanted,
                labels: parsed.GetValue(labels),
                followLinks: parsed.GetValue(links),
                test: parsed.GetValue(test),
                testList: parsed.GetValue(list),
                seed: parsed.GetValue(seed),
                report: e => shown?.Report(e),
                cancel: stop);
            var preview = Workspace.Preview(from, to, parsed.GetValue(links));
            // otherwise it would be missed when the images are indexed
            if (wanted is not null && parsed.GetValue(cluster) is null
                && (preview.IsNew || EncoderIn(preview.Folder) != wanted))
                _ = PretrainedEncoders.Resolve(wanted, fetched: true);
            if (!Agreed(preview, parsed.GetValue(yes), parsed.GetValue(quiet), stop)) return Run.Mistake;
            using var progress = shown = Progress.OnStandardError(parsed.GetValue(quiet));
            using var opened = Workspace.Create(from, to);
            var report = opened.Index(options);
            IReadOnlyList<string> notes, problems;
            try
            {
                (notes, problems) = opened.MakeFeatures(reach.Maker(parsed, cluster), progress.Report, stop);
            }
            catch when (preview.IsNew)
            {
                var drawn = parsed.GetValue(test) ?? parsed.GetValue(list);
                progress.Tell($"vaal: the index {(drawn is null ? "is" : "and the test set are")} kept; to start "
                    + $"from nothing, delete {Path.Combine(preview.Folder, FileName)}");
                throw;
            }
            foreach (var note in notes) progress.Tell($"vaal: {note}");
            foreach (var problem in problems) progress.Tell($"vaal: {problem}");
            foreach (var note in report.Notes) progress.Tell($"vaal: {note}");
            progress.Tell(report.Unusable.Select(line => $"cannot be used: {line}"), All);
            progress.Tell(report.Labels?.Notes ?? [], All);
            Output.Print(report, parsed.GetValue(json));
            if (!parsed.GetValue(json) && Where(preview.Root, preview.Folder) is { } where) Output.Line(where);
            return report.Unusable.Count < report.Images ? Run.Done : Run.Mistake;
        });
        return command;
    }

    // one whose first 'vaal init' was killed names no images yet
    private static bool IsThere(string workspace)
    {
        if (!File.Exists(Path.Combine(workspace, FileName))) return false;
        try
        {
            using var made = Workspace.Open(workspace);
            return true;
        }
        catch (InputException)
        {
            return false;                                                  // the next step says what is wrong with it
        }
    }

    // a person who starts in the wrong folder notices before it is indexed
    private static bool Agreed((int Images, string Root, string Folder, bool IsNew) preview, bool yes, bool quiet,
        CancellationToken stop)
    {
        if (preview.Images == 0) return true;                                        // the next step says so
        var what = $"vaal: {Counted.Of(preview.Images, "image file")} in {preview.Root}; "
            + $"the workspace is {preview.Folder}";
        if (!quiet || Output.CanAsk) Output.Error.WriteLine(what);
        if (preview.IsNew && Around(preview.Root) is { } other)
            Output.Error.WriteLine(
                $"vaal: the images are in the folder of another workspace, {other}; the two share no labels");
        if (yes || !preview.IsNew || !Output.CanAsk) return true;
        if (Output.Asked("Index them? [Y/n] ", stop)) return true;
        Output.Error.WriteLine("vaal: nothing was indexed");
        return false;
    }

    private static string? Around(string root) =>
        Path.GetDirectoryName(root) is { } above ? Workspace.Find(above) : null;

    // who asks for mirror images asks for an encoder
    private static string Flipped(string encoder) => PretrainedEncoders.Resolve(
        encoder == CommonOptions.NoEncoder ? PretrainedEncoders.Names.First() : encoder, flip: true);

    private static string EncoderOf(string from, string? to)
    {
        var preview = Workspace.Preview(from, to);
        return preview.IsNew ? CommonOptions.NoEncoder : EncoderIn(preview.Folder);
    }

    private static string EncoderIn(string folder)
    {
        using var workspace = Workspace.Open(folder);
        return workspace.Encoder;
    }

    private static string[] ClassesIn(string names) =>
        names.Length == 0 ? [] : names.Split(',', StringSplitOptions.TrimEntries);

    // where the next command finds the workspace; null: from here
    private static string? Where(string root, string folder)
    {
        if (Workspace.Find(Environment.CurrentDirectory) == folder) return null;
        return folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? $"Run these commands in {root}, or add --workspace '{root}'."
            : $"Run these commands with --workspace '{folder}'.";
    }
}
