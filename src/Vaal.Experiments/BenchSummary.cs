using System.Text.Json.Serialization;
using MathNet.Numerics.Distributions;
using Vaal.Data;

namespace Vaal.Experiments;

using Areas = Dictionary<string, Dictionary<(string Pool, long Seed), double>>;
using Runs = Dictionary<(string Pool, string Strategy, long Seed), ResultRow[]>;

/// <summary>
/// Labels that the baseline needs for the accuracy that a strategy first has with <paramref name="Used"/> labels, less
/// these. Both mean curves are made monotone.
/// </summary>
/// <param name="Saved">labels, with Student's t interval over the jackknife's pseudo-values; the ends of the measured
/// range are taken where the baseline is better or worse throughout</param>
/// <param name="AtLeast">the upper end is only known to be at least that: the baseline did not get there within its
/// budget, in all runs together or without one of them</param>
internal sealed record LabelSaving(string Pool, string Strategy, int Used, Interval Saved, bool AtLeast);

/// <summary>
/// The statistics of a bench, from its rows alone. A unit is a run of a pool and a seed; pairs are units that
/// strategy and baseline have both finished. docs/bench.md defines every number, so that it can be computed again
/// elsewhere.
/// </summary>
public sealed partial class BenchSummary : Report
{
    /// <summary>What a corrected p must not exceed for a strategy to be called better or worse.</summary>
    internal const double Level = 0.05;

    private BenchSummary() { }

    [JsonInclude]
    internal string Title { get; init; } = "";

    internal string About { get; init; } = "";

    /// <summary>Runs that the bench consists of; 0: not known.</summary>
    internal int Wanted { get; private init; }

    /// <summary>All rows, also of runs that are not finished.</summary>
    internal IReadOnlyList<ResultRow> Rows { get; private init; } = [];

    /// <summary>What the numbers called accuracy are: accuracy, of several classes an image mean AP, of masks mean
    /// IoU.</summary>
    [JsonInclude]
    internal string Measure => Rows.Count == 0 ? LabelForm.Class.Measure
        : string.Join(" or ", Rows.Select(r => r.Measure).Distinct());

    [JsonInclude]
    internal string Baseline { get; private init; } = "random";

    /// <summary>Best difference first; the baseline last.</summary>
    public IReadOnlyList<StrategySummary> Strategies { get; private init; } = [];

    /// <summary>By pool: mean accuracy with Student's t interval over seeds for each number of labels.</summary>
    internal IReadOnlyDictionary<string, IReadOnlyList<LearningCurve>> Curves { get; private init; } =
        new Dictionary<string, IReadOnlyList<LearningCurve>>();

    [JsonInclude]
    internal IReadOnlyList<LabelSaving> Savings { get; private init; } = [];

    /// <summary>A line for each strategy that is compared with nothing: why.</summary>
    internal IReadOnlyList<string> Unpaired { get; private init; } = [];

    /// <summary>
    /// Row i, column j: over pools, the share of rounds in which strategy i was better than j by a paired t test at 5%,
    /// summed (Ash et al. 2020, section 5). In the order of <see cref="Strategies"/>; not corrected for the number of
    /// tests. NaN: no pool has two rounds, and two seeds that both have finished.
    /// </summary>
    internal double[][] Penalties { get; private init; } = [];

    /// <summary>The least corrected p that so many pairs (of several pools: so many pools) and strategies could have
    /// given: above
    /// <see cref="Level"/> the bench could not have shown a difference.</summary>
    [JsonInclude]
    internal double LeastP { get; private init; } = double.NaN;

    /// <summary>The same of the comparisons on single pools.</summary>
    [JsonInclude]
    internal double LeastPOfPools { get; private init; } = double.NaN;

    [JsonInclude]
    internal IReadOnlyList<BenchFailure> Failures { get; private init; } = [];

    /// <summary>What may be said, in a sentence or two. Before it, a line each: what the numbers lack.</summary>
    [JsonInclude]
    internal string Outcome => string.Join("\n", Lacking().Append(Said()));

