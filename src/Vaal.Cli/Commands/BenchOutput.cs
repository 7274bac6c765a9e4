using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary>What <c>bench</c> and <c>compare</c> print, and the files that they leave.</summary>
internal static class BenchOutput
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <returns>the exit code: 1 where a run has failed</returns>
    public static int Print(BenchSummary summary, string folder, bool json)
    {
        var page = BenchReport.Save(summary, folder);
        if (json) Output.Json(new { summary.Title, summary.Baseline, summary.Strategies, summary.Savings, summary.LeastP, summary.Failures });
        else
        {
            var table = new Table("strategy", "runs", $"{summary.Measure} over the curve", $"less {summary.Baseline}, points (95% CI)", "p, corrected", "select s");
            foreach (var s in summary.Strategies)
                table.Add(s.Name, $"{s.Runs}", Number(100 * s.Area.Estimate, "0.0"), Points(s.Difference),
                    Number(s.Corrected, "0.000"), Number(s.SelectSeconds, "0.0"));
            table.Print();
            Console.WriteLine();
            Console.WriteLine(BenchReport.Outcome(summary));
            Console.WriteLine($"Report: {page}; every number: {Path.Combine(folder, ResultsFile.CsvName)}; a table for papers: {Path.Combine(folder, "table.md")}");
        }
        return summary.Failures.Count == 0 ? Run.Done : throw new InputException($"{summary.Failures.Count} of {summary.Wanted} runs failed ({summary.Failures[0].Pool}/{summary.Failures[0].Strategy}-{summary.Failures[0].Seed}: {summary.Failures[0].Error.Split('\n')[0]}); the same command tries them again");
    }

    private static string Points(Interval d) => Number(100 * d.Estimate, "+0.0;-0.0;0.0") + (double.IsNaN(d.Low) ? "" : $" ({Number(100 * d.Low, "+0.0;-0.0;0.0")} to {Number(100 * d.High, "+0.0;-0.0;0.0")})");

    private static string Number(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format, Invariant);
}
