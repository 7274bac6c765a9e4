namespace Vaal.Coverage;

/// <summary>
/// Neighbours of every row of a large pool, nearly exact: each row looks into the clusters next to its own.
/// </summary>
internal sealed partial record Neighbours
{
    /// <summary>Up to so many rows, all pairs are looked at.</summary>
    private const int AllPairs = 16_384;

    /// <summary>Clusters that a row looks into, and clusters that each row is a member of.</summary>
    private const int Probed = 10, Memberships = 2;

    /// <summary>
    /// The k nearest other rows of each row; in a large pool about 19 of 20 of them (docs/performance.md).
    /// </summary>
    /// <param name="seed">of the cluster centres</param>
    public static Neighbours OfAll(UnitRows rows, int k, long seed = 1, CancellationToken cancel = default)
    {
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        if (rows.Count <= AllPairs) return Of(rows, all, all, k, cancel);
        int[] centres = [.. all];
        new Random((int)seed).Shuffle(centres);
        Array.Resize(ref centres, (int)Math.Sqrt(rows.Count));
        var memberships = Of(rows, all, centres, Memberships, cancel);
        return OfClusters(rows, k, Members(memberships, centres, Memberships), Members(memberships, centres, 1),
            Near(rows, centres, cancel), cancel);
    }

    private static Neighbours OfClusters(UnitRows rows, int k, int[][] members, int[][] own, int[][] near,
        CancellationToken cancel)
    {
        int[] order = [.. own.SelectMany(m => m)];
        var found = new Neighbours(k, new int[checked(order.Length * k)], new float[order.Length * k]);
        Array.Fill(found.Rows, -1);
        Array.Fill(found.Closeness, float.NegativeInfinity);
        var start = new int[own.Length + 1];
        for (var c = 0; c < own.Length; c++) start[c + 1] = start[c] + own[c].Length;
        Blocks.InParallel(own.Length, 1, (c, _) =>
        {
            int[] others = [.. near[c].SelectMany(other => members[other]).Distinct().Order()];
            for (var from = start[c]; from < start[c + 1]; from += Own)
                found.Find(rows, order.AsMemory(from..Math.Min(from + Own, start[c + 1])), from, others, cancel);
        }, cancel);
        var sorted = new Neighbours(k, new int[found.Rows.Length], new float[found.Rows.Length]);
        for (var i = 0; i < order.Length; i++)
        {
            found.Rows.AsSpan(i * k, k).CopyTo(sorted.Rows.AsSpan(order[i] * k));
            found.Closeness.AsSpan(i * k, k).CopyTo(sorted.Closeness.AsSpan(order[i] * k));
        }
        return sorted;
    }

    // rows of each cluster, ascending; a centre is in its own
    private static int[][] Members(Neighbours memberships, int[] centres, int each)
    {
        var number = centres.Index().ToDictionary(c => c.Item, c => c.Index);
        List<int>[] members = [.. centres.Select(_ => new List<int>())];
        for (var row = 0; row < memberships.Rows.Length / Memberships; row++)
        {
            if (number.TryGetValue(row, out var own)) members[own].Add(row);
            var left = number.ContainsKey(row) ? each - 1 : each;
            for (var i = 0; i < left; i++) members[number[memberships.Rows[row * Memberships + i]]].Add(row);
        }
        return [.. members.Select(m => m.ToArray())];
    }

    // of each centre itself and the centres next to it
    private static int[][] Near(UnitRows rows, int[] centres, CancellationToken cancel)
    {
        var number = centres.Index().ToDictionary(c => c.Item, c => c.Index);
        var near = Of(rows, centres, centres, Probed - 1, cancel);
        return [.. centres.Select((_, c) => new[] { c }
            .Concat(near.Rows[(c * near.PerRow)..((c + 1) * near.PerRow)].Where(row => row >= 0)
                .Select(row => number[row])).ToArray())];
    }
}
