using Vaal.Data;
using Vaal.Scoring;

namespace Vaal.Records;

/// <summary>Images where the VAE's latent space puts them, on its first two principal components.</summary>
/// <param name="Images">one a point; the others are in this order</param>
/// <param name="Labelled">whether the image had a label when the round began</param>
/// <param name="Scores">−logit of D: the higher, the less it looks labelled; empty where no D was trained</param>
/// <param name="Pool">images in the pool, of which these are a random sample if there are more</param>
internal sealed record LatentMap(
    IReadOnlyList<ImageNumber> Images, IReadOnlyList<float> X, IReadOnlyList<float> Y, IReadOnlyList<bool> Labelled,
        IReadOnlyList<float> Scores,
    double ExplainedX, double ExplainedY, int Pool)
{
    /// <summary>As many points as a page shows at once.</summary>
    public const int MostPoints = 10_000;

    /// <summary>Maps the pool, or a random sample of it that has every pick.</summary>
    /// <param name="judged">whether D has learned anything; in a cold start it has not</param>
    /// <param name="images">which images those of the pool are, by their ids in it</param>
    /// <param name="picks">ids in the pool</param>
    public static LatentMap Of(
        VaalNetworks networks, bool judged, Pool pool, IReadOnlyList<PoolImage> images, IReadOnlyList<int> picks,
        long seed, CancellationToken cancel = default)
    {
        int[] all = [.. pool.Labelled, .. pool.Unlabelled];
        var ids = Sample(all, picks, seed);
        using var latent = networks.Latent(pool.Images, ids, cancel: cancel);                           // (N, Z)
        var pca = Pca.Of(latent);
        return new([.. ids.Select(id => images[id].Number)], pca.X, pca.Y, [.. ids.Select(pool.IsLabelled)], judged
            ? networks.Judge(latent, ids)
            : [], pca.ExplainedX, pca.ExplainedY, all.Length);
    }

    internal static int[] Sample(int[] pool, IReadOnlyList<int> picks, long seed, int most = MostPoints)
    {
        if (pool.Length <= most) return pool;
        var chosen = picks.Take(most).ToHashSet();
        int[] others = [.. pool.Where(id => !chosen.Contains(id))];
        new Random((int)Seeds.Derive(seed, "map", 0)).Shuffle(others);
        return [.. chosen, .. others.Take(most - chosen.Count)];
    }
}
