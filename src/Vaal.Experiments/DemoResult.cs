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

    /// <summary>Sentences that follow the numbers.</summary>
    public IReadOnlyList<string> Words { get; internal init; }
}
