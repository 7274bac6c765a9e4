using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests;

public sealed class HealthVerdictTests
{
    /// <summary>A ranking about which nothing is known but that its VAE has learned something.</summary>
    private static RankingHealth Health(double auc = 0.52, double low = 0.45, double high = 0.60, double topChance = 0.5, int labelled = 100) =>
        new(auc, ActiveUnits: 20, Kl: 30, ReconstructionMse: 0.05, MeanImageMse: 0.25)
        {
            AucLow = low,
            AucHigh = high,
            HeldOutLabelled = labelled,
            HeldOutUnlabelled = 400,
            KlPerUnit = new double[32],
            TopLabelled = 0.2,
            TopChance = topChance,
        };

    [Fact]
    public void Of_IntervalAboveChance_IsInformative()
    {
        Assert.Equal(Trust.Informative, HealthVerdict.Of(Health(low: 0.5001)).Trust);
        Assert.Equal(Trust.Weak, HealthVerdict.Of(Health(low: 0.5)).Trust);
    }

    [Fact]
    public void Of_HardlyALabelledImageAtTheTop_IsInformative()
    {
        Assert.Equal(Trust.Informative, HealthVerdict.Of(Health(topChance: HealthVerdict.Unlikely - 1e-6)).Trust);
        Assert.Equal(Trust.Weak, HealthVerdict.Of(Health(topChance: HealthVerdict.Unlikely)).Trust);
    }

    [Fact]
    public void Of_IntervalEndsBelowWhatIsWorthHaving_IsNoBetterThanRandom()
    {
        Assert.Equal(Trust.NoBetterThanRandom, HealthVerdict.Of(Health(high: HealthVerdict.WorthHaving - 1e-6)).Trust);
        Assert.Equal(Trust.Weak, HealthVerdict.Of(Health(high: HealthVerdict.WorthHaving)).Trust);
    }

    [Fact]
    public void Of_FewLabelledAtTheTop_IsWeakHoweverLowTheInterval()
    {
        Assert.Equal(Trust.Weak, HealthVerdict.Of(Health(high: 0.54) with { TopChance = HealthVerdict.NothingAtTheTop - 1e-6 }).Trust);
        Assert.Equal(Trust.NoBetterThanRandom, HealthVerdict.Of(Health(high: 0.54) with { TopChance = HealthVerdict.NothingAtTheTop }).Trust);
        Assert.Equal(Trust.NoBetterThanRandom, HealthVerdict.Of(Health(high: 0.54) with { TopChance = double.NaN }).Trust);
    }

    [Fact]
    public void Of_FewHeldOut_IsNeverMoreThanWeak()
    {
        Assert.Equal(Trust.Weak, HealthVerdict.Of(Health(low: 0.6, labelled: HealthVerdict.EnoughHeldOut - 1)).Trust);
        Assert.Equal(Trust.Informative, HealthVerdict.Of(Health(low: 0.6, labelled: HealthVerdict.EnoughHeldOut)).Trust);
        Assert.Equal(Trust.Weak, HealthVerdict.Of(Health(auc: double.NaN, low: double.NaN, high: double.NaN, labelled: 0)).Trust);
    }

    [Fact]
    public void Of_CollapsedVae_IsNoBetterThanRandom_WhateverItsAuc()
    {
        Assert.Equal(Trust.NoBetterThanRandom, HealthVerdict.Of(Health(low: 0.6) with { ActiveUnits = 0 }).Trust);
        Assert.Equal(Trust.NoBetterThanRandom, HealthVerdict.Of(Health(low: 0.6) with { Kl = HealthVerdict.CollapsedKl - 0.01 }).Trust);
        Assert.Equal(Trust.Informative, HealthVerdict.Of(Health(low: 0.6) with { Kl = HealthVerdict.CollapsedKl }).Trust);
    }

    [Fact]
    public void Of_TwoTrainingsDisagree_IsNoBetterThanRandom()
    {
        Assert.Equal(Trust.NoBetterThanRandom, HealthVerdict.Of(Health(low: 0.6) with { SeedAgreement = HealthVerdict.SeedsDisagree - 0.01 }).Trust);
        Assert.Equal(Trust.Informative, HealthVerdict.Of(Health(low: 0.6) with { SeedAgreement = HealthVerdict.SeedsDisagree }).Trust);
    }

