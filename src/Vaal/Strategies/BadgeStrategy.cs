using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// BADGE (Ash et al., ICLR 2020, Algorithm 1): k-means++ on the gradients of the loss, at the task model's last layer,
/// that each image would give were its likeliest class its label. Long where the model is unsure, far apart where
/// images differ.
/// </summary>
internal sealed class BadgeStrategy : IQueryStrategy
{
    bool IQueryStrategy.NeedsNetwork(bool encoder) => !encoder;

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        using var scope = NewDisposeScope();
        var (features, p) = query.AsksHead ? EncodedPool.Of(query) : OfTaskModel(query, ids);
        using var inference = inference_mode();
        var residual = p - nn.functional.one_hot(p.argmax(1), p.shape[1]);           // ∂loss/∂logits
        var order = KCenter.PlusPlus(
            residual, features, query.Budget, Seeds.Derive(query.Seed, "badge", 0), query.Cancel, query.Report);
        return new([.. order.Select(i => ids[i])], []);
    }

    private static EncodedPool OfTaskModel(Query query, int[] ids)
    {
        var task = query.Networks.Task;                                              // trained before gradients are off
        using var inference = inference_mode();
        var features = TaskFeatures.Of(query.Networks, query.Pool.Images, ids, query.Report, query.Cancel);
        return new(features, task.Classify(features.to(query.Networks.Device)).cpu().to(ScalarType.Float64).softmax(1));
    }

    public string Reason(float? score) => "the model is unsure, and it is unlike the rest of the batch";
}
