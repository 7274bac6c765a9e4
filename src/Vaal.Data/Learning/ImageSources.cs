namespace Vaal.Data.Learning;

/// <summary>Where the original images of a pool are, and which encoder makes features of them. Data only: no network is
/// needed.</summary>
internal sealed record ImageSources
{
    /// <summary>The encoder of a new workspace with photographs.</summary>
    public const string DefaultEncoder = "resnet18";

    /// <summary>No encoder.</summary>
    public const string NoEncoder = "none";

    /// <summary>Half of the images of a pool of photographs have at least so many pixels on their shorter side;
    /// measured: docs/results/encoders.md.</summary>
    public const int PhotographSide = 32;

    /// <summary>The image folder; paths are relative to it.</summary>
    public required string Root { get; init; }

    /// <summary>Links that lead out of the image folder are read too.</summary>
    public bool FollowLinks { get; init; }

    /// <summary>The files, by the image's id in the pool.</summary>
    public required IReadOnlyList<SourceFile> Files { get; init; }

    /// <summary>How the pool's small images were made of these, for an encoder that learns from the small
    /// ones.</summary>
    public Fit Fit { get; init; } = Fit.Crop;

    /// <summary>Folder of features.</summary>
    public required string Folder { get; init; }

    /// <summary>Name of the encoder, or the path of an <c>.onnx</c> file; <see cref="NoEncoder"/>: none.</summary>
    public required string Encoder { get; init; }

    /// <summary>What suits images of these shorter sides, in pixels; 0: not known.</summary>
    public static string EncoderFor(IEnumerable<int> shorterSides)
    {
        int[] sides = [.. shorterSides.Where(s => s > 0).Order()];
        return sides.Length > 0 && sides[sides.Length / 2] >= PhotographSide ? DefaultEncoder : NoEncoder;
    }
}
