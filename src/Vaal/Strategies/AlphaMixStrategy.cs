using Vaal.Data;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// ALFA-Mix (Parvaneh et al., CVPR 2022, Algorithm 1). Candidates are images whose predicted class changes when a
/// little of the labelled images' features is mixed into theirs. The nearest to each of b cluster centres is chosen.
/// </summary>
internal sealed class AlphaMixStrategy : IQueryStrategy
{
    /// <summary>The authors' steps of ε: 1/32, 2/32, … 1, until there are more candidates than the budget.</summary>
    private const int Steps = 32;

    public string Reason(float? score) =>
        "its class changes when labelled images' features are mixed in, and it is unlike the rest of the batch";

    public bool NeedsImageClasses => true;

    bool IQueryStrategy.NeedsNetwork(bool encoder) => !encoder;

    public Selection Select(Query query)
    {
        var (unlabelled, labelled) = (query.Pool.UnlabelledIds, query.Pool.LabelledIds);
        if (unlabelled.Length == 0) return new([], []);
        using var scope = NewDisposeScope();
        var (ours, epsilon) = query.Features.OfEncoder ? OfEncoder(query) : OfTaskModel(query, unlabelled, labelled);
        using var inference = inference_mode();
        var candidates = Candidates(epsilon, query.Budget);
        var order = Spread(query, ours, candidates, Seeds.Derive(query.Seed, "alpha-mix", 0));
        int[] rest = [.. Enumerable.Range(0, unlabelled.Length).Except(order)];
        // too few candidates: the rest is drawn
        new Random((int)Seeds.Derive(query.Seed, "alpha-mix rest", 0)).Shuffle(rest);
        return new([.. order.Concat(rest.Take(query.Budget - order.Length)).Select(i => unlabelled[i])], []);
    }

    private static (Tensor Features, double[] Epsilon) OfTaskModel(Query query, int[] unlabelled, int[] labelled)
    {
        var net = query.Networks;
        // trained before gradients are off
        var task = net.Task;
        using var inference = inference_mode();
        var features =
            TaskFeatures.Of(net, query.Pool.Images, [.. unlabelled, .. labelled], query.Report, query.Cancel);
        var ours = features.narrow(0, 0, unlabelled.Length);                          // (N, F)
        var anchors = Anchors(features.narrow(0, unlabelled.Length, labelled.Length), query.Pool, task.Classes);
        return (ours, LabelFlips.LeastEpsilon(task, ours, anchors, net.Device, query.Cancel));
    }

    // the last layer is a linear head on the encoder's features
    private static (Tensor Features, double[] Epsilon) OfEncoder(Query query)
    {
        using var pool = PoolFeatures.Of(query);
        var rows = pool.ToUnitRows();
        var head = PoolHead.Needed(query.Pool, pool, rows, query.Cancel, query.Report);
        var features = tensor(rows.Copy([.. Enumerable.Range(0, rows.Count)]), [rows.Count, rows.Width]);
        var ours = features.narrow(0, 0, pool.Unlabelled);                            // (N, F)
        var anchors = Anchors(
            features.narrow(0, pool.Unlabelled, rows.Count - pool.Unlabelled), query.Pool, head.Classes);
        var (weights, intercepts) = head.Coefficients();
        using var w = tensor(weights, [head.Classes, head.Width]);
        using var b = tensor(intercepts, [1, head.Classes]);
        return (ours, LabelFlips.LeastEpsilon(w.t(), b, ours, anchors, query.Cancel));
    }

    /// <summary>The mean features of each class; of a class that nobody has labelled yet, the mean of all, (K,
    /// F).</summary>
    /// <param name="features">of the labelled images, in the order of their ids</param>
    internal static Tensor Anchors(Tensor features, Pool pool, int classes)
    {
        using var scope = NewDisposeScope();
        var x = features.to(ScalarType.Float64);
        return stack([.. Enumerable.Range(0, classes).Select(c =>
        {
            long[] rows =
                [.. pool.LabelledIds.Index().Where(p => pool.ClassOf(p.Item) == c).Select(p => (long)p.Index)];
            return (rows.Length == 0 ? x : x.index_select(0, tensor(rows))).mean([0]);
        })]).MoveToOuterDisposeScope();
    }

    /// <summary>The rows whose class changes at the least step of ε at which more of them do than the budget.</summary>
    internal static int[] Candidates(double[] epsilon, int budget)
    {
        int[] rows = [];
        for (var step = 1; step <= Steps && rows.Length <= budget; step++)
            rows = [.. Enumerable.Range(0, epsilon.Length).Where(i => epsilon[i] < (double)step / Steps)];
        return rows;
    }

    // k-means on the directions of the features; from each cluster the nearest to its mean
    private static int[] Spread(Query query, Tensor features, int[] rows, long seed)
    {
        if (rows.Length == 0) return [];
        var directions = nn.functional.normalize(
            features.index_select(0, tensor(Array.ConvertAll(rows, i => (long)i))).to(ScalarType.Float64), dim: 1);
        var cluster = KMeans.Cluster(
            directions, Math.Min(query.Budget, rows.Length), seed, query.Cancel, query.Report);
        return [.. cluster.Index().GroupBy(p => p.Item, p => p.Index).OrderBy(g => g.Key)
            .Select(members => rows[Nearest(directions, [.. members])])];
    }

    private static int Nearest(Tensor points, int[] members)
    {
        using var step = NewDisposeScope();
        var those = points.index_select(0, tensor(Array.ConvertAll(members, i => (long)i)));
        return members[(int)(those - those.mean([0])).square().sum([1]).argmin().item<long>()];
    }
}
