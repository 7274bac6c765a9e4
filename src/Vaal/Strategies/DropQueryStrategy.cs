using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Heads;
using Vaal.Scoring;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Vaal.Strategies;

/// <summary>
/// DropQuery (Gupte et al., TMLR 2024). Candidates are images whose predicted class changes when most of their features
/// are dropped. They are clustered into as many clusters as the budget, and the image nearest to each mean is chosen.
/// With fewer than two labelled classes every image is a candidate.
/// </summary>
internal sealed class DropQueryStrategy : IQueryStrategy
{
    /// <summary>The authors' constants: passes, and the share of features that each drops.</summary>
    private const int Passes = 3;
    private const double Dropped = 0.75;

    public bool NeedsLabels => false;

    public bool NeedsImageClasses => true;

    public string Reason(float? score) =>
        "its class changes when features are left out, and it is typical of such images";

    public Selection Select(Query query)
    {
        if (query.Pool.Unlabelled.Count == 0) return new([], []);
        using var pool = PoolFeatures.Of(query);
        var rows = pool.ToUnitRows();
        var budget = Math.Min(query.Budget, pool.Unlabelled);
        var head = PoolHead.Fit(query.Pool, pool, rows, query.Cancel, query.Report);
        int[] all = [.. Enumerable.Range(0, pool.Unlabelled)];
        var candidates = head is null ? all
            : Changed(
                head, pool, rows, Seeds.Derive(query.Seed, "drop-query passes", 0), query.Cancel, query.Report);
        var picks = Typical(query, rows, candidates, Math.Min(budget, candidates.Length),
            Seeds.Derive(query.Seed, "drop-query", 0));
        // clusters may be empty, and candidates too few
        int[] rest = [.. candidates.Except(picks), .. all.Except(candidates)];
        var random = new Random((int)Seeds.Derive(query.Seed, "drop-query rest", 0));
        random.Shuffle(rest.AsSpan(candidates.Length - picks.Length));
        return new([.. picks.Concat(rest).Take(budget).Select(i => pool.Ids[i])], []);
    }

    /// <summary>Rows whose class changes in more than half of the passes.</summary>
    internal static int[] Changed(LinearHead head, PoolFeatures pool, UnitRows rows, long seed,
        CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        var (changed, random, k) = (new List<int>(), new Random((int)seed), head.Classes);
        PoolHead.EachBlock(pool, rows, (start, x) =>
        {
            int[] whole = Likeliest(head.Logits(x), k), changes = new int[whole.Length];
            var (kept, draws) = (new float[x.Length], new byte[x.Length]);
            for (var pass = 0; pass < Passes; pass++)
            {
                random.NextBytes(draws);
                for (var i = 0; i < x.Length; i++) kept[i] = draws[i] < Dropped * 256 ? 0 : x[i] / (float)(1 - Dropped);
                int[] now = Likeliest(head.Logits(kept), k);
                for (var i = 0; i < now.Length; i++) changes[i] += now[i] == whole[i] ? 0 : 1;
            }
            for (var i = 0; i < changes.Length; i++)
                if (2 * changes[i] > Passes) changed.Add(start + i);
        }, cancel, report);
        return [.. changed];
    }

    private static int[] Likeliest(double[] logits, int classes) =>
        [.. Enumerable.Range(0, logits.Length / classes)
            .Select(i => TensorPrimitives.IndexOfMax(logits.AsSpan(i * classes, classes)))];

    // largest cluster first
    private static int[] Typical(Query query, UnitRows rows, int[] candidates, int clusters, long seed)
    {
        if (clusters == 0) return [];
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var x = tensor(rows.Copy(candidates), [candidates.Length, rows.Width]);
        int[] cluster = KMeans.Cluster(x, clusters, seed, query.Cancel, query.Report);
        var groups = cluster.Index().GroupBy(p => p.Item, p => p.Index);
        return [.. groups.OrderByDescending(g => g.Count()).ThenBy(g => g.Key)
            .Select(members => candidates[Nearest(x, [.. members])])];
    }

    private static int Nearest(Tensor x, int[] members)
    {
        using var step = NewDisposeScope();
        var those = x.index_select(0, tensor(Array.ConvertAll(members, i => (long)i))).to(ScalarType.Float64);
        return members[(int)(those - those.mean([0])).square().sum([1]).argmin().item<long>()];
    }
}
