using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>The entropy of the mean over passes with dropout (Gal and Ghahramani, ICML 2016).</summary>
internal sealed class McDropoutStrategy : DropoutStrategy
{
    protected override Tensor Score(Tensor p) => Uncertainty.Entropy(p.mean([0]));

    public override string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"many classes are possible over {Passes} passes (entropy {score:0.00} nats)");
}