    /// <summary>That runs failed, in a line with what may help; null: none did.</summary>
    [JsonIgnore]
    public string? Failed => Failures is not [var first, ..] ? null
        : $"{Failures.Count} of {Counted.Of(Wanted, "run")} failed ({first.Name}: {first.Error.Split('\n')[0]}); "
            + Advice(Failures);

    /// <param name="rows">of finished runs and others</param>
    /// <param name="wanted">runs that the bench consists of; 0: not known</param>
    internal static BenchSummary Of(IReadOnlyList<ResultRow> rows, string baseline = "random", string title = "",
        string about = "", int wanted = 0, IReadOnlyList<BenchFailure>? failures = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        var runs = Finished(rows);
        string[] names = [.. rows.Select(r => r.Strategy).Distinct()];
        string[] pools = [.. runs.Select(r => r.Key.Pool).Distinct()];
        var areas = runs.GroupBy(r => r.Key.Strategy).ToDictionary(g => g.Key,
            g => g.ToDictionary(r => (r.Key.Pool, r.Key.Seed), r => Area(r.Value)));
        StrategySummary[] summaries = [.. names.Select(name => One(name, baseline, rows, areas))];
        foreach (var s in summaries) s.MacroF1 = MacroF1(s.Name, runs);
        Correct(summaries);
        var ordered = summaries.OrderBy(s => s.Name == baseline).ThenByDescending(
            s => double.IsNaN(s.Difference.Estimate) ? double.NegativeInfinity : s.Difference.Estimate).ToList();
        var penalties = PenaltyMatrix([.. ordered.Select(s => s.Name)], runs);
        foreach (var (j, s) in ordered.Index()) s.Penalty = Penalty(penalties, j);
        return new()
        {
            Title = title,
            About = about,
            Wanted = wanted,
            Failures = failures ?? [],
            Rows = rows,
            Baseline = baseline,
            Strategies = ordered,
            Curves = pools.ToDictionary(pool => pool,
                pool => (IReadOnlyList<LearningCurve>)[.. names.SelectMany(name => Curve(name, pool, runs))]),
            Savings = [.. from pool in pools from s in ordered where s.Name != baseline
                          from saving in Saving(pool, s.Name, baseline, runs) select saving],
            Unpaired = UnpairedRuns.Lines(rows, ordered, baseline),
            Penalties = penalties,
            LeastP = Least([.. ordered.Where(s => !double.IsNaN(s.P)).Select(s => s.LeastP)]),
            LeastPOfPools = Least([.. ordered.SelectMany(s => s.Pools).Select(p => p.LeastP)]),
        };
    }

    /// <summary>The mean of what a column of the penalty matrix has; NaN: nothing beside its own 0.</summary>
    internal static double Penalty(double[][] penalties, int column)
    {
        double[] known = [.. penalties.Select(row => row[column]).Where(p => !double.IsNaN(p))];
        return known.Length < 2 ? double.NaN : known.Average();
    }

    internal static string VerdictOf(double p, double corrected, Interval difference) =>
        double.IsNaN(p) ? "" : corrected > Level ? "no difference shown" : difference.Estimate > 0 ? "better" : "worse";

    private static double Least(IReadOnlyList<double> p) => p.Count == 0 ? double.NaN : Math.Min(1, p.Count * p.Min());

    // Holm over strategies, and over strategies and pools
    private static void Correct(StrategySummary[] summaries)
    {
        var tested = summaries.Where(s => !double.IsNaN(s.P)).ToList();
        var overall = new Queue<double>(PairedTests.Holm([.. tested.Select(s => s.P)]));
        var byPool = new Queue<double>(PairedTests.Holm([.. tested.SelectMany(s => s.Pools).Select(p => p.P)]));
        foreach (var s in tested)
        {
            s.Corrected = overall.Dequeue();
            s.Pools = [.. s.Pools.Select(p => p with { Corrected = byPool.Dequeue() })];
        }
    }

