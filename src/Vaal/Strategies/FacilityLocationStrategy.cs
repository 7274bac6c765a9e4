using System.Globalization;
using Vaal.Coverage;

namespace Vaal.Strategies;

/// <summary>
/// Facility location (Mirchandani and Francis 1990; Wei et al., ICML 2015): greedy coverage with the cosine in place of
/// a kernel, so that there is no width to choose.
/// </summary>
internal sealed class FacilityLocationStrategy : CoveringStrategy
{
    public override string Reason(float? score) =>
        string.Create(
            CultureInfo.InvariantCulture, $"represents {score:0.0%} of what labelled images do not represent");

    private protected override Likeness Like(UnitRows rows, int labelled, int budget, long seed,
        CancellationToken cancel) => Likeness.Cosine;
}
