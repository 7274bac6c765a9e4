using System.Globalization;
using Vaal.Coverage;

namespace Vaal.Strategies;

/// <summary>
/// Chooses greedily what covers most of the pool that no labelled image covers yet (<see cref="GreedyCover"/>), in the
/// features of <see cref="LoopOptions.Features"/>. Needs no labels and no classes; labelled images count as covered.
/// </summary>
internal abstract class CoveringStrategy : IQueryStrategy
{
    /// <summary>Images of a larger pool that may be chosen, drawn at random; the sum stands for the pool in any case.
    /// They gain nearly what all would (docs/results/performance.md).</summary>
    internal const int MostCandidates = 1 << 16;

    public bool NeedsLabels => false;

    public Selection Select(Query query)
    {
        if (query.Pool.Unlabelled.Count == 0) return new([], []);
        using var pool = PoolFeatures.Of(query);
        var (rows, seed) = (pool.ToUnitRows(), Seeds.Derive(query.Seed, "coverage", 0));
        var budget = Math.Min(query.Budget, pool.Unlabelled);
        int[] candidates = Candidates(pool.Unlabelled, budget, seed);
        int[] labelled = [.. Enumerable.Range(pool.Unlabelled, pool.Ids.Length - pool.Unlabelled)];
        var cover = new GreedyCover(rows, candidates, labelled, budget,
            Like(query, rows, labelled.Length, budget, seed), seed, cancel: query.Cancel, report: query.Report);
        var (picks, gains) =
            cover.Choose(budget, Weights(query, pool, rows), cancel: query.Cancel, report: query.Report);
        return new([.. picks.Select(i => pool.Ids[i])], [.. gains.Select(g => (float)g)]);
    }

    /// <summary>Which of so many unlabelled rows may be chosen, ascending.</summary>
    internal static int[] Candidates(int unlabelled, int budget, long seed) =>
        GreedyCover.Sampled([.. Enumerable.Range(0, unlabelled)], Math.Max(MostCandidates, 4 * budget),
            Seeds.Derive(seed, "candidates", 0));

    /// <summary>A share of what no labelled image covers: it divides by what a label costs.</summary>
    public double Benefit(float score) => score;

    public virtual bool NeedsImageClasses => false;

    public abstract string Reason(float? score);

    /// <summary>A share in words: of a large pool an image covers little, and still something.</summary>
    private protected static string Share(float? score) =>
        score < 0.001f ? "less than 0.1%" : string.Create(CultureInfo.InvariantCulture, $"{score:0.0%}");

    /// <summary>How alike two images are.</summary>
    /// <param name="labelled">how many images have a label</param>
    private protected virtual Likeness Like(Query query, UnitRows rows, int labelled, int budget, long seed) =>
        Likeness.Gaussian(GreedyCover.Sigma(rows, labelled, budget, seed, query.Cancel, query.Report));

    /// <summary>What it is worth to cover each row; null: the same of all.</summary>
    private protected virtual float[]? Weights(Query query, PoolFeatures pool, UnitRows rows) => null;
}
