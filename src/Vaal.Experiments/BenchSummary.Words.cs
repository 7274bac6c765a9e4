namespace Vaal.Experiments;

public sealed partial class BenchSummary
{
    internal bool HasMacroF1 => Strategies.Any(s => s.MacroF1 is not null);

    internal bool HasSeveralPools => Strategies.Any(s => s.Pools.Count > 1);

    /// <summary>Failed runs, and strategies that are compared with nothing.</summary>
    internal IEnumerable<string> Lacking()
    {
        if (Failures.Count > 0)
        {
            string[] none = [.. Failures.Select(f => f.Pool).Distinct()
                .Where(pool => !Curves.ContainsKey(pool)).Select(pool => $"'{pool}'")];
            var pools = none.Length == 0 ? "" : $"; no run of pool {string.Join(", ", none)} has finished";
            yield return $"{Failures.Count} of {Counted.Of(Wanted, "run")} failed{pools}.";
        }
        foreach (var line in Unpaired) yield return $"{line}.";
    }

    /// <summary>What may be said of the numbers that are there.</summary>
    internal string Said()
    {
        var tested = Strategies.Where(s => !double.IsNaN(s.P)).ToList();
        if (tested.Count == 0 && !Strategies.Any(s => s.Name == Baseline && s.Runs > 0))
            return $"No run of {Baseline} has finished, so nothing can be said. "
                + "'vaal compare FOLDER --baseline NAME --out NEW' compares with another strategy.";
        if (tested.Count == 0)
            return $"No strategy has a finished run beside one of {Baseline}, so nothing can be said.";
        var overall = InWords([.. tested.Select(s => (s.Name, s.Verdict))], Baseline, LeastP);
        if (!HasSeveralPools) return LeastP > Level ? $"{overall} Run more seeds." : overall;
        var single = InWords(
            [.. OnPools().Select(d => ($"{d.Strategy} on {d.Difference.Pool}", d.Difference.Verdict))],
            Baseline, LeastPOfPools);
        return $"Over all pools: {overall} On each pool by itself: {single}";
    }

    internal IReadOnlyList<(string Strategy, PoolDifference Difference)> OnPools() =>
        [.. Strategies.SelectMany(s => s.Pools.Select(d => (s.Name, d)))
            .OrderBy(d => d.d.Pool, StringComparer.Ordinal)];

    // what the user can mend is said in one line; what else fails has the lines of its stack, and may go well again
    internal static string Advice(IReadOnlyList<BenchFailure> failures) =>
        failures.Any(f => f.Error.Contains('\n', StringComparison.Ordinal))
            ? "run the same command to try again"
            : "mend what this names, then run the same command again";

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
        if (least <= Level) return words;
        return string.Create(
            Invariant,
            $"{words} There are too few pairs to show one: for {count} comparison{(count == 1 ? "" : "s")} "
            + $"the least possible p is {least:0.00} after correction; {Level} is needed.");
    }
}
