using CsCheck;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Whole trainings: repeated, resumed, stopped.</summary>
public sealed partial class VaalTrainerTests
{
    [Fact]
    public void Train_WithTaskModel_TrainsItAsIfAlone()
    {
        var pool = TinyImages.Pool(_images, 5);
        var options = new TaskOptions(TinyImages.Task) { MinIterations = 7 };
        using var alone = TaskModels.Create("small-cnn", 1, 4);
        using var along = TaskModels.Create("small-cnn", 1, 4);
        using (var trainer = new TaskTrainer(options, alone, pool, seed: 5)) trainer.Train();
        using (var trainer = new TaskTrainer(options, along, pool, seed: 5))
        {
            using var vaal = Trainer(new(Tiny) { Iterations = 9 }, task: trainer);
            vaal.It.Train();
            Assert.Equal(7, trainer.Iteration);
        }
        Assert.Empty(TensorsOf.Changed(TensorsOf.Copy(alone), TensorsOf.Copy(along)));
    }

    [Fact]
    public void Train_SameSeed_IsBitEqualAndOtherSeedIsNot()
    {
        using var a = Trainer(TinyImages.Vaal);
        using var b = Trainer(TinyImages.Vaal);
        using var c = Trainer(TinyImages.Vaal, seed: 2);
        manual_seed(1);
        a.It.Train();
        // the global generator must not matter
        manual_seed(2);
        b.It.Train();
        c.It.Train();
        Assert.Empty(TensorsOf.Changed(a.State(), b.State()));
        Assert.NotEmpty(TensorsOf.Changed(a.State(), c.State()));
    }

    [Trait("Category", "Slow")]
    [Theory]
    [InlineData("balanced", 1, 1)]
    [InlineData("balanced", 1, 3)]
    [InlineData("official", 2, 1)]
    [InlineData("official", 2, 2)]
    public void Restore_AtAnyIteration_EndsBitEqualToAnUndisturbedTraining(string preset, int vaeSteps, int dSteps)
    {
        var options = new VaalOptions(VaalOptions.ByPreset[preset])
        {
            Width = 16,
            LatentDim = 4,
            BatchSize = 8,
            Iterations = 12,
            VaeSteps = vaeSteps,
            DiscriminatorSteps = dSteps,
        };
        using var whole = Trainer(options);
        whole.It.Train();
        Gen.Int[0, 12].Sample(at =>
        {
            using var scope = NewDisposeScope();
            using var first = Trainer(options);
            first.It.Iterate(at);
            var saved = first.It.State().ToDictionary(s => s.Name, s => s.Value.detach().clone());
            using var second = Trainer(options);
            // what it had done so far must not matter
            second.It.Iterate(1);
            second.It.Restore(saved, at);
            second.It.Train();
            Assert.Empty(TensorsOf.Changed(whole.State(), second.State()));
        }, iter: 2, threads: 1);
    }

