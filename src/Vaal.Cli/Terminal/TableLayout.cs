using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console.Rendering;

namespace Vaal.Cli.Terminal;

/// <summary>Fits a table into a narrow terminal: cells wrap between words, and words stay whole.</summary>
internal static partial class TableLayout
{
    /// <summary>A longer word, such as a path, is cut where its line ends.</summary>
    private const int LongestWord = 20;

    /// <summary>The widths of columns that need no more than <paramref name="room"/> together; null: not even their
    /// longest words fit.</summary>
    /// <param name="lines">the headers, then the rows</param>
    public static int[]? Widths(IReadOnlyList<string[]> lines, int room)
    {
        int[] widths = [.. lines[0].Select((_, c) => lines.Max(l => Width(l[c])))];
        int[] least = [.. lines[0].Select((_, c) => lines.Max(l => Words(l[c], c == 0).Select(Width)
            .Select(w => Math.Min(w, LongestWord)).DefaultIfEmpty(1).Max()))];
        // the widest column gives first
        while (widths.Sum() > room)
        {
            var widest = Enumerable.Range(0, widths.Length).Where(c => widths[c] > least[c])
                .OrderByDescending(c => widths[c]).FirstOrDefault(-1);
            if (widest < 0) return null;
            widths[widest]--;
        }
        return widths;
    }

    /// <summary>A cell in lines of at most that width.</summary>
    /// <param name="name">it is a name that people copy, and a hyphen is part of it</param>
    public static string Wrapped(string cell, int width, bool name = false)
    {
        var (text, used) = (new StringBuilder(), 0);
        foreach (var word in Words(cell, name).SelectMany(w => Cut(w, width)))
        {
            if (used > 0 && used + Width(word.TrimEnd()) > width)
            {
                Trim(text).Append('\n');
                used = 0;
            }
            text.Append(word);
            used += Width(word);
        }
        return Trim(text).ToString();
    }

    /// <summary>Columns of the terminal.</summary>
    public static int Width(string text) => new Segment(text).CellCount();

    // with the blank behind it. A hyphen parts words too, but not those of a date
    private static IEnumerable<string> Words(string cell, bool name) =>
        (name || cell.Length > 0 && char.IsAsciiDigit(cell[0]) ? Blanks() : BlanksAndHyphens()).Split(cell)
            .Where(w => w.Length > 0);

    // a word that is longer than a line, in pieces
    private static IEnumerable<string> Cut(string word, int width)
    {
        var piece = new StringBuilder();
        foreach (var letter in StringInfo.GetTextElementEnumerator(word).AsEnumerable())
        {
            if (piece.Length > 0 && Width($"{piece}{letter}".TrimEnd()) > width)
            {
                yield return piece.ToString();
                piece.Clear();
            }
            piece.Append(letter);
        }
        yield return piece.ToString();
    }

    private static IEnumerable<string> AsEnumerable(this TextElementEnumerator letters)
    {
        while (letters.MoveNext()) yield return letters.GetTextElement();
    }

    private static StringBuilder Trim(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ') text.Length--;
        return text;
    }

    [GeneratedRegex("(?<= )")] private static partial Regex Blanks();
    [GeneratedRegex("(?<=[ -])")] private static partial Regex BlanksAndHyphens();
}
