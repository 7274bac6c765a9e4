namespace Vaal.Data.Learning;

/// <summary>How well masks of the test set were predicted, all of its pixels counted together.</summary>
/// <param name="MeanIou">mean of <paramref name="Classes"/> over those that have one, 0..1, with a 95% interval: what
/// it comes to where the test images are drawn again, whole, with replacement (2,000 times)</param>
/// <param name="PixelAccuracy">share of the pixels with a class that are right, 0..1</param>
/// <param name="Width">of the frame that masks and predictions were compared at, in pixels</param>
/// <param name="Height">of the frame, in pixels</param>
internal sealed record MaskTest(
    Interval MeanIou, double PixelAccuracy, IReadOnlyList<ClassIou> Classes, int Width, int Height);
