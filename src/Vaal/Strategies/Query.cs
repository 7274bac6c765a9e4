using Vaal.Data;

namespace Vaal.Strategies;

/// <summary>What a strategy is asked, and all that it may use to answer.</summary>
public sealed class Query
{
    internal Query() { }

    /// <param name="budget">how many images to choose, at least 1 (b in the paper)</param>
    /// <param name="networks">of these images, each trained when it is first asked for</param>
    /// <param name="seed">of every random draw that the strategy makes</param>
    public Query(Pool pool, int budget, Networks networks, long seed = 1, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(networks);
        (Pool, Budget, Networks, Seed) = (pool, budget, networks, seed);
        (Report, Cancel) = (report, cancel);
    }

    public Pool Pool { get; internal init; } = null!;

    /// <summary>How many images to choose, at least 1 (b in the paper).</summary>
    public int Budget
    {
        get;
        internal init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    /// <summary>Seed of every random draw that the strategy makes.</summary>
    public long Seed { get; internal init; } = 1;

    /// <summary>The networks of this round, each trained when it is first asked for. Their training reports and stops
    /// as they were told when they were made.</summary>
    public Networks Networks { get; internal init; } = null!;

    /// <summary>What strategies compare images by that ask for no network of their own.</summary>
    internal FeatureSource Features { get; init; } = FeatureSource.Latent;

    /// <summary>A linear head on an encoder's features answers in place of the task model. Of masks it could learn
    /// nothing, as their images have no class.</summary>
    internal bool AsksHead => Features.OfEncoder && !LabelForm.Of(Pool.Images).ByPixel;

    public Action<TrainEvent>? Report { get; internal init; }
    public CancellationToken Cancel { get; internal init; }

    /// <summary>The same with some of it changed.</summary>
    internal Query With(Pool? pool = null, int? budget = null, long? seed = null, Networks? networks = null,
        FeatureSource? features = null, Action<TrainEvent>? report = null) =>
        new(pool ?? Pool, budget ?? Budget, networks ?? Networks, seed ?? Seed, report ?? Report, Cancel)
        {
            Features = features ?? Features,
        };
}
