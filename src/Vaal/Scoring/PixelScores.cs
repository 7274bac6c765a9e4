using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>How the scores of an image's pixels become the score of the image.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PixelReduction>))]
public enum PixelReduction
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The mean of the highest of them: what is unsure is often a small part of an image.</summary>
    Top,

    /// <summary>The mean over the classes predicted in the image of their pixels' means: a class counts as much as
    /// another, however few its pixels.</summary>
    ClassBalanced,
}

/// <summary>From a score a pixel to a score an image.</summary>
internal static class PixelScores
{
    /// <param name="score">(B, H, W); of a classifier (B), which is one already</param>
    /// <param name="p">class probabilities that they come from, (B, H, W, K), or (T, B, H, W, K) of T passes or
    /// models</param>
    /// <param name="top">share of the pixels that <see cref="PixelReduction.Top"/> looks at, 0..1</param>
    /// <param name="margin">pixels at each side that do not count</param>
    /// <returns>(B)</returns>
    public static Tensor PerImage(Tensor score, Tensor p, PixelReduction how, double top, int margin = 0)
    {
        using var scope = NewDisposeScope();
        if (score.dim() == 1) return score.alias().MoveToOuterDisposeScope();
        (score, p) = (Inner(score, 1, margin), Inner(p, p.dim() - 3, margin));
        var pixels = score.flatten(1).to(ScalarType.Float64);                                // (B, P)
        return (how switch
        {
            PixelReduction.Mean => pixels.mean([1]),
            PixelReduction.Top =>
                pixels.topk((int)Math.Max(1, Math.Round(top * pixels.shape[1])), 1, sorted: false).values.mean([1]),
            _ => ClassBalanced(pixels, (p.dim() == 5 ? p.mean([0]) : p).argmax(-1).flatten(1), p.shape[^1]),
        }).MoveToOuterDisposeScope();
    }

    // (…, H, W, …) with H at that dimension
    private static Tensor Inner(Tensor x, long dimension, int margin) =>
        margin == 0
            ? x
            : x.narrow(dimension, margin, x.shape[dimension] - 2 * margin)
            .narrow(dimension + 1, margin, x.shape[dimension + 1] - 2 * margin);

    private static Tensor ClassBalanced(Tensor pixels, Tensor predicted, long classes)
    {
        var (sums, counts) = (
            zeros(pixels.shape[0], classes, ScalarType.Float64, pixels.device),
            zeros(pixels.shape[0], classes, ScalarType.Float64, pixels.device));
        sums.scatter_add_(1, predicted, pixels);
        counts.scatter_add_(1, predicted, ones_like(pixels));
        return (sums / counts.clamp(min: 1)).sum([1]) / counts.gt(0).sum([1]);
    }
}
