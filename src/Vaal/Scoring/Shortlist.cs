
namespace Vaal.Scoring;

/// <summary>
/// The best of a pool by scores that are expensive to compute. Cheap scores with a small error find the candidates;
/// every candidate gets its exact score, and only exact scores decide. The error of the cheap scores is measured in the
/// same run, on their best images and on a random sample. <see cref="Slack"/> times the worst of these errors is used
/// as the bound for all others.
/// </summary>
internal static class Shortlist
{
    private const int Sample = 512;

    /// <summary>The worst of 512 normal errors is about 3 standard deviations; twice that, one in a thousand million is
    /// beyond.</summary>
    private const double Slack = 2;

    /// <summary>What <see cref="TopB.Highest"/> gives for the exact scores of all images.</summary>
    /// <param name="rough">of each id</param>
    /// <param name="exact">the exact scores of some ids</param>
    /// <param name="seed">of the random sample</param>
    public static Selection Highest(int[] ids, float[] rough, Func<int[], float[]> exact, int budget, long seed)
    {
        var (scores, known) = (new float[ids.Length], new bool[ids.Length]);
        var (count, error) = (0, 0.0);
        int[] order = [.. Enumerable.Range(0, ids.Length)];
        new Random((int)seed).Shuffle(order);
        var sample = order[..Math.Min(Sample, order.Length)];
        Array.Sort(Array.ConvertAll(order, i => -rough[i]), order);
        Score([.. order.Take((int)Math.Min(2L * budget, order.Length)).Union(sample)]);
        while (count < ids.Length)
        {
            var cut = TopB.Highest(Known(ids), Known(scores), budget).Scores is { Count: > 0 } best
                ? best[^1]
                : float.PositiveInfinity;
            int[] near = [.. order.Where(i => !known[i] && !(rough[i] + Slack * error < cut))];
            if (near.Length == 0) break;
            Score(near);
        }
        return TopB.Highest(Known(ids), Known(scores), budget);

        void Score(int[] rows)
        {
            rows = [.. rows.Order()];                                                // as they lie in the file
            foreach (var (i, score) in rows.Zip(exact([.. rows.Select(i => ids[i])])))
            {
                (scores[i], known[i], count) = (score, true, count + 1);
                error = Math.Max(error, Math.Abs((double)rough[i] - score));
            }
        }

        T[] Known<T>(T[] all) => [.. all.Where((_, i) => known[i])];
    }
}
