namespace Vaal;

/// <summary>Is one strategy better than another on the same pools and seeds?</summary>
internal static class PairedTests
{
    /// <summary>Up to this many pairs every one of the 2^n sign patterns is counted.</summary>
    public const int ExactPairs = 20;

    /// <summary>Mean of a − b with Student's t interval; the same index is the same pool and seed.</summary>
    public static Interval Difference(IReadOnlyList<double> a, IReadOnlyList<double> b) =>
        Statistics.MeanInterval(Differences(a, b));

    /// <summary>
    /// Two-sided p of the paired permutation test: were the two exchangeable, each difference could as well have the
    /// other sign; p is the share of sign patterns whose sum is at least as far from 0. Exact up to
    /// <see cref="ExactPairs"/> pairs, then from <paramref name="draws"/> random patterns, the observed one counted in.
    /// </summary>
    public static double SignFlip(
        IReadOnlyList<double> a, IReadOnlyList<double> b, int seed = 0, int draws = 100_000) =>
        SignFlip(Differences(a, b), seed, draws);

    /// <summary>The least p that <see cref="SignFlip(IReadOnlyList{double}, IReadOnlyList{double}, int, int)"/> can
    /// give with so many pairs, whatever the differences: 2 / 2ⁿ where all sign patterns are counted, 1 / (draws + 1)
    /// where they are drawn.</summary>
    public static double LeastP(int pairs, int draws = 100_000)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pairs, 1);
        return pairs > ExactPairs ? 1 / (1.0 + draws) : Math.ScaleB(1, 1 - pairs);
    }

    internal static double SignFlip(double[] d, int seed = 0, int draws = 100_000)
    {
        var scale = d.Sum(Math.Abs);
        var observed = Math.Abs(d.Sum()) - 1e-12 * scale;                            // sums that tie must count as tied
        if (d.Length > ExactPairs) return (1.0 + Draw(d, observed, seed, draws)) / (1.0 + draws);
        return Count(d, 1, d[0], observed) / Math.ScaleB(1, d.Length - 1);         // two-sided: the first sign may stay
    }

    /// <summary>Holm's step-down correction: p values that hold for the whole family, in the order given.</summary>
    public static double[] Holm(IReadOnlyList<double> p)
    {
        ArgumentNullException.ThrowIfNull(p);
        foreach (var v in p)
            if (v is not (>= 0 and <= 1)) throw new ArgumentException($"expected p in 0..1, found {v}");
        var corrected = new double[p.Count];
        var (largest, left) = (0.0, p.Count);
        foreach (var i in Enumerable.Range(0, p.Count).OrderBy(i => p[i]))
            corrected[i] = largest = Math.Max(largest, Math.Min(1, p[i] * left--));
        return corrected;
    }

    private static double[] Differences(IReadOnlyList<double> a, IReadOnlyList<double> b)
    {
        Statistics.AtLeastOne(a);
        ArgumentNullException.ThrowIfNull(b);
        if (a.Count != b.Count)
            throw new ArgumentException($"expected pairs, found {a.Count} values against {b.Count}");
        double[] differences = [.. a.Zip(b, (x, y) => x - y)];
        return differences.All(double.IsFinite)
            ? differences
            : throw new ArgumentException("expected finite values, found one that is not");
    }

    private static long Count(double[] d, int i, double sum, double observed) => i == d.Length
        ? Math.Abs(sum) >= observed ? 1 : 0
        : Count(d, i + 1, sum + d[i], observed) + Count(d, i + 1, sum - d[i], observed);

    private static long Draw(double[] d, double observed, int seed, int draws)
    {
        var random = new Random(seed);
        var count = 0L;
        for (var n = 0; n < draws; n++)
        {
            var sum = 0.0;
            foreach (var v in d) sum += random.Next(2) == 0 ? v : -v;
            if (Math.Abs(sum) >= observed) count++;
        }
        return count;
    }
}
