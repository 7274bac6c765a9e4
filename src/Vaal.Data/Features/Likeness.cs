namespace Vaal.Data.Features;

/// <summary>How alike images are by their features: the cosine of rows less the mean of the pool, −1..1.</summary>
internal sealed class Likeness
{
    private const int Block = 1_024;
    private readonly FeatureRows _rows;
    private readonly double[] _mean;

    /// <param name="rows">stay the caller's</param>
    public Likeness(FeatureRows rows) => (_rows, _mean) = (rows, MeanOf(rows));

    /// <summary>Of one row to every row; NaN of an image without features.</summary>
    /// <param name="query">of any image, F numbers of the same encoder</param>
    public double[] To(ReadOnlySpan<Half> query, CancellationToken cancel = default)
    {
        var (x, cosines) = (Centred(query), new double[_rows.Count]);
        var options = new ParallelOptions { CancellationToken = cancel };
        Parallel.For(0, (_rows.Count + Block - 1) / Block, options, block =>
        {
            for (var i = block * Block; i < Math.Min(_rows.Count, (block + 1) * Block); i++)
                cosines[i] = _rows.Has(i) ? Cosine(x, Centred(_rows[i])) : double.NaN;
        });
        return cosines;
    }

    private double[] Centred(ReadOnlySpan<Half> row)
    {
        var x = new double[row.Length];
        for (var f = 0; f < x.Length; f++) x[f] = (double)row[f] - _mean[f];
        return x;
    }

    // 0 where a row equals the mean: it is like nothing
    private static double Cosine(double[] x, double[] y)
    {
        var (xy, xx, yy) = (0.0, 0.0, 0.0);
        for (var f = 0; f < x.Length; f++)
        {
            xy += x[f] * y[f];
            xx += x[f] * x[f];
            yy += y[f] * y[f];
        }
        return xx > 0 && yy > 0 ? Math.Clamp(xy / Math.Sqrt(xx * yy), -1, 1) : 0;
    }

    // of each block first, so that the sum does not depend on the number of threads
    private static double[] MeanOf(FeatureRows rows)
    {
        var sums = new (int Count, double[] Sum)[(rows.Count + Block - 1) / Block];
        Parallel.For(0, sums.Length, block =>
        {
            var (count, sum) = (0, new double[rows.Dim]);
            for (var i = block * Block; i < Math.Min(rows.Count, (block + 1) * Block); i++)
            {
                if (!rows.Has(i)) continue;
                var row = rows[i];
                for (var f = 0; f < sum.Length; f++) sum[f] += (double)row[f];
                count++;
            }
            sums[block] = (count, sum);
        });
        var (all, mean) = (Math.Max(1, sums.Sum(s => s.Count)), new double[rows.Dim]);
        foreach (var (_, sum) in sums) for (var f = 0; f < mean.Length; f++) mean[f] += sum[f] / all;
        return mean;
    }
}
