using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class HealthVerdictTests
{
    /// <summary>A ranking whose VAE has learned something, and labels about which nothing is known.</summary>
    private static RankingHealth Health(
        double auc = 0.52, double low = 0.45, double high = 0.60, double topChance = 0.5) =>
        new(0.7, ActiveUnits: 20, Kl: 30, ReconstructionMse: 0.05, MeanImageMse: 0.25)
        {
            KlPerUnit = new double[32],
            Sample = new FairSample(200, 800, auc, low, high, 0.2, topChance),
        };

    private static Trust Of(RankingHealth health) => HealthVerdict.Of(health).Trust;

    [Fact]
    public void Of_IntervalAboveChance_IsInformative()
    {
        Assert.Equal(Trust.Informative, Of(Health(low: 0.5001)));
        Assert.Equal(Trust.Weak, Of(Health(low: 0.5)));
    }

    [Fact]
    public void Of_HardlyALabelledImageAtTheTop_IsInformative()
    {
        Assert.Equal(Trust.Informative, Of(Health(topChance: HealthVerdict.Unlikely - 1e-6)));
        Assert.Equal(Trust.Weak, Of(Health(topChance: HealthVerdict.Unlikely)));
    }

    [Fact]
    public void Of_IntervalEndsBelowWhatIsWorthHaving_IsNoBetterThanRandom()
    {
        Assert.Equal(Trust.NoBetterThanRandom, Of(Health(high: HealthVerdict.WorthHaving - 1e-6)));
        Assert.Equal(Trust.Weak, Of(Health(high: HealthVerdict.WorthHaving)));
    }

    [Fact]
    public void Of_FewLabelledAtTheTop_IsWeakHoweverLowTheInterval()
    {
        Assert.Equal(Trust.Weak, Of(Health(high: 0.54, topChance: HealthVerdict.NothingAtTheTop - 1e-6)));
        Assert.Equal(Trust.NoBetterThanRandom, Of(Health(high: 0.54, topChance: HealthVerdict.NothingAtTheTop)));
        Assert.Equal(Trust.NoBetterThanRandom, Of(Health(high: 0.54, topChance: double.NaN)));
    }

    // D's own AUC is 0.7 in all of these, as it comes to be when it recognises its own picks
    [Fact]
    public void Of_NoLabelsThatNoStrategyChose_CannotBeJudged()
    {
        Assert.Equal(Trust.CannotBeJudged, Of(Health() with { Sample = null }));
        var verdict = HealthVerdict.Of(Health() with { Sample = FairSample.Unknown(7, 900) });
        Assert.Equal(Trust.CannotBeJudged, verdict.Trust);
        Assert.StartsWith(
            "cannot be judged: 7 labelled images were not chosen by a strategy, and 50 are needed, 20 of 32",
            verdict.Words, StringComparison.Ordinal);
        Assert.EndsWith("; label 50 images drawn with --strategy random", verdict.Words, StringComparison.Ordinal);
    }

    /// <summary>Towards the end of a pool more labels would not help.</summary>
    [Fact]
    public void Of_FewImagesWithoutALabel_CannotBeJudged_AndAsksForNoLabels()
    {
        var verdict = HealthVerdict.Of(Health() with { Sample = FairSample.Unknown(200, 49) });
        Assert.Equal(Trust.CannotBeJudged, verdict.Trust);
        Assert.StartsWith("cannot be judged: 49 other images are in the pool, and 50 are needed to compare, 20 of 32",
            verdict.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("--strategy random", verdict.Words, StringComparison.Ordinal);
    }

    /// <summary>Frames of a dark camera: there is no component to compare by, and the mean image is each of
    /// them.</summary>
    [Fact]
    public void Of_EqualImages_CannotBeJudged_AndSaysWhy() =>
        Assert.Equal(
            "cannot be judged: all images that were compared are equal, 20 of 32 latent dimensions in use (KL 30.0 "
                + "nats)",
            HealthVerdict.Of(Health() with { MeanImageMse = 0, Sample = FairSample.Unknown(50, 80) }).Words);

    [Fact]
    public void Of_CollapsedVae_IsNoBetterThanRandom_WhateverTheLabels()
    {
        Assert.Equal(Trust.NoBetterThanRandom, Of(Health(low: 0.6) with { ActiveUnits = 0 }));
        Assert.Equal(Trust.NoBetterThanRandom, Of(Health(low: 0.6) with { Kl = HealthVerdict.CollapsedKl - 0.01 }));
        Assert.Equal(Trust.Informative, Of(Health(low: 0.6) with { Kl = HealthVerdict.CollapsedKl }));
    }

    [Fact]
    public void Of_TwoTrainingsDisagree_IsNoBetterThanRandom()
    {
        Assert.Equal(
            Trust.NoBetterThanRandom, Of(Health(low: 0.6) with { SeedAgreement = HealthVerdict.SeedsDisagree - 0.01 }));
        Assert.Equal(Trust.Informative, Of(Health(low: 0.6) with { SeedAgreement = HealthVerdict.SeedsDisagree }));
    }

    [Fact]
    public void Of_NoBetterThanRandom_SaysWhatToUse_WithTheNumbers()
    {
        var words = HealthVerdict.Of(Health(high: 0.55)).Words;
        Assert.StartsWith(
            "no better than random: the rest of the pool differs from the 200 labels that no strategy chose with "
            + "AUC 0.52 (95% CI 0.45 to 0.55; 0.50 is chance), 20% of the images that look most like the rest are such "
            + "labels, 20% of those compared (p = 0.500), ",
            words, StringComparison.Ordinal);
        Assert.EndsWith(
            "20 of 32 latent dimensions in use (KL 30.0 nats), reconstruction error 0.20 of the mean image's; "
            + "use --strategy random instead, or coverage on an encoder's features", words, StringComparison.Ordinal);
    }

    [Fact]
    public void Health_WrittenAndParsed_IsTheSame()
    {
        var health = Health(low: 0.51).Judged();
        Assert.Equal(Trust.Informative, health.Trust);
        var read = RankingHealth.Parse(health.ToJson());
        Assert.Equal(health with { KlPerUnit = [] }, read with { KlPerUnit = [] });
        Assert.Equal(health.KlPerUnit, read.KlPerUnit);
        // of version 0.1.0
        var old = RankingHealth.Parse(
            """{"heldOutAuc":0.71,"aucLow":null,"kl":12.5,"trust":"Weak","verdict":"weak: AUC 0.71"}""");
        Assert.Equal((0.71, Trust.Weak, "weak: AUC 0.71"), (old.HeldOutAuc, old.Trust, old.Verdict));
        Assert.True(double.IsNaN(old.AucLow + old.ReconstructionMse));
        Assert.Contains(
            "found [1,2", Assert.Throws<InputException>(() => RankingHealth.Parse("[1,2]")).Message,
            StringComparison.Ordinal);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Measure_LabelledPoolDrawnAtRandom_IsNotInformative()
    {
        var (health, divergence) = Trained(lacking: []);
        Assert.Equal((40, 160), (health.HeldOutLabelled, health.HeldOutUnlabelled));
        Assert.NotEqual(Trust.Informative, Of(health));
        Assert.Equal((400, 1_600), (health.Sample!.Labelled, health.Sample.Unlabelled));
        Assert.Equal(health.Kl, health.KlPerUnit.Sum(), 1e-9);
        Assert.Equal(divergence, health.Kl, 1e-3);
        Assert.InRange(health.Agreement, 0, 1);
        Assert.True(health.ScoreSpread > 0);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Measure_LabelledPoolLacksHalfOfTheClasses_IsInformative()
    {
        var (health, _) = Trained(lacking: [0, 1, 2, 3, 4]);
        Assert.True(health.AucLow > 0.55, $"{health}");
        Assert.True(health.TopChance < 0.01, $"{health}");
        Assert.Equal(Trust.Informative, Of(health));
        Assert.True(health.Sample!.Low > 0.6, $"{health.Sample}");
    }

    /// <summary>A small training on the embedded images; its health, and the KL that the trainer's own formula gives
    /// over what was held out.</summary>
    private static (RankingHealth Health, double Kl) Trained(int[] lacking)
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        using var images = data.Pool.Subset([.. Enumerable.Range(0, 2_000)]);
        var pool = new Pool(images);
        foreach (var id in InitialPool.Draw(images, 400, InitialDraw.Uniform, 1, lacking))
            pool.Label(id, images.Classes[id]);
        using var networks =
            new Networks(pool, new(VaalOptions.Balanced) { Width = 16, Iterations = 80, BatchSize = 16 }, seed: 3);
        var health =
            HealthCheck.Measure(networks.Vaal, images, seed: 1) with { Sample = HealthCheck.Sample(pool, null, 1) };

        using var scope = NewDisposeScope();
        using var eval = networks.Vaal.Vae.Evaluating();
        using var noGrad = no_grad();
        int[] held = [.. networks.Vaal.HeldOutLabelled, .. networks.Vaal.HeldOutUnlabelled];
        var y = networks.Vaal.Vae.call(Augment.Normalise(images.Batch(held)), zeros(held.Length, 32));
        return (health, VaalObjective.Divergence(y, ElboScale.Summed).item<float>());
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Measure_NothingLabelled_HasNoAuc_AndDStaysAsItWas()
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        using var images = data.Pool.Subset([.. Enumerable.Range(0, 200)]);
        var options = new VaalOptions(VaalOptions.Balanced) { Width = 16, Iterations = 30, BatchSize = 16 };
        using var trainer = new ColdStartTrainer(
            options, new PixelExamples(images, options.Flip), [.. Enumerable.Range(0, 200)], seed: 1);
        var before = trainer.D.state_dict().ToDictionary(p => p.Key, p => p.Value.clone());
        var losses = new List<double>();
        trainer.Train(e => losses.Add(e.Values!["recon"]));
        Assert.True(losses[^1] < 0.7 * losses[0], string.Join(' ', losses));
        foreach (var (name, value) in trainer.D.state_dict()) Near.Absolute(before[name], value, 0, name);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, options, [], [], CPU);
        var health = HealthCheck.Measure(networks, images, 1, [.. Enumerable.Range(100, 50)]);
        Assert.True(double.IsNaN(health.HeldOutAuc));
        Assert.Equal((0, 0, 32), (health.HeldOutLabelled, health.HeldOutUnlabelled, health.KlPerUnit.Count));
        Assert.True(health.Kl > HealthVerdict.CollapsedKl && health.ActiveUnits > 0, $"{health}");
    }
}
