using Vaal.Scoring;

namespace Vaal.Strategies;

/// <summary>A batch of images that differ, of a strategy whose favourites may be all alike.</summary>
internal static class Diverse
{
    /// <summary>Most candidates for each image that is chosen.</summary>
    public const int MostCandidates = 1_000;

    /// <summary>What a strategy chooses; of one that judges images alone, so many times the budget are asked for, and those taken that lie far from each other:
    /// in the VAE's latent where there is one, else in the task model's features.</summary>
    /// <param name="candidates">1: the favourites as they are</param>
    public static Selection Select(IQueryStrategy strategy, Query query, int candidates)
    {
        if (!strategy.JudgesAlone) return strategy.Select(query);
        var favourites = strategy.Select(query with { Budget = (int)Math.Min(query.Pool.Unlabelled.Count, (long)query.Budget * candidates) });
        if (favourites.Ids.Count <= query.Budget) return favourites;
        using var latent = query.Networks.TrainedLatent is { } vaal
            ? vaal.Latent(query.Pool.Images, favourites.Ids, cancel: query.Cancel)
            : TaskFeatures.Of(query.Networks, query.Pool.Images, favourites.Ids, cancel: query.Cancel);   // no VAE is trained only to thin out
        return DiverseBatch.ThinOut(favourites, latent, query.Budget);
    }

    /// <summary>What is wrong with a number of candidates; null: nothing.</summary>
    public static string? Problem(int candidates) => candidates is < 1 or > MostCandidates ? $"candidates are {candidates} times the budget; it must be 1 to {MostCandidates} times" : null;
}
