using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

public sealed class DropoutTests
{
    [Fact]
    public void Dropout_Training_KeepsOneMinusPAndScalesIt()
    {
        using var dropout = new Dropout(0.3) { Generator = new Generator(1) };
        using var x = ones(200, 500);
        var y = dropout.call(x).data<float>().ToArray();
        Assert.All(y.Distinct(), v => Assert.True(v == 0 || Math.Abs(v - 1 / 0.7) < 1e-6));
        Assert.InRange(y.Count(v => v == 0) / 1e5, 0.294, 0.306);                           // 4 standard deviations
    }

    [Fact]
    public void Dropout_SameSeed_GivesSameMaskHoweverRowsAreCut()
    {
        using var dropout = new Dropout(0.5) { Generator = new Generator(1) };
        using var x = ones(10, 7);
        using var whole = dropout.call(x);
        dropout.Generator = new Generator(1);
        using var parts = cat([dropout.call(x[..3]), dropout.call(x[..1]), dropout.call(x[..6])]);
        Assert.Equal(whole.data<float>().ToArray(), parts.data<float>().ToArray());
    }

    [Fact]
    public void Dropout_Float64_TakesSameMaskAsFloat32()
    {
        using var dropout = new Dropout(0.5) { Generator = new Generator(1) };
        using var single = dropout.call(ones(50));
        dropout.Generator = new Generator(1);
        using var two = dropout.call(ones(50, dtype: ScalarType.Float64));
        Assert.Equal(ScalarType.Float64, two.dtype);
        Assert.Equal(single.data<float>().ToArray(), two.to(ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Dropout_Evaluating_PassesThroughUnlessSampling()
    {
        using var dropout = new Dropout(0.5) { Generator = new Generator(1) };
        using var x = ones(2, 64, 3);
        dropout.eval();
        Assert.Equal(2 * 64 * 3, dropout.call(x).sum().item<float>());
        dropout.Sampling = true;
        var y = dropout.call(x);
        Assert.Contains(0, y.data<float>().ToArray());
        Assert.Equal(0, (y - y[..1, .., ..1]).abs().max().item<float>());     // one mask for rows and positions
    }

    [Fact]
    public void Dropout_Backward_PassesGradientWhereKept()
    {
        using var dropout = new Dropout(0.5) { Generator = new Generator(1) };
        using var x = ones(64, requires_grad: true);
        using var y = dropout.call(x);
        y.sum().backward();
        Assert.Equal(y.data<float>().ToArray(), x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Dropout_ActiveWithoutGenerator_IsRefused()
    {
        using var dropout = new Dropout(0.5);
        Assert.Throws<InvalidOperationException>(() => dropout.call(ones(2)));
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Dropout_ProbabilityOutOfRange_IsRefused(double p) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(p));
}
