namespace Vaal.Workspaces;

/// <summary>What the features say of the images of a workspace.</summary>
/// <param name="Encoder">that made them</param>
/// <param name="Images">images that have features</param>
/// <param name="Without">images that have none</param>
/// <param name="Near">groups of images that are nearly the same, by path</param>
/// <param name="Outliers">images that are like no other, the strangest first, by path</param>
/// <param name="Compared">false: there are too many images to compare each with each</param>
public sealed record FeatureLook(
    string Encoder, int Images, int Without, IReadOnlyList<IReadOnlyList<string>> Near, IReadOnlyList<string> Outliers,
    bool Compared);
