using Vaal.Data;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>
/// A batch whose images differ: scores alone tend to take similar pictures many times. Before a strategy chooses, it is
/// offered only one image of each group of near-duplicates. Of its best candidates, those are taken that lie far from
/// each other and from labelled images. Distances are in what the strategy chose by: the VAE's latent space, an
/// encoder's features or the task model's. Where it chose by none of them, small pictures are compared.
/// </summary>
internal static class DiverseBatch
{
    /// <summary>Most candidates for each image that is chosen.</summary>
    public const int MostCandidates = 1_000;

    /// <summary>Pixels at each side of a small picture.</summary>
    private const int Side = 8;

    /// <summary>What is wrong with a number of candidates; null: nothing.</summary>
    public static string? Problem(int candidates) => candidates is < 1 or > MostCandidates
        ? $"candidates are {candidates} times the budget; it must be 1 to {MostCandidates} times"
        : null;

    /// <summary>What a strategy chooses. Of one that judges images alone, so many times the budget are asked for and
    /// thinned out; a strategy that makes a batch of its own is left as it is.</summary>
    /// <param name="candidates">1: the best images as they are</param>
    /// <param name="name">of the strategy, for messages; null: its type's</param>
    public static Selection Select(IQueryStrategy strategy, Query query, int candidates, string? name = null)
    {
        if (!strategy.JudgesAlone) return Ask(strategy, query, name);
        var asked = (int)Math.Min(query.Pool.Unlabelled.Count, (long)query.Budget * candidates);
        var favourites = Ask(strategy, query.With(budget: asked), name);
        if (favourites.Ids.Count <= query.Budget) return favourites;
        using var scope = NewDisposeScope();
        var (latent, labelled) = Places(strategy, query, favourites.Ids);
        return ThinOut(favourites, latent, query.Budget, labelled, query.Cancel, query.Report);
    }

    /// <summary>What a strategy chooses, as it comes: one of the user's own may choose what cannot be.</summary>
    /// <exception cref="InputException">it did</exception>
    public static Selection Ask(IQueryStrategy strategy, Query query, string? name = null)
    {
        var selection = strategy.Select(query);
        if (Mistake(selection, query) is not { } found) return selection;
        var most = Math.Min(query.Budget, query.Pool.Unlabelled.Count);
        throw new InputException($"the strategy '{name ?? strategy.GetType().Name}': expected "
            + (most > 1 ? $"1 to {most} different unlabelled images" : "1 unlabelled image")
            + $", with a score for each or none, found {found}");
    }

    private static string? Mistake(Selection? selection, Query query)
    {
        if (selection is not { Ids: { } ids, Scores: { } scores }) return "null";
        var unlabelled = query.Pool.UnlabelledIds;
        if (ids.Count == 0 && unlabelled.Length > 0) return "no image";
        if (ids.Count > query.Budget) return Counted.Of(ids.Count, "image");
        var seen = new HashSet<int>();
        foreach (var id in ids)
        {
            if (Array.BinarySearch(unlabelled, id) < 0)
                return $"image {id}, which {(query.Pool.IsLabelled(id) ? "has a label" : "is not in the pool")}";
            if (!seen.Add(id)) return $"image {id} twice";
        }
        if (scores.Count > 0 && scores.Count != ids.Count)
            return $"{Counted.Of(scores.Count, "score")} for {Counted.Of(ids.Count, "image")}";
        return scores.Index().Where(s => float.IsNaN(s.Item)).Select(s => $"NaN as the score of image {ids[s.Index]}")
            .FirstOrDefault();
    }

    // no network is trained only to thin out, but for a strategy that asks a task model of its own (learning-loss)
    private static (Tensor Favourites, Tensor Labelled) Places(
        IQueryStrategy strategy, Query query, IReadOnlyList<int> favourites)
    {
        var (images, unlabelled, labelled) = (query.Pool.Images, query.Pool.UnlabelledIds, query.Pool.LabelledIds);
        var asksNetwork = strategy.NeedsNetwork(query.AsksHead);
        if (query.Networks.TrainedLatent is not null || !query.Features.OfEncoder || asksNetwork)
            return (Place(favourites), Place(labelled));
        var rows = EncodedPool.Rows(query);
        // ids ascend
        long[] chosen = [.. favourites.Select(id => (long)Array.BinarySearch(unlabelled, id))];
        return (rows.index_select(0, tensor(chosen)), rows.narrow(0, unlabelled.Length, labelled.Length));

        Tensor Place(IReadOnlyList<int> ids) => query.Networks.TrainedLatent is { } vaal
            ? vaal.Latent(images, ids, query.Report, query.Cancel)
            : asksNetwork || query.Networks.HasTask
            ? TaskFeatures.Of(query.Networks, images, ids, query.Report, query.Cancel)
            : SmallPictures(query, [.. ids]);
    }

    // (N, C · 64)
    private static Tensor SmallPictures(Query query, int[] ids)
    {
        var columns = query.Pool.Images.Channels * Side * Side;
        var values = PoolPass.Score(query.Pool.Images, ids, x => nn.functional.adaptive_avg_pool2d(x, Side).flatten(1),
            CPU, query.Report, query.Cancel, columns, "comparing small pictures");
        return tensor(values, [ids.Length, columns]);
    }

    /// <summary>
    /// The unlabelled images to choose from: one of each group of near-duplicates, the one with the lowest id. A
    /// group that already has a labelled image, or one that waits for its label, comes in only where there are not
    /// enough others.
    /// </summary>
    /// <param name="images">which images those of the pool are, by their ids in it</param>
    /// <param name="waiting">unlabelled images that an earlier round chose; they are not offered again</param>
    /// <returns>ids, ascending</returns>
    public static int[] Offer(
        Pool pool, IReadOnlyList<PoolImage> images, IReadOnlySet<int> waiting, int budget)
    {
        var covered = pool.Labelled.Concat(waiting).Select(id => images[id].Group).OfType<int>().ToHashSet();
        var taken = new HashSet<int>();
        var (fresh, others) = (new List<int>(), new List<int>());
        foreach (var id in pool.Unlabelled.Where(id => !waiting.Contains(id)))
        {
            var group = images[id].Group;
            if (group is { } first && !taken.Add(first)) continue;
            (group is { } known && covered.Contains(known) ? others : fresh).Add(id);
        }
        return fresh.Count >= budget ? [.. fresh] : [.. fresh.Concat(others).Order()];
    }

    /// <summary>
    /// <paramref name="budget"/> of a strategy's best images, by k-center greedy: each step takes the one farthest from
    /// the labelled images and from those chosen so far.
    /// </summary>
    /// <param name="favourites">best first, more of them than the budget</param>
    /// <param name="latent">of each favourite, (N, Z)</param>
    /// <param name="labelled">of the labelled images, (M, Z); none: the very best is the first</param>
    public static Selection ThinOut(
        Selection favourites, Tensor latent, int budget, Tensor? labelled = null, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        if (favourites.Ids.Count <= budget) return favourites;
        var covered = labelled is { } given && given.shape[0] > 0 ? given : null;
        var (order, _) = KCenter.Greedy(latent, budget, covered, cancel, report);
        return new([.. order.Select(i => favourites.Ids[i])],
            favourites.Scores.Count == 0 ? [] : [.. order.Select(i => favourites.Scores[i])]);
    }
}
