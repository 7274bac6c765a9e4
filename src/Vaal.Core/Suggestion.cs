namespace Vaal;

/// <summary>Finds the name that somebody probably meant.</summary>
public static class Suggestion
{
    /// <summary>
    /// The known name with the smallest edit distance to <paramref name="found"/>, ignoring case; null if none is near:
    /// at most two edits, or half of the letters of a longer name. Swapping two neighbours is one edit. If none is
    /// that near, the shortest name that contains what was found, such as <c>--task-epochs</c> for <c>--epochs</c>.
    /// </summary>
    public static string? Nearest(string found, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(known);
        string[] names = [.. known];
        var (name, distance) = names
            .Select(k => (Name: k, Distance: Distance(found.ToLowerInvariant(), k.ToLowerInvariant())))
            .DefaultIfEmpty((Name: "", Distance: int.MaxValue))
            .MinBy(k => k.Distance);
        if (distance <= Math.Max(2, found.Length / 2) && distance < Math.Max(found.Length, name.Length)) return name;
        var part = found.Trim(' ', '-');
        return part.Length < 3 ? null
            : names.Where(n => n.Contains(part, StringComparison.OrdinalIgnoreCase)).MinBy(n => n.Length);
    }

    /// <summary>The end of a message: <c>; did you mean 'cat'?</c>, or the list of names if none is near.</summary>
    internal static string InWords(string found, IEnumerable<string> known)
    {
        string[] names = [.. known];
        return Nearest(found, names) is { } near
            ? $"; did you mean '{near}'?"
            : $"; there are: {string.Join(", ", names.Order(StringComparer.Ordinal))}";
    }

    // optimal string alignment: Levenshtein's distance with swaps of neighbours
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    d[i, j] = i + j;
                    continue;
                }
                var change = d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                d[i, j] = Math.Min(change, Math.Min(d[i - 1, j], d[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}
