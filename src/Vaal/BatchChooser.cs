using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>Chooses one batch from a pool: trains, ranks, thins out, judges. Knows no database.</summary>
/// <param name="device">where networks are trained; null: the CPU</param>
/// <param name="given">names of options that a person gave, such as <c>--iterations</c>: refused where the strategy
/// does not train what they are for; null: none</param>
public sealed class BatchChooser(
    NextOptions options, Device? device = null, IReadOnlyList<string>? given = null) : IChooser
{
    private readonly NextOptions _options = options ?? throw new ArgumentNullException(nameof(options));
    private readonly Device _device = device ?? CPU;

    /// <summary>Measures how long an iteration takes, where <see cref="NextOptions.Minutes"/> limit the
    /// training.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;

    int? IChooser.Budget => _options.Budget;
    long IChooser.Seed => _options.Seed;
    string? IChooser.Regions => _options.Regions;
    LabelForm IChooser.Labels => LearningTask.For(_options.Task.Model).Labels;
    string IChooser.Options => JsonSerializer.Serialize(_options, Json.Options);

    IChooser IChooser.Of(int budget) =>
        new BatchChooser(new(_options) { Budget = budget }, _device, given) { Clock = Clock };

    IEnumerable<string> IChooser.Problems(string encoder)
    {
        string[] wrong = [.. _options.Problems()];
        return wrong.Length > 0 ? wrong
            : QueryStrategies.Problem(_options.Strategy, _options.Task.Model,
                _options.UseFeatures && encoder != ImageSources.NoEncoder) is { } unasked ? [unasked]
            : [];
    }

    /// <inheritdoc/>
    Choice IChooser.Choose(ChoiceRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        // before features are made
        if (_options.Strategy != NextOptions.Auto
            && QueryStrategies.Refusal(TaskOf(request.Pool.Images), _options.Strategy) is { } refusal)
            throw new InputException(refusal);
        if (request.Folder is { } folder) Directory.CreateDirectory(folder);
        var (pool, vaal) = (request.Pool, _options.Vaal);
        var task = TaskOf(pool.Images);
        var encoder = _options.UseFeatures && request.Sources is { Encoder: not ImageSources.NoEncoder };
        var strategy = _options.StrategyFor(task, encoder, task.ClassesTold(pool));
        // said before images are encoded
        if (QueryStrategies.Problem(strategy, _options.Task.Model, encoder) is { } problem)
            throw new InputException(problem);
        var cold = pool.Labelled.Count == 0 && QueryStrategies.Create(strategy).NeedsLabels;
        if (_options.Unheeded(strategy, encoder, cold, given) is { } unheeded) throw new InputException(unheeded);
        using var features = Features(request, strategy);
        var used = new NextOptions(_options)
        {
            Strategy = strategy,
            Vaal = request.Side is { } side ? new VaalOptions(vaal) { Size = vaal.Size ?? side } : vaal,
        };
        // with features a first batch is chosen by them, whatever the strategy, and nothing is trained
        if (_options.Minutes is not null && !(cold && encoder))
            used = new(used) { Vaal = new(used.Vaal) { Iterations = Length(used, request) } };
        return new OneChoice(used, request, features, _device).Make();
    }

    // regions and masks are known by the network, as nothing may be labelled yet
    private LearningTask TaskOf(ImageSet images) =>
        images.ClassSets is null ? LearningTask.For(_options.Task.Model) : LearningTask.Of(images);

    // random sampling does without an encoder that only another program knows
    private FeatureRows? Features(ChoiceRequest request, string strategy) => _options.UseFeatures
        && request.Sources is { } sources
        && (strategy != "random" || SourceFeatures.Problem(sources.Encoder) is null)
        ? SourceFeatures.Of(sources, () => request.Pool, request.Report, request.Cancel)
        : null;

    // Written down before the training begins, so that going on after a stop does not depend on the clock again.
    private int Length(NextOptions used, ChoiceRequest request)
    {
        var file = request.Folder is { } folder ? Path.Combine(folder, "length.json") : null;
        if (File.Exists(file) && JsonNode.Parse(RegularFile.ReadAllText(file)) is { } known
            && (string?)known["identity"] == request.Key)
            return (int)known["iterations"]!;
        var minutes = used.Minutes!.Value / (used.Thorough ? 2 : 1);                 // each of two trainings has a half
        var iterations = IterationsIn(TimeSpan.FromMinutes(minutes), used.Vaal, request.Pool, request.Cancel);
        var length = new JsonObject { ["identity"] = request.Key, ["iterations"] = iterations };
        if (file is not null) AtomicFile.WriteAllText(file, length.ToJsonString());
        return iterations;
    }

    /// <summary>
    /// How many iterations this machine does in that time. It measures for up to 5 s, or a twentieth of the time where
    /// that is less.
    /// </summary>
    private int IterationsIn(TimeSpan time, VaalOptions vaal, Pool pool, CancellationToken cancel)
    {
        const int warmUp = 3, atOnce = 5;
        var pixels = new PixelExamples(pool.Images.Squared(vaal.SizeFor(pool.Images)), vaal.Flip);
        int[] labelled = [.. pool.Labelled], unlabelled = [.. pool.Unlabelled];
        using var trainer = Ablation.None.Trainer(vaal, pixels, labelled, unlabelled, seed: 0, _device);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, vaal, [], [], _device);
        trainer.Iterate(warmUp);
        var (start, trial) = (Clock.GetTimestamp(), TimeSpan.FromSeconds(Math.Min(5, time.TotalSeconds / 20)));
        do
        {
            cancel.ThrowIfCancellationRequested();
            trainer.Iterate(atOnce);
        }
        while (Clock.GetElapsedTime(start) < trial);
        var each = Clock.GetElapsedTime(start).TotalSeconds / (trainer.Iteration - warmUp);
        return (int)Math.Clamp(time.TotalSeconds / each, 1, 10_000_000);
    }
}
