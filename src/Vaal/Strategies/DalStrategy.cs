using Vaal.Coverage;
using Vaal.Heads;
using Vaal.Scoring;

namespace Vaal.Strategies;

/// <summary>
/// Discriminative active learning (Gissin and Shalev-Shwartz 2019): a classifier learns to tell labelled from
/// unlabelled images by their features, and takes those that are unlabelled most surely. It is fitted again after each
/// tenth of the batch, which then counts as labelled.
/// </summary>
internal sealed class DalStrategy : IQueryStrategy
{
    /// <summary>The authors' number of slices.</summary>
    private const int Slices = 10;

    /// <summary>Unlabelled rows for each labelled one that the classifier learns from, and at least.</summary>
    private const int PerLabel = 10, Fewest = 2_000;

    /// <summary>Weak, so that the classifier does not learn the images by heart: the authors stop early.</summary>
    private static readonly LinearHeadOptions Options = new() { C = 1, Balanced = true, Tolerance = 1e-2 };

    public Selection Select(Query query)
    {
        if (query.Pool.Unlabelled.Count == 0) return new([], []);
        using var pool = PoolFeatures.Of(query);
        var rows = pool.ToUnitRows();
        var budget = Math.Min(query.Budget, pool.Unlabelled);
        var slices = Math.Min(Slices, budget);
        var labelled = Enumerable.Range(pool.Unlabelled, pool.Ids.Length - pool.Unlabelled).ToList();
        var (left, picks, head) = (Enumerable.Range(0, pool.Unlabelled).ToList(), new List<int>(), (LinearHead?)null);
        var random = new Random((int)Seeds.Derive(query.Seed, "dal", 0));
        var choosing = new PhaseCount(query.Report, "choosing", budget);
        for (var slice = 0; slice < slices; slice++)
        {
            query.Cancel.ThrowIfCancellationRequested();
            head = Apart(rows, labelled, left, head, random, query.Cancel);
            var scores = new float[pool.Unlabelled];                                 // of being unlabelled
            PoolHead.EachBlock(pool, rows, (start, x) =>
            {
                var p = head.Probabilities(x);
                for (var i = 0; i < p.Length / 2; i++) scores[start + i] = (float)p[2 * i + 1];
            }, query.Cancel);
            int[] taken = [.. left.OrderByDescending(i => scores[i]).ThenBy(i => i)
                .Take(MiniQueries.SizeOf(budget, slices, slice))];
            picks.AddRange(taken);
            choosing.Add(taken.Length);
            labelled.AddRange(taken);
            left = [.. left.Except(taken)];
        }
        return new([.. picks.Select(i => pool.Ids[i])], []);
    }

    public string Reason(float? score) => "its features differ from those of all labelled or chosen images";

    // class 0: labelled, class 1: not
    private static LinearHead Apart(UnitRows rows, List<int> labelled, List<int> left, LinearHead? warm, Random random,
        CancellationToken cancel)
    {
        int[] others = [.. left];
        var most = Math.Max(Fewest, PerLabel * labelled.Count);
        if (others.Length > most)
        {
            random.Shuffle(others);
            Array.Resize(ref others, most);
        }
        int[] both = [.. labelled, .. others];
        int[] classes = [.. both.Select((_, i) => i < labelled.Count ? 0 : 1)];
        return LinearHead.Fit(HeadRows.Of(rows, both, classes, 2), Options, warm, cancel);
    }
}
