namespace Vaal.Data.Learning;

/// <summary>What a learner is given: images with classes or masks, which of them to learn from, and where to keep its
/// state.</summary>
internal sealed record TrainRequest
{
    public required ImageSet Images { get; init; }

    /// <summary>By class number.</summary>
    public required IReadOnlyList<string> ClassNames { get; init; }

    /// <summary>Ids to learn from: their class is known, or some pixel of theirs has one.</summary>
    public required IReadOnlyList<int> Labelled { get; init; }

    /// <summary>Ids to test on, which have classes or masks too.</summary>
    public required IReadOnlyList<int> Test { get; init; }

    /// <summary>Ids without a label, for which the model's predictions are written down.</summary>
    public required IReadOnlyList<int> Unlabelled { get; init; }

    /// <summary>How the original images were brought to the size of <see cref="Images"/>; null: not known.</summary>
    internal Fit? Fit { get; init; }

    /// <summary>The original images, by their ids in <see cref="Images"/>, for features; null: there are
    /// none.</summary>
    internal ImageSources? Sources { get; init; }

    /// <summary>Where the training keeps its state while it is under way, and leaves the model in
    /// <c>models/</c>.</summary>
    public required string Folder { get; init; }

    /// <summary>Tells this training from any other.</summary>
    public string Key { get; init; } = "";

    public Action<TrainEvent>? Report { get; init; }
    public CancellationToken Cancel { get; init; }
}
