using System.Globalization;
using Vaal.Experiments;

namespace Vaal.Bench;

/// <summary>One setting of the study as Markdown: each strategy less random, labels saved, the default against the
/// others, who beats whom.</summary>
internal static class StudyTables
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    public static void Print(string setting, IReadOnlyList<ResultRow> rows, string favourite)
    {
        var summary = BenchSummary.Of(rows);
        string[] pools = [.. rows.Select(r => r.Pool).Distinct()];
        Console.WriteLine($"### {setting}\n");
        Console.WriteLine($"| strategy | {string.Join(" | ", pools)} | mean of the sets |");
        Console.WriteLine($"|---|{string.Concat(pools.Select(_ => "---|"))}---|");
        foreach (var s in summary.Strategies.Where(s => s.Name != summary.Baseline))
        {
            var cells = pools.Select(pool => s.Pools.FirstOrDefault(p => p.Pool == pool) is { } p
                ? Cell(p.Difference, p.Verdict, p.Corrected) : "");
            Console.WriteLine(
                $"| `{s.Name}` | {string.Join(" | ", cells)} | {Cell(s.Difference, s.Verdict, s.Corrected)} |");
        }
        var area = summary.Strategies.First(s => s.Name == summary.Baseline).Area.Estimate;
        var seeds = rows.GroupBy(r => r.Pool).Select(g => $"{g.Key} {g.Select(r => r.Seed).Distinct().Count()}");
        Console.WriteLine(string.Create(Invariant, $"\nRandom sampling: {100 * area:0.0}% over the curve. ")
            + $"Seeds: {string.Join(", ", seeds)}.");
        foreach (var pool in pools) Saved(pool, rows, favourite);
        foreach (var s in summary.Strategies.Where(s => s.Name != favourite && s.Name != summary.Baseline))
            Against(s.Name, rows, favourite);
        Penalties(summary);
    }

    // labels that the favourite's mean curve needs for what random sampling ends with
    private static void Saved(string pool, IReadOnlyList<ResultRow> rows, string favourite)
    {
        ResultRow[] own = [.. rows.Where(r => r.Pool == pool)];
        if (own.All(r => r.Strategy != favourite) || own.All(r => r.Strategy != "random")) return;
        var saved = ComparisonSummary.Saved(own, favourite);
        Console.WriteLine($"- {pool}: {saved ?? $"{favourite} did not reach random's final accuracy earlier."}");
    }

    private static void Against(string other, IReadOnlyList<ResultRow> rows, string favourite)
    {
        var against = BenchSummary.Of([.. rows.Where(r => r.Strategy == favourite || r.Strategy == other)], other);
        if (against.Strategies.FirstOrDefault(s => s.Name == favourite) is { } s && !double.IsNaN(s.P))
            Console.WriteLine(string.Create(Invariant,
                $"- {favourite} minus `{other}`: {SignedPoints.Of(s.Difference)}, p {s.P:0.0000}"));
    }

    private static void Penalties(BenchSummary summary)
    {
        string[] names = [.. summary.Strategies.Select(s => s.Name)];
        Console.WriteLine($"\n| better than → | {string.Join(" | ", names)} |");
        Console.WriteLine($"|---|{string.Concat(names.Select(_ => "---|"))}");
        foreach (var (i, name) in names.Index())
            Console.WriteLine($"| {name} | "
                + string.Join(" | ", summary.Penalties[i].Select(p => p.ToString("0.0", Invariant))) + " |");
        Console.WriteLine();
    }

    private static string Cell(Interval difference, string verdict, double corrected)
    {
        var text = string.Create(Invariant, $"{SignedPoints.Of(difference)}, p {corrected:0.000}");
        return verdict switch { "better" => $"**{text}**", "worse" => $"*{text}* (worse)", _ => text };
    }
}
