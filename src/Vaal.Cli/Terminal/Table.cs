using System.Globalization;
using Spectre.Console;

namespace Vaal.Cli.Terminal;

/// <summary>A table of results: ruled on a terminal, aligned plain text in a file or a pipe.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

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
        var table = new Spectre.Console.Table
        {
            Border = TableBorder.Horizontal,
            BorderStyle = new Style(Color.Grey),
        };
        var bold = new Style(decoration: Decoration.Bold);
        for (var c = 0; c < columns.Length; c++)
        {
            table.AddColumn(new TableColumn(new Text(columns[c], bold))
            {
                Alignment = IsNumeric(c) ? Justify.Right : Justify.Left,
                NoWrap = true,
            });
        }
        foreach (var row in _rows) table.AddRow(row.Select(cell => new Text(cell)));
        console.Write(table);
    }

    /// <summary>Columns two spaces apart, numbers to the right, no blanks at the ends of lines.</summary>
    public override string ToString()
    {
        string[][] lines = [columns, .. _rows];
        var widths = columns.Select((_, c) => lines.Max(line => Width(line[c]))).ToArray();
        var numeric = columns.Select((_, c) => IsNumeric(c)).ToArray();
        return string.Concat(lines.Select(line => string.Join("  ", line.Select(Aligned)).TrimEnd() + "\n"));

        string Aligned(string cell, int c)
        {
            var blanks = new string(' ', widths[c] - Width(cell));
            return numeric[c] ? blanks + cell : cell + blanks;
        }
    }

    private bool IsNumeric(int column) =>
        _rows.Any(r => r[column].Length > 0) && _rows.All(r => r[column].Length == 0 || StartsLikeANumber(r[column]));

    private static bool StartsLikeANumber(string cell) =>
        char.IsAsciiDigit(cell[0]) || "+-−–±.".Contains(cell[0], StringComparison.Ordinal);

    private static int Width(string text) => new StringInfo(text).LengthInTextElements;
}
