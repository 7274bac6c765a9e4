using System.Globalization;
using System.Text;

namespace Vaal.Data.Labels;

/// <summary>
/// Unicode's canonical decomposition (NFD), so that <c>é</c> and <c>e</c> + accent are one name. The runtime leaves
/// text as it is where it runs without ICU, as Vaal does.
/// </summary>
internal static class Canonical
{
    private static readonly Lazy<(Dictionary<int, int[]> Parts, Dictionary<int, int> Class)> Tables = new(Load);

    /// <summary>The decomposed form; the same object for plain ASCII.</summary>
    public static string Form(string text)
    {
        if (Ascii.IsValid(text)) return text;
        var (parts, classes) = Tables.Value;
        var runes = new List<(int Code, int Class)>();
        foreach (var rune in text.EnumerateRunes())
            foreach (var code in Decompose(rune.Value, parts))
                Insert(runes, (code, classes.GetValueOrDefault(code)));
        var form = new StringBuilder(runes.Count);
        foreach (var (code, _) in runes) form.Append(new Rune(code).ToString());
        return form.ToString();
    }

    /// <summary>
    /// Marks on one letter are put in the order of their classes, those of one class in the order given.
    /// </summary>
    private static void Insert(List<(int Code, int Class)> runes, (int Code, int Class) next)
    {
        var at = runes.Count;
        // bounded, because a name of marks alone would take quadratic time
        if (next.Class > 0)
            while (at > 0 && runes[at - 1].Class > next.Class && runes.Count - at < 64) at--;
        runes.Insert(at, next);
    }

    private static int[] Decompose(int code, Dictionary<int, int[]> parts)
    {
        // Hangul syllables, Unicode 3.12
        const int first = 0xAC00, count = 11172, l = 0x1100, v = 0x1161, t = 0x11A7;
        if (code - first is >= 0 and < count)
        {
            var index = code - first;
            int[] jamo = [l + index / 588, v + index % 588 / 28, t + index % 28];
            return index % 28 == 0 ? jamo[..2] : jamo;
        }
        return parts.TryGetValue(code, out var found) ? found : [code];
    }

    private static (Dictionary<int, int[]> Parts, Dictionary<int, int> Class) Load()
    {
        var parts = new Dictionary<int, int[]>();
        var classes = new Dictionary<int, int>();
        static int Hex(ReadOnlySpan<char> text)
            => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        using var reader = new StreamReader(typeof(Canonical).Assembly.GetManifestResourceStream("Canonical.txt")!);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            if (line.Split('=') is [var code, var codes])
            {
                parts[Hex(code)] = [.. codes.Split(' ').Select(c => Hex(c))];
                continue;
            }
            var fields = line.Split('-', ':');
            for (var c = Hex(fields[0]); c <= Hex(fields[1]); c++)
                classes[c] = int.Parse(fields[2], CultureInfo.InvariantCulture);
        }
        return (parts, classes);
    }
}
