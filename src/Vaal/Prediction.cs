namespace Vaal;

/// <summary>What a model says of an image.</summary>
/// <param name="Path">as it was named, or relative to the folder that was named</param>
/// <param name="Class">the likeliest; null: the image cannot be used</param>
/// <param name="Probability">of <paramref name="Class"/></param>
/// <param name="Probabilities">of every class of the model, in its order</param>
/// <param name="Problem">why the image cannot be used; null: it can</param>
public sealed record Prediction(
    string Path, string? Class, double Probability, IReadOnlyList<double> Probabilities, string? Problem = null);
