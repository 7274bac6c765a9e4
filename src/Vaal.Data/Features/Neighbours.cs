namespace Vaal.Data.Features;

/// <summary>
/// What every row's neighbours say of it: images that are nearly the same, and images that are like no other. Rows are
/// compared by the cosine less the mean, each with each.
/// </summary>
/// <param name="Pairs">rows that are nearly the same, the first before the second</param>
/// <param name="Fifth">of each row the cosine to its fifth neighbour, −1..1</param>
internal sealed record Neighbours(IReadOnlyList<(int A, int B)> Pairs, float[] Fifth)
{
    /// <summary>Rows whose cosine is at least this are near-duplicates: docs/results/near-duplicates.md.</summary>
    public const float Near = 0.95f;

    /// <summary>Rows that are compared at most: their number of pairs grows with the square.</summary>
    public const int MostRows = 20_000;

    private const int Counted = 5;

    /// <summary>
    /// An outlier's cosine to its fifth neighbour lies this many interquartile ranges below the lower quartile
    /// (Tukey 1977).
    /// </summary>
    private const double Fences = 1.5;

    /// <param name="values">(N, F)</param>
    public static Neighbours Of(float[] values, int width, CancellationToken cancel = default)
    {
        var (n, x) = (values.Length / width, Cosines.Unit([.. values], Cosines.Mean(values, width)));
        var (fifth, pairs) = (new float[n], new List<(int, int)>[n]);
        Parallel.For(0, n, new ParallelOptions { CancellationToken = cancel }, i =>
        {
            var (best, near) = (Enumerable.Repeat(-1f, Counted).ToArray(), new List<(int, int)>());
            var row = x.AsSpan(i * width, width);
            for (var j = 0; j < n; j++)
            {
                if (j == i) continue;
                var cosine = Cosines.Dot(row, x.AsSpan(j * width, width));
                if (j > i && cosine >= Near) near.Add((i, j));
                if (cosine <= best[0]) continue;
                best[0] = cosine;
                Array.Sort(best);
            }
            (fifth[i], pairs[i]) = (best[0], near);
        });
        return new([.. pairs.SelectMany(p => p)], fifth);
    }

    /// <summary>Rows that are like no other, the strangest first; of fewer than twenty rows none.</summary>
    public IReadOnlyList<int> Outliers()
    {
        if (Fifth.Length < 4 * Counted) return [];
        float[] sorted = [.. Fifth.Order()];
        var (low, high) = (sorted[sorted.Length / 4], sorted[sorted.Length * 3 / 4]);
        var fence = low - Fences * (high - low);
        return [.. Enumerable.Range(0, Fifth.Length).Where(i => Fifth[i] < fence).OrderBy(i => Fifth[i])];
    }
}
