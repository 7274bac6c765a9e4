using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Encoders;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal next</c>: which images to label next.</summary>
internal static class NextCommand
{
    private const int MostPicks = 10;

    public static Command Create(CancellationToken stop)
    {
        var defaults = new NextOptions();
        var budget = new Option<int?>("--budget", "-n")
        {
            Description = "images, or regions, to choose; default: as in the last round, "
                + "at first 5% of the unlabelled images, 10 to 200",
        };
        var (strategy, task) = (CommonOptions.Strategy(defaults.Strategy), CommonOptions.Task());
        var taskEpochs = CommonOptions.TaskEpochs();
        var pixels = new Option<PixelReduction>("--pixels")
        {
            Description = "drn and small-seg: how the scores of pixels become the score of an image",
        };
        var topPixels = new Option<double>("--top-pixels")
        {
            Description = "share of the pixels that --pixels top counts",
            DefaultValueFactory = _ => defaults.TopPixels,
        };
        var regions = new Option<string?>("--regions")
        {
            Description = "drn and small-seg: cut images into columns and rows, such as 4x3, and choose parts one "
                + "by one",
        };
        var diverse = new Option<bool>("--diverse") { Description = "choose images that differ (the default)" };
        var plain =
            new Option<bool>("--no-diverse") { Description = "choose the highest scores, even if images are alike" };
        var candidates = new Option<int>("--candidates")
        {
            Description = "a diverse batch is chosen from this many times the budget",
            DefaultValueFactory = _ => defaults.Candidates,
        };
        var minutes = new Option<double?>("--minutes")
        {
            Description = "train about this long, instead of epochs or iterations",
        };
        var thorough = new Option<bool>("--thorough")
        {
            Description = "train twice, with two seeds, and compare the rankings",
        };
        var (reach, cluster) = (new ClusterArguments(), ClusterArguments.Cluster("make missing features"));
        var (seed, vaal, where) = (CommonOptions.Seed(), new VaalArguments(drawIsFree: true), new WorkspaceArguments());
        var (json, quiet, device) = (CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device());
        var verbose =
            new Option<bool>("--verbose") { Description = "also say why the ranking can or cannot be trusted" };
        var command = new VaalCommand("next",
            "choose the images to label next, by the features of the workspace's encoder or by training networks; "
            + "the same command continues after a stop",
            [
                "vaal next -n 200                       # choose 200 images",
                "vaal next -n 200 --strategy vaal       # as in the paper: VAE and discriminator",
                "vaal next -n 200 --strategy vaal --mini-queries 10 --draw odds    # in slices, drawn by odds",
                "vaal next -n 200 --strategy badge      # ask a classifier that learns from your labels",
                "vaal next --strategy vaal --minutes 5 --thorough    # train longer, and twice",
                "vaal next --cluster redis1:6379        # embed on a cluster; see 'vaal cluster'",
                "vaal next --task small-seg --regions 4x3 -n 500    # parts of images whose labels are masks",
            ],
            [taskEpochs, pixels, topPixels, regions, diverse, plain, candidates, thorough, device, cluster,
                .. reach.Advanced, .. vaal.All])
        {
            budget, strategy, task, minutes, seed, where.Folder, verbose, json, quiet,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(diverse) && parsed.GetValue(plain))
                throw new InputException("--diverse and --no-diverse exclude each other");
            if (parsed.GetValue(plain) && CommonOptions.FirstGiven(parsed, [candidates]) is not null)
                throw new InputException("--candidates and --no-diverse exclude each other");
            if (parsed.GetValue(strategy) == "random"
                && CommonOptions.FirstGiven(parsed, [diverse, plain, candidates]) is { } unheeded)
                throw new InputException($"expected a strategy that compares images with {unheeded}, found random, "
                    + $"which takes every image alike; leave {unheeded} out");
            CommonOptions.CheckPixels(parsed, pixels, topPixels, parsed.GetValue(task)!);
            reach.CheckHeeded(parsed, cluster);
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            using var workspace = where.Open(parsed);
            var (recipe, networks) = (TaskOptions.For(parsed.GetValue(task)!), vaal.Of(parsed));
            var options = new NextOptions
            {
                Budget = parsed.GetValue(budget) ?? workspace.SuggestedBudget(),
                Strategy = parsed.GetValue(strategy)!,
                // a network that is named is used
                UseFeatures = parsed.GetResult(task) is null or { Implicit: true }
                    || TaskModels.OnFeatures.Contains(parsed.GetValue(task)!),
                Diverse = !parsed.GetValue(plain),
                Candidates = parsed.GetValue(candidates),
                Seed = parsed.GetValue(seed),
                Minutes = parsed.GetValue(minutes),
                Thorough = parsed.GetValue(thorough),
                Vaal = networks,
                Task = recipe with
                {
                    Epochs = parsed.GetValue(taskEpochs) ?? recipe.Epochs,
                    Flip = recipe.Flip && networks.Flip,
                    Precision = networks.Precision,
                },
                PixelReduction = parsed.GetValue(pixels),
                TopPixels = parsed.GetValue(topPixels),
                Regions = parsed.GetValue(regions),
            };
            var encoder = options.UseFeatures && workspace.Encoder != PretrainedEncoders.None;
            if (QueryStrategies.Problem(options.Strategy, options.Task.Model, encoder) is { } problem)
                throw new InputException(problem);
            if (parsed.GetValue(cluster) is not null && !options.UseFeatures)
                throw new InputException("expected a choice by features, as --cluster makes them, found the network "
                    + $"{parsed.GetValue(task)}, which this machine trains and asks; leave --cluster or --task out");
            var chooser = new BatchChooser(options, Devices.Named(parsed.GetValue(device)!),
                [.. CommonOptions.Given(parsed, [.. vaal.All, taskEpochs, candidates, device])]);
            if (parsed.GetValue(cluster) is not null)
                foreach (var line in workspace.MakeFeatures(reach.Maker(parsed, cluster), progress.Report, stop).Notes)
                    progress.Say($"vaal: {line}");
            var chosen = workspace.Next(chooser, progress.Report, stop);
            string[] files = [.. new[] { "csv", "label-studio" }
                .Select(f => Export(workspace, chosen, f, progress)).OfType<string>()];
            if (chosen.Note is { } note) progress.Say($"vaal: {note}");
            if (parsed.GetValue(json))
            {
                var picks = Rows(workspace, chosen);
                var unlike = workspace.Status().Unlike;
                Output.Json(new { chosen.Round, chosen.Again, chosen.Verdict, chosen.Note, unlike, files, picks });
            }
            else Print(workspace, chosen, files, parsed.GetValue(verbose));
            return Run.Done;
        });
        return command;
    }

    // a round that is given again may have been labelled in the file by now
    private static string? Export(Workspace workspace, NextReport chosen, string format, Progress progress)
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

    private static IEnumerable<object> Rows(Workspace workspace, NextReport chosen) =>
        workspace.Chosen(chosen.Round.Id).Select(at => new { path = at.Place, at.Rank, at.Score, at.Reason });

    private static void Print(Workspace workspace, NextReport chosen, string[] files, bool verbose)
    {
        var table = new Table("rank", "score", "image", "why");
        foreach (var at in workspace.Chosen(chosen.Round.Id).Take(MostPicks))
            table.Add($"{at.Rank}", at.Score is { } score ? ProgressText.Number(score) : "", at.Place, at.Reason ?? "");
        table.Print();
        if (chosen.Chosen > MostPicks) Output.Line($"and {chosen.Chosen - MostPicks:N0} more");
        Output.Line();
        if (VerdictText.Short(chosen.Trust) is { } verdict) Output.Line(verdict);
        if (verbose && chosen.Verdict is { } why) Output.Line($"Why: {why}.");
        var regions = chosen.Round.Parts > 0 ? $"{Counted.Of(chosen.Chosen, "region")} of " : "";
        Output.Line($"Round {chosen.Round.Id}: {regions}{Counted.Of(chosen.Images, "image")} to label");
        foreach (var file in files) Output.Line($"  {file}");
        var status = workspace.Status();
        if (status.Unlike is { } unlike) Output.Line(unlike);
        StatusCommand.NextSteps(status);
    }
}
