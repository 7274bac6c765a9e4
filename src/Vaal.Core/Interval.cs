namespace Vaal;

/// <summary>An estimate with its 95% confidence interval; both ends are NaN where the data do not allow one.</summary>
public readonly record struct Interval(double Estimate, double Low, double High)
{
    /// <summary>An estimate that nothing is known about.</summary>
    public static Interval Unbounded(double estimate) => new(estimate, double.NaN, double.NaN);
}
