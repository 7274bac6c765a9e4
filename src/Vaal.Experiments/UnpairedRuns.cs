namespace Vaal.Experiments;

/// <summary>Why a strategy has no run beside one of the baseline.</summary>
internal static class UnpairedRuns
{
    private const int MostSeeds = 6;

    /// <summary>A line for each strategy that has rows and no pair; none where the baseline has no rows
    /// itself.</summary>
    public static IReadOnlyList<string> Lines(
        IReadOnlyList<ResultRow> rows, IEnumerable<StrategySummary> strategies, string baseline)
    {
        ResultRow[] other = [.. rows.Where(r => r.Strategy == baseline)];
        if (other.Length == 0) return [];
        return [.. strategies.Where(s => s.Name != baseline && double.IsNaN(s.P)).Select(s =>
            $"{s.Name}: {Why([.. rows.Where(r => r.Strategy == s.Name)], other, rows, baseline)}")];
    }

    private static string Why(
        ResultRow[] own, ResultRow[] other, IReadOnlyList<ResultRow> all, string baseline)
    {
        string[] pools = [.. own.Select(r => r.Pool).Intersect(other.Select(r => r.Pool))];
        if (pools.Length == 0)
            return $"it has no pool of {baseline}: {Names(own)} against {Names(other)}";
        var pool = pools[0];
        var (ours, theirs) = (Runs(own, pool), Runs(other, pool));
        long[] both = [.. ours.Keys.Intersect(theirs.Keys)];
        if (both.Length == 0) return $"seeds {Span(ours.Keys)} against {Span(theirs.Keys)} of {baseline}";
        var whole = all.Where(r => r.Pool == pool).Max(r => r.Round) + 1;
        long[] ended = [.. both.Where(seed => ours[seed] == whole)];
        return ended.Length == 0 ? $"{both.Max(seed => ours[seed])} of {Counted.Of(whole, "round")}"
            : $"{baseline} has {ended.Max(seed => theirs[seed])} of {Counted.Of(whole, "round")} beside its runs";
    }

    private static Dictionary<long, int> Runs(ResultRow[] rows, string pool) =>
        rows.Where(r => r.Pool == pool).GroupBy(r => r.Seed).ToDictionary(g => g.Key, g => g.Count());

    private static string Names(ResultRow[] rows) => string.Join(", ", rows.Select(r => $"'{r.Pool}'").Distinct());

    private static string Span(IEnumerable<long> seeds)
    {
        long[] ordered = [.. seeds.Order()];
        if (ordered.Length > 2 && ordered[^1] - ordered[0] == ordered.Length - 1) return $"{ordered[0]}..{ordered[^1]}";
        return string.Join(", ", ordered.Take(MostSeeds)) + (ordered.Length > MostSeeds ? ", …" : "");
    }
}
