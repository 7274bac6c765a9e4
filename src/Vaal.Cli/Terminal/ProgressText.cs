using System.Globalization;

namespace Vaal.Cli.Terminal;

/// <summary>Progress in words.</summary>
internal static class ProgressText
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary><c>420/900  47%</c>, or <c>420</c> where the total is not known.</summary>
    public static string Count(TrainEvent e) => e.Total <= 0
        ? e.Done.ToString(Invariant)
        : string.Create(Invariant, $"{e.Done}/{e.Total}  {100 * Fraction(e):0}%");

    /// <summary>0..1; never 100% before the last.</summary>
    public static double Fraction(TrainEvent e) =>
        e.Total <= 0 || e.Done <= 0 ? 0 : e.Done >= e.Total ? 1 : Math.Min(0.99, (double)e.Done / e.Total);

    /// <summary><c>0:31</c>, <c>12:05</c>, <c>3:07:00</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalHours: < 1 } => string.Create(Invariant, $"{time.Minutes}:{time.Seconds:00}"),
        { TotalDays: < 2 } => string.Create(Invariant, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}"),
        _ => string.Create(Invariant, $"{(int)time.TotalDays} d {time.Hours} h"),
    };

    /// <summary><c>14.2/s</c>, or <c>3.1 s each</c> for slow work.</summary>
    public static string Rate(double perSecond) =>
        perSecond >= 1 ? Number(perSecond) + "/s" : Number(1 / perSecond) + " s each";

    /// <summary><c>recon 12.3  kl 9.1</c>.</summary>
    public static string Values(IReadOnlyDictionary<string, double>? values) =>
        values is null ? "" : string.Join("  ", values.Select(v => $"{v.Key} {Number(v.Value)}"));

    /// <summary>Three digits that matter, without an exponent where it can be helped.</summary>
    public static string Number(double value) => PlainTable.Number(value);
}
