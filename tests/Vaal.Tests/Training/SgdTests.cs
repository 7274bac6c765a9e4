using TorchSharp.Modules;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

[Collection(RunsAlone.Name)]
public sealed class SgdTests : IDisposable
{
    private readonly TorchThreads _two = new(2);

    public void Dispose() => _two.Dispose();

    // worked by hand: p = 1, g = 0.5 twice, lr 0.1, momentum 0.9, weight decay 0.1
    [Theory]
    [InlineData(false, ScalarType.Float32, 0.94, 0.8266)]
    [InlineData(false, ScalarType.Float64, 0.94, 0.8266)]
    [InlineData(true, ScalarType.Float32, 0.886, 0.725566)]
    [InlineData(true, ScalarType.Float64, 0.886, 0.725566)]
    public void Step_Twice_GivesNumbersWorkedByHand(bool nesterov, ScalarType type, double first, double second)
    {
        using var p = new Parameter(ones(1, dtype: type));
        using var sgd = new Sgd([("p", p)], momentum: 0.9, weightDecay: 0.1, nesterov);
        p.grad = full(1, 0.5, dtype: type);
        sgd.Step(0.1);
        Assert.Equal(first, p.to(ScalarType.Float64).item<double>(), 1e-7);
        sgd.Step(0.1);
        Assert.Equal(second, p.to(ScalarType.Float64).item<double>(), 1e-7);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0.9, 5e-4, false)]
    [InlineData(0.9, 5e-4, true)]
    public void Step_ManyTimes_EqualsTorchsBitForBit(double momentum, double decay, bool nesterov)
    {
        // over a block and not a whole number of vectors; one vector less than that; fewer than one
        long[][] shapes = [[3, 50_001], [7, 5], [3]];
        var generator = new Generator(1);
        Parameter[] ours = [.. shapes.Select(s => new Parameter(randn(s, generator: generator)))];
        Parameter[] theirs = [.. ours.Select(p => new Parameter(p.detach().clone()))];
        using var sgd = new Sgd(ours.Select((p, i) => ($"{i}", p)), momentum, decay, nesterov);
        using var torchs = optim.SGD(theirs, 0.05, momentum, weight_decay: decay, nesterov: nesterov);
        for (var step = 0; step < 4; step++)
        {
            for (var i = 0; i < ours.Length; i++)
                theirs[i].grad = ours[i].grad = randn(shapes[i], generator: generator);
            sgd.Step(0.05);
            torchs.step();
        }
        for (var i = 0; i < ours.Length; i++)
            Assert.Equal(theirs[i].data<float>().ToArray(), ours[i].data<float>().ToArray());
    }

    [Fact]
    public void Step_ParameterWithoutGradient_IsLeftAlone()
    {
        using var p = new Parameter(ones(3));
        using var sgd = new Sgd([("p", p)], weightDecay: 0.1);
        sgd.Step(1);
        Assert.Equal([1, 1, 1], p.data<float>().ToArray());
    }

    [Fact]
    public void ZeroGrad_AfterBackward_RemovesGradients()
    {
        using var p = new Parameter(ones(3));
        using var sgd = new Sgd([("p", p)]);
        p.sum().backward();
        sgd.ZeroGrad();
        Assert.Null(p.grad);
    }

    [Fact]
    public void State_CopiedIntoAnother_ContinuesBitForBit()
    {
        using var p = new Parameter(randn([100], generator: new Generator(1)));
        using var first = new Sgd([("p", p)]);
        p.grad = randn([100], generator: new Generator(2));
        first.Step(0.1);
        using var q = new Parameter(p.detach().clone());
        using var second = new Sgd([("p", q)]);
        using (no_grad())
        {
            foreach (var (mine, saved) in second.State().Zip(first.State()))
            {
                Assert.Equal(("p.momentum", "p.momentum"), (mine.Name, saved.Name));
                mine.Value.copy_(saved.Value);
            }
        }
        q.grad = p.grad;
        first.Step(0.1);
        second.Step(0.1);
        Assert.Equal(p.data<float>().ToArray(), q.data<float>().ToArray());
    }
}