    /// <summary>Runs with as many rounds as the longest of their pool.</summary>
    private static Runs Finished(IReadOnlyList<ResultRow> rows)
    {
        var rounds = rows.GroupBy(r => r.Pool).ToDictionary(g => g.Key, g => g.Max(r => r.Round) + 1);
        return rows.GroupBy(r => (r.Pool, r.Strategy, r.Seed)).Where(run => run.Count() == rounds[run.Key.Pool])
            .ToDictionary(run => run.Key, run => run.OrderBy(r => r.Round).ToArray());
    }

    private static StrategySummary One(string name, string baseline, IReadOnlyList<ResultRow> rows, Areas areas)
    {
        var own = areas.GetValueOrDefault(name, []);
        var other = name == baseline ? [] : areas.GetValueOrDefault(baseline, []);
        var differences = own.Where(u => other.ContainsKey(u.Key))
            .ToDictionary(u => u.Key, u => u.Value - other[u.Key]);
        var ahead = new PoolsAndSeeds(differences);
        var selections = rows.Where(r => r.Strategy == name && r.SelectSeconds > 0).GroupBy(r => (r.Pool, r.Seed))
            .SelectMany(run => run.OrderBy(r => r.Round).SkipLast(1)).ToList();
        return new(
            name, own.Count, new PoolsAndSeeds(own).Mean, ahead.Mean, ahead.SignFlip, double.NaN, double.NaN,
            Median([.. selections.Select(r => r.SelectSeconds)]),
            Median([.. selections.Select(r => r.TrainSeconds).Where(double.IsFinite)]),
            selections.Max(r => r.PeakMebibytes) ?? double.NaN)
        {
            LeastP = ahead.LeastP,
            Pools = [.. differences.GroupBy(d => d.Key.Pool).OrderBy(g => g.Key)
                .Select(g => OnPool(g.Key, new(g), g.Count()))],
        };

        static PoolDifference OnPool(string pool, PoolsAndSeeds ahead, int pairs) =>
            new(pool, pairs, ahead.Mean, ahead.SignFlip, ahead.LeastP, double.NaN);
    }

    private static IEnumerable<LearningCurve> Curve(string name, string pool, Runs runs)
    {
        var own = runs.Where(r => r.Key.Pool == pool && r.Key.Strategy == name)
            .OrderBy(r => r.Key.Seed).Select(r => r.Value).ToList();
        if (own.Count == 0) yield break;
        yield return new(name, Labels(own), [.. Enumerable.Range(0, own[0].Length)
            .Select(round => Statistics.MeanInterval([.. own.Select(run => run[round].Accuracy)]))]);
    }

    // at the last round but one, so that the baseline has a round more to catch up in; at the last where there are
    // but two. Both sides are read in the same way, so that a strategy saves nothing against itself.
    private static IEnumerable<LabelSaving> Saving(string pool, string name, string baseline, Runs runs)
    {
        long[] seeds = [.. runs.Keys
            .Where(k => k.Pool == pool && k.Strategy == name && runs.ContainsKey((pool, baseline, k.Seed)))
            .Select(k => k.Seed).Order()];
        if (seeds.Length == 0) yield break;
        ResultRow[][] own = [.. seeds.Select(s => runs[(pool, name, s)])];
        ResultRow[][] other = [.. seeds.Select(s => runs[(pool, baseline, s)])];
        if (own[0].Length < 2) yield break;
        var at = Math.Max(1, own[0].Length - 2);
        var (steps, labels, beyond) = (Labels(own), Labels(other), false);
        var saved = Statistics.Jackknife(seeds.Length, units =>
        {
            var theirs = Mean(other, units);
            var (target, used) = Reached(Mean(own, units));
            var needed = BudgetCurve.LabelsToReach(target, labels, theirs);
            beyond |= needed is null;
            return (needed ?? labels[^1]) - used;
        });
        var first = Reached(Mean(own, [.. Enumerable.Range(0, seeds.Length)])).Used;
        double least = labels[0] - first, most = labels[^1] - first;                 // the ends of what was measured
        beyond |= saved.High > most;
        if (!double.IsNaN(saved.Low))
            saved = new(saved.Estimate, Math.Clamp(saved.Low, least, most), Math.Clamp(saved.High, least, most));
        yield return new(pool, name, first, saved, beyond);

        static double[] Mean(ResultRow[][] runs, IReadOnlyList<int> units) =>
            [.. Enumerable.Range(0, runs[0].Length).Select(round => units.Average(u => runs[u][round].Accuracy))];

        // of a plateau the first number of labels
        (double Target, int Used) Reached(double[] ours)
        {
            var rising = BudgetCurve.Isotonic(ours);
            return (rising[at], steps[Array.IndexOf(rising, rising[at])]);
        }
    }

