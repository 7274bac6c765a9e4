using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Vaal.Scoring;

/// <summary>
/// Chooses points that lie far from each other, by the distance to the nearest point chosen so far. It takes the
/// farthest point (k-center greedy, at most twice the best radius: Gonzalez 1985; the core-set of Sener and Savarese
/// 2018). Or it draws a point by the square of that distance (k-means++, Arthur and Vassilvitskii 2007), which outliers
/// influence less. At most O(N · k · F) time; memory for N numbers beside the points.
/// </summary>
internal static class KCenter
{
    private const int Batch = 64, Tile = 128;

    private const string Choosing = "choosing";

    /// <summary>Pairs of points that are worth a thread's while.</summary>
    private const int Share = 256;

    /// <summary>
    /// Lazy, as in Minoux 1978. The distance to the nearest centre only falls, so an old distance is an upper bound. A
    /// point is skipped if its bound is below the farthest point's distance. The choice equals that of the plain loop
    /// over all points.
    /// </summary>
    /// <param name="features">(N, F), float32 or float64</param>
    /// <param name="covered">points that are there already, (M, F); null or none: the first choice is row 0</param>
    /// <returns>rows in the order of choosing, of equally far ones the lowest; and how far each was from the nearest
    /// point (infinite for a first one)</returns>
    public static (int[] Order, double[] Distances) Greedy(
        Tensor features, int budget, Tensor? covered = null, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        using var points = new PairwiseDistances(features);
        var n = points.Count;
        // squared distance to what is covered and the first so many choices
        var (nearest, seen) = (Uncovered(n), new int[n]);
        if (covered is not null) Cover(points, covered, nearest, cancel, report);
        var farthest = new PriorityQueue<int,
            (double Minus, int Row)>(Enumerable.Range(0, n).Select(i => (i, (-nearest[i], i))));
        var (order, distances) = (new int[Math.Min(budget, n)], new double[Math.Min(budget, n)]);
        var (batch, choosing) = (new List<int>(Batch), new PhaseCount(report, Choosing, order.Length));
        for (var k = 0; k < order.Length; k++)
        {
            // the farthest point is at least that far
            var least = double.NegativeInfinity;
            while (seen[farthest.Peek()] < k)
            {
                cancel.ThrowIfCancellationRequested();
                while (batch.Count < Batch && farthest.TryPeek(out var i, out _) && seen[i] < k)
                    batch.Add(farthest.Dequeue());
                SideBySide(
                    batch.Count, batch.Sum(i => k - seen[i]), (from, end) =>
                        LookAt(CollectionsMarshal.AsSpan(batch)[from..end], order.AsSpan(0, k), least));
                foreach (var i in batch)
                {
                    farthest.Enqueue(i, (-nearest[i], i));
                    if (seen[i] == k) least = Math.Max(least, nearest[i]);
                }
                batch.Clear();
            }
            order[k] = farthest.Dequeue();
            distances[k] = Math.Sqrt(nearest[order[k]]);
            choosing.Add();
        }
        return (order, distances);

        void LookAt(Span<int> some, ReadOnlySpan<int> centres, double least)
        {
            // a few centres at a time, which stay in the cache while all of these points look at them
            for (int until = Tile; until < centres.Length + Tile; until += Tile)
                foreach (var i in some)
                    for (; seen[i] < Math.Min(until, centres.Length) && !(nearest[i] < least); seen[i]++)
                        nearest[i] = points.Nearer(i, points, centres[seen[i]], nearest[i]);
        }
    }

    private static void Cover(PairwiseDistances points, Tensor covered, double[] nearest, CancellationToken cancel,
        Action<TrainEvent>? report)
    {
        using var given = new PairwiseDistances(covered);
        var (looked, last) =
            (new PhaseCount(given.Count > 0 ? report : null, "comparing with labelled images", points.Count), 0);
        foreach (var (i, j) in points.NearestOf(given))
        {
            cancel.ThrowIfCancellationRequested();
            if (i > last)
            {
                looked.Add(i - last);
                last = i;
            }
            if (nearest[i] != 0) nearest[i] = points.Nearer(i, given, j, nearest[i]);
        }
        looked.End();
    }

    // squared distances to what is there: nothing yet
    private static double[] Uncovered(int n) => [.. Enumerable.Repeat(double.PositiveInfinity, n)];

