using System.Globalization;

namespace Vaal.Experiments;

public sealed partial class BenchSummary
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        string[] columns = ["strategy", "runs", "mean", "difference (95% CI)", "p, Holm", "least p", "select s"];
        return
        [
            TextBlock.Table(HasMacroF1 ? [.. columns, "macro F1"] : columns, Strategies.Select(Cells)),
            TextBlock.Of($"mean: {Measure} in %, averaged over the budget; difference: mean minus that of "
                + $"{Baseline}, in points; p, Holm: corrected; least p: of so many pairs, uncorrected"),
            TextBlock.Of(""),
            .. Outcome.Split('\n').Select(TextBlock.Of),
        ];
    }

    internal static string Points(Interval d) => double.IsNaN(d.Estimate) ? ""
        : double.IsNaN(d.Low) ? SignedPoints.Of(d.Estimate) : SignedPoints.Of(d);

    /// <summary>No p is 0.</summary>
    internal static string P(double p) => p < 0.0005 ? "<0.001" : Number(p, "0.000");

    /// <returns>empty for NaN</returns>
    internal static string Number(double value, string format) =>
        double.IsNaN(value) ? "" : value.ToString(format, Invariant);

    private string[] Cells(StrategySummary s)
    {
        string[] cells =
        [
            s.Name, $"{s.Runs}", Number(100 * s.Area.Estimate, "0.0"), Points(s.Difference), P(s.Corrected),
            P(s.LeastP), Number(s.SelectSeconds, "0.0"),
        ];
        return HasMacroF1 ? [.. cells, s.MacroF1 is { } f1 ? Number(100 * f1.Estimate, "0.0") : ""] : cells;
    }
}
