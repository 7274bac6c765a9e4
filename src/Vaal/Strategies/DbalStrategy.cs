using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Deep Bayesian active learning by disagreement: the mutual information of class and weights, BALD, over
/// passes with dropout (Houlsby et al. 2011; Gal, Islam and Ghahramani, ICML 2017).</summary>
internal sealed class DbalStrategy : DropoutStrategy
{
    protected override Tensor Score(Tensor p) => Uncertainty.MutualInformation(p);

    public override string Reason(float? score) =>
        string.Create(CultureInfo.InvariantCulture, $"passes are each sure and disagree ({score:0.00} nats)");
}
