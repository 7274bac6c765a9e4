using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>The least probable most probable class (Lewis and Gale 1994).</summary>
internal sealed class LeastConfidenceStrategy : UncertaintyStrategy
{
    protected override Tensor Score(Tensor p) => Uncertainty.LeastConfidence(p);

    protected override double Score(ReadOnlySpan<double> p) => 1 - System.Numerics.Tensors.TensorPrimitives.Max(p);

    public override string Reason(float? score) =>
        string.Create(CultureInfo.InvariantCulture, $"the most probable class is improbable (p = {1 - score:0.00})");
}
