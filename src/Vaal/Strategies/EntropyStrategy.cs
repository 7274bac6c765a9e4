using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>The entropy of the task model's class probabilities (Shannon 1948; Settles 2009, section 3.1).</summary>
internal sealed class EntropyStrategy : UncertaintyStrategy
{
    protected override Tensor Score(Tensor p) => Uncertainty.Entropy(p);

    protected override double Score(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p)
            if (value > 0) sum -= value * Math.Log(value);
        return sum;
    }

    public override string Reason(float? score) =>
        string.Create(CultureInfo.InvariantCulture, $"many classes are possible (entropy {score:0.00} nats)");
}
