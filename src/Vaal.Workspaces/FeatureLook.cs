using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>What the features say of the images of a workspace.</summary>
public sealed class FeatureLook
{
    [JsonConstructor]
    internal FeatureLook(
        string encoder, int images, int without, IReadOnlyList<IReadOnlyList<string>> near,
        IReadOnlyList<string> outliers, bool compared) =>
        (Encoder, Images, Without, Near, Outliers, Compared) = (encoder, images, without, near, outliers, compared);

    /// <summary>Of the encoder; null: an older version looked.</summary>
    [JsonInclude]
    internal string? Digest { get; init; }

    /// <summary>That made them.</summary>
    public string Encoder { get; internal init; }

    /// <summary>Images that have features.</summary>
    public int Images { get; internal init; }

    /// <summary>Images that have none.</summary>
    public int Without { get; internal init; }

    /// <summary>Groups of images that are nearly the same, by path.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Near { get; internal init; }

    /// <summary>Images that are like no other, the strangest first, by path.</summary>
    public IReadOnlyList<string> Outliers { get; internal init; }

    /// <summary>False: there are too many images to compare each with each.</summary>
    [JsonInclude]
    internal bool Compared { get; init; }
}
