using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// Images that are nearly the same, such as a camera's bursts, count as one where labels spread: all neighbours of an
/// image of a burst are of the burst, so that no label would come out of it, and none into it.
/// </summary>
internal static class NearCopies
{
    /// <summary>Cosine from which on rows are nearly the same, as in <c>vaal init</c>
    /// (docs/results/near-duplicates.md).</summary>
    private const double Alike = 0.95;

    /// <summary>Up to so many rows, all that lost a neighbour look for another one; of more rows, those that lost more
    /// than half.</summary>
    private const int Few = 16_384;

    /// <summary>Pairs that they look at: beyond that they look among a part of the rows.</summary>
    private const long MostPairs = 100_000_000;

    /// <summary>For each row the first row that it is nearly the same as: itself, where there is none.</summary>
    /// <param name="near">of each row</param>
    public static int[] FirstOf(UnitRows rows, Neighbours near)
    {
        int[] first = [.. Enumerable.Range(0, rows.Count)];
        var (own, other) = (new float[rows.Width], new float[rows.Width]);
        for (var i = 0; i < first.Length; i++)
            for (var e = i * near.PerRow; e < (i + 1) * near.PerRow; e++)
            {
                if (near.Rows[e] < 0 || 1 + near.Closeness[e] < Alike) break;
                if (near.Rows[e] > i) continue;
                var found = first[near.Rows[e]];
                if (found != near.Rows[e] && Cosine(i, found) < Alike) continue;
                first[i] = found;
                break;
            }
        return first;

        double Cosine(int i, int j)
        {
            rows.Copy(i, own);
            rows.Copy(j, other);
            return 1 + rows.Closeness(i, own, j, other);
        }
    }

    /// <summary>The neighbours of the rows that are kept, among these, as positions in
    /// <paramref name="kept"/>.</summary>
    /// <param name="near">of each row, among all</param>
    /// <param name="first">as <see cref="FirstOf"/> gives it</param>
    /// <param name="kept">rows that stand for themselves, ascending</param>
    public static Neighbours Among(UnitRows rows, Neighbours near, int[] first, int[] kept,
        CancellationToken cancel = default)
    {
        if (kept.Length == rows.Count) return near;
        var k = Math.Min(near.PerRow, Math.Max(1, kept.Length - 1));
        var found = new Neighbours(k, new int[kept.Length * k], new float[kept.Length * k]);
        Array.Fill(found.Rows, -1);
        Array.Fill(found.Closeness, float.NegativeInfinity);
        var lost = new List<int>();
        for (var i = 0; i < kept.Length; i++)
        {
            var next = i * k;
            for (var e = kept[i] * near.PerRow; e < (kept[i] + 1) * near.PerRow && next < (i + 1) * k; e++)
                if (near.Rows[e] >= 0 && first[near.Rows[e]] == near.Rows[e])
                    (found.Rows[next], found.Closeness[next++]) = (Position(near.Rows[e]), near.Closeness[e]);
            if (next < (kept.Length <= Few ? (i + 1) * k : i * k + k / 2)) lost.Add(i);
        }
        if (lost.Count == 0) return found;
        var step = (int)((long)lost.Count * kept.Length / MostPairs) + 1;
        var again = Neighbours.Of(rows, [.. lost.Select(i => kept[i])], [.. kept.Where((_, at) => at % step == 0)], k,
            cancel);
        foreach (var (at, i) in lost.Index())
            Fill(i, again.Rows.AsSpan(at * k, k), again.Closeness.AsSpan(at * k, k));
        return found;

        int Position(int row) => Array.BinarySearch(kept, row);

        // the nearest of those that it has and of these
        void Fill(int i, ReadOnlySpan<int> others, ReadOnlySpan<float> closeness)
        {
            var all = new Dictionary<int, float>();
            for (var e = i * k; e < (i + 1) * k; e++)
                if (found.Rows[e] >= 0) all[found.Rows[e]] = found.Closeness[e];
            for (var e = 0; e < k; e++)
                if (others[e] >= 0) all[Position(others[e])] = closeness[e];
            foreach (var (e, (row, near)) in all.OrderByDescending(n => n.Value).Take(k).Index())
                (found.Rows[i * k + e], found.Closeness[i * k + e]) = (row, near);
        }
    }
}
