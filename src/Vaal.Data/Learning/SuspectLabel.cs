using System.Text.Json.Serialization;

namespace Vaal.Data.Learning;

/// <summary>A label that may be wrong.</summary>
public sealed class SuspectLabel
{
    [JsonConstructor]
    internal SuspectLabel(
        string path, string given, string believed, double givenProbability, double believedProbability)
    {
        (Path, Given, Believed, GivenProbability) = (path, given, believed, givenProbability);
        BelievedProbability = believedProbability;
    }

    /// <summary>Of the image.</summary>
    public string Path { get; internal init; }

    /// <summary>Its label.</summary>
    public string Given { get; internal init; }

    /// <summary>What a model that did not see the label takes the image for.</summary>
    public string Believed { get; internal init; }

    /// <summary>Of the label, by that model.</summary>
    public double GivenProbability { get; internal init; }

    /// <summary>Of <see cref="Believed"/>.</summary>
    public double BelievedProbability { get; internal init; }

    /// <summary>What a training leaves beside its model: a JSON list of these, the most suspected first.</summary>
    internal const string FileName = "suspects.json";
}
