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
