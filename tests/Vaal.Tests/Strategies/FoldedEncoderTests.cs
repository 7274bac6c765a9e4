using TorchSharp;
using Vaal.Models;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class FoldedEncoderTests
{
    [Theory]
    [InlineData(3, 32, ScalarType.Float32, 1e-5)]
    [InlineData(1, 64, ScalarType.Float32, 1e-5)]
    [InlineData(3, 32, ScalarType.Float64, 1e-12)]
    public void Mean_StatisticsThatHaveMoved_IsTheModulesOwnInEvalMode(
        int channels, int size, ScalarType precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new Generator(1);
        using var vae = new Vae(channels, size, width: 16, latentDim: 8).Initialised(random).to(precision);
        // γ and β as far from 1 and 0 as training takes them
        foreach (var (_, norm) in vae.Stages)
        {
            norm.weight.copy_(1 + 0.5 * randn(norm.weight.shape, generator: random).to(precision));
            norm.bias!.copy_(0.5 * randn(norm.bias.shape, generator: random).to(precision));
        }
        vae.train();
        for (var i = 0; i < 5; i++) vae.Mean(3 * Images() + 1);                       // moves the running statistics
        vae.eval();
        using var folded = new FoldedEncoder(vae);
        var x = Images();
        var (expected, actual) = (vae.Mean(x), folded.Mean(x));
        Assert.InRange(
            (actual - expected).abs().max().to(ScalarType.Float64).item<double>(), 0,
            tolerance * Math.Max(1, expected.abs().max().to(ScalarType.Float64).item<double>()));

        Tensor Images() => randn([16, channels, size, size], generator: random).to(precision);
    }
}
