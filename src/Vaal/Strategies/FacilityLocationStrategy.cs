using Vaal.Coverage;

namespace Vaal.Strategies;

/// <summary>
/// Facility location (Mirchandani and Francis 1990; Wei et al., ICML 2015): greedy coverage with the cosine in place of
/// a kernel, so that there is no width to choose.
/// </summary>
internal sealed class FacilityLocationStrategy : CoveringStrategy
{
    public override string Reason(float? score) =>
        $"represents {Share(score)} of what labelled images do not represent";

    private protected override Likeness Like(Query query, UnitRows rows, int labelled, int budget, long seed) =>
        Likeness.Cosine;
}
