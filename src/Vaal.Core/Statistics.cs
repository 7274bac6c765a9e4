using MathNet.Numerics.Distributions;

namespace Vaal;

/// <summary>Means and proportions with 95% confidence intervals.</summary>
internal static class Statistics
{
    private const double Upper = 0.975;

    /// <summary>The 97.5% quantile of the normal distribution, 1.96.</summary>
    internal static readonly double Z = Normal.InvCDF(0, 1, Upper);

    public static double Mean(IReadOnlyList<double> values)
    {
        AtLeastOne(values);
        return values.Sum() / values.Count;
    }

    /// <summary>Sample standard deviation (n − 1); NaN for a single value.</summary>
    public static double StandardDeviation(IReadOnlyList<double> values)
    {
        var mean = Mean(values);
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1));
    }

    /// <summary>Mean with Student's t interval: mean ± t(n−1) · s / √n. A single value has no interval.</summary>
    public static Interval MeanInterval(IReadOnlyList<double> values)
    {
        var mean = Mean(values);
        if (values.Count == 1) return Interval.Unbounded(mean);
        var half = StudentT.InvCDF(0, 1, values.Count - 1, Upper) * StandardDeviation(values) / Math.Sqrt(values.Count);
        return new(mean, mean - half, mean + half);
    }

    /// <summary>Linear interpolation between order statistics (type 7, the default of R and NumPy).</summary>
    /// <param name="p">0..1</param>
    public static double Quantile(IReadOnlyList<double> values, double p)
    {
        AtLeastOne(values);
        ArgumentOutOfRangeException.ThrowIfNegative(p);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(p, 1);
        double[] sorted = [.. values.Order()];
        var at = p * (sorted.Length - 1);
        var below = (int)at;
        return below + 1 == sorted.Length ? sorted[below] : double.Lerp(sorted[below], sorted[below + 1], at - below);
    }

    /// <summary>Mean with a percentile bootstrap interval.</summary>
    public static Interval Bootstrap(IReadOnlyList<double> values, int seed, int resamples = 10_000)
    {
        AtLeastOne(values);
        return Bootstrap(values.Count, picks => picks.Sum(i => values[i]) / picks.Count, seed, resamples);
    }

    /// <summary>
    /// Percentile bootstrap of any statistic of <paramref name="count"/> independent units (runs, seeds, pools):
    /// it is given the numbers of the units drawn, with replacement.
    /// </summary>
    public static Interval Bootstrap(int count, Func<IReadOnlyList<int>, double> statistic, int seed, int resamples = 10_000)
    {
        ArgumentNullException.ThrowIfNull(statistic);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 1);
        int[] picks = [.. Enumerable.Range(0, count)];
        var estimate = statistic(picks);
        if (count == 1) return Interval.Unbounded(estimate);
        var random = new Random(seed);
        var draws = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            for (var i = 0; i < count; i++) picks[i] = random.Next(count);
            draws[r] = statistic(picks);
        }
        return new(estimate, Quantile(draws, 1 - Upper), Quantile(draws, Upper));
    }

    /// <summary>Wilson's interval for a proportion: the accuracy on a test set of <paramref name="trials"/> images.</summary>
    public static Interval Wilson(int successes, int trials)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(trials, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(successes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(successes, trials);
        double n = trials, p = successes / n, z2 = Z * Z;
        var centre = (p + z2 / (2 * n)) / (1 + z2 / n);
        var half = Z / (1 + z2 / n) * Math.Sqrt(p * (1 - p) / n + z2 / (4 * n * n));
        return new(p, successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half);
    }

    internal static void AtLeastOne(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0) throw new ArgumentException("no values; at least one was wanted");
    }
}
