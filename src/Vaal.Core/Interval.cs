using System.Text.Json.Serialization;

namespace Vaal;

/// <summary>An estimate with its 95% confidence interval; both ends are NaN where the data do not allow one.</summary>
public readonly struct Interval
{
    [JsonConstructor]
    internal Interval(double estimate, double low, double high) =>
        (Estimate, Low, High) = (estimate, low, high);

    public double Estimate { get; }

    public double Low { get; }

    public double High { get; }

    /// <summary>An estimate that nothing is known about.</summary>
    internal static Interval Unbounded(double estimate) => new(estimate, double.NaN, double.NaN);
}
