using System.Globalization;

namespace Vaal.Experiments;

/// <summary>What a comparison came to: learning curves over seeds, and in plain words what the numbers are.</summary>
internal static class ComparisonSummary
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <summary>Mean accuracy with its 95% confidence interval over seeds, by strategy and number of labels.</summary>
    public static IReadOnlyList<LearningCurve> Curves(IReadOnlyList<ResultRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return [.. rows.GroupBy(r => r.Strategy).Select(strategy =>
        {
            var points = strategy.GroupBy(r => r.Labelled).OrderBy(p => p.Key).ToList();
            return new LearningCurve(strategy.Key, [.. points.Select(p => p.Key)],
                [.. points.Select(p => Statistics.MeanInterval([.. p.Select(r => r.Accuracy)]))]);
        })];
    }

    /// <summary>Difference in the area under the learning curve, strategy − baseline, paired by seed: mean accuracy
    /// gained, 0..1.</summary>
    public static Interval Gain(IReadOnlyList<ResultRow> rows, string strategy, string baseline = "random") =>
        PairedTests.Difference(Areas(rows, strategy), Areas(rows, baseline));

    /// <summary>
    /// One sentence a strategy: better, worse or not better than the baseline. As in a bench, the exact test decides,
    /// after Holm's correction for all strategies.
    /// </summary>
    public static string InWords(IReadOnlyList<ResultRow> rows, string strategy, string baseline = "random")
    {
        ArgumentNullException.ThrowIfNull(rows);
        var gain = Gain(rows, strategy, baseline);
        var seeds = rows.Where(r => r.Strategy == strategy).Select(r => r.Seed).Distinct().Count();
        var p = Holm(rows, strategy, baseline);
        var verdict = p > BenchSummary.Level || double.IsNaN(p) ? "not better" : gain.Estimate > 0 ? "better" : "worse";
        var numbers = $"{strategy} was {verdict} than {baseline}: {SignedPoints.Of(gain.Estimate)} points of "
            + $"{rows[0].Measure} averaged over the curve";
        return double.IsNaN(gain.Low)
            ? $"{numbers}; {seeds} seed gives no confidence interval."
            : string.Create(Invariant, $"{numbers}, 95% confidence interval {SignedPoints.Of(gain.Low)} to "
                + $"{SignedPoints.Of(gain.High)}; {seeds} seeds, exact p {p:0.000} after Holm's correction.");
    }

    private static double Holm(IReadOnlyList<ResultRow> rows, string strategy, string baseline)
    {
        string[] names = [.. rows.Select(r => r.Strategy).Distinct().Where(name => name != baseline)];
        var p = PairedTests.Holm(
            [.. names.Select(name => PairedTests.SignFlip(Areas(rows, name), Areas(rows, baseline)))]);
        return p[Array.IndexOf(names, strategy)];
    }

    /// <summary>
    /// Labels that the mean curve needed for the baseline's last accuracy, in a sentence; null: it did not reach it
    /// with fewer than the baseline. Both curves are made monotone.
    /// </summary>
    public static string? Saved(IReadOnlyList<ResultRow> rows, string strategy, string baseline = "random")
    {
        var curves = Curves(rows);
        LearningCurve own = curves.First(c => c.Strategy == strategy),
            other = curves.First(c => c.Strategy == baseline);
        double[] ours = [.. own.Accuracy.Select(a => a.Estimate)], theirs = [.. other.Accuracy.Select(a => a.Estimate)];
        var target = BudgetCurve.Isotonic(theirs)[^1];
        var first = BudgetCurve.LabelsToReach(target, other.Labels, theirs)!.Value;
        if (BudgetCurve.LabelsToReach(target, own.Labels, ours) is not { } needed || needed >= first) return null;
        var smoothed = Math.Abs(target - theirs[^1]) > 5e-4 ? " (smoothed)" : "";
        return string.Create(Invariant,
            $"{strategy} reached the final {rows[0].Measure} of {baseline}, {100 * target:0.0}%{smoothed}, "
                + $"with {Math.Ceiling(needed):0} labels in place of {first:0}.");
    }

    private static double[] Areas(IReadOnlyList<ResultRow> rows, string strategy) =>
    [
        .. rows.Where(r => r.Strategy == strategy).GroupBy(r => r.Seed).OrderBy(g => g.Key).Select(run =>
        {
            var rounds = run.OrderBy(r => r.Labelled).ToList();
            return BudgetCurve.Area([.. rounds.Select(r => r.Labelled)], [.. rounds.Select(r => r.Accuracy)]);
        }),
    ];
}
