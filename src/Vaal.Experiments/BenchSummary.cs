using MathNet.Numerics.Distributions;

namespace Vaal.Experiments;

/// <summary>What one strategy came to against the baseline, over all pools and seeds that both have finished.</summary>
/// <param name="Runs">finished runs</param>
/// <param name="Area">mean accuracy over the budget (area under the learning curve / range of labels), 0..1</param>
/// <param name="Difference">of that area to the baseline's of the same pool and seed; NaN for the baseline</param>
/// <param name="P">two-sided p of the paired sign-flip test of that difference; NaN for the baseline or without pairs</param>
/// <param name="Corrected">the same after Holm's correction for all strategies compared</param>
/// <param name="Penalty">mean of its column of the penalty matrix: how often others were better; lower is better</param>
/// <param name="SelectSeconds">median time of a selection; NaN without one</param>
/// <param name="TrainSeconds">of these, training networks of its own; median</param>
/// <param name="PeakMebibytes">the largest of its selections; NaN where not measured</param>
public sealed record StrategySummary(string Name, int Runs, Interval Area, Interval Difference, double P, double Corrected, double Penalty, double SelectSeconds, double TrainSeconds, double PeakMebibytes)
{
    /// <summary>The only words that a comparison may be summed up in.</summary>
    public string Verdict => double.IsNaN(P) ? "" : Corrected > BenchSummary.Level ? "no difference shown" : Difference.Estimate > 0 ? "better" : "worse";
}

/// <summary>Labels that the baseline needs for the accuracy that a strategy has with <paramref name="Used"/> labels, less these.</summary>
/// <param name="Saved">labels; the ends of the measured range are taken where the baseline is better or worse throughout</param>
/// <param name="AtLeast">the baseline did not get there within its budget, in the runs themselves or in a fortieth of the resamples or more, so that the upper end is only known to be at least that</param>
public sealed record LabelSaving(string Pool, string Strategy, int Used, Interval Saved, bool AtLeast);

/// <summary>
/// The statistics of a bench, from its rows alone. A unit is a run of a pool and a seed; pairs are units that strategy and baseline have
/// both finished. docs/bench.md defines every number, so that it can be computed again elsewhere.
/// </summary>
public sealed record BenchSummary
{
    /// <summary>What a corrected p must not exceed for a strategy to be called better or worse.</summary>
    public const double Level = 0.05;

    private const int Seed = 0;

    public string Title { get; init; } = "";
    public string About { get; init; } = "";

    /// <summary>Runs that the bench consists of; 0: not known.</summary>
    public int Wanted { get; init; }

    public IReadOnlyList<BenchFailure> Failures { get; init; } = [];
    public string Baseline { get; private init; } = "random";

    /// <summary>All rows, also of runs that are not finished.</summary>
    public IReadOnlyList<ResultRow> Rows { get; private init; } = [];

    /// <summary>What the numbers called accuracy are: accuracy, or of masks mean IoU.</summary>
    public string Measure => Rows.Any(r => r.PixelAccuracy is not null) ? "mean IoU" : "accuracy";

    /// <summary>Best difference first; the baseline last.</summary>
    public IReadOnlyList<StrategySummary> Strategies { get; private init; } = [];

    /// <summary>By pool: mean accuracy with bootstrap interval for each number of labels.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<LearningCurve>> Curves { get; private init; } = new Dictionary<string, IReadOnlyList<LearningCurve>>();

    public IReadOnlyList<LabelSaving> Savings { get; private init; } = [];

    /// <summary>Row i, column j: over pools, the share of rounds in which strategy i was better than j by a paired t test at 5%, summed (Ash et
    /// al. 2020, section 5). In the order of <see cref="Strategies"/>; not corrected for the number of tests.</summary>
    public double[][] Penalties { get; private init; } = [];

    /// <summary>The least corrected p that so many pairs and strategies could have given: above <see cref="Level"/> the bench could not have shown a difference.</summary>
    public double LeastP { get; private init; } = double.NaN;

