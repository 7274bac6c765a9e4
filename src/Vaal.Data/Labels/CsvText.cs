using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// RFC 4180: cells between delimiters, quoted where they hold one, a quote or a line break; a quote in quotes is
/// doubled. Blanks around a cell are no part of it unless they stand in quotes.
/// </summary>
internal static class CsvText
{
    /// <summary>The rows that are not blank, with the line on which each begins, and what is wrong with it.</summary>
    public static IEnumerable<(int Line, string[] Cells, string? Problem)> Rows(string text, char delimiter)
    {
        for (int at = 0, line = 1; at < text.Length;)
        {
            var (start, from, cells, problem, more) = (line, at, new List<string>(), (string?)null, true);
            while (more)
            {
                problem = Cell(text, delimiter, ref at, ref line, cells, out more) ?? problem;
                if (!more || at < text.Length) continue;
                cells.Add("");                                          // the file ends with a delimiter
                more = false;
            }
            if (!text.AsSpan(from, at - from).IsWhiteSpace()) yield return (start, [.. cells], problem);
        }
    }

    /// <summary>Reads one cell and the delimiter or line break behind it; returns what is wrong with it.</summary>
    private static string? Cell(string text, char delimiter, ref int at, ref int line, List<string> cells,
        out bool more)
    {
        var (cell, problem) = (new StringBuilder(), (string?)null);
        var blank = at;
        while (blank < text.Length && text[blank] == ' ') blank++;
        // blanks before a quote are no part of it
        if (blank < text.Length && text[blank] == '"') at = blank;
        if (text[at] == '"')
        {
            var closed = false;
            for (at++; at < text.Length && !closed; at++)
            {
                if (text[at] != '"') cell.Append(text[at]);
                else if (at + 1 < text.Length && text[at + 1] == '"') cell.Append(text[++at]);
                else closed = true;
                if (text[at] == '\n') line++;
            }
            if (!closed) problem = "a quote is opened and never closed";
        }
        var rest = text.AsSpan(at);
        var end = rest.IndexOfAny(delimiter, '\n', '\r') is var found and >= 0 ? found : rest.Length;
        if (rest[..end].Contains('"') || cell.Length > 0 && rest[..end].Trim(' ').Length > 0)
            problem ??= "a quote stands in the middle of a cell";
        cell.Append(rest[..end].Trim([' ', '\t']));
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
