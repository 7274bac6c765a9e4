namespace Vaal;

/// <summary>Statistics of orderings: does a score tell two groups apart, do two scores agree?</summary>
internal static class Ranks
{
    /// <summary>
    /// Chance that a positive scores above a negative, ties counted half (Mann–Whitney U / mn), with DeLong's interval,
    /// cut at 0 and 1. O(N log N), by the placements of Sun and Xu (2014).
    /// </summary>
    public static Interval Auc(IReadOnlyList<double> positives, IReadOnlyList<double> negatives)
    {
        Statistics.AtLeastOne(positives);
        Statistics.AtLeastOne(negatives);
        int m = positives.Count, n = negatives.Count;
        var together = Of([.. positives, .. negatives]);
        var (among, amongNegatives) = (Of(positives), Of(negatives));
        var above = new double[m];                                                   // share of negatives below each positive
        for (var i = 0; i < m; i++) above[i] = (together[i] - among[i]) / n;
        var below = new double[n];                                                   // share of positives above each negative
        for (var j = 0; j < n; j++) below[j] = 1 - (together[m + j] - amongNegatives[j]) / m;
        var auc = Statistics.Mean(above);
        if (m == 1 || n == 1) return Interval.Unbounded(auc);
        var half = Statistics.Z * Math.Sqrt(Variance(above) / m + Variance(below) / n);
        return new(auc, Math.Max(0, auc - half), Math.Min(1, auc + half));
    }

    /// <summary>Spearman's correlation, −1..1, ties sharing their mean rank; NaN where one side is constant.</summary>
    public static double Spearman(IReadOnlyList<double> x, IReadOnlyList<double> y)
    {
        Statistics.AtLeastOne(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Count != y.Count) throw new ArgumentException($"{x.Count} values against {y.Count}; pairs were wanted");
        var (rx, ry) = (Of(x), Of(y));
        var middle = (x.Count + 1) / 2.0;
        double xy = 0, xx = 0, yy = 0;
        for (var i = 0; i < rx.Length; i++)
        {
            var (dx, dy) = (rx[i] - middle, ry[i] - middle);
            (xy, xx, yy) = (xy + dx * dy, xx + dx * dx, yy + dy * dy);
        }
        return xy / Math.Sqrt(xx * yy);
    }

    /// <summary>Ranks from 1, equal values sharing the mean of theirs.</summary>
    internal static double[] Of(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values];
        if (sorted.Any(double.IsNaN)) throw new ArgumentException("a value is NaN; it has no rank");
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        Array.Sort(sorted, order);
        var ranks = new double[sorted.Length];
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            for (end = start + 1; end < sorted.Length && sorted[end] == sorted[start];) end++;
            for (var i = start; i < end; i++) ranks[order[i]] = (start + 1 + end) / 2.0;
        }
        return ranks;
    }

    private static double Variance(double[] values) => Math.Pow(Statistics.StandardDeviation(values), 2);
}
