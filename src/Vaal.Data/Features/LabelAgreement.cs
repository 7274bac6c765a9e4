namespace Vaal.Data.Features;

/// <summary>
/// Do the features know the classes? How often the labelled image that is most like a labelled one has the same class,
/// by the cosine of features less the mean, set against chance as Cohen's kappa does (1960): 0 is chance, 1 is always.
/// Where it is low, distances do not follow the classes, and choosing by them gains little (docs/results/no-gain.md).
/// </summary>
internal static class LabelAgreement
{
    /// <summary>Labels that are needed for an answer.</summary>
    public const int Fewest = 20;

    /// <summary>Labels that are asked, at most.</summary>
    private const int Asked = 1_000;

    /// <param name="pool">rows that stand for the pool; those that have no features are left out</param>
    /// <param name="labelled">rows with a label of one class</param>
    public static Interval? Of(FeatureRows rows, int[] pool, IReadOnlyList<(int Row, string Class)> labelled,
        CancellationToken cancel = default)
    {
        var known = labelled.Where(l => rows.Has(l.Row)).ToList();
        if (known.Count < Fewest) return null;
        var mean = Cosines.Mean(rows.Rows([.. pool.Where(rows.Has)]), rows.Dim);
        return Of(Cosines.Unit(rows.Rows([.. known.Select(l => l.Row)]), mean), rows.Dim,
            [.. known.Select(l => l.Class)], cancel);
    }

    /// <param name="rows">(N, F): features of the labelled images, less the pool's mean, each of length 1</param>
    /// <param name="classes">N: their classes</param>
    /// <returns>how far above chance, with a 95% interval (Wilson's, of the share); null: there are fewer than
    /// <see cref="Fewest"/> labels, or one class has all of them</returns>
    public static Interval? Of(float[] rows, int width, IReadOnlyList<string> classes,
        CancellationToken cancel = default)
    {
        var count = classes.Count;
        var byChance = classes.CountBy(c => c).Sum(c => (double)c.Value * (c.Value - 1))
            / ((double)count * (count - 1));
        if (count < Fewest || byChance == 1) return null;
        int[] asked = [.. Enumerable.Range(0, count)];
        if (count > Asked)
        {
            new Random((int)Seeds.Derive(1, "label agreement", count)).Shuffle(asked);
            asked = asked[..Asked];
        }
        var same = new bool[asked.Length];
        Parallel.For(0, asked.Length, new ParallelOptions { CancellationToken = cancel },
            i => same[i] = classes[Nearest(asked[i])] == classes[asked[i]]);
        var share = Statistics.Wilson(same.Count(s => s), same.Length);
        return new(Above(share.Estimate), Above(share.Low), Above(share.High));

        double Above(double part) => (part - byChance) / (1 - byChance);

        int Nearest(int image)
        {
            var own = rows.AsSpan(image * width, width);
            var (best, nearest) = (float.NegativeInfinity, -1);
            for (var j = 0; j < count; j++)
            {
                if (j == image || Cosines.Dot(own, rows.AsSpan(j * width, width)) is var c && c <= best) continue;
                (best, nearest) = (c, j);
            }
            return nearest;
        }
    }
}
