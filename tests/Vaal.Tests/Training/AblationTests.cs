using Vaal.Data;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>VAAL without one of its parts: what learns and what does not, and whether it finds what the labelled images
/// lack.</summary>
[Trait("Category", "Slow")]
public sealed class AblationTests
{
    // a single normal distribution stands for the labelled images where there is no discriminator: they are of one
    // class there
    [Theory, InlineData("vaal-no-vae", 3), InlineData("vaal-frozen-vae", 3), InlineData("vaal-no-discriminator", 1)]
    public void Choice_ClassThatTheLabelledLack_ComesFirst(string name, int labelledClasses)
    {
        using var images = TinyImages.Set(240);
        var pool = new Pool(images, [.. Enumerable.Range(0, 240).Where(id => id % 4 == 3 || id % 4 < labelledClasses)]);
        for (var id = 0; id < 120; id++)
            // 60 of the 150 (90) unlabelled are of class 3
            if (id % 4 < labelledClasses) pool.Label(id, id % 4);
        var options = new VaalOptions(TinyImages.Vaal) { Iterations = 60, BatchSize = 16, LatentDim = 8 };
        using var networks = new Networks(pool, options, TinyImages.Task, classes: 4);
        var chosen = QueryStrategies.Create(name)
            .Select(new() { Pool = pool, Budget = 30, Seed = 1, Networks = networks });
        Assert.InRange(chosen.Ids.Count(id => id % 4 == 3), 27, 30);                   // by chance: 12 (20)
    }

    [Fact]
    public void FrozenVae_SecondHalf_MovesDAlone()
    {
        using var images = TinyImages.Set(40);
        using var trainer = Trainer(images, Ablation.FrozenVae);
        Assert.Equal(6, trainer.Iterations);
        SortedDictionary<string, byte[]> start = Weights(trainer.Vae), d = Weights(trainer.D);
        trainer.Iterate(3);
        Assert.NotEmpty(TensorsOf.Changed(start, Weights(trainer.Vae)));
        Assert.Empty(TensorsOf.Changed(d, Weights(trainer.D)));
        var half = Weights(trainer.Vae);
        trainer.Iterate(3);
        Assert.Empty(TensorsOf.Changed(half, Weights(trainer.Vae)));                   // BN statistics included
        Assert.NotEmpty(TensorsOf.Changed(d, Weights(trainer.D)));
        Release(trainer);
    }

    /// <summary>docs/strategies/vaal-frozen-vae.md: the VAE's are vaal's, and D's those that come next in the same
    /// order.</summary>
    [Fact]
    public void FrozenVae_BatchesOfBothHalves_AreThoseOfALongerVaal()
    {
        using var images = TinyImages.Set(40);
        List<string> Asked(Ablation ablation, int iterations)
        {
            var noted = new Noted(new PixelExamples(images, TinyImages.Vaal.Flip));
            using var trainer = ablation.Trainer(new(TinyImages.Vaal) { Iterations = iterations }, noted,
                [.. Enumerable.Range(0, 16)], [.. Enumerable.Range(16, 24)], seed: 1);
            trainer.Iterate(6);
            Release(trainer);
            return noted.Asked;
        }
        var frozen = Asked(Ablation.FrozenVae, 3);
        Assert.Equal(12, frozen.Distinct().Count());
        Assert.Equal(Asked(Ablation.None, 6), frozen);
    }

    [Fact]
    public void FrozenVae_RateOfDOfNothing_LeavesDAsItWas()
    {
        using var images = TinyImages.Set(40);
        var options = new VaalOptions(TinyImages.Vaal) { DiscriminatorLearningRate = 1e-30 };
        using var trainer = Trainer(images, Ablation.FrozenVae, options);
        byte[] D() => TensorsOf.Copy(trainer.D)["net.0.weight"];
        var before = D();
        trainer.Train();
        Assert.Equal(before, D());
        Release(trainer);
    }

