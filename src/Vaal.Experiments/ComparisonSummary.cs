using System.Globalization;

namespace Vaal.Experiments;

/// <summary>What a comparison came to: learning curves over seeds, and in plain words whether the baseline was
/// beaten.</summary>
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
    /// One sentence a strategy: better, not better or worse than the baseline. Nothing is called better or worse
    /// unless the interval leaves zero out.
    /// </summary>
    public static string InWords(IReadOnlyList<ResultRow> rows, string strategy, string baseline = "random")
    {
        ArgumentNullException.ThrowIfNull(rows);
        var gain = Gain(rows, strategy, baseline);
        var seeds = rows.Where(r => r.Strategy == strategy).Select(r => r.Seed).Distinct().Count();
        var interval = double.IsNaN(gain.Low)
            ? $"; {seeds} seed gives no confidence interval"
            : $", 95% confidence interval {SignedPoints.Of(gain.Low)} to {SignedPoints.Of(gain.High)}, {seeds} seeds";
        var numbers = $"{SignedPoints.Of(gain.Estimate)} points of {rows[0].Measure} averaged over the curve{interval}";
        return gain switch
        {
            { Low: > 0 } => $"{strategy} was better than {baseline}: {numbers}.",
            { High: < 0 } => $"{strategy} was worse than {baseline}: {numbers}.",
            _ => $"{strategy} was not better than {baseline}: {numbers}.",
        };
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
