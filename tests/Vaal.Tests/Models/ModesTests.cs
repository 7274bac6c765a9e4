using Vaal.Models;
using static TorchSharp.torch.nn;

namespace Vaal.Tests.Models;

public sealed class ModesTests
{
    [Fact]
    public void Evaluating_MixedModes_RestoresEachLayersOwn()
    {
        var frozen = Sequential(BatchNorm2d(1), ReLU());
        var thawed = ReLU();
        using var net = Sequential(Linear(1, 1), frozen, thawed);
        frozen.eval();
        using (net.Evaluating())
        {
            Assert.All(net.modules(), layer => Assert.False(layer.training));
        }
        Assert.True(net.training);
        Assert.True(thawed.training);
        Assert.All(frozen.modules().Append(frozen), layer => Assert.False(layer.training));
    }

    [Fact]
    public void Training_InsideEvaluating_NestsAndRestores()
    {
        using var net = Sequential(ReLU());
        using (net.Evaluating())
        {
            using (net.Training()) Assert.True(net.training);
            Assert.False(net.training);
        }
        Assert.True(net.training);
    }
}
