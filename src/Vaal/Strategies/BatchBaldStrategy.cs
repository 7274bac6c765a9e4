using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>BatchBALD (Kirsch et al., NeurIPS 2019): the batch whose classes together tell most about the weights, over passes with dropout.
/// Made for small batches.</summary>
internal sealed class BatchBaldStrategy : IQueryStrategy
{
    public bool NeedsImageClasses => true;

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        var (task, net) = (query.Networks.Task, query.Networks);                      // trained before gradients are off
        using var scope = NewDisposeScope();
        var (passes, batch) = (DropoutStrategy.Passes, 0);
        var rows = PoolScorer.Score(query.Pool.Images, ids, x =>
        {
            using var random = new Generator((ulong)Seeds.Derive(query.Seed, "dropout passes", batch++));
            return DropoutPasses.Probabilities(task, x, passes, random).transpose(0, 1).flatten(1);       // (B, T·K)
        }, net.Device, query.Report, query.Cancel, passes * task.Classes);
        var p = tensor(rows, [ids.Length, passes, task.Classes]).transpose(0, 1).to(ScalarType.Float64);   // (T, N, K)
        return new([.. JointInformation.Choose(p, query.Budget, Seeds.Derive(query.Seed, "batch-bald", 0), query.Cancel).Select(i => ids[i])], []);
    }

    public string Reason(float? score) => "passes disagree on it, and not as on the rest of the batch";
}
