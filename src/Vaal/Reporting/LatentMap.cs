using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Reporting;

/// <summary>Images where the VAE's latent space puts them, on its first two principal components.</summary>
/// <param name="Images">ids, one a point; the others are in this order</param>
/// <param name="Labelled">whether the image had a label when the round began</param>
/// <param name="Scores">−logit of D: the higher, the less it looks labelled; empty where no D was trained</param>
/// <param name="Pool">images in the pool, of which these are a random sample if there are more</param>
public sealed record LatentMap(
    IReadOnlyList<int> Images, IReadOnlyList<float> X, IReadOnlyList<float> Y, IReadOnlyList<bool> Labelled, IReadOnlyList<float> Scores,
    double ExplainedX, double ExplainedY, int Pool)
{
    /// <summary>As many points as a page shows at once.</summary>
    public const int MostPoints = 10_000;

    private const int Batch = 256;

    /// <summary>Maps the pool, or a random sample of it that has every pick.</summary>
    /// <param name="d">null: there is none, as in a cold start</param>
    /// <param name="images">what the ids are positions in; <see cref="Images"/> has positions too</param>
    public static LatentMap Of(Vae vae, Discriminator? d, ImageSet images, IReadOnlyList<int> labelled, IReadOnlyList<int> unlabelled, IReadOnlyList<int> picks, Device device, long seed, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(vae);
        ArgumentNullException.ThrowIfNull(images);
        images = images.Squared(vae.Size);
        var known = labelled.ToHashSet();
        int[] ids = Sample([.. labelled, .. unlabelled], picks, seed);
        using var scope = NewDisposeScope();
        using var eval = vae.Evaluating();
        using var inference = inference_mode();
        var (latent, scores) = (new List<Tensor>(), new List<float>(ids.Length));
        foreach (var part in ids.Chunk(Batch))
        {
            cancel.ThrowIfCancellationRequested();
            using var batch = NewDisposeScope();
            var mu = vae.Mean(Augment.Normalise(images.Batch(part).to(device)));                        // (B, Z)
            if (d is not null) scores.AddRange((-d.call(mu).squeeze(1)).to(ScalarType.Float32).cpu().data<float>());
            latent.Add(mu.to(ScalarType.Float32).cpu().MoveToOuterDisposeScope());
        }
        var pca = Pca.Of(latent.Count == 0 ? zeros(0, 1) : cat(latent));                                // (N, Z)
        return new(ids, pca.X, pca.Y, [.. ids.Select(known.Contains)], scores, pca.ExplainedX, pca.ExplainedY, labelled.Count + unlabelled.Count);
    }

    /// <summary>The same map with other ids: <paramref name="ids"/>[position].</summary>
    public LatentMap WithIds(Func<int, int> ids) => this with { Images = [.. Images.Select(ids)] };

    internal static int[] Sample(int[] pool, IReadOnlyList<int> picks, long seed, int most = MostPoints)
    {
        if (pool.Length <= most) return pool;
        var chosen = picks.Take(most).ToHashSet();
        int[] others = [.. pool.Where(id => !chosen.Contains(id))];
        new Random((int)Seeds.Derive(seed, "map", 0)).Shuffle(others);
        return [.. chosen, .. others.Take(most - chosen.Count)];
    }
}
