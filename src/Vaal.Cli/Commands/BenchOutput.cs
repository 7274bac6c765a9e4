using System.Globalization;
using System.Text.Json.Nodes;
using Vaal.Cli.Terminal;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary>What <c>bench</c> and <c>compare</c> print, and the files that they leave.</summary>
internal static class BenchOutput
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <returns>the exit code</returns>
    /// <exception cref="InputException">a run has failed</exception>
    public static int Print(BenchSummary summary, string folder, bool json, CancellationToken stop)
    {
        var page = BenchReport.Save(summary, folder, stop);
        if (json) Output.Json(Json(summary));
        else
        {
            Table(summary).Print();
            Output.Line($"mean: {summary.Measure} in %, averaged over the budget; difference: mean minus that of "
                + $"{summary.Baseline}, in points; p, Holm: corrected; least p: of so many pairs, uncorrected");
            Output.Line();
            foreach (var line in BenchReport.Outcome(summary).Split('\n')) Output.Line(line);
            Output.Line($"Report: {page}");
            Output.Line($"Every number: {Path.Combine(folder, "results.csv")}");
            Output.Line($"A table for papers: {Path.Combine(folder, "table.md")}");
        }
        if (summary.Failures is not [var first, ..]) return Run.Done;
        throw new InputException($"{summary.Failures.Count} of {Counted.Of(summary.Wanted, "run")} failed "
            + $"({first.Name}: {first.Error.Split('\n')[0]}); {Advice(summary.Failures)}");
    }

    // what the user can mend is said in one line; what else fails has the lines of its stack, and may go well again
    internal static string Advice(IReadOnlyList<BenchFailure> failures) =>
        failures.Any(f => f.Error.Contains('\n', StringComparison.Ordinal))
            ? "run the same command to try again"
            : "mend what this names, then run the same command again";

    // the statistics, and what may be said of them
    private static JsonNode Json(BenchSummary summary)
    {
        var all = JsonNode.Parse(summary.ToJson())!;
        all["outcome"] = BenchReport.Outcome(summary);
        return all;
    }

    private static Table Table(BenchSummary summary)
    {
        var several = summary.Strategies.Any(s => s.MacroF1 is not null);
        string[] columns = ["strategy", "runs", "mean", "difference (95% CI)", "p, Holm", "least p", "select s"];
        var table = new Table(several ? [.. columns, "macro F1"] : columns);
        foreach (var s in summary.Strategies)
        {
            string[] cells =
            [
                s.Name, $"{s.Runs}", Number(100 * s.Area.Estimate, "0.0"), Points(s.Difference),
                P(s.Corrected), P(s.LeastP), Number(s.SelectSeconds, "0.0"),
            ];
            table.Add(several ? [.. cells, s.MacroF1 is { } f1 ? Number(100 * f1.Estimate, "0.0") : ""] : cells);
        }
        return table;
    }

    internal static string Points(Interval d)
    {
        var estimate = Signed(d.Estimate);
        return double.IsNaN(d.Low) ? estimate : $"{estimate} ({Signed(d.Low)} to {Signed(d.High)})";
    }

    // as the report's SignedPoints: a format alone takes 5.2499999999999996 for 5.25, and rounds it up
    private static string Signed(double share) =>
        Number(Math.Round(100 * share, 1, MidpointRounding.AwayFromZero), "+0.0;−0.0;0.0");

    // no p is 0
    private static string P(double p) => p < 0.0005 ? "<0.001" : Number(p, "0.000");

    private static string Number(double value, string format) =>
        double.IsNaN(value) ? "" : value.ToString(format, Invariant);
}
