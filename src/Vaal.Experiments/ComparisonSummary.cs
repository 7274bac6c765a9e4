using System.Globalization;

namespace Vaal.Experiments;

/// <summary>What a comparison came to: learning curves over seeds, and in plain words whether the baseline was
/// beaten.</summary>
public static class ComparisonSummary
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

    /// <summary>One sentence a strategy; nothing is called better or worse unless the interval leaves zero
    /// out.</summary>
    public static string InWords(IReadOnlyList<ResultRow> rows, string strategy, string baseline = "random")
    {
        ArgumentNullException.ThrowIfNull(rows);
        var gain = Gain(rows, strategy, baseline);
        var seeds = rows.Where(r => r.Strategy == strategy).Select(r => r.Seed).Distinct().Count();
        var interval = double.IsNaN(gain.Low)
            ? $"; {seeds} seed gives no confidence interval"
            : $", 95% confidence interval {Points(gain.Low)} to {Points(gain.High)}, {seeds} seeds";
        var numbers = $"{Points(gain.Estimate)} points of accuracy averaged over the curve{interval}";
        return gain switch
        {
            { Low: > 0 } => $"{strategy} was better than {baseline}: {numbers}.",
            { High: < 0 } => $"{strategy} was worse than {baseline}: {numbers}.",
            _ => $"{strategy} was not significantly better or worse than {baseline}: {numbers}.",
        };
    }

    private static double[] Areas(IReadOnlyList<ResultRow> rows, string strategy) =>
    [
        .. rows.Where(r => r.Strategy == strategy).GroupBy(r => r.Seed).OrderBy(g => g.Key).Select(run =>
        {
            var rounds = run.OrderBy(r => r.Labelled).ToList();
            return BudgetCurve.Area([.. rounds.Select(r => r.Labelled)], [.. rounds.Select(r => r.Accuracy)]);
        }),
    ];

    private static string Points(double difference) => (100 * difference).ToString("+0.0;−0.0;0.0", Invariant);
}
