using System.Globalization;
using Vaal.Scoring;

namespace Vaal.Strategies;

/// <summary>
/// Core-set (Sener and Savarese, ICLR 2018, Algorithm 1): the image farthest from all labelled and chosen ones in the
/// task model's penultimate features, b times over. Greedy; the paper's mixed-integer refinement is left out, as it
/// gains little there and does not scale.
/// </summary>
internal sealed class CoreSetStrategy : IQueryStrategy
{
    bool IQueryStrategy.NeedsNetwork(bool encoder) => !encoder;

    public Selection Select(Query query)
    {
        var (labelled, unlabelled) = (query.Pool.LabelledIds, query.Pool.UnlabelledIds);
        if (unlabelled.Length == 0) return new([], []);
        using var features = query.Features.OfEncoder ? EncodedPool.Rows(query) : OfTaskModel(query);
        using var ours = features.narrow(0, 0, unlabelled.Length);
        using var covered = features.narrow(0, unlabelled.Length, labelled.Length);
        var (order, distances) = KCenter.Greedy(ours, query.Budget, covered, query.Cancel, query.Report);
        return new(
            [.. order.Select(i => unlabelled[i])], labelled.Length == 0 ? [] : [.. distances.Select(d => (float)d)]);
    }

    private static TorchSharp.torch.Tensor OfTaskModel(Query query) =>
        TaskFeatures.Of(query.Networks, query.Pool.Images,
        [.. query.Pool.UnlabelledIds, .. query.Pool.LabelledIds], query.Report, query.Cancel);

    public string Reason(float? score) => score is { } d
        ? string.Create(CultureInfo.InvariantCulture, $"unlike all labelled or chosen images (distance {d:0.00})")
        : "unlike all chosen images";
}