    [Fact]
    public void NoVae_Step_MovesEncoderAndDButNoDecoder()
    {
        using var images = TinyImages.Set(40);
        using var trainer = Trainer(images, Ablation.NoVae);
        SortedDictionary<string, byte[]> vae = Weights(trainer.Vae), d = Weights(trainer.D);
        trainer.Iterate(1);
        var changed = TensorsOf.Changed(vae, Weights(trainer.Vae));
        Assert.Contains("encoder.0.weight", changed);
        Assert.Contains("fc_mu.weight", changed);
        Assert.DoesNotContain(changed, name => name.StartsWith("decoder", StringComparison.Ordinal)
            || name.StartsWith("fc_logvar", StringComparison.Ordinal));
        Assert.NotEmpty(TensorsOf.Changed(d, Weights(trainer.D)));
        Release(trainer);
    }

    [Fact]
    public void NoDiscriminator_Training_LeavesDAsItWas()
    {
        using var images = TinyImages.Set(40);
        using var trainer = Trainer(images, Ablation.NoDiscriminator);
        var d = Weights(trainer.D);
        trainer.Train();
        Assert.Empty(TensorsOf.Changed(d, Weights(trainer.D)));
        Release(trainer);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Restore_InTheMiddle_EndsWhereAnUndisturbedTrainingDoes(int ablation)
    {
        using var images = TinyImages.Set(40);
        using var whole = Trainer(images, (Ablation)ablation);
        whole.Train();
        foreach (var stop in new[] { 2, whole.Iterations - 1 })
        {
            using var scope = NewDisposeScope();
            using var first = Trainer(images, (Ablation)ablation);
            first.Iterate(stop);
            var state = first.State().ToDictionary(p => p.Name, p => p.Value.detach().clone());
            using var second = Trainer(images, (Ablation)ablation);
            second.Restore(state, stop);
            second.Train();
            Assert.Empty(TensorsOf.Changed(Weights(whole.Vae), Weights(second.Vae)));
            Assert.Empty(TensorsOf.Changed(Weights(whole.D), Weights(second.D)));
            Release(first);
            Release(second);
        }
        Release(whole);
    }

    [Fact]
    public void Wasserstein_DiagonalNormals_IsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        // labelled: μ (0, 2) and (2, 2), σ² (1, 4) and (3, 4): mean (1, 2), variance (2 + 1, 4 + 0)
        var (mean, variance) = VaalNoDiscriminatorStrategy.Moments(
            tensor(new double[,] { { 0, 2 }, { 2, 2 } }), tensor(new double[,] { { 1, 4 }, { 3, 4 } }));
        Assert.Equal([1, 2], mean.data<double>().ToArray());
        Assert.Equal([3, 4], variance.data<double>().ToArray());
        // μ (4, 6), σ (√3, 14): differences 3, 4, 0, 12
        var distance = VaalNoDiscriminatorStrategy.Wasserstein(
            tensor(new double[,] { { 4, 6 } }), tensor(new double[,] { { 3, 196 } }), mean, variance);
        Assert.Equal(13, distance.item<double>(), 1e-12);
    }

    private static VaeTraining Trainer(ImageSet images, Ablation ablation, VaalOptions? options = null) =>
        ablation.Trainer(
            options ?? TinyImages.Vaal, new PixelExamples(images, TinyImages.Vaal.Flip), [.. Enumerable.Range(0, 16)],
            [.. Enumerable.Range(16, 24)], seed: 1);

    private static SortedDictionary<string, byte[]> Weights(nn.Module module) =>
        TensorsOf.Copy(module.state_dict().Select(p => (p.Key, p.Value)));

    private static void Release(VaeTraining trainer)
    {
        trainer.Vae.Dispose();
        trainer.D.Dispose();
    }

    /// <summary>Notes which rows are asked for.</summary>
    private sealed class Noted(IExamples of) : IExamples
    {
        public List<string> Asked { get; } = [];

        public int Count => of.Count;

        public Tensor Batch(ReadOnlySpan<int> ids, Generator random)
        {
            Asked.Add(string.Join(' ', ids.ToArray()));
            return of.Batch(ids, random);
        }

        public AutoEncoder CreateVae(VaalOptions options, int conditions, Generator random) =>
            of.CreateVae(options, conditions, random);
    }
}
