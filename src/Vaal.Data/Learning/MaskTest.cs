using System.Text.Json.Serialization;

namespace Vaal.Data.Learning;

/// <summary>How well masks of the test set were predicted, all of its pixels counted together.</summary>
public sealed class MaskTest
{
    [JsonConstructor]
    internal MaskTest(Interval meanIou, double pixelAccuracy, IReadOnlyList<ClassIou> classes, int width, int height) =>
        (MeanIou, PixelAccuracy, Classes, Width, Height) = (meanIou, pixelAccuracy, classes, width, height);

    /// <summary>Mean of <see cref="Classes"/> over those that have one, 0..1, with a 95% interval: what it comes to
    /// where the test images are drawn again, whole, with replacement (2,000 times).</summary>
    [JsonInclude]
    internal Interval MeanIou { get; init; }

    /// <summary>Share of the pixels with a class that are right, 0..1.</summary>
    public double PixelAccuracy { get; internal init; }

    public IReadOnlyList<ClassIou> Classes { get; internal init; }

    /// <summary>Of the frame that masks and predictions were compared at, in pixels.</summary>
    public int Width { get; internal init; }

    /// <summary>Of the frame, in pixels.</summary>
    public int Height { get; internal init; }
}

