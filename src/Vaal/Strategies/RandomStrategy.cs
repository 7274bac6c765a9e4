
namespace Vaal.Strategies;

/// <summary>The baseline that a strategy has to beat: every unlabelled image is equally likely.</summary>
internal sealed class RandomStrategy : IQueryStrategy
{
    public bool NeedsLabels => false;

    public string Reason(float? score) => "drawn at random";

    public Selection Select(Query query)
    {
        int[] ids = [.. query.Pool.Unlabelled];
        new Random((int)query.Seed).Shuffle(ids);
        return new Selection(ids[..Math.Min(query.Budget, ids.Length)], []);
    }
}
