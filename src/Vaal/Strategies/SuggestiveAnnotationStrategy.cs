using Vaal.Heads;
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

    bool IQueryStrategy.NeedsNetwork(bool encoder) => !encoder;

    public Selection Select(Query query)
    {
        var ids = query.Pool.UnlabelledIds;
        if (ids.Length == 0) return new([], []);
        using var scope = NewDisposeScope();
        var most = (int)Math.Min(ids.Length, (long)Candidates * query.Budget);
        var (unsure, pool) = query.AsksHead ? OfEncoder(query, ids, most) : OfTaskModels(query, ids, most);
        // ids ascend
        var candidates = pool.index_select(0, tensor([.. unsure.Select(id => (long)Array.BinarySearch(ids, id))]));
        var order = FacilityLocation.Choose(
            candidates, pool, query.Budget, Seeds.Derive(query.Seed, "represented", 0), query.Cancel, query.Report);
        return new([.. order.Select(i => unsure[i])], []);
    }

    private static (IReadOnlyList<int> Unsure, Tensor Features) OfTaskModels(Query query, int[] ids, int most)
    {
        var unsure = new Spread().Select(query.With(budget: most)).Ids;
        // (N, F)
        return (unsure, TaskFeatures.Of(query.Networks, query.Pool.Images, ids, query.Report, query.Cancel));
    }

    // a committee of linear heads on the encoder's features, each fitted on a bootstrap of the labels, as in the paper
    private static (IReadOnlyList<int> Unsure, Tensor Features) OfEncoder(Query query, int[] ids, int most)
    {
        using var features = PoolFeatures.Of(query);
        var rows = features.ToUnitRows();
        var classes = PoolHead.Needed(query.Pool, features, rows, query.Cancel, query.Report).Classes;
        int[] labelled = [.. Enumerable.Range(ids.Length, rows.Count - ids.Length)
            .Where(row => query.Pool.ClassOf(features.Ids[row]) >= 0)];
        var pool = rows.Copy([.. Enumerable.Range(0, ids.Length)]);
        var fitted = new PhaseCount(query.Report, "fitting a committee", CommitteeStrategy.Members);
        Tensor[] members = [.. Enumerable.Range(0, CommitteeStrategy.Members).Select(member =>
        {
            var random = new Random((int)Seeds.Derive(query.Seed, "bootstrap", member));
            int[] drawn = [.. labelled.Select(_ => labelled[random.Next(labelled.Length)])];
            var head = LinearHead.Fit(HeadRows.Of(rows.Copy(drawn), rows.Width,
                [.. drawn.Select(row => query.Pool.ClassOf(features.Ids[row]))], classes), cancel: query.Cancel);
            var p = tensor(head.Probabilities(pool), [ids.Length, classes]);                            // (N, K)
            fitted.Add();
            return p;
        })];
        var spread = Uncertainty.MeanStd(stack(members)).to(ScalarType.Float32).data<float>().ToArray();
        return (TopB.Highest(ids, spread, most).Ids, tensor(pool, [ids.Length, rows.Width]));
    }

    public string Reason(float? score) => "models disagree on it, and it is like many others";

    /// <summary>The standard deviation of the members' probabilities.</summary>
    private sealed class Spread : CommitteeStrategy
    {
        protected override Tensor Disagreement(Tensor p) => Uncertainty.MeanStd(p);
    }
}
