using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// Suggestive annotation (Yang et al., MICCAI 2017): of the images that a committee is least sure of, those that
/// represent the unlabelled ones best, in the task model's features.
/// </summary>
internal sealed class SuggestiveAnnotationStrategy : IQueryStrategy
{
    /// <summary>Candidates for each image chosen: the paper takes 8 of 16.</summary>
    private const int Candidates = 2;

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        var unsure = new Spread()
            .Select(query with { Budget = (int)Math.Min(ids.Length, (long)Candidates * query.Budget) }).Ids;
        using var scope = NewDisposeScope();
        // (N, F)
        var pool = TaskFeatures.Of(query.Networks, query.Pool.Images, ids, query.Report, query.Cancel);
        // ids ascend
        var candidates = pool.index_select(0, tensor([.. unsure.Select(id => (long)Array.BinarySearch(ids, id))]));
        var order = Representatives.Choose(
            candidates, pool, query.Budget, Seeds.Derive(query.Seed, "represented", 0), query.Cancel);
        return new([.. order.Select(i => unsure[i])], []);
    }

    public string Reason(float? score) => "models disagree on it, and it is like many others";

    /// <summary>The standard deviation of the members' probabilities.</summary>
    private sealed class Spread : CommitteeStrategy
    {
        protected override Tensor Disagreement(Tensor p) => Uncertainty.MeanStd(p);
    }
}
