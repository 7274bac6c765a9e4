using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// RFC 4180: cells between delimiters, quoted where they hold one, a quote or a line break; a quote in quotes is
/// doubled. Blanks around a cell are no part of it unless they stand in quotes.
/// </summary>
internal static class CsvText
{
    /// <summary>The problem of a row whose text may go on in the next line.</summary>
    public const string Unclosed = "a quote is opened and never closed";

    /// <summary>The rows that are not blank, with the line on which each begins, and what is wrong with it.</summary>
    public static IEnumerable<(int Line, string[] Cells, string? Problem)> Rows(string text, char delimiter) =>
        Whole(text, delimiter).Select(r => (r.Line, r.Cells, r.Problem));

    /// <summary>The same with the cells, by their columns, that had blanks around them, as they stand; null: none
    /// had.</summary>
    public static IEnumerable<(int Line, string[] Cells, string? Problem, Dictionary<int, string>? Untrimmed)> Whole(
        string text, char delimiter)
    {
        for (int at = 0, line = 1; at < text.Length;)
        {
            var (start, from, cells, problem, more) = (line, at, new List<string>(), (string?)null, true);
            Dictionary<int, string>? untrimmed = null;
            while (more)
            {
                problem = Cell(text, delimiter, ref at, ref line, cells, ref untrimmed, out more) ?? problem;
                if (!more || at < text.Length) continue;
                cells.Add("");                                          // the file ends with a delimiter
                more = false;
            }
            if (!text.AsSpan(from, at - from).IsWhiteSpace()) yield return (start, [.. cells], problem, untrimmed);
        }
    }

    /// <summary>Reads one cell and the delimiter or line break behind it; returns what is wrong with it.</summary>
    private static string? Cell(string text, char delimiter, ref int at, ref int line, List<string> cells,
        ref Dictionary<int, string>? untrimmed, out bool more)
    {
        var (cell, problem, quoted) = (new StringBuilder(), (string?)null, false);
        var blank = at;
        while (blank < text.Length && text[blank] == ' ') blank++;
        // blanks before a quote are no part of it
        if (blank < text.Length && text[blank] == '"') at = blank;
        if (text[at] == '"')
        {
            (var closed, quoted) = (false, true);
            for (at++; at < text.Length && !closed; at++)
            {
                if (text[at] != '"') cell.Append(text[at]);
                else if (at + 1 < text.Length && text[at + 1] == '"') cell.Append(text[++at]);
                else closed = true;
                if (text[at] == '\n') line++;
            }
            if (!closed) problem = Unclosed;
        }
        var rest = text.AsSpan(at);
        var end = rest.IndexOfAny(delimiter, '\n', '\r') is var found and >= 0 ? found : rest.Length;
        if (rest[..end].Contains('"') || cell.Length > 0 && rest[..end].Trim(' ').Length > 0)
            problem ??= "a quote stands in the middle of a cell";
        var plain = rest[..end].Trim([' ', '\t']);
        if (!quoted && plain.Length is > 0 and var length && length < end)
            (untrimmed ??= []).Add(cells.Count, rest[..end].ToString());
        cell.Append(plain);
        at += end;
        more = at < text.Length && text[at] == delimiter;
        if (at < text.Length)
        {
            var last = text[at++];
            if (last == '\r' && at < text.Length && text[at] == '\n') at++;
            if (!more) line++;
        }
        cells.Add(cell.ToString());
        return problem;
    }

    public static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(Quote)) + "\n";

    /// <summary>A cell as it stands in a line.</summary>
    public static string Quote(string? cell)
    {
        if (cell is null) return "";
        var plain = !cell.AsSpan().ContainsAny(",\"\r\n;\t|") && !cell.StartsWith(' ') && !cell.EndsWith(' ');
        return plain ? cell : $"\"{cell.Replace("\"", "\"\"")}\"";
    }
}
