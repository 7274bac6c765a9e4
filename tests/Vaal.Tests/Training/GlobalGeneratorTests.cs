using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Tests.Training;

/// <summary>Vaal draws from generators of its own. libtorch's global one is left alone.</summary>
[Collection(RunsAlone.Name)]
public sealed class GlobalGeneratorTests
{
    [Fact]
    public void Train_TaskModel_NeitherReadsNorMovesIt()
    {
        using var images = TaskTrainerTests.Stripes(40);
        var pool = TinyImages.Pool(images, 30);
        using var model = new TaskTrainerTests.Tiny();
        AssertUntouched(() =>
        {
            using var trainer = new TaskTrainer(TaskTrainerTests.Short, model, pool, seed: 1);
            trainer.Train();
        });
    }

    [Fact]
    public void Initialise_Layer_DoesNotTouchIt()
    {
        using var conv = Conv2d(3, 8, 3);
        AssertUntouched(() => Initialise.Default(conv, new Generator(1)));
    }

    private static void AssertUntouched(Action work)
    {
        manual_seed(3);
        using var expected = rand(4);
        manual_seed(3);
        work();
        using var actual = rand(4);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }
}
