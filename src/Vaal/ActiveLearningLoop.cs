using System.Diagnostics;
using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Oracles;
using Vaal.Records;
using Vaal.Runs;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>
/// Algorithm 2 of the paper, simulated on a data set whose labels are known: train, score the pool, take the b best,
/// ask the oracle, move them to the labelled pool, train again from scratch.
/// </summary>
public sealed class ActiveLearningLoop
{
    private readonly LoopOptions _o;
    private readonly DataSet _data;
    private readonly RunFolder? _folder;
    private readonly Device _device;
    private readonly LabelCosts? _costs;
    private readonly FeatureSource _features;
    private IReadOnlyList<int> _first = [];                                      // labelled without a strategy's choice

    /// <param name="folder">where the run keeps its state, so that it goes on where it was; null: nowhere</param>
    /// <exception cref="InputException">an option is out of range, or the data set has no classes or no test images</exception>
    public ActiveLearningLoop(LoopOptions options, DataSet data, RunFolder? folder = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        Check(options, data);
        (_o, _data, _folder, _device) = (options, data, folder, device ?? CPU);
        _costs = options.CostsFrom is { } costs ? new LabelCosts(costs, data.Pool) : null;
        _features = new FeatureSource(options.Features, data.Pool);
        Pool = new Pool(data.Pool);
    }

    /// <summary>That these options and this data go together, before anything is read or written for a run.</summary>
    /// <exception cref="InputException">they do not</exception>
    public static void Check(LoopOptions options, DataSet data)
    {
        if (options.Problems().FirstOrDefault() is { } problem) throw new InputException(problem);
        if (data.Pool.Classes.Count == 0 && data.Pool.Masks is null) throw new InputException($"{data.Name} has no classes; a simulation needs them to play the oracle");
        if (TaskModels.Segments(options.Task.Model) != data.Pool.Masks is not null) throw new InputException(TaskTrainer.WrongKind(options.Task.Model, data.Pool));
        if (options.Initial >= data.Pool.Count)
            throw new InputException($"initial is {options.Initial}; it must be less than the {data.Pool.Count} images of {data.Name}, so that some are left to choose from");
        if (data.Renumbered && NumberedBy(options, data) is { } file)
            throw new InputException($"{file} numbers the images of the pool as it comes; those of {data.Name} were changed since, or some of them set apart to test on");
        foreach (var c in options.WithoutClasses)
            if (c < 0 || c >= data.ClassNames.Count) throw new InputException($"the first images are to lack class {c}; {data.Name} has classes 0..{data.ClassNames.Count - 1}");
        if (options.WithoutClasses.Count > 0 && data.Pool.Classes.Count(c => !options.WithoutClasses.Contains(c)) is var left && left < options.Initial)
            throw new InputException($"initial is {options.Initial}; only {left} images of {data.Name} are of other classes than those to be left out");
        if (data.Test is not { Count: > 0 }) throw new InputException($"{data.Name} has no test images; a simulation measures accuracy on them");
    }

    public Pool Pool { get; }

    /// <summary>Keep the task model and VAAL's pair of every round in the run's folder: <see cref="Networks.Save"/>.</summary>
    public bool SaveModels { get; init; }

    /// <summary>Keep pictures of what was chosen in the run's folder, with mask, prediction and uncertainty, where images have masks.</summary>
    public bool SaveOverlays { get; init; }

    /// <summary>Folder where runs that begin with the same labels share the task model of their first round; null: each trains its own.</summary>
    internal string? FirstRounds { get; init; }

    /// <summary>No other run shares this process, so that its memory can be weighed.</summary>
    public bool Alone { get; init; } = true;

    /// <summary>Runs to the end, or on from where the folder's state says.</summary>
    /// <param name="finished">called after each round</param>
    /// <returns>one result a round</returns>
    public IReadOnlyList<RoundResult> Run(Action<TrainEvent>? report = null, Action<RoundResult>? finished = null, CancellationToken cancel = default)
    {
        var oracle = Oracle();
        _first = InitialPool.Draw(_data.Pool, _o.Initial, _o.Draw, _o.Seed, _o.WithoutClasses);
        Label(_first, oracle);
        var results = _folder?.Rounds() ?? [];
        foreach (var id in results.SelectMany(done => done.Picks))
        {
            if (id < 0 || id >= _data.Pool.Count || Pool.IsLabelled(id)) throw _folder!.Damaged($"image {id} cannot have been chosen");
            Label([id], oracle);
        }

        while (results.Count < _o.Rounds && !(results.Count > 0 && results[^1].Picks.Count == 0))
        {
            var result = Round(results.Count, report, cancel);
            Label(result.Picks, oracle);                                         // ask, move
            results.Add(result);
            _folder?.Save(results);
            _folder?.SavePicks(results, _data.Pool);
            finished?.Invoke(result);
        }
        return results;
    }

    // costs of files are found by their paths
    private static string? NumberedBy(LoopOptions options, DataSet data) =>
        options.CostsFrom is not null && data.Pool.Paths.Count > 0 ? (options with { CostsFrom = null }).NumbersImages : options.NumbersImages;

