using System.Globalization;

namespace Vaal;

/// <summary>What a further hundred labels were worth lately, and whether stopping is sensible.</summary>
public sealed class LabelsWorth
{
    internal LabelsWorth(Interval per100, bool stop, string words) =>
        (Per100, Stop, Words) = (per100, stop, words);

    /// <summary>Gain in accuracy (0..1) for each hundred labels; both ends NaN where it cannot be told.</summary>
    public Interval Per100 { get; internal init; }

    /// <summary>Further labels can hardly pay.</summary>
    public bool Stop { get; internal init; }

    /// <summary>The same in a line.</summary>
    public string Words { get; internal init; }

    /// <summary>Trainings that count as lately.</summary>
    internal const int Lately = 4;

    /// <summary>A gain for a hundred labels that is hardly worth their price: half a percentage point.</summary>
    internal const double HardlyWorth = 0.005;

    // of an interval without width: all test images are alike
    private const double LeastVariance = 1e-8;

    /// <summary>
    /// The slope of a straight line through the last trainings, each weighted by the variance that the size of its
    /// test set gives it. All are tested on the same images, which makes the interval rather too wide than too
    /// narrow; how much a training differs from another with the same labels is not in it.
    /// </summary>
    /// <param name="trainings">oldest first: labels, test images got right, test images</param>
    internal static LabelsWorth Of(IReadOnlyList<(int Labels, int Correct, int Tests)> trainings)
    {
        ArgumentNullException.ThrowIfNull(trainings);
        return Of([.. trainings.Select(t => (t.Labels, (double)t.Correct / t.Tests, Weight(t)))], "accuracy");
    }

    /// <summary>The same of numbers that are no shares of test images: each is weighted by the width of its own 95%
    /// interval.</summary>
    /// <param name="trainings">oldest first: labels, what was measured (0..1)</param>
    /// <param name="measure">what that is, in words</param>
    internal static LabelsWorth Of(IReadOnlyList<(int Labels, Interval Measured)> trainings, string measure)
    {
        ArgumentNullException.ThrowIfNull(trainings);
        // one test image has no interval
        (int Labels, Interval Measured)[] told =
            [.. trainings.Where(t => !double.IsNaN(t.Measured.Low + t.Measured.High))];
        return told.Length == 0 && trainings.Count > 0
            ? new(Interval.Unbounded(double.NaN), false,
                "what further labels are worth cannot be told from a single test image")
            : Of([.. told.Select(t => (t.Labels, t.Measured.Estimate, Weight(t.Measured)))], measure);
    }

    private static LabelsWorth Of(IReadOnlyList<(int Labels, double Measured, double Weight)> trainings, string measure)
    {
        // labels that were taken back since do not count; of two on the same labels the newer, and these by their age
        var newest = trainings.LastOrDefault().Labels;
        var last = trainings.Index().Where(t => t.Item.Labels <= newest).GroupBy(t => t.Item.Labels)
            .Select(g => g.Last()).OrderBy(t => t.Index).Select(t => t.Item).TakeLast(Lately).ToList();
        if (last.Count < 2)
            return new(Interval.Unbounded(double.NaN), false,
                "run 'vaal train' before and after a round to measure what further labels are worth");

        double[] x = [.. last.Select(t => t.Labels / 100.0)];
        double[] y = [.. last.Select(t => t.Measured)], w = [.. last.Select(t => t.Weight)];
        double sum = w.Sum(), xMean = Dot(w, x) / sum, yMean = Dot(w, y) / sum;
        double[] dx = [.. x.Select(v => v - xMean)], dy = [.. y.Select(v => v - yMean)];
        var xx = dx.Zip(w, (d, weight) => weight * d * d).Sum();
        var slope = dx.Zip(dy, (a, b) => a * b).Zip(w, (d, weight) => weight * d).Sum() / xx;
        var half = Statistics.Z / Math.Sqrt(xx);
        var per100 = new Interval(slope, slope - half, slope + half);
        var measured = $"the last trainings gained {Points(slope)} points of {measure} per 100 labels "
            + $"(95% CI {Points(per100.Low)} to {Points(per100.High)})";
        if (per100.High < 0) return new(per100, false, $"{measured}: it fell, so check the last labels");
        return per100.High < HardlyWorth
            ? new(per100, true, $"{measured}: stopping is sensible")
            : new(per100, false, per100.Low > 0
                ? $"{measured}: more labels are likely to help"
                : $"{measured}: too uncertain to tell; a larger test set would show more");
    }

    // 1 / variance of a proportion, one success and one failure added so that 0% and 100% have one (Agresti and Coull
    // 1998)
    private static double Weight((int Labels, int Correct, int Tests) t)
    {
        var p = (t.Correct + 1.0) / (t.Tests + 2.0);
        return t.Tests / (p * (1 - p));
    }

    private static double Weight(Interval measured) =>
        1 / Math.Max(LeastVariance, Math.Pow((measured.High - measured.Low) / (2 * Statistics.Z), 2));

    private static string Points(double gain) =>
        (100 * gain).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();
}
