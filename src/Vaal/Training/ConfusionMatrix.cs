namespace Vaal.Training;

/// <summary>How well masks are predicted, over a whole set of images.</summary>
/// <param name="MeanIou">mean of <paramref name="ClassIou"/> over the classes that have one, 0..1</param>
/// <param name="PixelAccuracy">share of the pixels with a class that are right, 0..1</param>
/// <param name="ClassIou">intersection over union of each class, 0..1; NaN for one that is neither in the masks nor
/// predicted</param>
internal sealed record MaskScores(double MeanIou, double PixelAccuracy, IReadOnlyList<double> ClassIou);

/// <summary>
/// How often pixels of one class were taken for another, counted over a whole set: what intersection over union is to
/// be computed from (Everingham et al. 2010), as a mean of the images' own values weighs small objects otherwise.
/// Pixels that are to be ignored count nowhere, whatever is predicted there.
/// </summary>
internal sealed class ConfusionMatrix
{
    private readonly long[] _counts;

    /// <param name="classes">K</param>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        (Classes, _counts) = (classes, new long[classes * classes]);
    }

    public int Classes { get; }

    /// <summary>Pixels of class <paramref name="truth"/> that were taken for <paramref name="predicted"/>.</summary>
    public long this[int truth, int predicted] => _counts[truth * Classes + predicted];

    /// <param name="truth">the class of each pixel, or <see cref="Data.ImageSet.Ignore"/></param>
    /// <param name="predicted">likewise, 0..K-1</param>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> predicted)
    {
        if (truth.Length != predicted.Length)
            throw new ArgumentException($"{truth.Length} pixels, {predicted.Length} predictions");
        for (var i = 0; i < truth.Length; i++)
        {
            if (truth[i] == Data.ImageSet.Ignore) continue;
            if (truth[i] >= Classes || predicted[i] >= Classes)
                throw new ArgumentException($"class {truth[i]}, predicted {predicted[i]}; there are {Classes}");
            _counts[truth[i] * Classes + predicted[i]]++;
        }
    }

    /// <summary>Pixels of a class.</summary>
    internal long InMasks(int c) => Enumerable.Range(0, Classes).Sum(k => this[c, k]);

    /// <summary>Pixels that were taken for a class.</summary>
    internal long Predicted(int c) => Enumerable.Range(0, Classes).Sum(k => this[k, c]);

    public MaskScores Scores()
    {
        double[] iou = [.. Enumerable.Range(0, Classes).Select(c => IouOf(this[c, c], InMasks(c), Predicted(c)))];
        var right = Enumerable.Range(0, Classes).Sum(c => this[c, c]);
        return new(MeanOf(iou), (double)right / _counts.Sum(), iou);
    }

    /// <summary>TP / (TP + FP + FN); NaN of a class that is not there.</summary>
    internal static double IouOf(long right, long inMasks, long predicted) =>
        (double)right / (inMasks + predicted - right);

    /// <summary>The mean over the classes that have an intersection over union.</summary>
    internal static double MeanOf(IEnumerable<double> iou) =>
        iou.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
