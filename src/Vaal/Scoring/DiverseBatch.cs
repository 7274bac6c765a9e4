using Vaal.Data;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// A batch whose images differ: scores alone tend to take one picture many times over. Look-alikes are kept apart before a
/// strategy chooses, by offering it one image of each group; what it likes best is then thinned out in latent space.
/// </summary>
internal static class DiverseBatch
{
    /// <summary>
    /// The unlabelled images to choose from: one of each group of near-duplicates, the one with the lowest id. A group that
    /// already has a labelled image, or one that waits for its label, comes in only where there are not enough others.
    /// </summary>
    /// <param name="group">of an image: the number of its group, or null</param>
    /// <param name="waiting">unlabelled images that an earlier round chose; they are not offered again</param>
    /// <returns>ids, ascending</returns>
    public static int[] Offer(Pool pool, Func<int, int?> group, IReadOnlySet<int> waiting, int budget)
    {
        var covered = pool.Labelled.Concat(waiting).Select(group).OfType<int>().ToHashSet();
        var taken = new HashSet<int>();
        var (fresh, others) = (new List<int>(), new List<int>());
        foreach (var id in pool.Unlabelled.Where(id => !waiting.Contains(id)))
        {
            var of = group(id);
            if (of is { } number && !taken.Add(number)) continue;
            (of is { } g && covered.Contains(g) ? others : fresh).Add(id);
        }
        return fresh.Count >= budget ? [.. fresh] : [.. fresh.Concat(others).Order()];
    }

    /// <summary>
    /// <paramref name="budget"/> of a strategy's favourites, far from each other in latent space; the very best is the first.
    /// </summary>
    /// <param name="favourites">best first, more of them than the budget</param>
    /// <param name="latent">μ of each favourite, (N, Z)</param>
    public static Selection ThinOut(Selection favourites, Tensor latent, int budget)
    {
        if (favourites.Ids.Count <= budget) return favourites;
        var (order, _) = KCenter.Greedy(latent, budget);
        return new([.. order.Select(i => favourites.Ids[i])], [.. order.Select(i => favourites.Scores[i])]);
    }
}
