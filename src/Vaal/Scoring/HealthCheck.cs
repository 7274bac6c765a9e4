using MathNet.Numerics.Distributions;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// Measures a ranking's <see cref="RankingHealth"/>: the networks on images that were kept out of their training, and
/// the labels against the pool.
/// </summary>
internal static class HealthCheck
{
    /// <summary>The highest scores are this share of all.</summary>
    private const double Top = 0.1;

    /// <summary>Most images of each side that are compared.</summary>
    private const int MostCompared = 5_000;

    private const int MaxImages = 2_000;

    /// <summary>Measures on the held-out images, or on part of the pool where nothing was held out.</summary>
    /// <param name="pool">ids to measure on where nothing was held out; null: all</param>
    public static RankingHealth Measure(
        VaalNetworks networks, ImageSet images, long seed, IReadOnlyList<int>? pool = null)
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
    internal static RankingHealth ComparedWith(
        this RankingHealth health, VaalNetworks other, VaalNetworks networks, ImageSet images, int[] unlabelled,
        long seed)
    {
        int[] sample = [.. unlabelled];
        new Random((int)Seeds.Derive(seed, "seed agreement", 0)).Shuffle(sample);
        sample = sample[..Math.Min(MaxImages, sample.Length)];
        var (own, others) = (networks.Score(images, sample, seed), other.Score(images, sample, seed));
        return health with { SeedAgreement = Correlation(own, others) };
    }

    /// <summary>Whether the labels are a fair sample of the pool, by the principal components of the features, or of
    /// the pixels where there are none. That trains no network, so that no image is judged by what it was trained
    /// on.</summary>
    /// <param name="unchosen">labelled images that no strategy chose, which are compared with all others; null: all
    /// labelled images</param>
    /// <param name="features">by the ids of the pool; null: there are none</param>
    internal static FairSample Sample(
        Pool pool, IEnumerable<int>? unchosen, long seed, FeatureRows? features = null)
    {
        var (labelled, others) = Compared(pool, [.. unchosen ?? pool.LabelledIds], features, seed);
        if (labelled.Length < FairSample.Enough) return FairSample.Unknown(labelled.Length, others.Length);
        var rows = Components(pool, features, [.. labelled, .. others], seed);
        return rows.GetLength(1) == 0 ? FairSample.Unknown(labelled.Length, others.Length)
            : FairSample.Of(rows, labelled.Length, seed);
    }

    /// <summary>How much of the pool looks like nothing that has a label, however the labels came about; null: there
    /// are too few to say, or all are equal.</summary>
    /// <param name="images">which images those of the pool are, by their ids in it</param>
    internal static UnlikeShare? Unlike(
        Pool pool, IReadOnlyList<PoolImage> images, long seed, FeatureRows? features)
    {
        var (labelled, unlabelled) = Compared(pool, [.. pool.LabelledIds], features, seed);
        if (Math.Min(labelled.Length, unlabelled.Length) < FairSample.Enough) return null;
        int[] ids = [.. labelled, .. unlabelled];
        bool[] second = [.. ids.Select((_, i) => i >= labelled.Length)];
        var rows = Components(pool, features, ids, seed);
        if (rows.GetLength(1) == 0) return null;
        var scores = CrossFitted.Scores(rows, second, seed);
        return UnlikeShare.Of(scores[..labelled.Length], scores[labelled.Length..],
            [.. unlabelled.Select(id => images[id].Number)]);
    }

    private static double[,] Components(Pool pool, FeatureRows? features, int[] ids, long seed) => features is null
        ? PrincipalComponents.Of(pool.Images, ids, seed)
        : PrincipalComponents.Of(features, ids, seed);

    // The images labelled first are a sample of the whole pool. What strategies left of it is another pool: it lacks
    // what they chose.
    private static (int[] Labelled, int[] Others) Compared(
        Pool pool, HashSet<int> labelled, FeatureRows? features, long seed)
    {
        bool Has(int id) => features is null || features.Has(id);
        return (Some(labelled.Where(Has), seed, "compared labelled"),
            Some(pool.UnlabelledIds.Concat(pool.LabelledIds).Where(id => !labelled.Contains(id) && Has(id)), seed,
                "compared unlabelled"));
    }

    /// <summary>At most <see cref="MostCompared"/> of the ids, drawn from all of them.</summary>
    internal static int[] Some(IEnumerable<int> ids, long seed, string what)
    {
        int[] shuffled = [.. ids.Order()];
        if (shuffled.Length <= MostCompared) return shuffled;
        new Random((int)Seeds.Derive(seed, what, 0)).Shuffle(shuffled);
        return shuffled[..MostCompared];
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
            TopChance = top == 0
                ? 1
                : Hypergeometric.CDF(labelled.Length + unlabelled.Length, labelled.Length, top, topLabelled),
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
        var sum = zeros(images.Channels, images.Height, images.Width);
        // dim by name: a bare 0 is the enum's first ScalarType to the compiler, and sums everything into one byte
        new PoolPass(images, ids) { Batch = PoolPass.ForVae }.Each((x, _, _) => sum.add_(x.sum(dim: 0)));
        var mean = sum / ids.Length;
        var (mus, recon, baseline) = (new List<Tensor>(), 0.0, 0.0);
        var kl = zeros(networks.Vae.LatentDim, ScalarType.Float64);
        new PoolPass(images, ids, networks.Device) { Batch = PoolPass.ForVae }.Each((x, part, _) =>
        {
            var noise = zeros(part.Length, networks.Vae.LatentDim, device: networks.Device);
            var y = networks.Vae.call(x, noise);
            mus.Add(y.Mu.cpu().MoveToOuterDisposeScope());
            kl.add_(VaalObjective.DivergencePerUnit(y).sum(dim: 0).to(ScalarType.Float64).cpu());            // (Z)
            recon += (y.Recon - x).square().sum().item<float>();
            baseline += (x - mean.to(x.device)).square().sum().item<float>();
        });
        var active = (int)cat(mus).var(0).gt(0.01).sum().item<long>();
        double[] perUnit = [.. kl.div(ids.Length).data<double>()];
        var values = (double)ids.Length * images.ImageBytes;
        var kls = perUnit.Sum();
        return new(double.NaN, active, kls, recon / values, baseline / values) { KlPerUnit = perUnit };
    }
}
