using System.Numerics;

namespace Vaal.Workspaces;

/// <summary>
/// Groups hashes that differ in few bits, and what is connected through them. Two hashes that differ in at most t of 64
/// bits differ in at most t/4 in one of four stretches of 16: only those that nearly share a stretch are compared
/// (multi-index hashing, Norouzi et al. 2012), so that a million take seconds.
/// </summary>
internal static class NearDuplicates
{
    /// <summary>Most bits that may differ: beyond, so many stretches would have to be tried that it gets
    /// slow.</summary>
    public const int MostBits = 11;

    private const int Bands = 4, BandBits = 16, Buckets = 1 << BandBits;

    /// <summary>For each hash the position of the first of its group, or -1 where it is alone.</summary>
    public static int[] Groups(ReadOnlySpan<ulong> hashes, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, MostBits);
        var sorted = hashes.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length)];
        // equal ones side by side: compared once
        Array.Sort(sorted, order);
        var first = new List<int>();
        for (var i = 0; i < sorted.Length; i++) if (i == 0 || sorted[i] != sorted[i - 1]) first.Add(i);
        var forest = new Forest(first.Count);
        ulong[] distinct = [.. first.Select(i => sorted[i])];
        for (var band = 0; band < Bands; band++) Join(distinct, band * BandBits, bits, forest);

        var (lowest, size, tree) = (new int[first.Count], new int[first.Count], new int[sorted.Length]);
        Array.Fill(lowest, int.MaxValue);
        for (int i = 0, at = -1; i < sorted.Length; i++)
        {
            if (at + 1 < first.Count && first[at + 1] == i) at++;
            var root = tree[order[i]] = forest.Root(at);
            size[root]++;
            lowest[root] = Math.Min(lowest[root], order[i]);
        }
        return [.. tree.Select(root => size[root] == 1 ? -1 : lowest[root])];
    }

    private static void Join(ulong[] hashes, int shift, int bits, Forest forest)
    {
        var starts = new int[Buckets + 1];
        foreach (var hash in hashes) starts[Key(hash, shift) + 1]++;
        for (var key = 0; key < Buckets; key++) starts[key + 1] += starts[key];
        var (next, here, ids) = (starts[..^1], new ulong[hashes.Length], new int[hashes.Length]);
        for (var i = 0; i < hashes.Length; i++)
        {
            var place = next[Key(hashes[i], shift)]++;
            (here[place], ids[place]) = (hashes[i], i);
        }
        int[] masks = [.. Enumerable.Range(0, Buckets).Where(m => BitOperations.PopCount((uint)m) <= bits / Bands)];
        for (var i = 0; i < here.Length; i++)
        {
            var key = Key(here[i], shift);
            foreach (var mask in masks)
            {
                var other = key ^ mask;
                if (other < key) continue;                                           // each pair once
                for (var j = other == key ? i + 1 : starts[other]; j < starts[other + 1]; j++)
                    if (BitOperations.PopCount(here[i] ^ here[j]) <= bits) forest.Join(ids[i], ids[j]);
            }
        }
    }

    private static int Key(ulong hash, int shift) => (int)(hash >> shift) & (Buckets - 1);
}
