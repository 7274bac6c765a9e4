using System.Globalization;

namespace Vaal;

/// <summary>A table as plain text. The command line compiles this file too, because it sees public members
/// only.</summary>
internal static class PlainTable
{
    /// <summary>Columns two spaces apart, numbers to the right, no blanks at the ends of lines.</summary>
    /// <param name="lines">the headers, then the rows; each has as many cells</param>
    public static string Of(IReadOnlyList<IReadOnlyList<string>> lines)
    {
        var widths = lines[0].Select((_, c) => lines.Max(line => Width(line[c]))).ToArray();
        var numeric = lines[0].Select((_, c) => IsNumeric(lines, c)).ToArray();
        return string.Concat(lines.Select(line => string.Join("  ", line.Select(Aligned)).TrimEnd() + "\n"));

        string Aligned(string cell, int c)
        {
            var blanks = new string(' ', widths[c] - Width(cell));
            return numeric[c] ? blanks + cell : cell + blanks;
        }
    }

    /// <summary>Whether every cell of a column that is not empty starts like a number, and one is there.</summary>
    public static bool IsNumeric(IReadOnlyList<IReadOnlyList<string>> lines, int column)
    {
        string[] cells = [.. lines.Skip(1).Select(l => l[column]).Where(cell => cell.Length > 0)];
        return cells.Length > 0 && cells.All(StartsLikeANumber);
    }

    /// <summary>A number for a cell: three digits that matter, without an exponent where it can be helped.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        >= 1e7 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 1e-4 => value.ToString("G3", CultureInfo.InvariantCulture),
        0 => "0",
        _ => value.ToString("0.##e0", CultureInfo.InvariantCulture),
    };

    private static bool StartsLikeANumber(string cell) =>
        char.IsAsciiDigit(cell[0]) || "+-−–±.<".Contains(cell[0], StringComparison.Ordinal);

    private static int Width(string text) => new StringInfo(text).LengthInTextElements;
}
