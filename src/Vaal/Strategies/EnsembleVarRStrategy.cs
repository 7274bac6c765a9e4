using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Variation ratio of an ensemble: the share of models that do not vote for the most voted class (Freeman
/// 1965; Beluch et al., CVPR 2018).</summary>
internal sealed class EnsembleVarRStrategy : CommitteeStrategy
{
    protected override Tensor Disagreement(Tensor p) => WithoutTies(Uncertainty.VariationRatio(p), p);

    public override string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture, $"{score * Members:0} of {Members} models disagree with the majority");
}
