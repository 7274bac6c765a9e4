using System.Numerics;
using System.Runtime.Intrinsics;

namespace Vaal.Coverage;

/// <summary>
/// For each candidate the rows that it is nearer to than anything that covers them. With labels, or after some choices,
/// these pairs are few: of l covering rows drawn at random, a row has about N / l candidates that are nearer.
/// </summary>
internal sealed class CoverPairs
{
    private const int Own = 512, Others = 128;

    private readonly int[] _start; // of each candidate's pairs; one more at the end
    private readonly int[] _summed;                                                  // position in the sum
    private readonly float[] _closeness;
    private readonly double[] _likeness;

    private CoverPairs(int[] start, int[] summed, float[] closeness, Likeness like)
    {
        (_start, _summed, _closeness, _likeness) = (start, summed, closeness, new double[closeness.Length]);
        Blocks.InParallel(closeness.Length, 1 << 16, (from, end) =>
        {
            for (var i = from; i < end; i++) _likeness[i] = like.Of(closeness[i]);
        });
    }

    /// <summary>How many there are.</summary>
    public int Count => _summed.Length;

    /// <summary>Positions in the sum of the rows that a candidate is near to.</summary>
    public ReadOnlySpan<int> Summed(int candidate) => _summed.AsSpan(_start[candidate].._start[candidate + 1]);

    /// <summary>How near, in the same order.</summary>
    public ReadOnlySpan<float> Closeness(int candidate) => _closeness.AsSpan(_start[candidate].._start[candidate + 1]);

    /// <summary>K of each, in the same order: gains are summed again and again.</summary>
    public ReadOnlySpan<double> Likeness(int candidate) => _likeness.AsSpan(_start[candidate].._start[candidate + 1]);

    /// <param name="summed">rows that are to be covered; the very array <paramref name="candidates"/> where they are
    /// the same: half the work</param>
    /// <param name="candidates">rows that may be chosen</param>
    /// <param name="covered">closeness of what covers each summed row; −∞: nothing</param>
    /// <param name="like">K</param>
    public static CoverPairs Find(UnitRows rows, int[] summed, int[] candidates, float[] covered, Likeness like,
        CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        var hits = new List<(int Candidate, int Summed, float Closeness)>();
        var both = ReferenceEquals(summed, candidates);
        var block = Math.Clamp(summed.Length / (4 * Environment.ProcessorCount), 64, Own);
        var count = new PhaseCount(report, "comparing images", summed.Length);
        Blocks.InParallel(summed.Length, block, (from, end) =>
        {
            var found = InBlock(rows, summed, candidates, covered, from, end, both, cancel);
            lock (hits) hits.AddRange(found);
        }, cancel, count);
        count.End();
        return Sorted(hits, candidates.Length, like);
    }

    /// <summary>About how many there would be, by some of the candidates.</summary>
    /// <param name="sample">so many of <paramref name="candidates"/> are looked at</param>
    /// <param name="seed">of their draw</param>
    public static double Expected(UnitRows rows, int[] summed, int[] candidates, float[] covered, int sample, long seed,
        CancellationToken cancel = default)
    {
        var some = new Random((int)seed).GetItems(candidates, Math.Min(sample, candidates.Length));
        var count = 0L;
        Blocks.InParallel(summed.Length, 4 * Own, (from, end) =>
        {
            var (mine, theirs, products) =
                (new ShortBlock(rows, Own), new ShortBlock(rows, some.Length), ShortBlock.Room(Own, some.Length));
            theirs.Fill(some);
            var found = 0L;
            for (var start = from; start < end; start += Own)
            {
                mine.Fill(summed.AsMemory(start, Math.Min(Own, end - start)));
                mine.Products(theirs, products);
                for (var i = 0; i < mine.Ids.Length; i++)
                {
                    var least = mine.Threshold(rows.Half(mine.Ids.Span[i]), covered[start + i]);
                    for (var j = 0; j < some.Length; j += Vector512<int>.Count)
                    {
                        var hits = ShortBlock.Above(products.AsSpan(i * theirs.Stride + j), theirs.Half[j..], least);
                        if (some.Length - j < Vector512<int>.Count) hits &= (1UL << (some.Length - j)) - 1;
                        found += BitOperations.PopCount(hits);
                    }
                }
            }
            Interlocked.Add(ref count, found);
        }, cancel);
        return (double)count / some.Length * candidates.Length;
    }

    private static List<(int, int, float)> InBlock(UnitRows rows, int[] summed, int[] candidates, float[] covered,
        int from, int end, bool both, CancellationToken cancel)
    {
        var (mine, theirs, products) =
            (new ShortBlock(rows, end - from), new ShortBlock(rows, Others), ShortBlock.Room(end - from, Others));
        var (floats, other, otherIs) = (new float[(end - from) * rows.Width], new float[rows.Width], -1);
        var (least, theirLeast) = (new int[ShortBlock.Lanes(end - from)], new int[ShortBlock.Lanes(Others)]);
        var found = new List<(int, int, float)>();
        mine.Fill(summed.AsMemory(from..end), floats);
        mine.Thresholds(i => covered[from + i], least);
        for (var start = both ? from : 0; start < candidates.Length; start += Others)
        {
            cancel.ThrowIfCancellationRequested();
            theirs.Fill(candidates.AsMemory(start, Math.Min(Others, candidates.Length - start)));
            if (both) theirs.Thresholds(j => covered[start + j], theirLeast);
            mine.Products(theirs, products);
            for (var i = 0; i < mine.Ids.Length; i++)
                for (var j = 0; j < theirs.Ids.Length; j += Vector512<int>.Count)
                {
                    var sixteen = products.AsSpan(i * theirs.Stride + j);
                    var hits = ShortBlock.Above(sixteen, theirs.Half[j..], least[i]);
                    if (both) hits |= ShortBlock.AboveOthers(sixteen, mine.Half[i], theirLeast.AsSpan(j));
                    for (; hits != 0; hits &= hits - 1)
                    {
                        var hit = j + BitOperations.TrailingZeroCount(hits);
                        if (hit < theirs.Ids.Length) Look(i, start + hit, theirs.Ids.Span[hit]);
                    }
                }
        }
        return found;

        void Look(int i, int candidate, int row)
        {
            var position = from + i;
            if (both && candidate < position) return;                                // seen from the other side
            if (otherIs != row) rows.Copy(otherIs = row, other);
            var closeness = rows.Closeness(summed[position], floats.AsSpan(i * rows.Width, rows.Width), row, other);
            if (closeness > covered[position]) found.Add((candidate, position, closeness));
            var mutual = both && candidate != position;
            if (mutual && closeness > covered[candidate]) found.Add((position, candidate, closeness));
        }
    }

    // by candidate, then by summed row: the sums do not depend on who found a pair first
    private static CoverPairs Sorted(List<(int Candidate, int Summed, float Closeness)> hits, int candidates,
        Likeness like)
    {
        var start = new int[candidates + 1];
        foreach (var hit in hits) start[hit.Candidate + 1]++;
        for (var i = 0; i < candidates; i++) start[i + 1] += start[i];
        var (next, summed, closeness) = (start[..^1].ToArray(), new int[hits.Count], new float[hits.Count]);
        foreach (var hit in hits)
        {
            var place = next[hit.Candidate]++;
            (summed[place], closeness[place]) = (hit.Summed, hit.Closeness);
        }
        Blocks.InParallel(candidates, 1_024, (from, end) =>
        {
            for (var i = from; i < end; i++) Array.Sort(summed, closeness, start[i], start[i + 1] - start[i]);
        });
        return new(start, summed, closeness, like);
    }
}
