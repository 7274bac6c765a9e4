using Vaal.Data;

namespace Vaal.Strategies;

/// <summary>What a strategy is asked, and all that it may use to answer.</summary>
public sealed record Query
{
    public required Pool Pool { get; init; }

    /// <summary>How many images to choose, at least 1 (b in the paper).</summary>
    public required int Budget
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    /// <summary>Seed of every random draw that the strategy makes.</summary>
    public required long Seed { get; init; }

    /// <summary>The networks of this round, each trained when it is first asked for. Their training reports and stops
    /// as they were told when they were made.</summary>
    public required Networks Networks { get; init; }

    /// <summary>What strategies compare images by that ask for no network of their own.</summary>
    internal FeatureSource Features { get; init; } = FeatureSource.Latent;

    /// <summary>A linear head on an encoder's features answers in place of the task model. Of masks it could learn
    /// nothing, as their images have no class.</summary>
    internal bool AsksHead => Features.OfEncoder && !LabelForm.Of(Pool.Images).ByPixel;

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }
}
