using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Records;
using Vaal.Reports;
using Vaal.Runs;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Cli.Commands;

/// <summary><c>vaal simulate</c>: one run of active learning on a data set whose labels are known.</summary>
internal static class SimulateCommand
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static Command Create(CancellationToken stop)
    {
        var data = new Option<string>("--data") { Description = "a folder, 'embedded', or the name of a set that 'vaal data fetch' has fetched", Required = true };
        var format = new Option<string?>("--format") { Description = $"how the data lie: {string.Join(", ", DataFormats.All.Keys)}; found out when left out" };
        var size = new Option<int>("--size") { Description = "side of the square that photographs are brought to: 32, 64, 128 or 256", DefaultValueFactory = _ => 32 };
        var frame = new Option<string?>("--frame") { Description = "size of images with masks: 240x180; when left out that of the first, 256 at most" };
        var strict = new Option<bool>("--strict") { Description = "stop where a file cannot be used, in place of leaving it out" };
        var strategy = new Option<string>("--strategy") { Description = $"query strategy: {string.Join(", ", QueryStrategies.Names)}", DefaultValueFactory = _ => "vaal" };
        var features = new Option<string>("--features") { Description = "what typiclust and prob-cover compare images by: vae, task (the task model's features), a .npy file with a row for each image, or an .onnx encoder", DefaultValueFactory = _ => new LoopOptions().Features };
        var task = new Option<string>("--task") { Description = $"task model: {string.Join(", ", TaskModels.Names)}", DefaultValueFactory = _ => TaskOptions.Default.Model };
        var taskPreset = new Option<string>("--task-preset") { Description = "how the task model is trained: default, official", DefaultValueFactory = _ => "default" };
        var pixels = new Option<PixelReduction>("--pixels") { Description = "images with masks: how the scores of pixels become an image's" };
        var topPixels = new Option<double>("--top-pixels") { Description = "share of the pixels that --pixels Top looks at", DefaultValueFactory = _ => new LoopOptions().TopPixels };
        var taskEpochs = CommonOptions.TaskEpochs();
        var initial = new Option<int>("--initial") { Description = "labelled images to start with", DefaultValueFactory = _ => 5_000 };
        var draw = new Option<InitialDraw>("--draw") { Description = "how they are drawn", DefaultValueFactory = _ => InitialDraw.Stratified };
        var without = new Option<int[]>("--without-classes") { Description = "classes, by number, that they lack", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var budget = new Option<int>("--budget", "-n") { Description = "images labelled a round", DefaultValueFactory = _ => 2_500 };
        var candidates = new Option<int?>("--candidates") { Description = "a batch of images that differ: those that lie far from each other of so many times the budget, as 'vaal next' chooses of 5; left out: the highest scores" };
        var costs = new Option<string?>("--costs") { Description = "CSV file of what each label costs: columns cost and path (of files), or index (its number in the pool)" };
        var budgetCost = new Option<decimal?>("--budget-cost") { Description = "what the labels of a round may cost together, in place of --budget" };
        var perCost = new Option<bool>("--per-cost") { Description = "rank by score per cost, for strategies that score every image alone" };
        var rounds = new Option<int>("--rounds") { Description = "how often the task model is trained and tested", DefaultValueFactory = _ => 7 };
        var noise = new Option<double>("--noise") { Description = "share of the oracle's answers that are wrong, 0..1" };
        var noiseWithin = new Option<bool>("--noise-within-super-class") { Description = "wrong answers are classes of the same super-class (CIFAR-100)" };
        var labelsFrom = new Option<string?>("--labels-from") { Description = "CSV file of labels that people gave, in place of the truth: columns index and --labels-column" };
        var labelsColumn = new Option<string>("--labels-column") { Description = "whose labels", DefaultValueFactory = _ => new LoopOptions().LabelsColumn };
        var imbalance = new Option<double>("--imbalance") { Description = "long tail: so many images of the commonest class for one of the rarest", DefaultValueFactory = _ => 1 };
        var copies = new Option<int>("--copies") { Description = "redundant pool: every image so many times, slightly changed", DefaultValueFactory = _ => 1 };
        var regions = new Option<string?>("--regions") { Description = "images with masks: cut each into columns and rows, such as 4x3, and choose, label and count the parts one by one" };
        var seed = new Option<long>("--seed") { Description = "decides every random draw", DefaultValueFactory = _ => 1 };
        var output = new Option<string>("--out") { Description = "folder for results and for going on after a stop", Required = true };
        var save = new Option<bool>("--save") { Description = "keep the task model and the VAE and discriminator of every round (safetensors)" };
        var (json, quiet, device, vaal) = (CommonOptions.Json(), CommonOptions.Quiet(), CommonOptions.Device(), new VaalArguments());
        var command = new Command("simulate", "one run of active learning on a data set whose labels are known; the same command goes on with a stopped run")
        {
            data, format, size, frame, strict, strategy, features, task, taskPreset, pixels, topPixels, taskEpochs, initial, draw, without, budget, candidates, costs, budgetCost, perCost, rounds, noise, noiseWithin, labelsFrom, labelsColumn, imbalance, copies, regions, seed, output, save, json, quiet, device,
        };
        vaal.AddTo(command);
        command.SetAction(parsed =>
        {
            var (recipe, networks) = (TaskOf(parsed.GetValue(taskPreset)!, parsed.GetValue(task)!), vaal.Of(parsed));
            var options = new LoopOptions
            {
                Strategy = parsed.GetValue(strategy)!,
                Features = parsed.GetValue(features)!,
                Initial = parsed.GetValue(initial),
                Draw = parsed.GetValue(draw),
                WithoutClasses = parsed.GetValue(without)!,
                Budget = parsed.GetValue(budget),
                CostsFrom = parsed.GetValue(costs),
                BudgetCost = parsed.GetValue(budgetCost),
                PerCost = parsed.GetValue(perCost),
                Candidates = parsed.GetValue(candidates),
                Rounds = parsed.GetValue(rounds),
                Noise = parsed.GetValue(noise),
                NoiseWithinSuperClass = parsed.GetValue(noiseWithin),
                LabelsFrom = parsed.GetValue(labelsFrom),
                LabelsColumn = parsed.GetValue(labelsColumn)!,
                PixelReduction = parsed.GetValue(pixels),
                TopPixels = parsed.GetValue(topPixels),
                Seed = parsed.GetValue(seed),
                Vaal = networks,
                Task = recipe with { Epochs = parsed.GetValue(taskEpochs) ?? recipe.Epochs, Flip = recipe.Flip && networks.Flip, Precision = networks.Precision },
            };
            if (options.Problems().ToList() is { Count: > 0 } problems) throw new InputException(string.Join("; ", problems));
            if (options.BudgetCost is not null && parsed.GetResult(budget) is { Implicit: false }) throw new InputException("--budget counts images and --budget-cost what they cost; give one of the two");
            if (options.NumbersImages is not null && (parsed.GetValue(imbalance) != 1 || parsed.GetValue(copies) != 1 || parsed.GetValue(regions) is not null))
                throw new InputException($"--{(options.LabelsFrom is not null ? "labels-from" : options.CostsFrom is not null ? "costs" : "features")} numbers the images of the pool as it comes; it does not go with --imbalance, --copies or --regions, which change it");
            using var progress = Progress.OnStandardError(parsed.GetValue(quiet));
            var loading = new LoadOptions { Size = parsed.GetValue(size), Frame = LoadOptions.FrameOf(parsed.GetValue(frame)), Strict = parsed.GetValue(strict), Report = progress.Report, Cancel = stop };
            var whole = DataFormats.Load(parsed.GetValue(data)!, loading, parsed.GetValue(format));
            if (options.CostsFrom is not null && whole is { Test: null, Pool.Paths.Count: 0 })
                throw new InputException($"--costs numbers the images of the pool as it comes; {whole.Name} has no test images, and setting some apart changes it");
            if ((options.LabelsFrom is not null || FeatureSource.NumbersImages(options.Features)) && whole.Test is not { Count: > 0 })
                throw new InputException($"--{(options.LabelsFrom is not null ? "labels-from" : "features")} numbers the images of the pool as it comes; {whole.Name} has no test images, and setting some apart changes it");
            using var loaded = Shaped(whole.WithTest(options.Seed), parsed.GetValue(imbalance), parsed.GetValue(copies), parsed.GetValue(regions), options.Seed);
            foreach (var note in loaded.Notes) progress.Say($"vaal: {note}");
            if (options.Vaal.SizeFor(loaded.Pool) is var side && (loaded.Pool.Width, loaded.Pool.Height) != (side, side))
                progress.Say($"vaal: a VAE, if the strategy asks one, sees the images of {loaded.Pool.Width}×{loaded.Pool.Height} as squares of {side} pixels; --vae-size gives another");
            ActiveLearningLoop.Check(options, loaded);                                    // before the folder is taken
            using var folder = RunFolder.Open(parsed.GetValue(output)!, options, loaded.Name, loaded.Fingerprint);
            var loop = new ActiveLearningLoop(options, loaded, folder, Devices.Named(parsed.GetValue(device)!)) { SaveModels = parsed.GetValue(save), SaveOverlays = true };
            var results = loop.Run(progress.Report, round => Say(progress, round, options), stop);
            var rows = results.Select(round => ResultRow.Of(options.Strategy, options.Seed, round)).ToList();
            ResultsFile.Write(parsed.GetValue(output)!, rows);
            if (loaded.Pool.Masks is not null)
            {
                var page = Path.Combine(parsed.GetValue(output)!, MaskReport.Name);
                MaskReport.Save(page, loaded.Name, options, loaded.ClassNames, results, round => MaskPanels.Load(folder.Overlays(round)));
                progress.Say($"vaal: masks and predictions: {page}");
            }
            if (parsed.GetValue(json)) Output.Json(results);
            else Table(results).Print();
            return Run.Done;
        });
        return command;
    }

    private static DataSet Shaped(DataSet data, double imbalance, int copies, string? regions, long seed)
    {
        if (imbalance != 1) data = data.WithLongTail(imbalance, seed);
        if (copies != 1) data = data.WithCopies(copies, seed);
        return regions is null ? data : data.WithRegions(regions);
    }

    private static TaskOptions TaskOf(string preset, string model) => preset switch
    {
        "default" => TaskOptions.For(model),
        "official" when TaskModels.Segments(model) => throw new InputException($"the task preset official is the released code's, which knows classes of images only; {model} has one recipe, default"),
        "official" => TaskOptions.Official with { Model = model },
        _ => throw new InputException($"no task preset '{preset}'; there are: {string.Join(", ", TaskOptions.Presets.Keys)}"),
    };

    private static void Say(Progress progress, RoundResult round, LoopOptions options)
    {
        progress.Job($"round {round.Round + 1} of {options.Rounds} done", round.Round + 1, options.Rounds);
        progress.Say(string.Create(Invariant, $"round {round.Round + 1}/{options.Rounds}: {round.Labelled} labels{(round.Cost is { } cost ? string.Create(Invariant, $" for {cost}") : "")}, {(round.Masks is null ? "accuracy" : "mean IoU")} {100 * round.Accuracy:0.00}%"));
        if (options.BudgetCost is { } limit && round.Round < options.Rounds - 1 && round.Picks.Count == 0)
            progress.Say(string.Create(Invariant, $"vaal: no image is left whose label costs {limit} or less"));
        if (options.BudgetCost is null && round.Round < options.Rounds - 1 && round.Picks.Count < options.Budget)
            progress.Say($"vaal: {round.Picks.Count} images were left, fewer than the budget of {options.Budget}; all of them were taken");
    }

    private static Table Table(IReadOnlyList<RoundResult> results)
    {
        var table = new Table("round", "labels", results.Any(r => r.Masks is not null) ? "mean IoU" : "accuracy", "train s", "select s", "D's AUC held out");
        foreach (var r in results)
            table.Add($"{r.Round + 1}", $"{r.Labelled}", string.Create(Invariant, $"{100 * r.Accuracy:0.00}%"), string.Create(Invariant, $"{r.TaskSeconds:0.0}"),
                string.Create(Invariant, $"{r.SelectSeconds:0.0}"), r.Health is null ? "" : string.Create(Invariant, $"{r.Health.HeldOutAuc:0.000}"));
        return table;
    }
}
