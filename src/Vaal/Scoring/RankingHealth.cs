using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// What the VAE and the discriminator have learned, measured on images that were kept out of their training.
/// A collapsed posterior or an AUC of one half means that the ranking is no better than drawing at random.
/// </summary>
/// <param name="HeldOutAuc">probability that D holds a held-out labelled image for more labelled than a held-out unlabelled one; NaN without any</param>
/// <param name="ActiveUnits">latent dimensions whose μ varies over images by more than 0.01 (Burda et al. 2016)</param>
/// <param name="Kl">KL(q(z|x) ‖ N(0, 1)), nats an image</param>
/// <param name="ReconstructionMse">mean squared error a pixel value, inputs in [-1, 1]</param>
/// <param name="MeanImageMse">the same for the mean image: what a VAE that has learned nothing reaches</param>
public sealed record RankingHealth(double HeldOutAuc, int ActiveUnits, double Kl, double ReconstructionMse, double MeanImageMse)
{
    private const int MaxImages = 2_000;

    /// <summary>Measures on the held-out images, or on part of the pool where nothing was held out.</summary>
    public static RankingHealth Measure(VaalNetworks networks, ImageSet images, long seed)
    {
        ArgumentNullException.ThrowIfNull(networks);
        int[] held = [.. networks.HeldOutLabelled, .. networks.HeldOutUnlabelled];
        var auc = held.Length == 0 ? double.NaN : Auc(networks, images, seed);
        var sample = held.Length > 0 ? held : [.. Enumerable.Range(0, images.Count)];
        new Random((int)Seeds.Derive(seed, "health", 0)).Shuffle(sample);
        return MeasureVae(networks, images, sample[..Math.Min(MaxImages, sample.Length)]) with { HeldOutAuc = auc };
    }

    private static double Auc(VaalNetworks networks, ImageSet images, long seed)
    {
        var labelled = networks.Score(images, networks.HeldOutLabelled, seed);
        var unlabelled = networks.Score(images, networks.HeldOutUnlabelled, seed);
        return Experiments.Ranks.Auc([.. unlabelled], [.. labelled]).Estimate;
    }

    private static RankingHealth MeasureVae(VaalNetworks networks, ImageSet images, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var eval = networks.Vae.Evaluating();
        using var inference = inference_mode();
        var mean = ids.Chunk(256).Select(part => Augment.Normalise(images.Batch(part)).sum([0])).Aggregate((a, b) => a + b) / ids.Length;
        var (mus, kl, recon, baseline) = (new List<Tensor>(), 0.0, 0.0, 0.0);
        foreach (var part in ids.Chunk(256))
        {
            var x = Augment.Normalise(images.Batch(part));                                           // (B, C, S, S)
            var y = networks.Vae.call(x.to(networks.Device), zeros(part.Length, networks.Vae.LatentDim, device: networks.Device));
            mus.Add(y.Mu.cpu());
            kl += VaalTrainer.Divergence(y, ElboScale.Summed).item<float>() * part.Length;
            recon += (y.Recon.cpu() - x).square().sum().item<float>();
            baseline += (x - mean).square().sum().item<float>();
        }
        var active = (int)cat(mus).var(0).gt(0.01).sum().item<long>();
        var values = (double)ids.Length * images.ImageBytes;
        return new RankingHealth(double.NaN, active, kl / ids.Length, recon / values, baseline / values);
    }
}
