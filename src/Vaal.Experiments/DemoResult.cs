namespace Vaal.Experiments;

/// <summary>What the demo came to.</summary>
public sealed class DemoResult
{
    internal DemoResult(string title, IReadOnlyList<ResultRow> rows, IReadOnlyList<string> words) =>
        (Title, Rows, Words) = (title, rows, words);

    /// <summary>Of what it was measured on.</summary>
    public string Title { get; internal init; }

    /// <summary>One for each strategy, seed and batch.</summary>
    public IReadOnlyList<ResultRow> Rows { get; internal init; }

    /// <summary>Mean accuracy over the seeds, for each strategy.</summary>
    public IReadOnlyList<LearningCurve> Curves => ComparisonSummary.Curves(Rows);

    /// <summary>What the default of <c>vaal next</c> gained over random sampling: mean accuracy, 0..1, over the
    /// curve.</summary>
    public Interval Gain => ComparisonSummary.Gain(Rows, Demo.Default);

    /// <summary>What VAAL gained likewise.</summary>
    public Interval VaalGain => ComparisonSummary.Gain(Rows, Demo.Vaal);

    /// <summary>Sentences that follow the numbers.</summary>
    public IReadOnlyList<string> Words { get; internal init; }
}
