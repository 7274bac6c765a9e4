namespace Vaal;

/// <summary>What a model says of an image.</summary>
public sealed class Prediction
{
    internal Prediction(
        string path, string? @class, double probability, IReadOnlyList<double> probabilities, string? problem = null) =>
        (Path, Class, Probability, Probabilities, Problem) = (path, @class, probability, probabilities, problem);

    /// <summary>As it was named, or relative to the folder that was named.</summary>
    public string Path { get; }

    /// <summary>The likeliest; where an image may have several, those of a probability of one half or more, such as
    /// <c>cat|dog</c>, or <c>[]</c>. Null: the image cannot be used.</summary>
    public string? Class { get; }

    /// <summary>The same as a list where an image may have several; null: it has one.</summary>
    internal IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Of <see cref="Class"/>; of several, that each is right and no other is in the image.</summary>
    public double Probability { get; }

    /// <summary>Of every class of the model, in its order.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>Why the image cannot be used; null: it can.</summary>
    public string? Problem { get; }
}
