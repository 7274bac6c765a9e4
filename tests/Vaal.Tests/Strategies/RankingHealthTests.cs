using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class RankingHealthTests
{
    private const int Count = 300;                                                // more than one batch of 256

    [Fact]
    public void Measure_NetworksWhoseOutputIsKnown_GivesNumbersWorkedByHand()
    {
        using var images = TinyImages.Set(Count);
        using var networks = Networks([], []);
        using (no_grad())
        {
            foreach (var p in networks.Vae.parameters()) p.zero_();               // recon 0, log σ² 0
            networks.Vae.get_parameter("fc_mu.bias")!.fill_(2);                   // μ = 2 in each of 4 dimensions
        }
        var health = HealthCheck.Measure(networks, images, seed: 1);
        var (mean, ofMean, ofZero) = (new double[images.ImageBytes], 0.0, 0.0);
        for (var id = 0; id < Count; id++)
            for (var i = 0; i < mean.Length; i++) mean[i] += Value(id, i) / Count;
        for (var id = 0; id < Count; id++)
        {
            for (var i = 0; i < mean.Length; i++)
            {
                ofMean += Math.Pow(Value(id, i) - mean[i], 2) / Count / mean.Length;
                ofZero += Math.Pow(Value(id, i), 2) / Count / mean.Length;
            }
        }
        Assert.Equal(ofMean, health.MeanImageMse, 1e-5);
        Assert.Equal(ofZero, health.ReconstructionMse, 1e-5);
        Assert.Equal(8, health.Kl, 1e-4);                                         // 4 · ½ · 2²
        Assert.Equal(0, health.ActiveUnits);                                      // the same for every image
        Assert.Equal(double.NaN, health.HeldOutAuc);

        double Value(int id, int i) => (images[id][i] / 255.0 - 0.5) / 0.5;
    }

    [Fact]
    public void Measure_LatentThatFollowsTheImage_IsActive()
    {
        using var images = TinyImages.Set(64);
        using var networks = Networks([], []);
        using (no_grad())
        {
            networks.Vae.get_parameter("fc_mu.weight")!.zero_();
            networks.Vae.get_parameter("fc_mu.weight")![2].fill_(10);             // one dimension of four
        }
        Assert.Equal(1, HealthCheck.Measure(networks, images, seed: 1).ActiveUnits);
    }

    /// <summary>μ of one dimension has a variance of 0.02, that of another 0.005: the border is 0.01 (Burda et al.
    /// 2016).</summary>
    [Fact]
    public void Measure_LatentThatVariesLittle_IsActiveFromOneHundredthOn()
    {
        using var images = TinyImages.Set(64);
        using var networks = Networks([], []);
        double[] wanted = [0.02, 0.005, 0.0101, 0.0099];
        using (no_grad())
        {
            using var mu = networks.Latent(images, [.. Enumerable.Range(0, 64)]);
            using var variance = mu.var(0);
            for (var z = 0; z < 4; z++)
                networks.Vae.get_parameter("fc_mu.weight")![z].mul_(Math.Sqrt(wanted[z] / variance[z].item<float>()));
        }
        Assert.Equal(2, HealthCheck.Measure(networks, images, seed: 1).ActiveUnits);
    }

    /// <summary>Images lie in the order of their files: 2,000 black ones, then 60 others. The networks are judged on
    /// a sample of all.</summary>
    [Fact]
    public void Measure_MoreImagesThanAreLookedAt_TakesThemFromTheWholePool()
    {
        const int count = 2_060, black = 2_000;
        var pixels = PixelStore.Allocate(count * 1_024L);
        for (var id = black; id < count; id++) pixels.Writable(id * 1_024L, 1_024).Fill((byte)(4 * (id - black)));
        using var images = new ImageSet(pixels, 1, 32, 32);
        using var networks = Networks([], []);
        using var other = new VaalNetworks(
            new Vae(1, 32, 2, 4).Initialised(new Generator(2)), new Discriminator(4).Initialised(new Generator(3)),
            TinyImages.Vaal, [], [], CPU);
        var health = HealthCheck.Measure(networks, images, seed: 1);
        Assert.True(health.MeanImageMse > 1e-3, "only the first images were looked at");
        var agreement =
            health.ComparedWith(other, networks, images, [.. Enumerable.Range(0, count)], seed: 1).SeedAgreement;
        Assert.True(double.IsFinite(agreement), "of black images alone there is no correlation");
    }

    /// <summary>5,000 of 20,000 images are compared: from all of the pool, others with another seed.</summary>
    [Fact]
    public void Some_OfALargePool_AreDrawnFromAllOfIt()
    {
        int[] all = [.. Enumerable.Range(0, 20_000)];
        var some = HealthCheck.Some(all, 1, "compared labelled");
        Assert.Equal(5_000, some.Distinct().Count());
        Assert.InRange(some.Average(), 9_700, 10_300);                                // a standard error of 71
        Assert.NotEqual(some.Order(), HealthCheck.Some(all, 2, "compared labelled").Order());
        Assert.Equal(all[..5_000], HealthCheck.Some(all[..5_000], 1, "compared labelled"));
    }

    [Fact]
    public void Measure_HeldOutImages_AucIsThatOfTheDiscriminatorsScores()
    {
        using var images = TinyImages.Set(40);
        int[] labelled = [.. Enumerable.Range(0, 15)], unlabelled = [.. Enumerable.Range(15, 25)];
        using var networks = Networks(labelled, unlabelled);
        var (l, u) = (networks.Score(images, labelled, 1), networks.Score(images, unlabelled, 1));
        // the share of pairs in which the labelled image looks more labelled: the lower score
        var wins = l.Sum(a => u.Sum(b => a < b ? 1 : a == b ? 0.5 : 0)) / (15 * 25);
        Assert.Equal(wins, HealthCheck.Measure(networks, images, seed: 1).HeldOutAuc, 1e-9);
    }

    private static VaalNetworks Networks(int[] labelled, int[] unlabelled)
    {
        using var random = new Generator(1);
        return new(
            new Vae(1, 32, 2, 4).Initialised(random), new Discriminator(4).Initialised(random), TinyImages.Vaal,
            labelled, unlabelled, CPU);
    }
}
