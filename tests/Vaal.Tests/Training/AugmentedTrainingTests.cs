using Vaal.Models;
using Vaal.Training;

namespace Vaal.Tests.Training;

/// <summary>The options of augmentation decide what a task model learns from.</summary>
public sealed class AugmentedTrainingTests
{
    private static readonly TaskOptions Plain = TinyImages.Task with { Flip = false, Shift = 0 };

    [Fact]
    public void Train_FlipOrShift_ChangesWhatIsLearned()
    {
        var plain = Weights(Plain);
        Assert.Empty(TensorsOf.Changed(plain, Weights(Plain)));
        Assert.NotEmpty(TensorsOf.Changed(plain, Weights(Plain with { Flip = true })));
        Assert.NotEmpty(TensorsOf.Changed(plain, Weights(Plain with { Shift = 4 })));
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
