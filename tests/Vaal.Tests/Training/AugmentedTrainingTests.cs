using TorchSharp;
using Vaal.Data;
using Vaal.Models;
using Vaal.Training;

namespace Vaal.Tests.Training;

/// <summary>Every option of a task model decides what it learns.</summary>
public sealed class AugmentedTrainingTests
{
    private static readonly TaskOptions Plain = new(TinyImages.Task) { Flip = false, Shift = 0 };

    [Fact]
    public void Train_FlipOrShift_ChangesWhatIsLearned()
    {
        var plain = Weights(Plain);
        Assert.Empty(TensorsOf.Changed(plain, Weights(Plain)));
        Assert.NotEmpty(TensorsOf.Changed(plain, Weights(new(Plain) { Flip = true })));
        Assert.NotEmpty(TensorsOf.Changed(plain, Weights(new(Plain) { Shift = 4 })));
    }

    public static TheoryData<string, TaskOptions> Others => new()
    {
        { "schedule", new TaskOptions(Plain) { Schedule = Schedule.Cosine } },
        { "rate", new TaskOptions(Plain) { LearningRate = 0.05 } },
        { "momentum", new TaskOptions(Plain) { Momentum = 0.5 } },
        { "nesterov", new TaskOptions(Plain) { Nesterov = false } },
        { "weight decay", new TaskOptions(Plain) { WeightDecay = 0.1 } },
        { "label smoothing", new TaskOptions(Plain) { LabelSmoothing = 0.2 } },
        { "batch size", new TaskOptions(Plain) { BatchSize = 4 } },
        { "crop", new TaskOptions(Plain) { Crop = 16 } },
        { "iterations", new TaskOptions(Plain) { MinIterations = 4 } },
        { "epochs", new TaskOptions(Plain) { Epochs = 5 } },
        { "images an epoch", new TaskOptions(Plain) { Epochs = 1, ImagesPerEpoch = 40 } },
        { "frozen normalisation", new TaskOptions(Plain) { FrozenBatchNorm = true } },
    };

    /// <summary>An option that is not used would be reported as having no effect.</summary>
    [Theory, MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void Train_EachOption_ChangesWhatIsLearned(string what, TaskOptions options) =>
        Assert.True(TensorsOf.Changed(Weights(Plain), Weights(options)).Count > 0, $"{what} changed nothing");

    [Fact]
    public void Train_Border_DecidesWhatAShiftUncovers() => Assert.NotEmpty(TensorsOf.Changed(
        Weights(new(Plain) { Shift = 4 }), Weights(new(Plain) { Shift = 4, Border = Border.Zero })));

    // targets 0.8, 0.1, 0.1 against probabilities of 1/2, 1/4, 1/4
    [Fact]
    public void Loss_OfSmoothedClasses_IsWorkedByHand()
    {
        using var scope = torch.NewDisposeScope();
        var logits = torch.tensor(new[] { (float)Math.Log(2), 0, 0 }, [1, 3]);
        var y = torch.tensor(new long[] { 0 });
        var task = LearningTask.For(LabelForm.Class);
        var expected = 0.8 * Math.Log(2) + 0.2 * Math.Log(4);
        Assert.Equal(expected, task.Loss(logits, y, smoothing: 0.3).item<float>(), 1e-6);
        Assert.Equal(expected, task.LossesByImage(logits, y, smoothing: 0.3).Sums.item<float>(), 1e-6);
        // of masks a pixel at a time
        var masks = LearningTask.For(LabelForm.Masks);
        var pixel = (logits.view(1, 1, 1, 3), y.view(1, 1, 1));
        Assert.Equal(expected, masks.Loss(pixel.Item1, pixel.Item2, smoothing: 0.3).item<float>(), 1e-6);
        // of several classes each is a question of its own: 0.85 · −ln 2/3 + 0.15 · −ln 1/3, and −ln 1/2 twice
        var several = LearningTask.For(LabelForm.Classes);
        var sets = torch.tensor(new[] { 1f, 0, 0 }, [1, 3]);
        Assert.Equal((0.85 * Math.Log(1.5) + 0.15 * Math.Log(3) + 2 * Math.Log(2)) / 3,
            several.Loss(logits, sets, smoothing: 0.3).item<float>(), 1e-6);
    }

    private static SortedDictionary<string, byte[]> Weights(TaskOptions options)
    {
        using var images = TinyImages.Set(24);
        using var model = TaskModels.Create(options.Model, 1, 4);
        using var trainer = new TaskTrainer(options, model, TinyImages.Pool(images, 16), seed: 1);
        trainer.Train();
        return TensorsOf.Copy(model);
    }
}
