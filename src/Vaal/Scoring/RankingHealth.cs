using MathNet.Numerics.Distributions;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// What the VAE and the discriminator have learned, measured on images that were kept out of their training.
/// A collapsed posterior or an AUC of one half means that the ranking is no better than drawing at random;
/// <see cref="HealthVerdict"/> says so in words.
/// </summary>
/// <param name="HeldOutAuc">probability that D holds a held-out labelled image for more labelled than a held-out unlabelled one; NaN without any</param>
/// <param name="ActiveUnits">latent dimensions whose μ varies over images by more than 0.01 (Burda et al. 2016)</param>
/// <param name="Kl">KL(q(z|x) ‖ N(0, 1)), nats an image</param>
/// <param name="ReconstructionMse">mean squared error a pixel value, inputs in [-1, 1]</param>
/// <param name="MeanImageMse">the same for the mean image: what a VAE that has learned nothing reaches</param>
public sealed record RankingHealth(double HeldOutAuc, int ActiveUnits, double Kl, double ReconstructionMse, double MeanImageMse)
{
    private const int MaxImages = 2_000;

    /// <summary>The highest scores are this share of all.</summary>
    private const double Top = 0.1;

    /// <summary>DeLong's 95% interval of <see cref="HeldOutAuc"/>: its lower end.</summary>
    public double AucLow { get; init; } = double.NaN;

    /// <summary>DeLong's 95% interval of <see cref="HeldOutAuc"/>: its upper end.</summary>
    public double AucHigh { get; init; } = double.NaN;

    /// <summary>Labelled images that the AUC was measured on.</summary>
    public int HeldOutLabelled { get; init; }

    /// <summary>Unlabelled images that the AUC was measured on.</summary>
    public int HeldOutUnlabelled { get; init; }

    /// <summary>Share of the held-out images with the highest scores, where the picks come from, that are labelled; where there is
    /// nothing to find it is that of all held-out images.</summary>
    public double TopLabelled { get; init; } = double.NaN;

    /// <summary>Chance of so few labelled images among the highest scores if there is nothing to find (hypergeometric, exact).
    /// Sees a few images that stand out, which hardly move an AUC.</summary>
    public double TopChance { get; init; } = double.NaN;

    /// <summary>Nats an image for each latent dimension, Z of them; they come to <see cref="Kl"/>.</summary>
    public IReadOnlyList<double> KlPerUnit { get; init; } = [];

    /// <summary>Standard deviation of D's logits over held-out unlabelled images; near 0: all look alike to D.</summary>
    public double ScoreSpread { get; init; } = double.NaN;

    /// <summary>Spearman's correlation of two scorings of the same pictures, the second moved by one pixel (in train-mode ranking: under
    /// other chance).</summary>
    public double Agreement { get; init; } = double.NaN;

    /// <summary>Spearman's correlation of the scores after two trainings that differ in their seed; NaN where there was one.</summary>
    public double SeedAgreement { get; init; } = double.NaN;

    /// <summary>Measures on the held-out images, or on part of the pool where nothing was held out.</summary>
    /// <param name="pool">ids to measure on where nothing was held out; null: all</param>
    public static RankingHealth Measure(VaalNetworks networks, ImageSet images, long seed, IReadOnlyList<int>? pool = null)
    {
        ArgumentNullException.ThrowIfNull(networks);
        ArgumentNullException.ThrowIfNull(images);
        images = images.Squared(networks.Vae.Size);
        int[] held = [.. networks.HeldOutLabelled, .. networks.HeldOutUnlabelled];
        var sample = held.Length > 0 ? held : [.. pool ?? [.. Enumerable.Range(0, images.Count)]];
        new Random((int)Seeds.Derive(seed, "health", 0)).Shuffle(sample);
        var vae = MeasureVae(networks, images, sample[..Math.Min(MaxImages, sample.Length)]);
        return held.Length == 0 ? vae : MeasureD(vae, networks, images, seed);
    }

    /// <summary>The same, with the rank agreement of these networks and of others, trained with another seed.</summary>
    /// <param name="unlabelled">ids to compare the two scorings on; part of them is enough</param>
    internal RankingHealth ComparedWith(VaalNetworks other, VaalNetworks networks, ImageSet images, int[] unlabelled, long seed)
    {
        int[] sample = [.. unlabelled];
        new Random((int)Seeds.Derive(seed, "seed agreement", 0)).Shuffle(sample);
        sample = sample[..Math.Min(MaxImages, sample.Length)];
        return this with { SeedAgreement = Correlation(networks.Score(images, sample, seed), other.Score(images, sample, seed)) };
    }

    private static RankingHealth MeasureD(RankingHealth vae, VaalNetworks networks, ImageSet images, long seed)
    {
        var labelled = networks.Score(images, networks.HeldOutLabelled, seed);
        var unlabelled = networks.Score(images, networks.HeldOutUnlabelled, seed);
        var auc = Ranks.Auc([.. unlabelled], [.. labelled]);
        var bar = Statistics.Quantile([.. labelled, .. unlabelled], 1 - Top);
        var (top, topLabelled) = (labelled.Concat(unlabelled).Count(s => s > bar), labelled.Count(s => s > bar));
        return vae with
        {
            TopLabelled = top == 0 ? double.NaN : (double)topLabelled / top,
            TopChance = top == 0 ? 1 : Hypergeometric.CDF(labelled.Length + unlabelled.Length, labelled.Length, top, topLabelled),
            HeldOutAuc = auc.Estimate,
            AucLow = auc.Low,
            AucHigh = auc.High,
            HeldOutLabelled = labelled.Length,
            HeldOutUnlabelled = unlabelled.Length,
            ScoreSpread = Statistics.StandardDeviation([.. unlabelled]),
            Agreement = Correlation(unlabelled, networks.ScoreAgain(images, networks.HeldOutUnlabelled, seed)),
        };
    }

    private static double Correlation(float[] a, float[] b) => Ranks.Spearman([.. a], [.. b]);

    private static RankingHealth MeasureVae(VaalNetworks networks, ImageSet images, int[] ids)
    {
        using var scope = NewDisposeScope();
        using var eval = networks.Vae.Evaluating();
        using var inference = inference_mode();
        // dim by name: a bare 0 is the enum's first ScalarType to the compiler, and sums everything into one byte
        var mean = ids.Chunk(256).Select(part => Augment.Normalise(images.Batch(part)).sum(dim: 0)).Aggregate((a, b) => a + b) / ids.Length;
        var (mus, recon, baseline) = (new List<Tensor>(), 0.0, 0.0);
        var kl = zeros(networks.Vae.LatentDim, ScalarType.Float64);
        foreach (var part in ids.Chunk(256))
        {
            var x = Augment.Normalise(images.Batch(part));                                           // (B, C, S, S)
            var y = networks.Vae.call(x.to(networks.Device), zeros(part.Length, networks.Vae.LatentDim, device: networks.Device));
            mus.Add(y.Mu.cpu());
            kl += VaalObjective.DivergencePerUnit(y).sum(dim: 0).to(ScalarType.Float64).cpu();              // (Z)
            recon += (y.Recon.cpu() - x).square().sum().item<float>();
            baseline += (x - mean).square().sum().item<float>();
        }
        var active = (int)cat(mus).var(0).gt(0.01).sum().item<long>();
        double[] perUnit = [.. kl.div(ids.Length).data<double>()];
        var values = (double)ids.Length * images.ImageBytes;
        return new RankingHealth(double.NaN, active, perUnit.Sum(), recon / values, baseline / values) { KlPerUnit = perUnit };
    }
}
