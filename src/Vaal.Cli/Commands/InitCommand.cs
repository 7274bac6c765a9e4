using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal init</c>: index the user's own images.</summary>
internal static class InitCommand
{
    public static Command Create(CancellationToken stop)
    {
        var source = new Argument<string>("source") { Description = "a folder of images, or a CSV or Parquet table with a column 'path'", DefaultValueFactory = _ => "." };
        var workspace = new Option<string?>("--workspace") { Description = "where the workspace is to lie; left out: .vaal inside the image folder" };
        var labels = new Option<bool>("--label-from-folders") { Description = "the folder that an image lies in is its class; of a table, its column 'label'" };
        var size = new Option<int?>("--size") { Description = "side of the square that images are brought to: 32, 64 (when new), 128 or 256" };
        var fit = new Option<Fit?>("--fit") { Description = "how they become square: crop (when new), stretch, letterbox" };
        var frame = new Option<string?>("--frame") { Description = "labels that are shapes or masks: size of images and masks for --task small-seg or drn, such as 240x180; the first image's, 256 at most, when new" };
        var background = new Option<string?>("--background") { Description = "the class of what no shape of a label covers; '': it does not count (when new)" };
        var classes = new Option<string?>("--classes") { Description = "classes that exports offer to whoever labels, before any label names them, such as cat,dog; '': none (when new)" };
        var near = new Option<int?>("--near-duplicates") { Description = "bits of 64 that the hashes of near-duplicates may differ in, 0 to 11; 0: none are looked for, 6 when new" };
        var test = new Option<string?>("--test") { Description = "draw a test set, once and for good: 10%, or a number" };
        var list = new Option<string?>("--test-list") { Description = "a file that names the images of the test set" };
        var seed = new Option<long>("--seed") { Description = "decides which images are drawn", DefaultValueFactory = _ => 1 };
        var (json, quiet) = (CommonOptions.Json(), CommonOptions.Quiet());
        var command = new Command("init", "index a folder of images; again: pick up new, changed and removed files and keep all labels")
        {
            source, workspace, labels, size, fit, frame, background, classes, near, test, list, seed, json, quiet,
        };
        command.SetAction(parsed =>
        {
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var options = new IndexOptions
            {
                Size = parsed.GetValue(size),
                Fit = parsed.GetValue(fit),
                Frame = LoadOptions.FrameOf(parsed.GetValue(frame)),
                Background = parsed.GetValue(background),
                Classes = parsed.GetValue(classes)?.Split(',', StringSplitOptions.TrimEntries) is { } names ? names is [""] ? [] : names : null,
                NearDuplicates = parsed.GetValue(near),
                Labels = parsed.GetValue(labels),
                Test = parsed.GetValue(test) is { } t ? TestSize.Parse(t) : null,
                TestList = parsed.GetValue(list),
                Seed = parsed.GetValue(seed),
                Report = progress.Report,
                Cancel = stop,
            };
            if (options.Problems().ToList() is { Count: > 0 } problems) throw new InputException(string.Join("; ", problems));
            using var opened = Workspace.Create(parsed.GetValue(source)!, parsed.GetValue(workspace));
            var report = opened.Index(options);
            foreach (var note in report.Notes) progress.Say($"vaal: {note}");
            foreach (var line in report.BrokenLines(20)) progress.Tell($"vaal: cannot be used: {line}");
            foreach (var problem in report.Problems.Take(20)) progress.Tell($"vaal: {problem}");
            if (parsed.GetValue(json)) Output.Json(report);
            else Print(report, opened);
            return Run.Done;
        });
        return command;
    }

    private static void Print(IndexReport report, Workspace workspace)
    {
        string[] changes = [.. new (int Count, string What)[] { (report.Added, "new"), (report.Changed, "changed"), (report.Moved, "renamed"), (report.Removed, "removed"), (report.Back, "back again") }
            .Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}")];
        Console.WriteLine($"{report.Images:N0} images in {workspace.Root}: {(changes.Length == 0 ? "nothing has changed" : string.Join(", ", changes))}");
        if (report.Broken.Count > 0) Console.WriteLine($"  {report.Broken.Count:N0} cannot be used");
        if (report.Duplicates > 0) Console.WriteLine($"  {report.Duplicates:N0} show the same pixels as another and are left out");
        if (report.NearDuplicates > 0) Console.WriteLine($"  {report.NearDuplicates:N0} look alike, in {report.NearGroups:N0} group{(report.NearGroups == 1 ? "" : "s")}");
        if (report.Test > 0) Console.WriteLine($"  {report.Test:N0} are the test set{(report.TestDrawn ? ", from now on" : "")}");
        if (report.Labels is { } labels) Console.WriteLine($"  {labels.Changed:N0} labels taken over{(labels.Problems.Count > 0 ? $", {labels.Problems.Count:N0} left out" : "")}");
        var found = Workspace.Find(Environment.CurrentDirectory) is { } here && Path.GetFullPath(here) == Path.GetFullPath(workspace.Folder);
        var inside = Path.GetFullPath(workspace.Folder).StartsWith(Path.GetFullPath(workspace.Root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        Console.WriteLine(workspace.Status().Next + (found ? "" : inside ? $"; in {workspace.Root}, or from anywhere with --workspace '{workspace.Root}'" : $"; with --workspace '{workspace.Folder}'"));
    }
}
