using System.Globalization;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// BatchBALD (Kirsch et al., NeurIPS 2019): the batch whose classes together tell most about the weights, over passes
/// with dropout. T passes tell at most ln T nats, so it is made for small batches.
/// </summary>
internal sealed class BatchBaldStrategy : IQueryStrategy
{
    /// <summary>T, passes over the pool: the authors' number. The information of a batch cannot exceed ln 100 = 4.6
    /// nats.</summary>
    public const int Passes = 100;

    private static readonly double Bound = Math.Log(Passes);

    public bool NeedsImageClasses => true;

    bool IQueryStrategy.NeedsNetwork(bool encoder) => true;

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        var (task, net) = (query.Networks.Task, query.Networks);                     // trained before gradients are off
        using var scope = NewDisposeScope();
        var seed = DropoutStrategy.MaskSeed(query);
        var rows = PoolPass.Score(query.Pool.Images, ids,
            x => DropoutPasses.Probabilities(task, x, Passes, seed).transpose(0, 1).flatten(1),         // (B, T·K)
            net.Device, query.Report, query.Cancel, Passes * task.Classes);
        var p = tensor(rows, [ids.Length, Passes, task.Classes]).transpose(0, 1).to(ScalarType.Float64);   // (T, N, K)
        var (order, added) = JointInformation.Choose(
            p, query.Budget, Seeds.Derive(query.Seed, "batch-bald", 0), query.Cancel, query.Report);
        return new([.. order.Select(i => ids[i])], [.. added.Select(nats => (float)nats)]);
    }

    public string Reason(float? score) => score >= 0.005
        ? string.Create(CultureInfo.InvariantCulture, $"adds {score:0.00} nats of information to the batch")
        : string.Create(CultureInfo.InvariantCulture,
            $"adds less than 0.01 nats of information to the batch; {Passes} passes can give at most {Bound:0.0}");
}
