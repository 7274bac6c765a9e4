namespace Vaal.Data.Learning;

/// <summary>What a chooser is given: the images, what is known of them, and where to keep its state.</summary>
internal sealed record ChoiceRequest
{
    /// <summary>Labelled and unlabelled images; the test set is not in it.</summary>
    public required Pool Pool { get; init; }

    /// <summary>Which images those of the pool are, by their ids in it.</summary>
    public required IReadOnlyList<PoolImage> Images { get; init; }

    /// <summary>Unlabelled images that were chosen before and wait for their labels, by their ids in the
    /// pool.</summary>
    public IReadOnlySet<int> Waiting { get; init; } = new HashSet<int>();

    /// <summary>Labelled images that no strategy chose, by their ids in the pool: the verdict compares them with the
    /// others. Null: all labelled images.</summary>
    public IReadOnlySet<int>? Unchosen { get; init; }

    /// <summary>Rounds before this one: each draws other random numbers.</summary>
    public int Round { get; init; }

    /// <summary>How many classes a task model is to tell apart; null: those of the labelled images.</summary>
    public int? Classes { get; init; }

    /// <summary>Side in pixels of the squares that a VAE sees; null: as the options say.</summary>
    public int? Side { get; init; }

    /// <summary>The original images, by their ids in the pool, for features; null: there are none, or parts of images
    /// are chosen.</summary>
    internal ImageSources? Sources { get; init; }

    /// <summary>Where the choice keeps its state while it is under way, and leaves its networks in <c>models/</c>;
    /// null: nowhere.</summary>
    public string? Folder { get; init; }

    /// <summary>Tells this choice from any other.</summary>
    public string Key { get; init; } = "";

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }
}
