using System.Globalization;

namespace Vaal;

/// <summary>A difference of shares in percentage points with its sign, such as +1.2 and −0.3; what rounds to nothing
/// has none: 0.0.</summary>
internal static class SignedPoints
{
    public static string Of(double difference)
    {
        var points = Math.Round(100 * difference, 1, MidpointRounding.AwayFromZero);
        return points == 0 ? "0.0" : points.ToString("+0.0;−0.0", CultureInfo.InvariantCulture);
    }

    /// <summary>Of an estimate, and in parentheses the ends of its interval.</summary>
    public static string Of(Interval d) => $"{Of(d.Estimate)} ({Of(d.Low)} to {Of(d.High)})";
}
