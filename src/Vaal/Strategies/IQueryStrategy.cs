namespace Vaal.Strategies;

/// <summary>
/// A way to choose which images to label next. One file a strategy, one line in <c>QueryStrategies.cs</c>.
/// Implement this for whole-set methods; derive from <see cref="ScoringStrategy"/> when every image has a score of its own.
/// </summary>
public interface IQueryStrategy
{
    /// <summary>Chooses at most <see cref="Query.Budget"/> distinct unlabelled images; the same query, the same choice.
    /// Leaves the pool and the networks' train/eval mode as they were.</summary>
    Selection Select(Query query);
}
