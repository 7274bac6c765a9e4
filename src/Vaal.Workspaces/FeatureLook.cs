namespace Vaal.Workspaces;

/// <summary>What the features say of the images of a workspace.</summary>
internal sealed class FeatureLook
{
    public FeatureLook(
        string encoder, int images, int without, IReadOnlyList<IReadOnlyList<string>> near,
        IReadOnlyList<string> outliers, bool compared) =>
        (Encoder, Images, Without, Near, Outliers, Compared) = (encoder, images, without, near, outliers, compared);

    /// <summary>Of the encoder; null: an older version looked.</summary>
    public string? Digest { get; init; }

    /// <summary>That made them.</summary>
    public string Encoder { get; init; }

    /// <summary>Images that have features.</summary>
    public int Images { get; init; }

    /// <summary>Images that have none.</summary>
    public int Without { get; init; }

    /// <summary>Groups of images that are nearly the same, by path.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Near { get; init; }

    /// <summary>Images that are like no other, the strangest first, by path.</summary>
    public IReadOnlyList<string> Outliers { get; init; }

    /// <summary>False: there are too many images to compare each with each.</summary>
    public bool Compared { get; init; }
}
