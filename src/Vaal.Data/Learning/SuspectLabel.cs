namespace Vaal.Data.Learning;

/// <summary>A label that may be wrong.</summary>
/// <param name="Path">of the image</param>
/// <param name="Given">its label</param>
/// <param name="Believed">what a model that did not see the label takes the image for</param>
/// <param name="GivenProbability">of the label, by that model</param>
/// <param name="BelievedProbability">of <paramref name="Believed"/></param>
internal sealed record SuspectLabel(
    string Path, string Given, string Believed, double GivenProbability, double BelievedProbability)
{
    /// <summary>What a training leaves beside its model: a JSON list of these, the most suspected first.</summary>
    public const string FileName = "suspects.json";
}