    public static BenchSummary Of(IReadOnlyList<ResultRow> rows, string baseline = "random")
    {
        ArgumentNullException.ThrowIfNull(rows);
        var runs = Finished(rows);
        string[] names = [.. rows.Select(r => r.Strategy).Distinct()];
        var areas = runs.GroupBy(r => r.Key.Strategy).ToDictionary(g => g.Key, g => g.ToDictionary(r => (r.Key.Pool, r.Key.Seed), r => BudgetCurve.Area(Labels(r.Value), Accuracies(r.Value))));
        var summaries = names.Select(name => One(name, baseline, rows, areas)).ToList();
        var tested = summaries.Where(s => !double.IsNaN(s.P)).ToList();
        var corrected = PairedTests.Holm([.. tested.Select(s => s.P)]);
        var ordered = summaries.Select(s => tested.IndexOf(s) is var i and >= 0 ? s with { Corrected = corrected[i] } : s)
            .OrderBy(s => s.Name == baseline).ThenByDescending(s => double.IsNaN(s.Difference.Estimate) ? double.NegativeInfinity : s.Difference.Estimate).ToList();
        var penalties = PenaltyMatrix([.. ordered.Select(s => s.Name)], runs);
        var pairs = tested.Count == 0 ? 0 : tested.Max(s => Pairs(s.Name, baseline, areas).Count);
        return new()
        {
            Rows = rows,
            Baseline = baseline,
            Strategies = [.. ordered.Select((s, j) => s with { Penalty = penalties.Average(row => row[j]) })],
            Curves = runs.Select(r => r.Key.Pool).Distinct().ToDictionary(pool => pool, pool => (IReadOnlyList<LearningCurve>)[.. names.SelectMany(name => Curve(name, pool, runs))]),
            Savings = [.. runs.Select(r => r.Key.Pool).Distinct().SelectMany(pool => ordered.Where(s => s.Name != baseline).SelectMany(s => Saving(pool, s.Name, baseline, runs)))],
            Penalties = penalties,
            LeastP = tested.Count == 0 ? double.NaN : Math.Min(1, tested.Count * Math.ScaleB(1, 1 - pairs)),
        };
    }

    /// <summary>Runs with as many rounds as the longest of their pool.</summary>
    private static Dictionary<(string Pool, string Strategy, long Seed), ResultRow[]> Finished(IReadOnlyList<ResultRow> rows)
    {
        var rounds = rows.GroupBy(r => r.Pool).ToDictionary(g => g.Key, g => g.Max(r => r.Round) + 1);
        return rows.GroupBy(r => (r.Pool, r.Strategy, r.Seed)).Where(run => run.Count() == rounds[run.Key.Pool]).ToDictionary(run => run.Key, run => run.OrderBy(r => r.Round).ToArray());
    }

    private static StrategySummary One(string name, string baseline, IReadOnlyList<ResultRow> rows, Dictionary<string, Dictionary<(string, long), double>> areas)
    {
        var own = areas.GetValueOrDefault(name, []);
        var pairs = name == baseline ? [] : Pairs(name, baseline, areas);
        double[] ours = [.. pairs.Select(u => own[u])], theirs = [.. pairs.Select(u => areas[baseline][u])];
        var selections = rows.Where(r => r.Strategy == name && r.SelectSeconds > 0).GroupBy(r => (r.Pool, r.Seed)).SelectMany(run => run.OrderBy(r => r.Round).SkipLast(1)).ToList();
        return new(name, own.Count, own.Count == 0 ? Interval.Unbounded(double.NaN) : Statistics.Bootstrap([.. own.Values], Seed),
            pairs.Count == 0 ? Interval.Unbounded(double.NaN) : Statistics.Bootstrap([.. ours.Zip(theirs, (a, b) => a - b)], Seed),
            pairs.Count == 0 ? double.NaN : PairedTests.SignFlip(ours, theirs), double.NaN, double.NaN,
            Median([.. selections.Select(r => r.SelectSeconds)]), Median([.. selections.Select(r => r.TrainSeconds).Where(double.IsFinite)]),
            selections.Max(r => r.PeakMebibytes) ?? double.NaN);
    }

    private static List<(string Pool, long Seed)> Pairs(string name, string baseline, Dictionary<string, Dictionary<(string, long), double>> areas) =>
        [.. areas.GetValueOrDefault(name, []).Keys.Intersect(areas.GetValueOrDefault(baseline, []).Keys).Order()];

