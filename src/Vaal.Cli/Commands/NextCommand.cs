using System.CommandLine;
using Vaal.Cli.Terminal;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal next</c>: which images to label next.</summary>
internal static class NextCommand
{
    /// <summary>The library's own, for the help; a test compares them.</summary>
    internal const double TopPixels = 0.05;

    internal const int Candidates = 5;

    public static Command Create(CancellationToken stop)
    {
        var budget = new Option<int?>("--budget", "-n")
        {
            Description = "images, or regions, to choose; default: as in the last round, "
                + "at first 5% of the unlabelled images, 10 to 200",
        };
        var (strategy, task) = (CommonOptions.Strategy("auto"), CommonOptions.Task());
        var (taskEpochs, taskMinIterations) = (CommonOptions.TaskEpochs(), CommonOptions.TaskMinIterations());
        var pixels = new Option<PixelReduction>("--pixels")
        {
            Description = "drn and small-seg: how the scores of pixels become the score of an image",
        };
        var topPixels = new Option<double>("--top-pixels")
        {
            Description = "share of the pixels that --pixels top counts",
            DefaultValueFactory = _ => TopPixels,
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
            DefaultValueFactory = _ => Candidates,
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
            [taskEpochs, taskMinIterations, pixels, topPixels, regions, diverse, plain, candidates, thorough, device,
                cluster, .. reach.Advanced, .. vaal.All])
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
            var (model, networks) = (parsed.GetValue(task)!, vaal.Of(parsed));
            // a network that is named is used
            var useFeatures = parsed.GetResult(task) is null or { Implicit: true }
                || TaskModels.OnFeatures.Contains(model);
            var options = new NextOptions(
                budget: parsed.GetValue(budget),
                strategy: parsed.GetValue(strategy)!,
                useFeatures: useFeatures,
                diverse: !parsed.GetValue(plain),
                candidates: parsed.GetValue(candidates),
                seed: parsed.GetValue(seed),
                minutes: parsed.GetValue(minutes),
                thorough: parsed.GetValue(thorough),
                vaal: networks,
                task: new TaskOptions(model, epochs: parsed.GetValue(taskEpochs), flip: vaal.Flip(parsed),
                    precision: vaal.PrecisionIn(parsed), minIterations: parsed.GetValue(taskMinIterations)),
                pixelReduction: parsed.GetValue(pixels),
                topPixels: parsed.GetValue(topPixels),
                regions: parsed.GetValue(regions));
            if (parsed.GetValue(cluster) is not null && !useFeatures)
                throw new InputException("expected a choice by features, as --cluster makes them, found the network "
                    + $"{parsed.GetValue(task)}, which this machine trains and asks; leave --cluster or --task out");
            var chooser = new BatchChooser(options, Devices.Named(parsed.GetValue(device)!),
                [.. CommonOptions.Given(parsed, [.. vaal.All, taskEpochs, taskMinIterations, candidates, device])]);
            var chosen = workspace.Next(chooser, ["csv", "label-studio"], line => progress.Tell($"vaal: {line}"),
                parsed.GetValue(cluster) is null ? null : reach.Maker(parsed, cluster), progress.Report, stop);
            if (chosen.Note is { } note) progress.Say($"vaal: {note}");
            Output.Print(chosen, parsed.GetValue(json), parsed.GetValue(verbose));
            return Run.Done;
        });
        return command;
    }
}
