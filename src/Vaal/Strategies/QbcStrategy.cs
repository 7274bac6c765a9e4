using System.Globalization;
using Vaal.Scoring;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>Query by committee: the entropy of the members' votes (Seung et al. 1992; Dagan and Engelson, ICML
/// 1995).</summary>
internal sealed class QbcStrategy : CommitteeStrategy
{
    protected override Tensor Disagreement(Tensor p) => WithoutTies(Uncertainty.VoteEntropy(p), p);

    public override string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Members} models vote for different classes (vote entropy {score:0.00} nats)");
}
