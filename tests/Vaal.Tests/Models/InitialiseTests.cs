using Vaal.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Vaal.Tests.Models;

public sealed class InitialiseTests
{
    [Fact]
    public void Default_Conv2d_DrawsUniformWithinOneOverRootFanIn()
    {
        using var conv = Conv2d(16, 64, 5, groups: 2);
        Initialise.Default(conv, Seeded(1));
        AssertUniform(conv.weight, 1 / Math.Sqrt(8 * 25));
        Assert.InRange(conv.bias!.abs().max().item<float>(), 0.5 / Math.Sqrt(8 * 25), 1 / Math.Sqrt(8 * 25));
    }

    [Fact]
    public void Default_ConvTranspose2d_TakesOutputsPerGroupTimesKernelAsFanIn()
    {
        using var conv = ConvTranspose2d(64, 32, 4L, groups: 2);
        Initialise.Default(conv, Seeded(1));
        Assert.Equal([64, 16, 4, 4], conv.weight.shape);
        AssertUniform(conv.weight, 1 / Math.Sqrt(16 * 16));
    }

    [Fact]
    public void Default_Linear_DrawsUniformWithinOneOverRootInputs()
    {
        using var linear = Linear(100, 200);
        Initialise.Default(linear, Seeded(1));
        AssertUniform(linear.weight, 0.1);
        AssertUniform(linear.bias!, 0.1, tolerance: 0.3);
    }

    [Fact]
    public void Kaiming_ConvAndLinear_DrawNormalWithVarianceTwoOverFanIn()
    {
        using var net = Sequential(Conv2d(16, 64, 3), Linear(200, 300));
        Initialise.Kaiming(net, Seeded(1));
        AssertNormal(net.parameters().First(), Math.Sqrt(2.0 / (16 * 9)));
        AssertNormal(net.parameters().ElementAt(2), Math.Sqrt(2.0 / 200));
        Assert.All([1, 3], i => Assert.Equal(0, net.parameters().ElementAt(i).abs().max().item<float>()));
    }

    [Fact]
    public void Kaiming_FanOut_DividesByOutputs()
    {
        using var conv = Conv2d(16, 64, 3);
        Initialise.Kaiming(conv, Seeded(1), fanOut: true);
        AssertNormal(conv.weight, Math.Sqrt(2.0 / (64 * 9)));
    }

    [Fact]
    public void Kaiming_ConvTranspose2d_KeepsPyTorchsDefault()
    {
        using var conv = ConvTranspose2d(64, 32, 4L);
        Initialise.Kaiming(conv, Seeded(1));
        AssertUniform(conv.weight, 1 / Math.Sqrt(32 * 16));
    }

    [Fact]
    public void Normal_Linear_DrawsWithGivenDeviation()
    {
        using var linear = Linear(100, 200);
        Initialise.Normal(linear, 0.01, Seeded(1));
        AssertNormal(linear.weight, 0.01);
        Assert.Equal(0, linear.bias!.abs().max().item<float>());
    }

    [Fact]
    public void BatchNorm_AfterTraining_IsBackAtTheStart()
    {
        using var bn = BatchNorm2d(3);
        using var x = randn(4, 3, 2, 2) * 5 + 1;
        using var y = bn.call(x);
        using (no_grad())
        {
            bn.weight!.fill_(7);
            bn.bias!.fill_(7);
        }
        Initialise.Kaiming(bn, Seeded(1));
        Assert.Equal([1, 1, 1], bn.weight!.data<float>().ToArray());
        Assert.Equal([0, 0, 0], bn.bias!.data<float>().ToArray());
        Assert.Equal([0, 0, 0], bn.running_mean!.data<float>().ToArray());
        Assert.Equal([1, 1, 1], bn.running_var!.data<float>().ToArray());
        Assert.Equal(0, bn.num_batches_tracked!.item<long>());
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("small-cnn")]
    public void Reset_SameSeed_IsBitEqualAndOverwritesEverything(string name)
    {
        using var first = TaskModels.Create(name, 3, 10);
        using var second = TaskModels.Create(name, 3, 10);
        using (no_grad())
        {
            foreach (var p in first.parameters()) p.fill_(float.NaN);
        }
        first.Reset(Seeded(5));
        second.Reset(Seeded(5));
        foreach (
            var ((key, a), (_, b)) in first.state_dict()
            .Zip(second.state_dict(), (a, b) => ((a.Key, a.Value), (b.Key, b.Value))))
        {
            Assert.True(a.equal(b).all().item<bool>(), key);
        }
    }

    [Fact]
    public void Reset_OtherSeed_ChangesEveryDrawnWeight()
    {
        using var first = TaskModels.Create("small-cnn", 3, 10);
        using var second = TaskModels.Create("small-cnn", 3, 10);
        first.Reset(Seeded(5));
        second.Reset(Seeded(6));
        foreach (var (a, b) in first.parameters().Zip(second.parameters()).Where(pair => pair.First.dim() > 1))
        {
            Assert.False(a.allclose(b));
        }
    }

    [Fact]
    public void Default_LayerWithoutRule_IsRefused()
    {
        using var net = Sequential(PReLU(1));
        Assert.Throws<NotSupportedException>(() => Initialise.Default(net, Seeded(1)));
    }

    private static Generator Seeded(ulong seed) => new(seed);

    // a uniform draw's variance is bound²/3, its mean has deviation bound/√(3n)
    private static void AssertUniform(Tensor t, double bound, double tolerance = 0.05)
    {
        Assert.InRange(t.abs().max().item<float>(), bound * (1 - tolerance), bound * (1 + 1e-6));
        Assert.InRange(t.var().item<float>() / (bound * bound / 3), 1 - tolerance, 1 + tolerance);
        Assert.InRange(
            t.mean().item<float>(), -4 * bound / Math.Sqrt(3 * t.numel()), 4 * bound / Math.Sqrt(3 * t.numel()));
    }

    private static void AssertNormal(Tensor t, double std)
    {
        Assert.InRange(t.std().item<float>() / std, 0.97, 1.03);
        Assert.InRange(t.mean().item<float>(), -4 * std / Math.Sqrt(t.numel()), 4 * std / Math.Sqrt(t.numel()));
        Assert.InRange((t / std).pow(4).mean().item<float>(), 2.7, 3.3);
    }
}
