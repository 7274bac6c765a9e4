using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using Vaal.Coverage;
using Vaal.Heads;
using Vaal.Strategies;

namespace Vaal.Bench;

/// <summary>
/// Coverage against the plain greedy loop, which keeps an N × N matrix and looks at all of it after every choice; and
/// what a transductive head takes. Made-up features: a hundred classes after a ReLU.
/// </summary>
internal static class Covering
{
    private const int Width = 512;

    /// <summary>Larger pools are not looked at whole, beside a part of them: it would take minutes.</summary>
    private const int MostWhole = 200_000;

    /// <summary>
    /// coverage [N] [LABELLED] [B] [MORE]: the plain loop at a tenth of the size, and on the same rows ours
    /// </summary>
    public static int Coverage(string[] args)
    {
        var (n, labelled, b, more) =
            (args.Number(0, 45_000), args.Number(1, 5_000), args.Number(2, 2_500), args.Number(3, 20));
        var small = Made.Features(Math.Min(n, 4_500) + Math.Min(labelled, 500), Width, 100);
        var same = Compare(small, Math.Min(labelled, 500), Math.Min(b, 250));
        var values = Made.Features(n + labelled, Width, 100);
        var (clock, used) = (Stopwatch.StartNew(), Used());
        var (cover, rows) = Cover(values, labelled, b);
        var (picks, _) = cover.Choose(b);
        var seconds = clock.Elapsed.TotalSeconds;
        Say($"coverage, {b:N0} of {n:N0} beside {labelled:N0} labels, sum over {cover.Summed:N0}: {seconds:0.00} s");
        var most = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
        Say($"processor time {Used() - used:0.00} s; at most {most:0} MB, of it {values.Length * 4L / 1e6:0} data");
        clock.Restart();
        cover.Cover(picks[..Math.Min(more, picks.Length)]);
        cover.Choose(b);
        Say($"the same again after {more} more labels: {clock.Elapsed.TotalSeconds:0.00} s");
        if (cover.Summed < n) SampleError(rows, n, labelled, b, picks);
        if (n is > Web.Reranker.MostCandidates and <= MostWhole)
            foreach (var some in (int[])[Web.Reranker.MostCandidates, CoveringStrategy.MostCandidates])
                if (some < n) SomeCandidates(values, n, labelled, b, some);
        return same ? 0 : 1;
    }

    // as the page of 'vaal serve' and 'vaal next' choose from a large pool
    private static void SomeCandidates(float[] values, int n, int labelled, int b, int most)
    {
        var used = Used();
        var (cover, rows) = Cover(values, labelled, b, whole: true);
        var like = Likeness.Gaussian(GreedyCover.Sigma(rows, labelled, b));
        var whole = cover.Choose(b).Picks;
        var (all, few, shares) = (Used() - used, 0.0, new List<double>());
        int[] covered = [.. Enumerable.Range(n, labelled)], summed = [.. cover.SummedRows];
        double Sum(int[] by) => by.Length == 0 ? 0
            : Neighbours.Of(rows, summed, by, 1).Closeness.Sum(c => like.Of(c));
        double Gain(int[] picks) => Sum([.. covered, .. picks]) - Sum(covered);
        for (var seed = 1; seed <= 3; seed++)
        {
            used = Used();
            var some = GreedyCover.Sampled([.. Enumerable.Range(0, n)], most, seed);
            var picks = new GreedyCover(rows, some, covered, b, like).Choose(b).Picks;
            few += (Used() - used) / 3;
            shares.Add(Gain(picks) / Gain(whole));
        }
        var (low, high) = (shares.Min(), shares.Max());
        Say($"{most:N0} candidates drawn at random gain {low:0.0%} to {high:0.0%} of what all {n:N0} gain,");
        Say($"in {few:0.00} s of processors instead of {all:0.00} s");
    }

    /// <summary>spread [N]: neighbours, label spreading, cross-fit and head, with 30 labels of 10 classes</summary>
    public static int Spread(string[] args)
    {
        var n = args.Number(0, 100_000);
        var values = Made.Features(n, Width, 100);
        // the last half are bursts of so many images that are nearly the same
        if (args.Number(1, 0) is > 0 and var burst)
            for (var i = n / 2; i < n; i++)
                for (var f = 0; f < Width; f++)
                    values[i * Width + f] = values[(i - n / 2) / burst * Width + f] * (1 + (i + f) % 7 * 0.005f);
        var (clock, used) = (Stopwatch.StartNew(), Used());
        var rows = UnitRows.Of(values, Width);
        int[] labelled = [.. Enumerable.Range(0, 30)], classes = [.. labelled.Select(i => i % 10)];
        TransductiveHead.Fit(rows, labelled, classes, 10);
        Say($"transductive head, {n:N0} images: {clock.Elapsed.TotalSeconds:0.00} s");
        Say($"processor time {Used() - used:0.00} s");
        clock.Restart();
        var near = Neighbours.OfAll(rows, 10);
        int[] some = [.. Enumerable.Range(0, 500).Select(i => (int)((long)i * n / 500))];
        var seconds = clock.Elapsed.TotalSeconds;
        var exact = Neighbours.Of(rows, some, [.. Enumerable.Range(0, n)], 10);
        var found = some.Select((row, i) =>
            exact.Rows[(i * 10)..(i * 10 + 10)].Intersect(near.Rows[(row * 10)..(row * 10 + 10)]).Count()).Sum();
        Say($"of that, 10 neighbours of each: {seconds:0.00} s, {found / 5_000.0:0.0%} of them the exact ones");
        return 0;
    }

