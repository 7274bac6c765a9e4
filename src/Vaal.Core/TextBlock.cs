namespace Vaal;

/// <summary>A piece of the text of a <see cref="Report"/>: a line, or a table.</summary>
public sealed class TextBlock
{
    private TextBlock(string? line, IReadOnlyList<IReadOnlyList<string>> rows) => (Line, Rows) = (line, rows);

    /// <summary>The line; null: it is a table.</summary>
    public string? Line { get; }

    /// <summary>The headers of the table, then its rows; empty: it is a line.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Rows { get; }

    /// <summary>As plain text, with a line break at its end.</summary>
    public override string ToString() => Line is null ? PlainTable.Of(Rows) : Line + "\n";

    internal static TextBlock Of(string line) => new(line, []);

    /// <param name="columns">the headers</param>
    /// <param name="rows">each with a cell a column</param>
    internal static TextBlock Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) =>
        new(null, [columns, .. rows]);
}
