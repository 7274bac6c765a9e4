using Vaal.Experiments;

namespace Vaal.Reports;

public static partial class BenchReport
{
    /// <summary>What may be said, in a sentence or two. Before it, a line each: what the numbers lack.</summary>
    public static string Outcome(BenchSummary summary)
    {
        ArgumentNullException.ThrowIfNull(summary);
        return string.Join("\n", Lacking(summary).Append(Said(summary)));
    }

    // failed runs, and strategies that are compared with nothing
    private static IEnumerable<string> Lacking(BenchSummary summary)
    {
        if (summary.Failures.Count > 0)
        {
            string[] none = [.. summary.Failures.Select(f => f.Pool).Distinct()
                .Where(pool => !summary.Curves.ContainsKey(pool)).Select(pool => $"'{pool}'")];
            var pools = none.Length == 0 ? "" : $"; no run of pool {string.Join(", ", none)} has finished";
            yield return $"{summary.Failures.Count} of {Counted.Of(summary.Wanted, "run")} failed{pools}.";
        }
        foreach (var line in summary.Unpaired) yield return $"{line}.";
    }

    private static string Said(BenchSummary summary)
    {
        var tested = summary.Strategies.Where(s => !double.IsNaN(s.P)).ToList();
        if (tested.Count == 0 && !summary.Strategies.Any(s => s.Name == summary.Baseline && s.Runs > 0))
            return $"No run of {summary.Baseline} has finished, so nothing can be said. "
                + "'vaal compare FOLDER --baseline NAME --out NEW' compares with another strategy.";
        if (tested.Count == 0)
            return $"No strategy has a finished run beside one of {summary.Baseline}, so nothing can be said.";
        var overall = InWords([.. tested.Select(s => (s.Name, s.Verdict))], summary.Baseline, summary.LeastP);
        if (!SeveralPools(summary))
            return summary.LeastP > BenchSummary.Level ? $"{overall} Run more seeds." : overall;
        var single = InWords(
            [.. OnPools(summary).Select(d => ($"{d.Strategy} on {d.Difference.Pool}", d.Difference.Verdict))],
            summary.Baseline, summary.LeastPOfPools);
        return $"Over all pools: {overall} On each pool by itself: {single}";
    }

    private static string InWords(IReadOnlyList<(string Name, string Verdict)> tested, string baseline, double least)
    {
        string Named(string verdict) => string.Join(", ", tested.Where(t => t.Verdict == verdict).Select(t => t.Name));
        var (better, worse, count) = (Named("better"), Named("worse"), tested.Count);
        var others = tested.Any(t => t.Verdict is not ("better" or "worse"))
            ? " The others are not significantly better or worse."
            : "";
        var words = (better, worse) switch
        {
            ("", "") when count == 1 => $"{tested[0].Name} is not significantly better or worse than {baseline}.",
            ("", "") => $"None of {count} comparisons shows a significant difference to {baseline}.",
            (_, "") => $"Better than {baseline}: {better}.{others}",
            ("", _) => $"None is better than {baseline}. Worse: {worse}.{others}",
            _ => $"Better than {baseline}: {better}. Worse: {worse}.{others}",
        };
        if (least <= BenchSummary.Level) return words;
        return string.Create(
            Invariant,
            $"{words} There are too few pairs to show one: for {count} comparison{(count == 1 ? "" : "s")} "
            + $"the least possible p is {least:0.00} after correction; {BenchSummary.Level} is needed.");
    }
}
