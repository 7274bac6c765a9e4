using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>The least distance between the two most probable classes (Scheffer et al. 2001).</summary>
internal sealed class MarginStrategy : UncertaintyStrategy
{
    protected override Tensor Score(Tensor p) => -Uncertainty.Margin(p);

    protected override double Score(ReadOnlySpan<double> p)
    {
        if (p.Length == 1) return -1;
        var (first, second) = (double.NegativeInfinity, double.NegativeInfinity);
        foreach (var value in p)
        {
            if (value > first) (first, second) = (value, first);
            else if (value > second) second = value;
        }
        return second - first;
    }

    public override double Benefit(float score) => 1 + score;

    public override string Reason(float? score) =>
        string.Create(CultureInfo.InvariantCulture, $"two classes are nearly as probable (margin {-score:0.00})");
}
