using TorchSharp;
using Vaal.Models;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class BFloat16ScorerTests
{
    /// <summary>bfloat16 keeps 8 bits: through six layers and D a few in a hundred of the logits' size remain; a corner
    /// or a weight in the wrong place would leave nothing of the agreement.</summary>
    [Theory]
    [InlineData(3, 32, 16, false)]
    [InlineData(1, 64, 32, false)]
    [InlineData(3, 128, 16, true)]
    public void Logits_StatisticsThatHaveMoved_AreAboutFloat64sOfTheModules(
        int channels, int size, int width, bool ranks)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var random = new Generator(1);
        using var vae = new Vae(channels, size, width, latentDim: 8).Initialised(random);
        using var d = new Discriminator(ranks ? 9 : 8).Initialised(random);
        foreach (var (_, norm) in vae.Stages)
        {
            norm.weight.copy_(1 + 0.3 * randn(norm.weight.shape, generator: random));
            norm.bias!.copy_(0.3 * randn(norm.bias.shape, generator: random));
        }
        vae.train();
        for (var i = 0; i < 5; i++) vae.Mean(2 * Images() + 1);                       // moves the running statistics
        vae.eval();
        var (x, r) = (Images(), ranks ? randn([16, 1], generator: random) : null);
        using var scorer = new BFloat16Scorer(vae, d);
        var rough = scorer.Logits(x, r);
        Assert.Equal([16, 1], rough.shape);
        Assert.Equal(ScalarType.Float32, rough.dtype);
        vae.to(ScalarType.Float64);
        d.to(ScalarType.Float64);
        var exact = d.Of(vae.Mean(x.to(ScalarType.Float64)), r?.to(ScalarType.Float64));
        var error = (rough - exact).abs().max().item<double>() / exact.abs().max().item<double>();
        Assert.InRange(error, 1e-6, 0.04);

        Tensor Images() => randn([16, channels, size, size], generator: random);
    }
}