    /// <param name="features">(N, F), float32 or float64</param>
    /// <param name="seed">of the draws</param>
    /// <param name="covered">points that are there already, (M, F); null or none: the first choice is any row</param>
    /// <param name="phase">what <paramref name="report"/> hears that this is for</param>
    /// <returns>distinct rows in the order of drawing</returns>
    public static int[] PlusPlus(
        Tensor features, int budget, long seed, Tensor? covered = null, CancellationToken cancel = default,
        Action<TrainEvent>? report = null, string phase = Choosing)
    {
        using var points = new PairwiseDistances(features);
        var (random, nearest) = (new Random((int)seed), Uncovered(points.Count));
        var given = covered?.shape[0] > 0;
        if (given) Cover(points, covered!, nearest, cancel, report);
        return Draw(
            nearest, budget, random, given ? null : () => random.Next(points.Count), (i, j, far) =>
                points.Nearer(i, points, j, far), cancel, report, phase);
    }

    /// <summary>
    /// The same of the outer products a ⊗ h without ever forming them: ⟨a ⊗ h, a' ⊗ h'⟩ = ⟨a, a'⟩⟨h, h'⟩. The first is
    /// the longest, as in BADGE (Ash et al. 2020).
    /// </summary>
    /// <param name="a">(N, K), float32 or float64</param>
    /// <param name="h">(N, F), float32 or float64</param>
    public static int[] PlusPlus(Tensor a, Tensor h, int budget, long seed, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        using var left = new PairwiseDistances(a);
        using var right = new PairwiseDistances(h);
        var (lengths, squares) = (new double[left.Count], new double[left.Count]);   // ‖h‖ and ‖a ⊗ h‖²
        for (var i = 0; i < lengths.Length; i++)
            (lengths[i], squares[i]) = (Math.Sqrt(right.Dot(i, i)), left.Dot(i, i) * right.Dot(i, i));
        return Draw(
            Uncovered(left.Count), budget, new Random((int)seed), () => Array.IndexOf(squares, squares.Max()), Nearer,
            cancel, report, Choosing);

        // ⟨h, h'⟩ is at most ‖h‖‖h'‖, which is often enough to see that a point is too far; then its estimate is
        double Nearer(int i, int j, double nearest)
        {
            var (sum, product, longest) = (squares[i] + squares[j], left.Dot(i, j), lengths[i] * lengths[j]);
            var rounding = 1e-9 * sum;
            if (sum - 2 * Math.Abs(product) * longest - rounding >= nearest) return nearest;
            if (sum - 2 * product * right.EstimateDot(i, j) - 2 * Math.Abs(product) * longest * right.Error
                - rounding >= nearest) return nearest;
            return Math.Min(nearest, Math.Max(0, sum - 2 * product * right.Dot(i, j)));
        }
    }

    /// <param name="nearest">of each row, the squared distance to what is there already; written over</param>
    /// <param name="first">chooses the first row; null: it is drawn as the others are</param>
    /// <param name="nearer">of a row, one just chosen, and the squared distance so far</param>
    private static int[] Draw(
        double[] nearest, int budget, Random random, Func<int>? first, Func<int, int, double, double> nearer,
        CancellationToken cancel, Action<TrainEvent>? report, string phase)
    {
        var n = nearest.Length;
        var (order, chosen) = (new int[Math.Min(budget, n)], new bool[n]);
        var choosing = new PhaseCount(report, phase, order.Length);
        for (var k = 0; k < order.Length; k++)
        {
            cancel.ThrowIfCancellationRequested();
            var last = order[k] = k == 0 && first is not null ? first() : Next(nearest, chosen, random);
            chosen[last] = true;
            SideBySide(n, n, (from, end) =>
            {
                for (var i = from; i < end; i++) nearest[i] = chosen[i] ? 0 : nearer(i, last, nearest[i]);
            });
            choosing.Add();
        }
        return order;
    }

    private static int Next(double[] nearest, bool[] chosen, Random random)
    {
        var total = 0.0;
        foreach (var weight in nearest) total += weight;
        if (!double.IsFinite(total))
            throw new ArgumentException("distances between features are more than a float64 can hold");
        // what is left are copies of the chosen
        if (total <= 0) return Array.IndexOf(chosen, false);
        var (at, sum, target) = (-1, 0.0, random.NextDouble() * total);
        while (sum <= target) sum += nearest[++at];
        return at;
    }

    private static void SideBySide(int count, int pairs, Action<int, int> action)
    {
        var threads = Math.Min(get_num_threads(), pairs / Share);
        if (threads <= 1) action(0, count);
        else Parallel.ForEach(
            Partitioner.Create(0, count, Math.Max(1, count / (4 * threads))),
            new() { MaxDegreeOfParallelism = threads }, part => action(part.Item1, part.Item2));
    }
}
