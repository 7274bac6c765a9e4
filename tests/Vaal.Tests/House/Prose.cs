using System.Text.RegularExpressions;

namespace Vaal.Tests.House;

/// <summary>
/// The sentences of a Markdown page and their length. Code blocks, headings and pictures are left out. A list item or a
/// table cell is a paragraph of its own. A colon or a semicolon does not end a sentence.
/// </summary>
internal static partial class Prose
{
    /// <summary>Every sentence with at least four words; what is shorter is a label or a number.</summary>
    public static IEnumerable<string> Sentences(string markdown) =>
        Paragraphs(markdown).SelectMany(p => End().Split(Link().Replace(p, "]")))
            .Where(s => s.Split(' ').Count(HasLetter) >= 4);

    /// <summary>Words and numbers, those of inline code too; signs alone do not count.</summary>
    public static int Words(string sentence) =>
        sentence.Split(' ', StringSplitOptions.RemoveEmptyEntries).Count(w => w.Any(char.IsLetterOrDigit));

    /// <summary>The length that at most one in ten values exceeds (nearest rank).</summary>
    public static int NinetiethPercentile(IEnumerable<int> lengths)
    {
        int[] sorted = [.. lengths.Order()];
        return sorted.Length == 0 ? 0 : sorted[(int)Math.Ceiling(0.9 * sorted.Length) - 1];
    }

    private static IEnumerable<string> Paragraphs(string markdown)
    {
        var (lines, code) = (new List<string>(), false);
        foreach (var line in markdown.Split('\n').Select(l => l.Trim()).Append(""))
        {
            var fence = line.StartsWith("```", StringComparison.Ordinal);
            var row = line.StartsWith('|');
            var item = Bullet().Match(line);
            if ((fence || row || item.Success || IsBreak(line)) && lines.Count > 0)
            {
                yield return string.Join(' ', lines);
                lines.Clear();
            }
            if (fence) code = !code;
            else if (code || IsBreak(line)) continue;
            else if (row) foreach (var cell in line.Split('|')) yield return cell.Trim();
            else lines.Add(line[item.Length..]);
        }
    }

    private static bool IsBreak(string line) =>
        line.Length == 0 || line[0] == '#' || line.StartsWith("![", StringComparison.Ordinal);

    private static bool HasLetter(string word) => word.Any(char.IsLetter);

    [GeneratedRegex(@"(?<=[.!?])[)*""”]*\s+(?=[^a-z])")]
    private static partial Regex End();

    [GeneratedRegex(@"\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^([-*]|\d+\.)\s+")]
    private static partial Regex Bullet();
}
