using System.Text.Json;
using Vaal.Data;
using Vaal.Models;
using Vaal.Oracles;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal;

/// <summary>
/// What a simulated run is made of: the oracle, the first images, the networks of a round, how they are tested and
/// used.
/// </summary>
internal sealed class Simulation
{
    private readonly LoopOptions _o;
    private readonly DataSet _data;
    private readonly Device _device;
    private readonly LabelCosts? _costs;
    private readonly FeatureSource _features;
    private readonly FeatureHead? _head;
    private IReadOnlyList<int>? _first;

    /// <exception cref="InputException">the options and the data do not go together</exception>
    public Simulation(LoopOptions options, DataSet data, Device device)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        if (Problem(options, data, oracleToCome: true) is { } problem) throw new InputException(problem);
        (_o, _data, _device) = (options, data, device);
        _costs = options.CostsFrom is { } costs ? new LabelCosts(costs, data.Pool) : null;
        _features = new FeatureSource(options.Features, data.Pool);
        if (TaskModels.OnFeatures.Contains(options.Task.Model))
            _head = new FeatureHead(options.Task, FeatureHead.EncoderOf(options.Features), data);
    }

    /// <summary>How often the task model is trained and tested.</summary>
    public int Rounds => _o.Rounds;

    /// <summary>That these options, the files that they name and this data go together, before anything is written
    /// for a run.</summary>
    /// <param name="files">false: those that the options name are not looked at</param>
    /// <exception cref="InputException">they do not</exception>
    public static void Check(LoopOptions options, DataSet data, bool files = true)
    {
        if (Problem(options, data, oracleToCome: false) is { } problem) throw new InputException(problem);
        if (files) _ = new Simulation(options, data, CPU).Oracle();
    }

    /// <param name="oracleToCome">the user's own oracle may give the labels, so that the pool needs none</param>
    private static string? Problem(LoopOptions options, DataSet data, bool oracleToCome)
    {
        if (options.Problems().FirstOrDefault() is { } problem) return problem;
        var (pool, name, classes) = (data.Pool, data.Name, data.ClassNames.Count);
        var form = LabelForm.Of(pool);
        var known = form.IsIn(pool);
        if (!known && !oracleToCome) return Unanswered(name);
        if (classes == 0)
            return $"{name} has no names of classes; a simulation needs them, and the images' classes or an oracle of "
                + "your own";
        if (!known && options.WithoutClasses.Count > 0)
            return $"{name} has no classes, so that the first images can lack none; leave withoutClasses out";
        if (LearningTask.Problem(options.Task.Model, pool) is { } unsuited) return unsuited;
        if (pool.ClassSets is not null && options.Task.Model == LinearLearner.Transductive)
            return LinearLearner.OneClassOnly;
        if (QueryStrategies.Refusal(LearningTask.Of(pool), options.Strategy) is { } refusal) return refusal;
        if (pool.ClassSets is not null && (options.Noise > 0 || options.LabelsFrom is not null))
            return $"noise and labels from a file need one class per image, and the images of {name} have several";
        if (options.Initial >= pool.Count)
            return $"initial is {options.Initial}; it must be less than the {Counted.Of(pool.Count, "image")} of "
                + $"{name}, so that some are left to choose from";
        if (data.Renumbered && NumberedBy(options, data) is { } file)
            return $"{file} numbers the images of the unchanged pool; the images of {name} were changed, or some " +
                $"of them were set apart as a test set";
        foreach (var c in options.WithoutClasses)
            if (c < 0 || c >= classes)
                return $"expected classes of {name} (0..{classes - 1}) that the first images lack, found {c}";
        if (options.WithoutClasses.Count > 0
            && InitialPool.Lacking(pool, options.WithoutClasses).Count() is var left && left < options.Initial)
            return $"initial is {options.Initial}; only {Counted.Of(left, "image")} of {name} {Counted.Has(left)} "
                + "classes that are not left out";
        if (data.Test is not { Count: > 0 } test)
            return $"{name} has no test images; a simulation measures {form.Measure} on them";
        // of masks the pool may be parts of images, and the test images whole
        if (test.Channels != pool.Channels || !form.ByPixel && (test.Width, test.Height) != (pool.Width, pool.Height))
            return $"expected test images of {Shape(pool)}, as the pool of {name} has, found {Shape(test)}";
        if ((test.ClassSets?.SelectMany(set => set ?? []) ?? test.Classes)
            .FirstOrDefault(c => c < -1 || c >= classes, -1) is not -1 and var strange)
            return $"expected test images of {name} with classes 0..{classes - 1}, found {strange}";
        // of an image with none of several classes the label is known, and no average precision comes of it
        bool Measures(int id) => form == LabelForm.Classes ? test.ClassSets?[id] is { Length: > 0 }
            : form.IsKnown(test, id);
        return Enumerable.Range(0, test.Count).Any(Measures) ? null
            : $"no test image of {name} has {(form.ByPixel ? form.Missing : "a class")}; {form.Measure} needs test "
                + "images that have some";
    }

    private static string Unanswered(string name) =>
        $"{name} has no classes; a simulation needs them as the oracle's answers: give the format multi-label if "
            + "labels lie in files";

    private static string Shape(ImageSet images) =>
        $"{images.Width}×{images.Height} pixels with {Counted.Of(images.Channels, "channel")}";

    // costs of files are found by their paths
    private static string? NumberedBy(LoopOptions options, DataSet data) =>
        options.CostsFrom is not null && data.Pool.Paths.Count > 0
            ? new LoopOptions(options) { CostsFrom = null }.NumbersImages
            : options.NumbersImages;

    /// <summary>That the images are still there.</summary>
    /// <exception cref="ObjectDisposedException">they are not</exception>
    public void CheckData()
    {
        _data.Pool.ThrowIfDisposed();
        _data.Test?.ThrowIfDisposed();
    }

    /// <summary>Who gives the labels.</summary>
    /// <param name="own">the user's; null: the data set's classes and the options</param>
    /// <exception cref="InputException">the images have no one class each to be answered, the file of labels cannot be
    /// used, or there are no super-classes</exception>
    public IOracle Oracle(IOracle? own = null)
    {
        var (form, classes) = (LabelForm.Of(_data.Pool), _data.ClassNames.Count);
        if (own is not null && (_o.Noise > 0 || _o.LabelsFrom is not null))
            throw new InputException("noise and labels from a file are not for an oracle of your own; leave oracle "
                + "out, or noise and labelsFrom");
        if (own is not null)
            return form == LabelForm.Class ? own : throw new InputException(
                $"an oracle of your own needs one class per image, and the images of {_data.Name} have "
                    + $"{(form.ByPixel ? "masks" : "several")}; leave oracle out");
        if (!form.IsIn(_data.Pool)) throw new InputException(Unanswered(_data.Name));
        if (_o.LabelsFrom is { } file) return new FileOracle(file, _o.LabelsColumn, _data.Pool, classes);
        if (_o.Noise == 0) return new IdealOracle(_data.Pool);
        if (_o.NoiseWithinSuperClass && _data.SuperClasses.Count == 0)
            throw new InputException(
                $"{_data.Name} has no super-classes, which noise within super-classes needs; CIFAR-100 has them");
        return new NoisyOracle(
            _data.Pool, classes, _o.Noise, _o.Seed, _o.NoiseWithinSuperClass ? _data.SuperClasses : null);
    }

    /// <summary>The images that are labelled before the first round, without the choice of a strategy.</summary>
    public IReadOnlyList<int> FirstImages =>
        _first ??= InitialPool.Draw(_data.Pool, _o.Initial, _o.Draw, _o.Seed, _o.WithoutClasses);

    /// <summary>The networks of a round, each trained from scratch when it is first asked for.</summary>
    public Networks Networks(Pool pool, int round, RunObserver observer, string? firstRounds,
        Action<TrainEvent>? report, CancellationToken cancel)
    {
        var seed = SeedOf(round);
        return new(pool, _o.Vaal, _o.Task, _data.ClassNames.Count, seed, _device)
        {
            Report = report,
            Cancel = cancel,
            Checkpoints = observer.Checkpoints,
            Key = $"{observer.Identity} round {round}",
            PixelReduction = _o.PixelReduction,
            TopPixels = _o.TopPixels,
            SharedTask = round == 0 ? FirstTask(pool, firstRounds, seed) : null,
        };
    }

    // its key is all that it depends on
    private Checkpoint? FirstTask(Pool pool, string? folder, long seed)
    {
        if (folder is null) return null;
        var labels = string.Join(' ', pool.LabelledIds.Select(id => $"{id}:{pool.ClassOf(id)}"));
        var task = JsonSerializer.Serialize(_o.Task, Json.Options);
        var key = $"{task} {_data.Fingerprint} {seed} {labels}";
        return new Checkpoint(Path.Combine(folder, $"first-{_o.Seed}.safetensors"), key);
    }

    /// <summary>How well the round's task model does on the test images.</summary>
    public RoundScores Test(Networks networks, int round, Pool pool) => _head is null
        ? LearningTask.Of(_data.Pool).Test(networks.Task, _data.Test!, _device)
        : _head.Test(pool, SeedOf(round), networks.Report, networks.Cancel);

    /// <summary>The images that the strategy chooses, best first; none after the last round.</summary>
    public IReadOnlyList<int> Choose(
        Networks networks, int round, Pool pool, Action<TrainEvent>? report, CancellationToken cancel)
    {
        if (round == _o.Rounds - 1 || pool.Unlabelled.Count == 0) return [];
        var strategy = QueryStrategies.Create(_o.Strategy);
        var query = new Query
        {
            Pool = pool,
            Budget = Math.Min(_o.Budget, pool.Unlabelled.Count),
            Seed = Seeds.Derive(SeedOf(round), "select", 0),
            Networks = networks,
            Features = _features,
            Report = report,
            Cancel = cancel,
        };
        return _costs is null
            ? DiverseBatch.Select(strategy, query, MakesItsOwnBatch ? 1 : _o.Candidates ?? 1, _o.Strategy).Ids
            : Buy(strategy, query, _costs, _o.BudgetCost!.Value);
    }

    // in slices, or drawn by odds
    private bool MakesItsOwnBatch => MiniQueries.AskedFor(_o.Vaal) && _o.Strategy is ("vaal" or "vaal-features");

    // A strategy that judges images alone ranks all affordable ones; another makes the largest affordable batch.
    private IReadOnlyList<int> Buy(IQueryStrategy strategy, Query query, LabelCosts costs, decimal budget)
    {
        var pool = query.Pool.Restrict(query.Pool.Unlabelled.Where(id => costs.Of(id) <= budget));
        var most = costs.AtMost(pool.Unlabelled, budget);
        if (most == 0) return [];
        var count = strategy.JudgesAlone && !(MakesItsOwnBatch && _o.Vaal.MiniQueries > 1) ? pool.Unlabelled.Count
            : most;
        var ranking = DiverseBatch.Ask(strategy, query.With(pool: pool, budget: count), _o.Strategy);
        return costs.Spend(_o.PerCost ? costs.PerCost(ranking, strategy.Benefit) : ranking.Ids, budget);
    }

    /// <summary>What D knew, with a verdict where it ranked; null where the strategy trained none.</summary>
    public RankingHealth? Health(Networks networks, int round, Pool pool)
    {
        if (networks.TrainedVaal is not { } vaal) return null;
        var seed = SeedOf(round);
        var sample = HealthCheck.Sample(pool, FirstImages, seed);
        return QueryStrategies.Judged(
            QueryStrategies.Create(_o.Strategy), HealthCheck.Measure(vaal, _data.Pool, seed) with { Sample = sample });
    }

    /// <summary>What the labels of these images cost together; null where labels have no cost.</summary>
    public decimal? CostOf(IEnumerable<int> labelled) => _costs?.Of(labelled);

    private long SeedOf(int round) => Seeds.Derive(_o.Seed, "round", round);
}
