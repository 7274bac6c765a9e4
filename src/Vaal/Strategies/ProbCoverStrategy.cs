using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// ProbCover (Yehuda et al., NeurIPS 2022, Algorithm 1): the image with the most images within a distance δ that no
/// labelled or chosen image covers yet. In <see cref="LoopOptions.Features"/>; made for very few labels, none included.
/// </summary>
internal sealed class ProbCoverStrategy : IQueryStrategy
{
    /// <summary>Balls of radius δ are this often pure, as in the paper.</summary>
    private const double Purity = 0.95;

    /// <summary>Clusters that stand for classes where nobody knows how many there are.</summary>
    private const int UsualClasses = 10;

    public bool NeedsLabels => false;

    public Selection Select(Query query)
    {
        if (query.Pool.Unlabelled.Count == 0) return new([], []);
        using var pool = PoolFeatures.Of(query);
        // of one class every ball is pure
        var classes = Math.Min(query.Networks.Classes > 1 ? query.Networks.Classes : UsualClasses, pool.Ids.Length);
        var cluster = KMeans.Cluster(
            pool.Features, classes, Seeds.Derive(query.Seed, "probcover", 0), query.Cancel, query.Report);
        var radius = Radius(pool.Features, cluster, query.Cancel, query.Report);
        var order = Choose(
            Within(pool.Features, radius, query.Cancel, query.Report), pool.Unlabelled,
            Math.Min(query.Budget, pool.Unlabelled), Seeds.Derive(query.Seed, "probcover", 1), query.Cancel,
            query.Report);
        return new([.. order.Select(i => pool.Ids[i])], []);
    }

    public string Reason(float? score) => "like many images, none of them like a labelled one";

    /// <summary>δ: the largest radius at which <see cref="Purity"/> of the balls hold one cluster only. A ball is pure
    /// up to the distance of the nearest point of another cluster, so this is a quantile of those distances.</summary>
    internal static double Radius(Tensor features, int[] cluster, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var of = tensor(cluster);
        double[] others = [.. Distances(features, (distances, start) =>
            distances.masked_fill(of.narrow(0, start, distances.shape[0]).unsqueeze(1).eq(of), double.PositiveInfinity)
                .amin(1).data<double>().ToArray(), "measuring distances", cancel, report)
            .SelectMany(d => d).Order()];
        return others[(int)((1 - Purity) * others.Length)];
    }

    /// <summary>The rows nearer than <paramref name="radius"/> to each row, itself included. Who covers whom is
    /// mutual: each pair is looked at once, as its two distances may differ by rounding.</summary>
    internal static int[][] Within(Tensor features, double radius, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var neighbours = Enumerable.Range(0, (int)features.shape[0]).Select(i => new List<int> { i }).ToArray();
        foreach (var pairs in Distances(features, Near, "comparing images", cancel, report))
            foreach (var (i, j) in pairs)
            {
                if (i >= j) continue;
                neighbours[i].Add(j);
                neighbours[j].Add(i);
            }
        return [.. neighbours.Select(n => n.ToArray())];

        IEnumerable<(int, int)> Near(Tensor distances, long start)
        {
            var near = (distances < radius).nonzero();                               // (pairs, 2)
            return near.shape[0] == 0 ? []                                           // an empty tensor has no data
                : near.data<long>().ToArray().Chunk(2).Select(p => ((int)(p[0] + start), (int)p[1]));
        }
    }

    /// <param name="within">the rows that each row covers; who covers whom is mutual</param>
    /// <param name="unlabelled">the first so many rows have no label</param>
    /// <param name="seed">of the draw among those that are left when everything is covered</param>
    internal static int[] Choose(
        int[][] within, int unlabelled, int budget, long seed, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        var (covered, taken) = (new bool[within.Length], new bool[unlabelled]);
        int[] gain = [.. within.Select(w => w.Length)];
        var (order, choosing) = (new List<int>(), new PhaseCount(report, "choosing", budget));
        for (var i = unlabelled; i < within.Length; i++) Cover(i);
        while (order.Count < budget)
        {
            cancel.ThrowIfCancellationRequested();
            var best = Enumerable.Range(0, unlabelled).MaxBy(i => taken[i] ? 0 : gain[i]);
            if (taken[best] || gain[best] <= 0) break;
            order.Add(best);
            taken[best] = true;
            Cover(best);
            choosing.Add();
        }
        choosing.End();
        int[] rest = [.. Enumerable.Range(0, unlabelled).Except(order)];
        new Random((int)seed).Shuffle(rest);
        return [.. order, .. rest.Take(budget - order.Count)];

        void Cover(int row)
        {
            foreach (var i in within[row].Where(i => !covered[i]))
            {
                covered[i] = true;
                foreach (var j in within[i]) gain[j]--;
            }
        }
    }

    private static List<T> Distances<T>(Tensor features, Func<Tensor, long, T> of, string phase,
        CancellationToken cancel, Action<TrainEvent>? report)
    {
        var (points, results) = (features.to(ScalarType.Float64), new List<T>());
        var compared = new PhaseCount(report, phase, points.shape[0]);
        var rows = Math.Max(1, (1 << 23) / points.shape[0]);
        for (var start = 0L; start < points.shape[0]; start += rows)
        {
            cancel.ThrowIfCancellationRequested();
            using var block = NewDisposeScope();
            var count = Math.Min(rows, points.shape[0] - start);
            results.Add(of(cdist(points.narrow(0, start, count), points), start));
            compared.Add(count);
        }
        return results;
    }
}
