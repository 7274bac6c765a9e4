namespace Vaal.Heads;

/// <summary>How a head with one hidden layer is trained.</summary>
internal sealed record MlpHeadOptions
{
    /// <summary>Units of the hidden layer, at least 1.</summary>
    public int Hidden { get; init; } = 256;

    /// <summary>Steps of the training, at least 1.</summary>
    public int Iterations { get; init; } = 400;

    /// <summary>Rows a step, at least 1; fewer where there are fewer.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>Highest learning rate, above 0; it falls to 0 along half a cosine.</summary>
    public double LearningRate { get; init; } = 3e-3;

    /// <summary>Weight decay that is apart from the gradient, 0 or more.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>An image may have several labels: each class has a sigmoid of its own.</summary>
    public bool MultiLabel { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (Hidden < 1) yield return $"expected at least 1 hidden unit, found {Hidden}";
        if (Iterations < 1) yield return $"expected at least 1 iteration, found {Iterations}";
        if (BatchSize < 1) yield return $"expected at least 1 row a step, found {BatchSize}";
        if (!(LearningRate > 0)) yield return $"expected a learning rate above 0, found {LearningRate}";
        if (!(WeightDecay >= 0)) yield return $"expected a weight decay of at least 0, found {WeightDecay}";
    }
}
