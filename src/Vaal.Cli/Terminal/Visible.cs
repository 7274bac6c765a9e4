using System.Text;

namespace Vaal.Cli.Terminal;

/// <summary>
/// Text that a terminal shows and does not obey. File names, server answers and labels may hold escape sequences, a
/// bell, or marks that reverse the order of letters. Such a character is shown as JSON writes it, <c>\u001b</c>, so
/// that JSON stays JSON and keeps its meaning.
/// </summary>
internal static class Visible
{
    /// <summary>Text of one or more lines: line breaks and tabs stay.</summary>
    public static string Text(string text) => Escaped(text, lineBreaks: true);

    /// <summary>Text that must stay on one line, such as a cell of a table.</summary>
    public static string Line(string text) => Escaped(text, lineBreaks: false);

    private static string Escaped(string text, bool lineBreaks)
    {
        if (!text.Where((_, i) => Obeyed(text, i, lineBreaks)).Any()) return text;
        var shown = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            if (Obeyed(text, i, lineBreaks)) shown.Append($"\\u{(int)text[i]:x4}");
            else shown.Append(text[i]);
        }
        return shown.ToString();
    }

    // C0, DEL and C1; line separators; the bidirectional controls of Unicode (UAX #9)
    private static bool Obeyed(string text, int at, bool lineBreaks) => text[at] switch
    {
        '\t' => !lineBreaks,
        '\n' => !lineBreaks,
        '\r' => !lineBreaks || at + 1 == text.Length || text[at + 1] != '\n',
        < ' ' or (>= '\u007f' and <= '\u009f') => true,
        '\u061c' or '\u200e' or '\u200f' or '\u2028' or '\u2029' => true,
        (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069') => true,
        _ => false,
    };
}
