using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Algorithm 1, in which nothing may happen that the paper does not say; the authors' numbers are in
/// ParityTests.</summary>
public sealed partial class VaalTrainerTests : IDisposable
{
    private static readonly VaalOptions Tiny = new(TinyImages.Vaal) { Iterations = 12, Flip = false };

    // 5 labelled images, fewer than a batch; 19 unlabelled, of which each third batch has 3
    private static readonly int[] Labelled = [0, 1, 2, 3, 4], Unlabelled = [.. Enumerable.Range(5, 19)];
    private readonly ImageSet _images = TinyImages.Set(24);
    private readonly Tensor _xL, _xU, _noise;

    public VaalTrainerTests()
    {
        _xL = rand([8, 1, 32, 32], generator: new Generator(1)) * 2 - 1;
        _xU = rand([8, 1, 32, 32], generator: new Generator(2)) * 2 - 1;
        _noise = randn([8, 4], generator: new Generator(3));
    }

    public void Dispose()
    {
        foreach (var t in new[] { _xL, _xU, _noise }) t.Dispose();
        _images.Dispose();
    }

    private Trained Trainer(VaalOptions options, long seed = 1, TaskTrainer? task = null) =>
        new(new VaalTrainer(options, _images, Labelled, Unlabelled, seed, task));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    public void Iterate_StepsAsked_AreThoseOfAlgorithm1ByHand(int vaeSteps, int dSteps)
    {
        var options = new VaalOptions(Tiny) { VaeSteps = vaeSteps, DiscriminatorSteps = dSteps };
        using var scope = NewDisposeScope();
        using var whole = Trainer(options);
        using var byHand = Trainer(options);
        whole.It.Iterate(3);

        var (labelled, unlabelled) = (
            new BatchSampler(Labelled, 8, true, 1, "labelled"),
            new BatchSampler(Unlabelled, 8, false, 1, "unlabelled"));
        var random = new Generator(0);
        for (var step = 0; step < 3 * vaeSteps; step++)
        {
            random.manual_seed(Seeds.Derive(1, "iteration", step));               // fresh batches each VAE step
            var xL = Augment.Normalise(_images.Batch(labelled[step]));
            var xU = Augment.Normalise(_images.Batch(unlabelled[step]));
            var noiseL = randn(xL.shape[0], 4, generator: random);
            byHand.It.StepVae(xL, xU, noiseL, randn(xU.shape[0], 4, generator: random));
            if (step % vaeSteps < vaeSteps - 1) continue;
            for (var k = 0; k < dSteps; k++) byHand.It.StepDiscriminator(xL, xU); // on the last batches
        }
        Assert.Empty(TensorsOf.Changed(whole.State(), byHand.State()));
    }

    [Fact]
    public void StepVae_ItsWeights_AllMoveAndTheDiscriminatorsDoNot()
    {
        using var trained = Trainer(Tiny);
        var before = trained.State();
        trained.It.StepVae(_xL, _xU, _noise, _noise).Dispose();
        var changed = TensorsOf.Changed(before, trained.State());
        Assert.All(changed, name => Assert.Contains("vae.", name));
        Assert.All(trained.It.Vae.named_parameters(), p => Assert.Contains($"vae.{p.name}", changed));
    }

    [Theory]
    [InlineData(DiscriminatorInput.Eval)]
    [InlineData(DiscriminatorInput.Train)]
    public void StepDiscriminator_Networks_OnlyDsWeightsAndAtMostTheEncodersStatisticsMove(Enum input)
    {
        using var trained = Trainer(new(Tiny) { DiscriminatorInput = (DiscriminatorInput)input });
        // statistics that are not those of the batch
        trained.It.StepVae(_xL, _xU, _noise, _noise).Dispose();
        var before = trained.State();
        trained.It.StepDiscriminator(_xL, _xU).Dispose();
        var changed = TensorsOf.Changed(before, trained.State());
        Assert.All(trained.It.D.named_parameters(), p => Assert.Contains($"disc.{p.name}", changed));
        var vae = changed.Where(name => name.Contains("vae.", StringComparison.Ordinal)).ToList();
        if (input.Equals(DiscriminatorInput.Eval)) Assert.Empty(vae);
        else Assert.All(vae, name => Assert.Matches(@"^vae\.encoder\..*(running_|num_batches)", name));
        Assert.Equal(input.Equals(DiscriminatorInput.Train), vae.Count > 0);
        Assert.True(trained.It.Vae.training);
    }

