using Vaal.Cli.Terminal;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Cli.Commands;

/// <summary>What <c>bench</c> and <c>compare</c> print, and the files that they leave.</summary>
internal static class BenchOutput
{
    /// <returns>the exit code</returns>
    /// <exception cref="InputException">a run has failed</exception>
    public static int Print(BenchSummary summary, string folder, bool json, CancellationToken stop)
    {
        var page = BenchReport.Save(summary, folder, stop);
        Output.Print(summary, json);
        if (!json)
        {
            Output.Line($"Report: {page}");
            Output.Line($"Every number: {Path.Combine(folder, "results.csv")}");
            Output.Line($"A table for papers: {Path.Combine(folder, "table.md")}");
        }
        return summary.Failed is { } failed ? throw new InputException(failed) : Run.Done;
    }
}