    private static bool Compare(float[] values, int labelled, int b)
    {
        var (n, clock) = (values.Length / Width - labelled, Stopwatch.StartNew());
        var (cover, rows) = Cover(values, labelled, b);
        int[] ours = cover.Choose(b).Picks;
        var seconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        var plain = Plain(rows, n, labelled, b, Likeness.Gaussian(GreedyCover.Sigma(rows, labelled, b)));
        var plainly = clock.Elapsed.TotalSeconds;
        var equal = plain.Zip(ours).Count(p => p.First == p.Second);
        Say($"coverage, {b:N0} of {n:N0} beside {labelled:N0} labels: ours {seconds:0.00} s, plain {plainly:0.00} s");
        Say($"ratio {plainly / seconds:0.0}; {equal:N0} of {b:N0} picks are the same");
        return plain.SequenceEqual(ours);
    }

    private static (GreedyCover, UnitRows) Cover(float[] values, int labelled, int b, bool whole = false)
    {
        var rows = UnitRows.Of(values, Width);
        var n = rows.Count - labelled;
        int[] candidates = whole ? [.. Enumerable.Range(0, n)] : CoveringStrategy.Candidates(n, b, seed: 1);
        return (new(rows, candidates, [.. Enumerable.Range(n, labelled)], b,
            Likeness.Gaussian(GreedyCover.Sigma(rows, labelled, b))), rows);
    }

    // the matrix once, then a pass over it for each choice
    private static int[] Plain(UnitRows rows, int n, int labelled, int b, Likeness like)
    {
        var x = rows.Copy([.. Enumerable.Range(0, rows.Count)]);
        float[] Alike(int j, int from, int count) => [.. Enumerable.Range(from, count)
            .Select(i => (float)like.Of(rows.Closeness(i, x.AsSpan(i * Width, Width), j, x.AsSpan(j * Width, Width))))];
        var k = new float[n][];
        Parallel.For(0, n, j => k[j] = Alike(j, 0, n));
        var covered = new float[n];
        for (var l = n; l < n + labelled; l++) TensorPrimitives.Max(covered, Alike(l, 0, n), covered);
        var (picks, gains) = (new List<int>(), new double[n]);
        while (picks.Count < b)
        {
            Parallel.For(0, n, j =>
            {
                var sum = 0.0;
                for (var i = 0; i < n; i++) sum += Math.Max(0, k[j][i] - covered[i]);
                gains[j] = sum;
            });
            foreach (var p in picks) gains[p] = -1;
            picks.Add(TensorPrimitives.IndexOfMax<double>(gains));
            TensorPrimitives.Max(covered, k[picks[^1]], covered);
        }
        return [.. picks];
    }

    // what the picks cover of the whole pool, beside what as many would that were chosen over a second sample
    private static void SampleError(UnitRows rows, int n, int labelled, int b, int[] picks)
    {
        var like = Likeness.Gaussian(GreedyCover.Sigma(rows, labelled, b));
        var looked = Math.Min(n, 20_000);
        int[] labels = [.. Enumerable.Range(n, labelled)];
        int[] some = [.. Enumerable.Range(0, looked).Select(i => (int)((long)i * n / looked))];
        double Covered(int[] chosen) =>
            Neighbours.Of(rows, some, [.. chosen, .. labels], 1).Closeness.Average(c => like.Of(c));
        var other = new GreedyCover(rows, [.. Enumerable.Range(0, n)], labels, b, like, seed: 2,
            summed: Math.Min(n, 4 * Math.Max(5_000, 10 * (labelled + b))));
        var (ours, larger) = (Covered(picks), Covered(other.Choose(b).Picks));
        Say($"mean likeness to the nearest pick or label: {ours:0.0000}; with four times the sample {larger:0.0000}");
    }

    // of all threads: on a busy machine it says more than the clock
    private static double Used() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));
}
