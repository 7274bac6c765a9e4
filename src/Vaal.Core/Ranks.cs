using MathNet.Numerics.Statistics;

namespace Vaal;

/// <summary>Statistics of orderings: does a score tell two groups apart, do two scores agree?</summary>
internal static class Ranks
{
    /// <summary>
    /// Chance that a positive scores above a negative, ties counted half (Mann–Whitney U / mn), with DeLong's interval,
    /// cut at 0 and 1. O(N log N), by the placements of Sun and Xu (2014).
    /// </summary>
    public static Interval Auc(IReadOnlyList<double> positives, IReadOnlyList<double> negatives) =>
        Auc(positives, negatives, 1);

    /// <param name="widening">what the standard error is multiplied by</param>
    internal static Interval Auc(IReadOnlyList<double> positives, IReadOnlyList<double> negatives, double widening)
    {
        Statistics.AtLeastOne(positives);
        Statistics.AtLeastOne(negatives);
        int m = positives.Count, n = negatives.Count;
        var together = Of([.. positives, .. negatives]);
        var (among, amongNegatives) = (Of(positives), Of(negatives));
        var above = new double[m];                                             // share of negatives below each positive
        for (var i = 0; i < m; i++) above[i] = (together[i] - among[i]) / n;
        var below = new double[n];                                             // share of positives above each negative
        for (var j = 0; j < n; j++) below[j] = 1 - (together[m + j] - amongNegatives[j]) / m;
        var auc = Statistics.Mean(above);
        if (m == 1 || n == 1) return Interval.Unbounded(auc);
        var half = widening * Statistics.Z * Math.Sqrt(Variance(above) / m + Variance(below) / n);
        return new(auc, Math.Max(0, auc - half), Math.Min(1, auc + half));
    }

    /// <summary>Spearman's correlation, −1..1, ties sharing their mean rank; NaN where one side is constant.</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Statistics.AtLeastOne(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count)
            throw new ArgumentException($"expected pairs, found {x.Count} values against {y.Count}");
        return Correlation.Pearson(Of(x), Of(y));
    }

    /// <summary>Ranks from 1, equal values sharing the mean of theirs.</summary>
    internal static double[] Of(IReadOnlyList<double> values) => values.Any(double.IsNaN)
        ? throw new ArgumentException("expected numbers to rank, found NaN")
        : values.Ranks(RankDefinition.Average);

    private static double Variance(double[] values) => ArrayStatistics.Variance(values);
}
