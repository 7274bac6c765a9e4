using Vaal.Coverage;

namespace Vaal.Strategies;

/// <summary>
/// UHerding (Bae et al., ICLR 2025): coverage that counts each image by how unsure a linear head on the same features
/// is of it, 1 − (p₁ − p₂). If images have several classes, it is the mean of 1 − |2p − 1| over the classes (Esuli and
/// Sebastiani, ECIR 2009). With fewer than two labelled classes it is <see cref="CoverageStrategy"/>.
/// </summary>
/// <param name="spreads">the head also learns from labels that spread over the pool, where that is expected to help
/// (docs/results/transductive.md)</param>
internal sealed class UncertaintyCoverageStrategy(bool spreads = false) : CoveringStrategy
{
    public override bool NeedsImageClasses => true;

    public override string Reason(float? score) =>
        $"covers {Share(score)} of the uncertain images that labelled images do not cover";

    private protected override float[]? Weights(Query query, PoolFeatures pool, UnitRows rows)
    {
        var fitted = spreads ? PoolHead.Spreading(query.Pool, pool, rows, query.Seed, query.Cancel)
            : PoolHead.Fit(query.Pool, pool, rows, query.Cancel, query.Report);
        if (fitted is not { } head) return null;
        var weights = new float[pool.Ids.Length];                                     // of labelled images nobody asks
        PoolHead.EachBlock(pool, rows, (start, x) =>
        {
            var p = head.Probabilities(x);
            for (var i = 0; i < p.Length / head.Classes; i++) weights[start + i] =
                head.MultiLabel ? UnsureOfSeveral(p.AsSpan(i * head.Classes, head.Classes))
                    : 1 - Margin(p.AsSpan(i * head.Classes, head.Classes));
        }, query.Cancel, query.Report);
        return weights;
    }

    /// <summary>The mean over the classes of 1 − |2p − 1|: 0 where each is certain, 1 where none is.</summary>
    internal static float UnsureOfSeveral(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p) sum += 1 - Math.Abs(2 * value - 1);
        return (float)(sum / p.Length);
    }

    /// <summary>p₁ − p₂, the two highest probabilities.</summary>
    internal static float Margin(ReadOnlySpan<double> p)
    {
        var (first, second) = (0.0, 0.0);
        foreach (var value in p)
        {
            if (value > first) (first, second) = (value, first);
            else if (value > second) second = value;
        }
        return (float)(first - second);
    }
}