    private static IEnumerable<LearningCurve> Curve(string name, string pool, Dictionary<(string Pool, string Strategy, long Seed), ResultRow[]> runs)
    {
        var own = runs.Where(r => r.Key.Pool == pool && r.Key.Strategy == name).Select(r => r.Value).ToList();
        if (own.Count == 0) yield break;
        yield return new(name, Labels(own), [.. Enumerable.Range(0, own[0].Length).Select(round => Statistics.Bootstrap([.. own.Select(run => run[round].Accuracy)], Seed))]);
    }

    // at the last round but one, so that the baseline has a round more to catch up in; at the last where there are but two
    private static IEnumerable<LabelSaving> Saving(string pool, string name, string baseline, Dictionary<(string Pool, string Strategy, long Seed), ResultRow[]> runs)
    {
        long[] seeds = [.. runs.Keys.Where(k => k.Pool == pool && k.Strategy == name && runs.ContainsKey((pool, baseline, k.Seed))).Select(k => k.Seed).Order()];
        if (seeds.Length == 0) yield break;
        var (own, other) = (seeds.Select(s => runs[(pool, name, s)]).ToArray(), seeds.Select(s => runs[(pool, baseline, s)]).ToArray());
        if (own[0].Length < 2) yield break;
        var at = Math.Max(1, own[0].Length - 2);
        var (used, labels) = (Labels(own)[at], Labels(other));
        var (calls, beyond, censored) = (0, false, 0);                           // the first call is the estimate itself
        var saved = Statistics.Bootstrap(seeds.Length, units =>
        {
            double[] theirs = [.. Enumerable.Range(0, labels.Length).Select(round => units.Sum(u => other[u][round].Accuracy) / units.Count)];
            var needed = BudgetCurve.LabelsToReach(units.Sum(u => own[u][at].Accuracy) / units.Count, labels, theirs);
            if (calls++ == 0) beyond = needed is null;
            else if (needed is null) censored++;
            return (needed ?? labels[^1]) - used;
        }, Seed);
        yield return new(pool, name, used, saved, beyond || censored >= 0.025 * Math.Max(calls - 1, 1));
    }

    private static double[][] PenaltyMatrix(string[] names, Dictionary<(string Pool, string Strategy, long Seed), ResultRow[]> runs)
    {
        var matrix = names.Select(_ => new double[names.Length]).ToArray();
        foreach (var pool in runs.Keys.Select(k => k.Pool).Distinct())
        {
            var rounds = runs.First(r => r.Key.Pool == pool).Value.Length;
            foreach (var (i, a) in names.Index())
                foreach (var (j, b) in names.Index())
                {
                    var seeds = runs.Keys.Where(k => k.Pool == pool && k.Strategy == a && runs.ContainsKey((pool, b, k.Seed))).Select(k => k.Seed).ToList();
                    for (var round = 1; i != j && round < rounds; round++)                              // before the first choice all are the same
                        if (IsBetter([.. seeds.Select(s => runs[(pool, a, s)][round].Accuracy - runs[(pool, b, s)][round].Accuracy)])) matrix[i][j] += 1.0 / (rounds - 1);
                }
        }
        return matrix;
    }

    private static bool IsBetter(double[] differences)
    {
        if (differences.Length < 2 || differences.Sum() <= 0) return false;
        var error = Statistics.StandardDeviation(differences) / Math.Sqrt(differences.Length);
        return error == 0 || Statistics.Mean(differences) / error > StudentT.InvCDF(0, 1, differences.Length - 1, 1 - Level / 2);
    }

    // strategies may differ in how many labels a cost buys; then the mean stands for the round
    private static int[] Labels(IReadOnlyList<ResultRow[]> runs) => [.. Enumerable.Range(0, runs[0].Length).Select(round => (int)Math.Round(runs.Average(run => run[round].Labelled), MidpointRounding.AwayFromZero))];

    private static int[] Labels(ResultRow[] run) => [.. run.Select(r => r.Labelled)];

    private static double[] Accuracies(ResultRow[] run) => [.. run.Select(r => r.Accuracy)];

    private static double Median(IReadOnlyList<double> values) => values.Count == 0 ? double.NaN : Statistics.Quantile(values, 0.5);
}