    [Fact]
    public void StepVae_SameImagesInBothHalves_JointForwardChangesNoLoss()
    {
        using var joint = Trainer(new(Tiny) { JointForward = true });
        using var separate = Trainer(new(Tiny) { JointForward = false });
        using var a = joint.It.StepVae(_xL, _xL, _noise, _noise);
        using var b = separate.It.StepVae(_xL, _xL, _noise, _noise);
        // batch statistics of x, x are those of x
        Near.Relative(b, a, 1e-5);
        using var c = joint.It.StepVae(_xL, _xU * 0.2, _noise, _noise);
        using var d = separate.It.StepVae(_xL, _xU * 0.2, _noise, _noise);
        Assert.False(c.allclose(d, rtol: 1e-3));                                  // of x, y they are not
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void StepVae_Lambda2_DecidesWhetherTheDiscriminatorMatters(double lambda2, bool same)
    {
        using var a = Trainer(new(Tiny) { Lambda2 = lambda2 });
        using var b = Trainer(new(Tiny) { Lambda2 = lambda2 });
        using (no_grad())
            foreach (var p in b.It.D.parameters()) p.mul_(2);
        a.It.StepVae(_xL, _xU, _noise, _noise).Dispose();
        b.It.StepVae(_xL, _xU, _noise, _noise).Dispose();
        Assert.Equal(same, TensorsOf.Changed(TensorsOf.Copy(a.It.Vae), TensorsOf.Copy(b.It.Vae)).Count == 0);
    }

    [Fact]
    public void StepVae_Lambda1OfNothing_LeavesTheDecoderAlone()
    {
        using var trained = Trainer(new(Tiny) { Lambda1 = 0 });
        var before = TensorsOf.Copy(trained.It.Vae.named_parameters().Select(p => (p.name, (Tensor)p.parameter)));
        trained.It.StepVae(_xL, _xU, _noise, _noise).Dispose();
        var changed = TensorsOf.Changed(
            before, TensorsOf.Copy(trained.It.Vae.named_parameters().Select(p => (p.name, (Tensor)p.parameter))));
        Assert.All(
            changed, name =>
                Assert.True(name.StartsWith("encoder", StringComparison.Ordinal)
                    || name.StartsWith("fc_mu", StringComparison.Ordinal), name));
        Assert.NotEmpty(changed);
    }

    /// <summary>A rate of next to nothing moves no weight, so that each network shows by which rate it
    /// steps.</summary>
    [Theory]
    [InlineData(1e-30, 1e-3), InlineData(1e-3, 1e-30)]
    public void Steps_OfTheTwoNetworks_HaveTheirOwnLearningRates(double vaeRate, double dRate)
    {
        using var trained =
            Trainer(new(Tiny) { VaeLearningRate = vaeRate, DiscriminatorLearningRate = dRate });
        var before = Weights();
        trained.It.StepVae(_xL, _xU, _noise, _noise).Dispose();
        trained.It.StepDiscriminator(_xL, _xU).Dispose();
        var changed = TensorsOf.Changed(before, Weights());
        Assert.NotEmpty(changed);
        Assert.All(changed, name => Assert.StartsWith(vaeRate > dRate ? "vae." : "disc.", name));

        SortedDictionary<string, byte[]> Weights() => TensorsOf.Copy(trained.It.Vae.named_parameters()
            .Select(p => ($"vae.{p.name}", (Tensor)p.parameter))
            .Concat(trained.It.D.named_parameters().Select(p => ($"disc.{p.name}", (Tensor)p.parameter)))
            .Where(p => p.Item2.dim() > 1));
    }

    [Fact]
    public void Losses_OfBothHalves_AreReportedAsTheirMeans_AndNoneMayBeNaN()
    {
        var losses = new Losses(MseL: 1, KlL: 2, MseU: 3, KlU: 6, Adversarial: 5, Total: 7, D: 8);
        Assert.Equal(new Dictionary<string, double> { ["recon"] = 2, ["kl"] = 4, ["adv"] = 5, ["d"] = 8 },
            losses.Named());
        Assert.Equal(losses, losses.Finite(1, Tiny));
        foreach (var wrong in new[] { losses with { D = double.NaN }, losses with { Total = double.PositiveInfinity } })
            Assert.Throws<DivergedException>(() => wrong.Finite(1, Tiny));
    }

    // x = 1, recon = 0.5: squared error ¼ a value, 1,024 values an image; μ = 2, log σ² = 0: ½·(4 + 1 − 0 − 1) = 2 a
    // dimension
    [Theory]
    [InlineData(ElboScale.Summed, 256, 8)]
    [InlineData(ElboScale.Released, 0.25, 24)]
    public void Elbo_OfThreeImages_GivesNumbersWorkedByHand(Enum scale, double reconstruction, double divergence)
    {
        using var scope = NewDisposeScope();
        var x = ones(3, 1, 32, 32);
        var y = new VaeOutput(x * 0.5, full([3, 4], 2f), zeros(3, 4));
        Assert.Equal(reconstruction, VaalObjective.Reconstruction(x, y, (ElboScale)scale).item<float>(), 1e-4);
        Assert.Equal(divergence, VaalObjective.Divergence(y, (ElboScale)scale).item<float>(), 1e-4);
    }

    [Theory]
    [InlineData(ElboScale.Summed)]
    [InlineData(ElboScale.Released)]
    public void Adversary_OfKnownLogits_GivesNumbersWorkedByHand(Enum of)
    {
        var scale = (ElboScale)of;
        using var scope = NewDisposeScope();
        var (dL, dU) = (tensor(new[] { 2f, 0 }).view(2, 1), tensor(new[] { -3f }).view(1, 1));
        static double Softplus(double x) => Math.Log(1 + Math.Exp(x));            // −log sigmoid(−x)
        var labelled = (Softplus(-2) + Softplus(0)) / 2;
        Assert.Equal(
            labelled + Softplus(3), (VaalObjective.Adversarial(dL, scale) + VaalObjective.Adversarial(dU, scale))
            .item<float>(), 1e-5);
        Assert.Equal(labelled + Softplus(-3), VaalObjective.Discrimination(dL, dU, scale).item<float>(), 1e-5);
    }

    // images, epochs, batch → iterations, as recorded from the authors' code (parity/schedule.json)
    [Theory]
    [InlineData(50_000, 100, 128, 39_062)]
    [InlineData(50_000, 100, 64, 78_125)]
    [InlineData(1_000, 3, 32, 93)]
    [InlineData(100, 1, 100, 1)]
    [InlineData(512, 2, 64, 16)]
    public void Iterations_OfTheReferencesSchedules_AreTheReferences(
        int images, double epochs, int batch, int iterations) =>
        Assert.Equal(
            iterations,
            new VaalOptions(VaalOptions.Official) { Epochs = epochs, BatchSize = batch }.IterationsFor(images));

    [Fact]
    public void Iterations_OfEpochsWithoutEnd_AreABillion() =>
        Assert.Equal(1_000_000_000, new VaalOptions(VaalOptions.Official) { Epochs = 1e300 }.IterationsFor(50_000));

    [Fact]
    public void Iterations_OfATrainer_CountLabelledAndUnlabelledTogether()
    {
        using var trained = Trainer(new(Tiny) { Iterations = null, Epochs = 4 });
        Assert.Equal(24 * 4 / 8, trained.It.Iterations);
    }

    public static TheoryData<VaalOptions, string> Bad => new()
    {
        { new() { Width = 0 }, "width is 0" },
        { new() { Width = 1_025 }, "width is 1025" },
        { new() { LatentDim = 0 }, "latent size is 0" },
        { new() { BatchSize = 1 }, "batch size is 1" },
        { new() { VaeSteps = 0 }, "VAE steps are 0" },
        { new() { DiscriminatorSteps = 0 }, "discriminator steps are 0" },
        { new() { Iterations = 0 }, "iterations are 0" },
        { new() { Epochs = 0 }, "epochs are 0" },
        { new() { Epochs = double.NaN }, "epochs are NaN" },
        { new() { Iterations = 1_000_000_001 }, "iterations are 1000000001" },
        { new() { Scale = (ElboScale)7 }, "no scale 7; there are: " },
        { new() { Ranking = (RankingMode)7 }, "no ranking 7; there are: " },
        { new() { DiscriminatorInput = (DiscriminatorInput)7 }, "no discriminator input 7; there are: " },
        { new() { Precision = (Precision)7 }, "no precision 7; there are: " },
        { new() { HoldOut = 0.6 }, "hold-out is 0.6" },
        { new() { HoldOut = double.NaN }, "hold-out is NaN" },
        { new() { Beta = -1 }, "β is -1" },
        { new() { Lambda1 = double.PositiveInfinity }, "λ1 is" },
        { new() { Lambda2 = double.NaN }, "λ2 is NaN" },
        { new() { VaeLearningRate = 0 }, "the VAE's learning rate is 0" },
        { new() { DiscriminatorLearningRate = -1 }, "the discriminator's learning rate is -1" },
    };

    [Theory, MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Trainer_OptionOutOfRange_IsRefusedAndNamed(VaalOptions options, string problem)
    {
        Assert.StartsWith(problem, Assert.Single(options.Problems()), StringComparison.Ordinal);
        var e = Assert.Throws<InputException>(() => new VaalTrainer(options, _images, Labelled, Unlabelled, 1));
        Assert.StartsWith(problem, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Presets_All_HaveNoProblem() => Assert.All(VaalOptions.ByPreset.Values, o => Assert.Empty(o.Problems()));

    [Fact]
    public void Trainer_NothingUnlabelled_IsRefused()
    {
        var e = Assert.Throws<InputException>(
            () => new VaalTrainer(TinyImages.Vaal, TinyImages.Set(8), [0, 1], [], seed: 1));
        Assert.Contains("every image is labelled", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(28, 28)]
    [InlineData(32, 64)]
    [InlineData(512, 512)]
    public void Trainer_ImagesOfAnotherSize_AreRefused(int height, int width)
    {
        using var images = new ImageSet(PixelStore.Allocate(2 * height * width), 1, height, width);
        var e = Assert.Throws<InputException>(() => new VaalTrainer(Tiny, images, [0], [1], 1));
        Assert.Equal($"images are {width}×{height} pixels; the VAE takes squares of 32, 64, 128 or 256", e.Message);
    }

    [Fact]
    public void Trainer_InsideACallersScope_ItsNetworksOutliveIt()
    {
        Trained trained;
        using (NewDisposeScope()) trained = Trainer(TinyImages.Vaal);
        using (trained) trained.It.Train();
        Assert.Equal(3, trained.It.Iteration);
    }

    /// <summary>A trainer that takes its networks along when it goes.</summary>
    private sealed record Trained(VaalTrainer It) : IDisposable
    {
        public SortedDictionary<string, byte[]> State() => TensorsOf.Copy(It.State());

        public void Dispose()
        {
            It.Vae.Dispose();
            It.D.Dispose();
            It.Dispose();
        }
    }
}
