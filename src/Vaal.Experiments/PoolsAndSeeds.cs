namespace Vaal.Experiments;

/// <summary>
/// Numbers at two levels, pools and seeds. With one pool the seeds are the units. With several pools both levels count
/// as drawn at random, and the mean is the mean of the pools' means. Its interval is Student's t over the pools' means.
/// If all pools have the same seeds, t over the seeds' means is computed too, and the wider interval counts. Either
/// level alone can be too narrow. Example: 3 pools, 10 seeds, and a spread between pools of a fifth of the noise. All
/// 30 pairs then cover the truth 84% of the time, the pools 94%, and the wider interval at least 95%.
/// </summary>
/// <param name="values">by pool and seed, in any order</param>
internal sealed class PoolsAndSeeds(IEnumerable<KeyValuePair<(string Pool, long Seed), double>> values)
{
    private readonly double[][] _levels = Levels([.. values.OrderBy(v => v.Key)]);

    /// <summary>The mean with its interval; NaN without a value.</summary>
    public Interval Mean => _levels.Length == 0
        ? Interval.Unbounded(double.NaN)
        : _levels.Select(Statistics.MeanInterval)
            .MaxBy(i => double.IsNaN(i.Low) ? double.PositiveInfinity : i.High - i.Low);

    /// <summary>p of the sign-flip test of values that are differences, at each level for itself; the larger one. NaN
    /// without a value.</summary>
    public double SignFlip => _levels.Length == 0 ? double.NaN : _levels.Max(units => PairedTests.SignFlip(units));

    /// <summary>The least p that so many pools and seeds can give.</summary>
    public double LeastP => _levels.Length == 0 ? double.NaN : _levels.Max(units => PairedTests.LeastP(units.Length));

    // the units of each level that counts
    private static double[][] Levels(KeyValuePair<(string Pool, long Seed), double>[] values)
    {
        var pools = values.GroupBy(v => v.Key.Pool).Select(g => g.ToArray()).ToArray();
        if (pools.Length <= 1) return [.. pools.Select(pool => pool.Select(v => v.Value).ToArray())];
        double[] means = [.. pools.Select(pool => pool.Average(v => v.Value))];
        long[] seeds = [.. pools[0].Select(v => v.Key.Seed)];
        if (seeds.Length == 1 || pools.Any(pool => !pool.Select(v => v.Key.Seed).SequenceEqual(seeds))) return [means];
        return [means, [.. seeds.Select((_, s) => pools.Average(pool => pool[s].Value))]];
    }
}
