using MathNet.Numerics;
using MathNet.Numerics.Statistics;
using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>A ranking's health on untrained networks and 60 images, each number computed a second way.</summary>
public sealed class RankingHealthMeasuresTests : IDisposable
{
    private static readonly int[] Labelled = [.. Enumerable.Range(0, 20)], Unlabelled = [.. Enumerable.Range(20, 40)];
    private readonly ImageSet _images = TinyImages.Set(60);
    private readonly VaalNetworks _networks = Networks(1);

    public void Dispose()
    {
        _networks.Dispose();
        _images.Dispose();
    }

    private static VaalNetworks Networks(ulong seed)
    {
        using var random = new Generator(seed);
        var (vae, d) = (new Vae(1, 32, 2, 4).Initialised(random), new Discriminator(4).Initialised(random));
        return new(vae, d, TinyImages.Vaal, Labelled, Unlabelled, CPU);
    }

    private double[] Score(VaalNetworks networks, int[] ids, ImageSet? images = null) =>
        [.. networks.Score(images ?? _images, ids, 1).Select(s => (double)s)];

    [Fact]
    public void Measure_Agreement_ComparesWithPicturesThatAreMovedByOnePixel()
    {
        using var moved = MovedLeft();
        var expected = Ranks.Spearman(Score(_networks, Unlabelled), Score(_networks, Unlabelled, moved));
        var agreement = HealthCheck.Measure(_networks, _images, seed: 1).Agreement;
        Assert.Equal(expected, agreement, 1e-6);
        Assert.True(agreement < 0.9999, $"noise that is moved is other noise, and the agreement is {agreement}");
    }

    [Fact]
    public void ComparedWith_OtherNetworks_IsTheCorrelationOfTheTwoScorings()
    {
        using var other = Networks(2);
        var health = HealthCheck.Measure(_networks, _images, seed: 1);
        Assert.Equal(double.NaN, health.SeedAgreement);
        var expected = Ranks.Spearman(Score(_networks, Unlabelled), Score(other, Unlabelled));
        Assert.Equal(expected, AgreementWith(other), 1e-6);
        Assert.True(Math.Abs(expected) < 0.99);
        Assert.Equal(1, AgreementWith(_networks), 1e-9);

        double AgreementWith(VaalNetworks networks) =>
            health.ComparedWith(networks, _networks, _images, Unlabelled, seed: 1).SeedAgreement;
    }

    /// <summary>Of 60 scores the highest tenth are 6. The chance of so few labelled ones is counted out.</summary>
    [Fact]
    public void Measure_HighestScores_ShareOfLabelledAndItsChance_AreThoseCounted()
    {
        var (labelled, unlabelled) = (Score(_networks, Labelled), Score(_networks, Unlabelled));
        var found = labelled.Concat(unlabelled).OrderDescending().Take(6).Count(labelled.Contains);
        var health = HealthCheck.Measure(_networks, _images, seed: 1);
        Assert.Equal(found / 6.0, health.TopLabelled, 1e-12);
        var ways = Enumerable.Range(0, found + 1).Sum(k => Ways(20, k) * Ways(40, 6 - k));
        Assert.Equal(ways / Ways(60, 6), health.TopChance, 1e-9);
        Assert.Equal((20, 40), (health.HeldOutLabelled, health.HeldOutUnlabelled));

        static double Ways(int of, int choose) => Combinatorics.Combinations(of, choose);
    }

    [Fact]
    public void Measure_AucAndSpread_HaveTheIntervalAndTheDeviationOfTheScores()
    {
        var health = HealthCheck.Measure(_networks, _images, seed: 1);
        var auc = Ranks.Auc(Score(_networks, Unlabelled), Score(_networks, Labelled));
        Assert.Equal((auc.Low, auc.High), (health.AucLow, health.AucHigh));
        Assert.True(health.AucLow < health.HeldOutAuc && health.HeldOutAuc < health.AucHigh);
        Assert.Equal(Score(_networks, Unlabelled).StandardDeviation(), health.ScoreSpread, 1e-9);
    }

    /// <summary>In train mode a score depends on chance, so that the second scoring is under other chance: other
    /// batches, other flips.</summary>
    [Fact]
    public void Measure_AgreementInTrainMode_ComparesTwoScoringsUnderOtherChance()
    {
        using var random = new Generator(1);
        using var networks = new VaalNetworks(
            new Vae(1, 32, 2, 4).Initialised(random), new Discriminator(4).Initialised(random),
            new(TinyImages.Vaal) { Ranking = RankingMode.Train }, Labelled, Unlabelled, CPU);
        double[] Scores(long seed) => [.. networks.Score(_images, Unlabelled, seed).Select(s => (double)s)];
        var expected = Ranks.Spearman(Scores(1), Scores(2));
        Assert.True(expected < 0.999, $"two scorings agree by {expected}");
        Assert.Equal(expected, HealthCheck.Measure(networks, _images, seed: 1).Agreement, 1e-6);
    }

    /// <summary>The batches are drawn by the seed, and each is scored by its own statistics, with flips where images
    /// are flipped while training.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void Score_InTrainMode_IsThatOfDrawnBatchesAndFlips(bool flip)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var networks = new VaalNetworks(
            new Vae(1, 32, 2, 4).Initialised(random), new Discriminator(4).Initialised(random),
            new(TinyImages.Vaal) { Ranking = RankingMode.Train, Flip = flip, BatchSize = 8 }, [], [], CPU);
        int[] order = [.. Unlabelled];
        new Random(7).Shuffle(order);
        using var flips = new Generator(7);
        var expected = new Dictionary<int, float>();
        using (no_grad())
            foreach (var batch in order.Chunk(8))
            {
                var x = Augment.Normalise(_images.Batch(batch));
                var scores = networks.ScoreInTrainMode(flip ? Augment.Flip(x, flips) : x).data<float>().ToArray();
                foreach (var (id, score) in batch.Zip(scores)) expected[id] = score;
            }
        float[] found = networks.Score(_images, Unlabelled, seed: 7);
        Assert.All(Unlabelled.Zip(found), p => Assert.Equal(expected[p.First], p.Second, 1e-5f));
    }

    /// <summary>Each picture one pixel to the left; the new right column mirrors the last one.</summary>
    private ImageSet MovedLeft()
    {
        const int side = 32;
        var pixels = new byte[_images.Count * side * side];
        for (var id = 0; id < _images.Count; id++)
            for (var y = 0; y < side; y++)
                for (var x = 0; x < side; x++)
                {
                    var from = x + 1 < side ? x + 1 : side - 2;
                    pixels[(id * side + y) * side + x] = _images[id][y * side + from];
                }
        return new ImageSet(PixelStore.Copy(pixels), 1, side, side);
    }
}
