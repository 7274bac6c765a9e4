using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Experiments;

/// <summary>What the demo came to.</summary>
internal sealed class DemoResult(string title, IReadOnlyList<ResultRow> rows, IReadOnlyList<string> words) : Report
{
    /// <summary>Sentences that follow the numbers.</summary>
    [JsonPropertyName("outcome")]
    public IReadOnlyList<string> Words => words;

    /// <summary>What the default of <c>vaal next</c> gained over random sampling: mean accuracy, 0..1, over the
    /// curve.</summary>
    public Interval Gain => ComparisonSummary.Gain(Rows, Demo.Default);

    /// <summary>What VAAL gained likewise.</summary>
    public Interval VaalGain => ComparisonSummary.Gain(Rows, Demo.Vaal);

    /// <summary>One for each strategy, seed and batch.</summary>
    public IReadOnlyList<ResultRow> Rows => rows;

    /// <summary>Of what it was measured on.</summary>
    internal string Title => title;

    /// <summary>Mean accuracy over the seeds, for each strategy.</summary>
    internal IReadOnlyList<LearningCurve> Curves => ComparisonSummary.Curves(Rows);

    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        var curves = Curves;
        return
        [
            TextBlock.Of($"{Title}: accuracy on test images in %, ± 95% CI"),
            TextBlock.Table(["labels", .. curves.Select(c => c.Strategy)], curves[0].Labels.Select(
                (labels, i) => (string[])[$"{labels}", .. curves.Select(c => Percent(c.Accuracy[i]))])),
            TextBlock.Of(""),
            .. Words.Select(TextBlock.Of),
        ];
    }

    private static string Percent(Interval accuracy) => string.Create(CultureInfo.InvariantCulture,
        $"{100 * accuracy.Estimate:0.0} ± {100 * (accuracy.High - accuracy.Estimate):0.0}");
}