    private static double[][] PenaltyMatrix(string[] names, Runs runs)
    {
        var matrix = names.Select(_ => Enumerable.Repeat(double.NaN, names.Length).ToArray()).ToArray();
        for (var i = 0; i < names.Length; i++) matrix[i][i] = 0;
        foreach (var pool in runs.Keys.Select(k => k.Pool).Distinct())
        {
            var rounds = runs.First(r => r.Key.Pool == pool).Value.Length;
            foreach (var (i, a) in names.Index())
                foreach (var (j, b) in names.Index().Where(b => b.Index != i))
                {
                    long[] seeds = [.. runs.Keys
                        .Where(k => k.Pool == pool && k.Strategy == a && runs.ContainsKey((pool, b, k.Seed)))
                        .Select(k => k.Seed)];
                    if (seeds.Length < 2 || rounds < 2) continue;
                    if (double.IsNaN(matrix[i][j])) matrix[i][j] = 0;
                    double Ahead(long seed, int round) =>
                        runs[(pool, a, seed)][round].Accuracy - runs[(pool, b, seed)][round].Accuracy;
                    for (var round = 1; round < rounds; round++)             // before the first choice all are the same
                        if (IsBetter([.. seeds.Select(s => Ahead(s, round))])) matrix[i][j] += 1.0 / (rounds - 1);
                }
        }
        return matrix;
    }

    private static bool IsBetter(double[] differences)
    {
        if (differences.Sum() <= 0) return false;
        var error = Statistics.StandardDeviation(differences) / Math.Sqrt(differences.Length);
        return error == 0
            || Statistics.Mean(differences) / error > StudentT.InvCDF(0, 1, differences.Length - 1, 1 - Level / 2);
    }

    // strategies may differ in how many labels a cost buys; then the mean stands for the round
    private static int[] Labels(IReadOnlyList<ResultRow[]> runs) => [.. Enumerable.Range(0, runs[0].Length)
        .Select(round => (int)Math.Round(runs.Average(run => run[round].Labelled), MidpointRounding.AwayFromZero))];

    private static int[] Labels(ResultRow[] run) => [.. run.Select(r => r.Labelled)];

    private static double Area(ResultRow[] run) => BudgetCurve.Area(Labels(run), [.. run.Select(r => r.Accuracy)]);

    // averaged over the budget as the measure is
    private static Interval? MacroF1(string name, Runs runs)
    {
        var areas = runs.Where(r => r.Key.Strategy == name && r.Value.All(row => row.MacroF1 is not null))
            .ToDictionary(r => (r.Key.Pool, r.Key.Seed),
                r => BudgetCurve.Area(Labels(r.Value), [.. r.Value.Select(row => row.MacroF1!.Value)]));
        return areas.Count == 0 ? null : new PoolsAndSeeds(areas).Mean;
    }

    private static double Median(IReadOnlyList<double> values) =>
        values.Count == 0 ? double.NaN : Statistics.Quantile(values, 0.5);
}
