using Vaal.Data;
using Vaal.Strategies;

namespace Vaal;

/// <summary>
/// Watches a run of <see cref="ActiveLearningLoop"/> and keeps what it wants of it. This one keeps nothing.
/// </summary>
internal class RunObserver
{
    /// <summary>Tells this run from any other: everything that decides its results.</summary>
    public virtual string Identity => "";

    /// <summary>Folder where trainings save their state now and then; null: nowhere.</summary>
    public virtual string? Checkpoints => null;

    /// <summary>The rounds that were finished before, in order; the run goes on after them.</summary>
    public virtual IReadOnlyList<RoundResult> Rounds() => [];

    /// <summary>A round has chosen; its networks are still there.</summary>
    /// <param name="round">0-based</param>
    /// <param name="images">the whole pool</param>
    /// <param name="picks">ids, best first; empty after the last round</param>
    public virtual void Chosen(int round, Networks networks, ImageSet images, IReadOnlyList<int> picks)
    {
    }

    /// <summary>A round is finished: its picks are labelled.</summary>
    /// <param name="rounds">all rounds so far, in order</param>
    /// <param name="images">the whole pool</param>
    public virtual void Finished(IReadOnlyList<RoundResult> rounds, ImageSet images)
    {
    }

    /// <summary>The rounds of <see cref="Rounds"/> cannot have happened.</summary>
    /// <param name="what">why</param>
    public virtual InputException Damaged(string what) => new($"the rounds so far are damaged ({what})");

    /// <summary>Picks of an earlier round, where they can have been chosen.</summary>
    internal IEnumerable<int> Trusted(IEnumerable<int> picks, Pool pool)
    {
        foreach (var id in picks)
            yield return id >= 0 && id < pool.Images.Count && !pool.IsLabelled(id) ? id
                : throw Damaged($"image {id} cannot have been chosen");
    }
}
