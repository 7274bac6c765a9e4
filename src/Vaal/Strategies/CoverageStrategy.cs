namespace Vaal.Strategies;

/// <summary>
/// MaxHerding (Bae et al., ECCV 2024): greedy coverage with a Gaussian kernel; labelled images enter as covered.
/// </summary>
internal sealed class CoverageStrategy : CoveringStrategy
{
    public override string Reason(float? score) =>
        $"covers {Share(score)} of what labelled images do not cover";
}
