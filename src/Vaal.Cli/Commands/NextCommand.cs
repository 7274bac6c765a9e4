using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data.Labels;
using Vaal.Scoring;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal next</c>: which images to label next.</summary>
internal static class NextCommand
{
    private const int MostPicks = 10;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var defaults = new NextOptions();
        var budget = new Option<int>("--budget", "-n") { Description = "images, or regions, to choose", DefaultValueFactory = _ => defaults.Budget };
        var strategy = new Option<string>("--strategy") { Description = string.Join("; ", QueryStrategies.Names.Select(n => $"{n}: {QueryStrategies.Describe(n)}")), DefaultValueFactory = _ => defaults.Strategy };
        var task = new Option<string>("--task") { Description = $"task model that strategies ask: {string.Join(", ", TaskModels.Names)}; drn and small-seg for labels that are shapes or masks", DefaultValueFactory = _ => TaskOptions.Default.Model };
        var taskEpochs = CommonOptions.TaskEpochs();
        var pixels = new Option<PixelReduction>("--pixels") { Description = "drn and small-seg: how the scores of pixels become an image's" };
        var topPixels = new Option<double>("--top-pixels") { Description = "share of the pixels that --pixels Top looks at", DefaultValueFactory = _ => defaults.TopPixels };
        var regions = new Option<string?>("--regions") { Description = "drn and small-seg: cut images into columns and rows, such as 4x3, and choose and count the parts one by one" };
        var diverse = new Option<bool>("--diverse") { Description = "a batch of images that differ, and never two near-duplicates (the default)" };
        var plain = new Option<bool>("--no-diverse") { Description = "the highest scores, however alike" };
        var candidates = new Option<int>("--candidates") { Description = "a diverse batch is taken from so many times the budget", DefaultValueFactory = _ => defaults.Candidates };
        var seed = new Option<long>("--seed") { Description = "decides every random draw", DefaultValueFactory = _ => defaults.Seed };
        var minutes = new Option<double?>("--minutes") { Description = "train about so long, in place of epochs or iterations; a short trial turns it into iterations" };
        var thorough = new Option<bool>("--thorough") { Description = "train twice, with two seeds, and compare the rankings" };
        var (where, json, quiet, device, vaal) = (new WorkspaceArguments(), CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device(), new VaalArguments());
        var command = new Command("next", "train on what is labelled and what is not, and choose the images to label next; the same command goes on after a stop")
        {
            budget, strategy, task, taskEpochs, pixels, topPixels, regions, diverse, plain, candidates, seed, minutes, thorough, where.Folder, json, quiet, device,
        };
        vaal.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(diverse) && parsed.GetValue(plain)) throw new InputException("--diverse and --no-diverse exclude each other");
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var workspace = where.Open(parsed);
            var (recipe, networks) = (TaskOptions.For(parsed.GetValue(task)!), vaal.Of(parsed));
            var options = new NextOptions
            {
                Budget = parsed.GetValue(budget),
                Strategy = parsed.GetValue(strategy)!,
                Diverse = !parsed.GetValue(plain),
                Candidates = parsed.GetValue(candidates),
                Seed = parsed.GetValue(seed),
                Minutes = parsed.GetValue(minutes),
                Thorough = parsed.GetValue(thorough),
                Vaal = networks,
                Task = recipe with { Epochs = parsed.GetValue(taskEpochs) ?? recipe.Epochs, Flip = recipe.Flip && networks.Flip, Precision = networks.Precision },
                PixelReduction = parsed.GetValue(pixels),
                TopPixels = parsed.GetValue(topPixels),
                Regions = parsed.GetValue(regions),
            };
            var chosen = workspace.Next(new BatchChooser(options, Devices.Named(parsed.GetValue(device)!)), progress.Report, stop);
            string[] files = [.. new[] { "csv", "label-studio" }.Select(Export).OfType<string>()];
            if (chosen.Note is { } note) progress.Say($"vaal: {note}");
            if (parsed.GetValue(json)) Output.Json(new { chosen.Round, chosen.Again, chosen.Verdict, chosen.Note, files, picks = Rows(workspace, chosen) });
            else Print(workspace, chosen, files);
            return Run.Done;

            // a round that is given again may have been labelled in the file by now
            string? Export(string format)
            {
                try
                {
                    return workspace.Export(ExportWhat.Picks, format, round: chosen.Round.Id).Path;
                }
                catch (InputException e) when (chosen.Again)
                {
                    progress.Tell($"vaal: {e.Message}");
                    return null;
                }
            }
        });
        return command;
    }

    private static IEnumerable<object> Rows(Workspace workspace, NextReport chosen)
        => workspace.ExportRows(ExportWhat.Picks, chosen.Round.Id).SelectMany(Places).Select(at => new { path = at.Place, at.Rank, at.Score, at.Reason }).OrderBy(p => p.Rank);

    // an image, or each region of it that was chosen
    private static IEnumerable<(string Place, int? Rank, double? Score, string? Reason)> Places(ExportRow row)
        => row.Regions.Count == 0 ? [(row.Image, row.Rank, row.Score, row.Reason)] : row.Regions.Select(r => (r.In(row.Image), (int?)r.Rank, r.Score, r.Reason));

    private static void Print(Workspace workspace, NextReport chosen, string[] files)
    {
        var table = new Table("rank", "score", "image", "why");
        var rows = workspace.ExportRows(ExportWhat.Picks, chosen.Round.Id).SelectMany(Places).OrderBy(p => p.Rank);
        foreach (var at in rows.Take(MostPicks)) table.Add($"{at.Rank}", at.Score?.ToString("0.00", Invariant) ?? "", at.Place, at.Reason ?? "");
        table.Print();
        if (chosen.Chosen > MostPicks) Console.WriteLine($"and {chosen.Chosen - MostPicks:N0} more");
        Console.WriteLine();
        if (chosen.Verdict is { } verdict) Console.WriteLine($"This ranking is {verdict}.");
        var regions = chosen.Picks.Any(p => p.Regions.Count > 0) ? $"{chosen.Chosen:N0} regions of " : "";
        Console.WriteLine($"Round {chosen.Round.Id}: {regions}{chosen.Picks.Count:N0} images to label{(files.Length == 0 ? "" : $", in {string.Join(" and ", files)}")}");
    }
}
