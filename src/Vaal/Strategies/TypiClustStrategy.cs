using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// TypiClust (Hacohen, Dekel and Weinshall, ICML 2022, Algorithm 1): as many clusters as there will be labels, and from
/// each that has fewest labels the image whose neighbours are nearest. In <see cref="LoopOptions.Features"/>; made for
/// very few labels, none included.
/// </summary>
internal sealed class TypiClustStrategy : IQueryStrategy
{
    /// <summary>The authors' constants: clusters at most, neighbours, and the size up to which they drop a cluster. It
    /// is left for last here.</summary>
    private const int MostClusters = 500, Neighbours = 20, Small = 5;

    public bool NeedsLabels => false;

    public Selection Select(Query query)
    {
        if (query.Pool.Unlabelled.Count == 0) return new([], []);
        using var pool = PoolFeatures.Of(query);
        var budget = Math.Min(query.Budget, pool.Unlabelled);
        var clusters = Math.Min(pool.Ids.Length - pool.Unlabelled + budget, MostClusters);
        var cluster = KMeans.Cluster(
            pool.Features, clusters, Seeds.Derive(query.Seed, "typiclust", 0), query.Cancel, query.Report);
        var order = Choose(pool.Features, cluster, pool.Unlabelled, budget, query.Cancel, query.Report);
        return new([.. order.Select(i => pool.Ids[i])], []);
    }

    public string Reason(float? score) => "typical of a cluster with few labels";

    /// <param name="features">(N, F)</param>
    /// <param name="cluster">of each row</param>
    /// <param name="unlabelled">the first so many rows have no label</param>
    /// <returns>rows in the order of choosing</returns>
    internal static int[] Choose(
        Tensor features, int[] cluster, int unlabelled, int budget, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        var free = Enumerable.Range(0, unlabelled).GroupBy(i => cluster[i]).ToDictionary(g => g.Key, g => g.ToList());
        var size = cluster.CountBy(c => c).ToDictionary();
        var labels = cluster.Skip(unlabelled).CountBy(c => c).ToDictionary();
        int[] inTurn = [
            .. free.Keys.OrderBy(c => size[c] <= Small).ThenBy(c => labels.GetValueOrDefault(c))
            .ThenByDescending(c => size[c]).ThenBy(c => c)];
        var (order, choosing) = (new List<int>(), new PhaseCount(report, "choosing", budget));
        while (order.Count < budget)
        {
            var turn = inTurn.Select(c => free[c]).Where(m => m.Count > 0).Take(budget - order.Count).ToList();
            foreach (var members in turn)
            {
                cancel.ThrowIfCancellationRequested();
                var next = MostTypical(features, members);
                order.Add(members[next]);
                members.RemoveAt(next);
                choosing.Add();
            }
        }
        return [.. order];
    }

    // the least mean distance to the nearest neighbours in the cluster
    private static int MostTypical(Tensor features, List<int> members)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        // (M, F)
        var points = features.index_select(0, tensor([.. members.Select(i => (long)i)])).to(ScalarType.Float64);
        var neighbours = Math.Min(Neighbours, Math.Max(members.Count / 2, 1));
        if (members.Count == 1) return 0;
        var mean = cat([.. points.split(1_024).Select(rows =>
        {
            using var block = NewDisposeScope();
            return cdist(rows, points).topk(neighbours + 1, -1, largest: false).values.sum([1]).div(neighbours)
                .to(ScalarType.Float32).MoveToOuterDisposeScope();
        })]);
        return (int)mean.argmin().item<long>();
    }
}