    [Fact]
    public void Of_NoBetterThanRandom_SaysWhatToUse_WithTheNumbers()
    {
        var words = HealthVerdict.Of(Health(high: 0.55)).Words;
        Assert.StartsWith("no better than random: D tells held-out labelled from unlabelled images with AUC 0.52 (95% CI 0.45 to 0.55; 0.50 is chance)", words, StringComparison.Ordinal);
        Assert.EndsWith("20 of 32 latent dimensions in use (KL 30.0 nats), reconstruction error 0.20 of the mean image's; use --strategy random instead, or badge where labels are classes", words, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_OneHeldOutLabelledImage_HasNoInterval()
    {
        var verdict = HealthVerdict.Of(Health(low: double.NaN, high: double.NaN) with { HeldOutLabelled = 1 });
        Assert.Equal(Trust.Weak, verdict.Trust);
        Assert.Contains("with AUC 0.52 (too few for an interval; 0.50 is chance)", verdict.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Measure_LabelledPoolDrawnAtRandom_IsNotInformative()
    {
        var (health, divergence) = Trained(lacking: []);
        Assert.Equal((40, 160), (health.HeldOutLabelled, health.HeldOutUnlabelled));
        Assert.NotEqual(Trust.Informative, HealthVerdict.Of(health).Trust);
        Assert.Equal(health.Kl, health.KlPerUnit.Sum(), 1e-9);
        Assert.Equal(divergence, health.Kl, 1e-3);
        Assert.InRange(health.Agreement, 0, 1);
        Assert.True(health.ScoreSpread > 0);
    }

    [Fact]
    public void Measure_LabelledPoolLacksHalfOfTheClasses_IsInformative()
    {
        var (health, _) = Trained(lacking: [0, 1, 2, 3, 4]);
        Assert.True(health.AucLow > 0.55, $"{health}");
        Assert.True(health.TopChance < 0.01, $"{health}");
        Assert.Equal(Trust.Informative, HealthVerdict.Of(health).Trust);
    }

    /// <summary>A small training on the embedded images; its health, and the KL that the trainer's own formula gives over what was held out.</summary>
    private static (RankingHealth Health, double Kl) Trained(int[] lacking)
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        using var images = data.Pool.Subset([.. Enumerable.Range(0, 2_000)]);
        var pool = new Pool(images);
        foreach (var id in InitialPool.Draw(images, 400, InitialDraw.Uniform, 1, lacking)) pool.Label(id, images.Classes[id]);
        using var networks = new Networks(pool, VaalOptions.Balanced with { Width = 16, Iterations = 80, BatchSize = 32 }, seed: 3);
        var health = RankingHealth.Measure(networks.Vaal, images, seed: 1);

        using var scope = NewDisposeScope();
        using var eval = networks.Vaal.Vae.Evaluating();
        using var noGrad = no_grad();
        int[] held = [.. networks.Vaal.HeldOutLabelled, .. networks.Vaal.HeldOutUnlabelled];
        var y = networks.Vaal.Vae.call(Training.Augment.Normalise(images.Batch(held)), zeros(held.Length, 32));
        return (health, VaalObjective.Divergence(y, ElboScale.Summed).item<float>());
    }

    [Fact]
    public void Measure_NothingLabelled_HasNoAuc_AndDStaysAsItWas()
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        using var images = data.Pool.Subset([.. Enumerable.Range(0, 200)]);
        var options = VaalOptions.Balanced with { Width = 16, Iterations = 30, BatchSize = 16 };
        using var trainer = new ColdStartTrainer(options, new PixelExamples(images, options.Flip), [.. Enumerable.Range(0, 200)], seed: 1);
        var before = trainer.D.state_dict().ToDictionary(p => p.Key, p => p.Value.clone());
        var losses = new List<double>();
        trainer.Train(e => losses.Add(e.Values!["recon"]));
        Assert.True(losses[^1] < 0.7 * losses[0], string.Join(' ', losses));
        foreach (var (name, value) in trainer.D.state_dict()) Near.Absolute(before[name], value, 0, name);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, options, [], [], CPU);
        var health = RankingHealth.Measure(networks, images, 1, [.. Enumerable.Range(100, 50)]);
        Assert.True(double.IsNaN(health.HeldOutAuc));
        Assert.Equal((0, 0, 32), (health.HeldOutLabelled, health.HeldOutUnlabelled, health.KlPerUnit.Count));
        Assert.True(health.Kl > HealthVerdict.CollapsedKl && health.ActiveUnits > 0, $"{health}");
    }
}
