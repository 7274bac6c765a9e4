using System.Numerics;
using System.Runtime.Intrinsics;

namespace Vaal.Coverage;

/// <summary>
/// The nearest rows of each of some rows, exact: fixed-point products find the few pairs that may be among them.
/// </summary>
/// <param name="PerRow">k</param>
/// <param name="Rows">(n, k), nearest first; −1 where there are fewer</param>
/// <param name="Closeness">−½ squared distance of each, (n, k); −∞ where there is none</param>
internal sealed partial record Neighbours(int PerRow, int[] Rows, float[] Closeness)
{
    private const int Own = 512, Others = 128;

    /// <summary>Up to so many rows, every row's distances are looked at for <see cref="MedianDistance"/>.</summary>
    private const int Few = 2_048, FewAndNear = 8_192;

    /// <summary>
    /// Rows whose neighbours are looked at, and neighbours that are counted at the least, of a large pool.
    /// </summary>
    private const int Looked = 1_024, Counted = 16, NearAtMost = 64;

    /// <param name="own">whose neighbours</param>
    /// <param name="others">among these; a row is no neighbour of itself</param>
    /// <param name="k">how many of each</param>
    /// <param name="phase">what <paramref name="report"/> hears that this is for</param>
    public static Neighbours Of(UnitRows rows, int[] own, int[] others, int k, CancellationToken cancel = default,
        Action<TrainEvent>? report = null, string phase = "comparing images")
    {
        var found = new Neighbours(k, new int[checked(own.Length * k)], new float[own.Length * k]);
        Array.Fill(found.Rows, -1);
        Array.Fill(found.Closeness, float.NegativeInfinity);
        var block = Math.Clamp(own.Length / (2 * Environment.ProcessorCount), 16, Own);
        var count = new PhaseCount(others.Length > 0 ? report : null, phase, own.Length);
        Blocks.InParallel(own.Length, block, (from, end) =>
            found.Find(rows, own.AsMemory(from..end), from, others, cancel), cancel, count);
        count.End();
        return found;
    }

    /// <summary>
    /// Median, over the rows, of the distance to the k-th nearest other row. Where it is 0, the mean of those above
    /// 0; 1 if all rows are alike.
    /// </summary>
    /// <param name="k">at least 1</param>
    /// <param name="seed">of the sample that stands for a large pool</param>
    public static double MedianDistance(UnitRows rows, int k, long seed, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        var (own, others, near) = (all, all, Math.Min(k, rows.Count - 1));
        if (near < 1) return 1;
        if (rows.Count > Few && (rows.Count > FewAndNear || k > NearAtMost))
        {
            int[] shuffled = [.. all];
            new Random((int)seed).Shuffle(shuffled);
            own = shuffled[..Math.Min(rows.Count <= 1 << 18 ? Looked : Looked / 4, rows.Count)];
            if ((long)Counted * rows.Count / k is var enough && Math.Max(enough, Few) < rows.Count)
                others = [.. shuffled[^(int)Math.Max(enough, Few)..].Order()];
            near = (int)Math.Max(1, Math.Round((double)near * others.Length / rows.Count));
        }
        var found = Of(rows, own, others, near, cancel, report, "measuring distances");
        double[] distances = [.. own.Select((_, i) => Math.Sqrt(-2.0 * found.Closeness[i * near + near - 1]))
            .Where(double.IsFinite).Order()];
        if (distances.Length == 0) return 1;
        var median = (distances[(distances.Length - 1) / 2] + distances[distances.Length / 2]) / 2;
        return median > 0 ? median : distances.Where(d => d > 0).DefaultIfEmpty(1).Average();
    }

    private void Find(UnitRows rows, ReadOnlyMemory<int> own, int at, int[] others, CancellationToken cancel)
    {
        var (mine, theirs, products) =
            (new ShortBlock(rows, own.Length), new ShortBlock(rows, Others), ShortBlock.Room(own.Length, Others));
        var (floats, other) = (new float[own.Length * rows.Width], new float[rows.Width]);
        mine.Fill(own, floats);
        var least = new int[own.Length];
        Array.Fill(least, int.MinValue);
        for (var from = 0; from < others.Length; from += Others)
        {
            cancel.ThrowIfCancellationRequested();
            theirs.Fill(others.AsMemory(from, Math.Min(Others, others.Length - from)));
            mine.Products(theirs, products);
            for (var i = 0; i < own.Length; i++)
                for (var j = 0; j < theirs.Ids.Length; j += Vector512<int>.Count)
                {
                    var hits = ShortBlock.Above(products.AsSpan(i * theirs.Stride + j), theirs.Half[j..], least[i]);
                    for (; hits != 0; hits &= hits - 1)
                    {
                        var hit = j + BitOperations.TrailingZeroCount(hits);
                        if (hit < theirs.Ids.Length) Offer(i, theirs.Ids.Span[hit]);
                    }
                }
        }

        void Offer(int i, int row)
        {
            var asker = own.Span[i];
            if (row == asker) return;
            rows.Copy(row, other);
            var closeness = rows.Closeness(asker, floats.AsSpan(i * rows.Width, rows.Width), row, other);
            if (!Insert(at + i, row, closeness)) return;
            least[i] = mine.Threshold(rows.Half(asker), Closeness[(at + i) * PerRow + PerRow - 1]);
        }
    }

    private bool Insert(int of, int row, float closeness)
    {
        var rows = Rows.AsSpan(of * PerRow, PerRow);
        var near = Closeness.AsSpan(of * PerRow, PerRow);
        if (closeness <= near[^1]) return false;
        var place = PerRow - 1;
        for (; place > 0 && near[place - 1] < closeness; place--)
            (rows[place], near[place]) = (rows[place - 1], near[place - 1]);
        (rows[place], near[place]) = (row, closeness);
        return true;
    }
}
