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
            if (parsed.GetValue(flip) && parsed.GetValue(encoder) == PretrainedEncoders.None)
                throw new InputException("expected an encoder with --encoder-flip, found --encoder none");
            // not before a question is answered
            Progress? shown = null;
            var (from, to) = (parsed.GetValue(source)!, parsed.GetValue(workspace));
            // its own folder stands for what the workspace was made of
            if (to is not null && parsed.GetResult(source) is not { Tokens.Count: > 0 } && IsThere(to)) from = to;
            var options = new IndexOptions
            {
                Size = parsed.GetValue(size),
                Fit = parsed.GetValue(fit),
                Frame = LoadOptions.FrameOf(parsed.GetValue(frame)),
                Background = parsed.GetValue(background),
                Classes = parsed.GetValue(classes) is { } names ? ClassesIn(names) : null,
                MultiLabel = parsed.GetValue(multi),
                NearDuplicates = parsed.GetValue(near),
                Encoder = parsed.GetValue(flip) ? Flipped(parsed.GetValue(encoder) ?? EncoderOf(from, to))
                    : parsed.GetValue(encoder) is { } name ? PretrainedEncoders.Resolve(name) : null,
                Labels = parsed.GetValue(labels),
                Test = parsed.GetValue(test) is { } t ? TestSize.Parse(t) : null,
                TestList = parsed.GetValue(list),
                FollowLinks = parsed.GetValue(links),
                Seed = parsed.GetValue(seed),
                Report = e => shown?.Report(e),
                Cancel = stop,
            };
            if (options.Problems().ToList() is { Count: > 0 } wrong)
                throw new InputException(string.Join("; ", wrong));
            var preview = Workspace.Preview(from, to, options.FollowLinks);
            if (options.Encoder is { } wanted && parsed.GetValue(cluster) is null && !IsOf(preview, wanted))
                CheckHere(wanted);
            if (!Agreed(preview, parsed.GetValue(yes), parsed.GetValue(quiet), stop)) return Run.Mistake;
            using var progress = shown = Progress.OnStandardError(parsed.GetValue(quiet));
            using var opened = Workspace.Create(from, to);
            var declared = opened.DeclaredClasses;
            var report = opened.Index(options);
            IReadOnlyList<string> notes, problems;
            try
            {
                (notes, problems) = opened.MakeFeatures(reach.Maker(parsed, cluster), progress.Report, stop);
            }
            catch when (preview.IsNew)
            {
                progress.Tell($"vaal: the index {(report.TestDrawn ? "and the test set are" : "is")} kept; to start "
                    + $"from nothing, delete {Path.Combine(opened.Folder, FileName)}");
                throw;
            }
            foreach (var note in notes) progress.Tell($"vaal: {note}");
            foreach (var problem in problems) progress.Tell($"vaal: {problem}");
            foreach (var note in report.Notes) progress.Tell($"vaal: {note}");
            progress.Tell(report.Unusable.Select(i => $"cannot be used: {i.Path}: {i.Reason}"), All);
            progress.Tell((report.Labels?.Problems ?? []).Select(p => $"{p}"), All);
            if (parsed.GetValue(json)) Output.Json(report);
            else Print(report, opened, !preview.IsNew && !declared.SequenceEqual(opened.DeclaredClasses));
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

    // then its features may be there
    private static bool IsOf(IndexPreview preview, string encoder)
    {
        if (preview.IsNew) return false;
        using var workspace = Workspace.Open(preview.Folder);
        return workspace.Encoder == encoder;
    }

    // otherwise it would be missed when the images are indexed
    private static void CheckHere(string encoder)
    {
        if (PretrainedEncoders.In().FirstOrDefault(e => encoder.Split('+')[0] == e.Name) is { IsHere: false } missing)
            throw new InputException($"{missing.Name} is not in {missing.Folder}; "
                + $"'vaal encoder fetch {missing.Name}' fetches it ({missing.Bytes / 1e6:N0} MB)");
    }

    // a person who starts in the wrong folder notices before it is indexed
    private static bool Agreed(IndexPreview preview, bool yes, bool quiet, CancellationToken stop)
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
        encoder == PretrainedEncoders.None ? PretrainedEncoders.Names.First() : encoder, flip: true);

    private static string EncoderOf(string from, string? to)
    {
        var preview = Workspace.Preview(from, to);
        if (preview.IsNew) return PretrainedEncoders.None;
        using var workspace = Workspace.Open(preview.Folder);
        return workspace.Encoder;
    }

    private static string[] ClassesIn(string names) =>
        names.Length == 0 ? [] : names.Split(',', StringSplitOptions.TrimEntries);

    private static void Print(IndexReport report, Workspace workspace, bool otherClasses)
    {
        string[] changes =
        [
            .. new (int Count, string What)[]
            {
                (report.Added, "new"), (report.Changed, "changed"), (report.Moved, "renamed"),
                (report.Removed, "removed"),
                (report.Back, "back again"),
            }.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}"),
            .. otherClasses ? ["other classes are declared"] : Array.Empty<string>(),
        ];
        var changed = changes.Length == 0 ? "nothing has changed" : string.Join(", ", changes);
        Output.Line($"{Counted.Of(report.Images, "image")} in {workspace.Root}: {changed}");
        if (report.Unusable.Count > 0) Output.Line($"  {report.Unusable.Count:N0} cannot be used");
        if (report.Duplicates > 0)
        {
            Output.Line($"  {report.Duplicates:N0} {Counted.Has(report.Duplicates)} the same pixels as another image "
                + $"and {Counted.Is(report.Duplicates)} left out");
        }
        if (report.NearDuplicates > 0)
            Output.Line($"  {report.NearDuplicates:N0} look alike, in {Counted.Of(report.NearGroups, "group")}");
        if (report.Test > 0)
        {
            Output.Line($"  {report.Test:N0} {Counted.Is(report.Test)} the test set"
                + (report.TestDrawn ? ", from now on" : ""));
        }
        if (report.Labels is { } labels)
        {
            var leftOut = labels.LeftOut > 0 ? $", {labels.LeftOut:N0} left out" : "";
            Output.Line($"  {Counted.Of(labels.Changed, "label")} read from folders or table{leftOut}");
        }
        var status = workspace.Status();
        StatusCommand.NextSteps(status);
        if (Where(workspace) is { } where) Output.Line(where);
    }

    // where the next command finds the workspace; null: from here
    private static string? Where(Workspace workspace)
    {
        var found = Workspace.Find(Environment.CurrentDirectory);
        if (found is not null && Path.GetFullPath(found) == Path.GetFullPath(workspace.Folder)) return null;
        var root = Path.GetFullPath(workspace.Root) + Path.DirectorySeparatorChar;
        return Path.GetFullPath(workspace.Folder).StartsWith(root, StringComparison.Ordinal)
            ? $"Run these commands in {workspace.Root}, or add --workspace '{workspace.Root}'."
            : $"Run these commands with --workspace '{workspace.Folder}'.";
    }
}
