using Spectre.Console;

namespace Vaal.Cli.Terminal;

/// <summary>A table of results: ruled on a terminal, aligned plain text in a file or a pipe.</summary>
internal sealed class Table(params string[] columns)
{
    private static readonly Style _bold = new(decoration: Decoration.Bold);
    private readonly List<string[]> _rows = [];

    /// <param name="lines">the headers, then the rows</param>
    public Table(IReadOnlyList<IReadOnlyList<string>> lines)
        : this([.. lines[0]])
    {
        foreach (var row in lines.Skip(1)) Add([.. row]);
    }

    public Table Add(params string[] cells)
    {
        if (cells.Length != columns.Length)
            throw new ArgumentException($"{cells.Length} cells for {columns.Length} columns");
        _rows.Add([.. cells.Select(Visible.Line)]);
        return this;
    }

    public void Print()
    {
        Output.BeforeResults?.Invoke();
        if (Console.IsOutputRedirected) Output.Out.Write(ToString());
        else Print(AnsiConsole.Console);
    }

    internal void Print(IAnsiConsole console)
    {
        string[][] lines = [columns, .. _rows];
        // Spectre takes three columns of the terminal between two of the table, or one where there is little room
        var roomy = lines[0].Select((_, c) => lines.Max(l => TableLayout.Width(l[c]) + 3)).Sum() + 1;
        var narrow = roomy > console.Profile.Width;
        var widths = narrow ? TableLayout.Widths(lines, console.Profile.Width - columns.Length - 1) : null;
        if (narrow && widths is null)
        {
            PrintRows(console);
            return;
        }
        var table = new Spectre.Console.Table
        {
            Border = TableBorder.Horizontal,
            BorderStyle = new Style(Color.Grey),
        };
        for (var c = 0; c < columns.Length; c++)
        {
            var column = new TableColumn(new Text(Fitted(columns[c], c), _bold))
            {
                Alignment = PlainTable.IsNumeric(lines, c) ? Justify.Right : Justify.Left,
                NoWrap = widths is null,
            };
            table.AddColumn(widths is null ? column : column.Padding(0, 0).Width(widths[c]));
        }
        foreach (var row in _rows) table.AddRow(row.Select((cell, c) => new Text(Fitted(cell, c))));
        console.Write(table);

        string Fitted(string cell, int c) => widths is null ? cell : TableLayout.Wrapped(cell, widths[c], name: c == 0);
    }

    // where not even words fit beside each other, each cell has a line
    private void PrintRows(IAnsiConsole console)
    {
        foreach (var row in _rows)
        {
            console.WriteLine(row[0], _bold);
            for (var c = 1; c < columns.Length; c++)
            {
                if (row[c].Length == 0) continue;
                var lines = TableLayout.Wrapped($"{columns[c]}: {row[c]}", console.Profile.Width - 4);
                console.WriteLine("  " + lines.Replace("\n", "\n    ", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>As plain text.</summary>
    public override string ToString() => PlainTable.Of([columns, .. _rows]);
}