    private IOracle Oracle()
    {
        var classes = _data.ClassNames.Count;
        if (_o.LabelsFrom is { } file) return new FileOracle(file, _o.LabelsColumn, _data.Pool, classes);
        if (_o.Noise == 0) return new IdealOracle(_data.Pool);
        if (_o.NoiseWithinSuperClass && _data.SuperClasses.Count == 0) throw new InputException($"{_data.Name} has no super-classes for wrong answers to stay within; CIFAR-100 has");
        return new NoisyOracle(_data.Pool, classes, _o.Noise, _o.Seed, _o.NoiseWithinSuperClass ? _data.SuperClasses : null);
    }

    private RoundResult Round(int round, Action<TrainEvent>? report, CancellationToken cancel)
    {
        var seed = Seeds.Derive(_o.Seed, "round", round);
        using var networks = new Networks(Pool, _o.Vaal, _o.Task, _data.ClassNames.Count, seed, _device)
        {
            Report = report,
            Cancel = cancel,
            Checkpoints = _folder?.Checkpoints,
            Key = $"{_folder?.Identity} round {round}",
            PixelReduction = _o.PixelReduction,
            TopPixels = _o.TopPixels,
            SharedTask = round == 0 ? FirstTask(seed) : null,
        };
        var clock = Stopwatch.StartNew();
        var masks = networks.Task is Segmenter segmenter ? TaskTrainer.Confusion(segmenter, _data.Test!, _device).Scores() : null;    // train T from scratch, test it
        var accuracy = masks?.MeanIou ?? TaskTrainer.Accuracy(networks.Task, _data.Test!, _device);
        var taskSeconds = clock.Elapsed.TotalSeconds;
        var trained = networks.TrainingTime;
        var weighed = Alone && PeakMemory.Restart();
        clock.Restart();
        var last = round == _o.Rounds - 1 || Pool.Unlabelled.Count == 0;
        var picks = last ? [] : Select(networks, Seeds.Derive(seed, "select", 0), report, cancel);
        var seconds = clock.Elapsed.TotalSeconds;
        var peak = weighed ? PeakMemory.Bytes() : null;
        var health = networks.TrainedVaal is { } vaal
            ? HealthCheck.Measure(vaal, _data.Pool, seed) with { Sample = HealthCheck.Sample(Pool, _first, seed) }
            : null;
        if (SaveOverlays && _folder is not null && networks.Task is Segmenter drawn) MaskPanels.Of(drawn, _data.Pool, picks, _device).Save(_folder.Overlays(round));
        if (SaveModels && _folder is not null) networks.Save(_folder.Models(round));
        return new RoundResult(round, Pool.Labelled.Count, accuracy, picks, taskSeconds, seconds, health, (networks.TrainingTime - trained).TotalSeconds, peak, _costs?.Of(Pool.Labelled)) { Masks = masks };
    }

    // its key is all that it depends on
    private Checkpoint? FirstTask(long seed)
    {
        if (FirstRounds is null) return null;
        var labels = string.Join(' ', Pool.LabelledIds.Select(id => $"{id}:{Pool.ClassOf(id)}"));
        return new Checkpoint(Path.Combine(FirstRounds, $"first-{_o.Seed}.safetensors"), $"{JsonSerializer.Serialize(_o.Task, Json.Options)} {_data.Fingerprint} {seed} {labels}");
    }

    private IReadOnlyList<int> Select(Networks networks, long seed, Action<TrainEvent>? report, CancellationToken cancel)
    {
        var strategy = QueryStrategies.Create(_o.Strategy);
        var query = new Query { Pool = Pool, Budget = Math.Min(_o.Budget, Pool.Unlabelled.Count), Seed = seed, Networks = networks, Features = _features, Report = report, Cancel = cancel };
        return _costs is null ? DiverseBatch.Select(strategy, query, _o.Candidates ?? 1).Ids : Buy(strategy, query, _costs, _o.BudgetCost!.Value);
    }

    // A strategy that judges images alone ranks all that can be paid for; one that makes a batch, the largest batch that the budget can buy.
    private IReadOnlyList<int> Buy(IQueryStrategy strategy, Query query, LabelCosts costs, decimal budget)
    {
        var pool = Affordable(costs, budget);
        var most = costs.AtMost(pool.Unlabelled, budget);
        if (most == 0) return [];
        var ranking = strategy.Select(query with { Pool = pool, Budget = strategy.JudgesAlone ? pool.Unlabelled.Count : most });
        return costs.Spend(_o.PerCost ? costs.PerCost(ranking, strategy.Benefit) : ranking.Ids, budget);
    }

    // The pool without what costs more than the whole budget.
    private Pool Affordable(LabelCosts costs, decimal budget)
    {
        if (Pool.Unlabelled.All(id => costs.Of(id) <= budget)) return Pool;
        var affordable = new Pool(_data.Pool, [.. Pool.Labelled, .. Pool.Unlabelled.Where(id => costs.Of(id) <= budget)]);
        foreach (var id in Pool.Labelled) affordable.Label(id, Pool.ClassOf(id));
        return affordable;
    }

    private void Label(IEnumerable<int> ids, IOracle oracle)
    {
        foreach (var id in ids) Pool.Label(id, oracle.Label(id));
    }
}
