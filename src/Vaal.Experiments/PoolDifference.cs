namespace Vaal.Experiments;

/// <summary>One strategy against the baseline, paired by seed on one pool.</summary>
/// <param name="Pairs">seeds that both have finished</param>
/// <param name="Difference">of the mean accuracy over the budget, with Student's t interval over the pairs</param>
/// <param name="P">two-sided p of the paired sign-flip test</param>
/// <param name="LeastP">the least p that so many pairs can give, whatever the differences</param>
/// <param name="Corrected">p after Holm's correction for all strategies on all pools</param>
internal sealed record PoolDifference(
    string Pool, int Pairs, Interval Difference, double P, double LeastP, double Corrected)
{
    /// <summary>The only words that a comparison may be summed up in.</summary>
    public string Verdict => BenchSummary.VerdictOf(P, Corrected, Difference);
}