    [Fact]
    public void Restore_OfOtherNetworks_IsRefusedAndChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var trained = Trainer(Tiny);
        using var wider = Trainer(new(Tiny) { Width = 32 });
        var (before, saved) = (trained.State(), wider.It.State().ToDictionary(s => s.Name, s => s.Value));
        Assert.StartsWith(
            "'vae.encoder.0.weight' was saved as 32×", Assert.Throws<InputException>(() => trained.It.Restore(saved, 3))
            .Message, StringComparison.Ordinal);
        saved.Remove("vae.encoder.0.weight");
        Assert.Equal(
            "the saved training has no 'vae.encoder.0.weight'",
            Assert.Throws<InputException>(() => trained.It.Restore(saved, 3)).Message);
        Assert.Equal(
            "the saved training stands at iteration 13 of 12",
            Assert.Throws<InputException>(
                () => trained.It.Restore(trained.It.State().ToDictionary(s => s.Name, s => s.Value), 13)).Message);
        Assert.Empty(TensorsOf.Changed(before, trained.State()));
        Assert.Equal(0, trained.It.Iteration);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Train_InFloat64_LosesAsFloat32Does()
    {
        List<TrainEvent> low = [], high = [];
        using var single = Trainer(Tiny);
        single.It.Train(low.Add);
        using var trained =
            new Trained(new VaalTrainer(Tiny, _images, Labelled, Unlabelled, 1, precision: ScalarType.Float64));
        trained.It.Train(high.Add);
        Assert.All(trained.It.Vae.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
        foreach (var (name, value) in high[0].Values!)
            Assert.Equal(low[0].Values![name], value, 0.02 * Math.Abs(value) + 0.01);
    }

    [Fact]
    public void Train_Reports_CountTheIterationsAndNameTheLosses()
    {
        using var trained = Trainer(new(Tiny) { Iterations = 25 });
        var (events, saves) = (new List<TrainEvent>(), new List<int>());
        trained.It.Train(events.Add, () => saves.Add(trained.It.Iteration));
        Assert.Equal([10, 20, 25], events.Select(e => e.Done));
        Assert.Equal([10, 20, 25], saves);
        Assert.All(events, e => Assert.Equal(25, e.Total));
        Assert.Equal(["adv", "d", "kl", "recon"], events[0].Values!.Keys.Order());
        Assert.True(events[^1].Values!["recon"] < events[0].Values!["recon"]);
    }

    [Fact]
    public void Train_Cancelled_StopsBetweenIterations()
    {
        using var trained = Trainer(new(Tiny) { Iterations = 100 });
        using var cancel = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => trained.It.Train(_ => cancel.Cancel(), cancel: cancel.Token));
        Assert.Equal(10, trained.It.Iteration);
    }

    [Fact]
    public void Train_LearningRateOutOfAllBounds_StopsAndNamesIterationAndOptions()
    {
        using var trained = Trainer(new(Tiny) { VaeLearningRate = 1e9, Iterations = 50 });
        var e = Assert.Throws<DivergedException>(() => trained.It.Train());
        Assert.Matches("^training diverged at iteration [0-9]0: VAE loss (NaN|∞|Infinity)", e.Message);
        Assert.Contains("\"vaeLearningRate\":1000000000,", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    /// <summary>bfloat16 has 8 bits: a loss of it is float32's to a few in a thousand, and so is what follows from the
    /// loss after some steps.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Train_ConvolutionsInBFloat16_LearnsAsFloat32DoesAndKeepsFloat32Weights()
    {
        var bytes = new byte[64 * 3_072];
        // smooth, and no two alike
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(128 + 100 * Math.Sin(i / 3_072 + i % 1_024 / 80.0));
        using var images = new ImageSet(PixelStore.Copy(bytes), 3, 32, 32);
        var (full, type) = Train(Precision.Float32);
        var (low, lowType) = Train(Precision.Bf16);
        Assert.Equal([ScalarType.Float32], type);
        Assert.Equal([ScalarType.Float32], lowType);
        Near.Relative(full[0], low[0], 0.01, "first loss");
        Assert.InRange(full[^1], 0, 0.7 * full[0]);
        Near.Relative(full[^1], low[^1], 0.05, "last loss");
        Assert.Equal(full, Train(Precision.Auto).Losses);                            // which trains in float32
        if (Vaal.Models.BFloat16.InProcessor) Assert.NotEqual(full, low);             // it was another arithmetic

        (List<double> Losses, ScalarType[] Types) Train(Precision precision)
        {
            using var trainer =
                new VaalTrainer(new(VaalOptions.Balanced) { Precision = precision, BatchSize = 16, Iterations = 25 },
                images, [.. Enumerable.Range(0, 32)], [.. Enumerable.Range(32, 32)], seed: 1);
            var losses = new List<double>();
            trainer.Train(e => losses.Add(e.Values!.Values.First()));
            using var vae = trainer.Vae;
            using var d = trainer.D;
            return (losses, [.. vae.parameters().Concat(d.parameters()).Select(p => p.dtype).Distinct()]);
        }
    }
}
