using TorchSharp;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

public sealed class WideConvolutionTests
{
    [Fact]
    public void Apply_ValuesAndGradients_AreTheConvolutions()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var layer = nn.Conv2d(5, 7, 4, 2, 1, bias: false).to(ScalarType.Float64);
        var (x, g) = (
            randn(3, 5, 4, 4, ScalarType.Float64, generator: random).requires_grad_(),
            randn(3, 7, 2, 2, ScalarType.Float64, generator: random));
        var expected = Gradients(layer.call(x), layer.weight, x, g);
        var actual = Gradients(WideConvolution.Apply(layer.weight, x), layer.weight, x, g);
        foreach (var (e, a) in expected.Zip(actual))
        {
            Assert.Equal(e.shape, a.shape);
            Assert.InRange((e - a).abs().max().item<double>(), 0, 1e-12);
        }
    }

    [Theory]
    [InlineData(512, 1_024, 4, true)]                                        // the reference's last convolution
    [InlineData(256, 512, 8, false)]
    [InlineData(64, 128, 4, false)]
    public void Suits_OnlyWhereTheWeightsAreLarge(int from, int to, int size, bool suits)
    {
        using var layer = nn.Conv2d(from, to, 4, 2, 1, bias: false);
        using var x = zeros(1, from, size, size);
        Assert.Equal(suits, WideConvolution.Suits(layer, x));
    }

    private static Tensor[] Gradients(Tensor y, Tensor weight, Tensor x, Tensor g) =>
        [y.detach(), .. autograd.grad([y], [weight, x], [g])];
}
