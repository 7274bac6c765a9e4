using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// Label spreading (Zhou et al., NIPS 2003) over a graph of nearest neighbours: F = (1 − α)(I − α S)⁻¹ Y, where S is
/// the graph's weights, cosine³, divided by the roots of both ends' sums. Each class starts with the same weight in
/// all, and ends with the same (class mass normalisation, Zhu et al., ICML 2003). Otherwise a class with labels in
/// dense places would win everywhere. A row that equals the pool's mean has the cosine ½ with every other.
/// </summary>
internal sealed class LabelSpreading
{
    private const int Nearest = 10, MostSteps = 200;

    /// <summary>Columns that spread at once; of a large pool fewer, for 5 numbers of each row and column are in
    /// memory.</summary>
    private const int MostColumns = 64, FewestColumns = 8, MostSeeds = 6_400_000;

    private const double Alpha = 0.99, Tolerance = 1e-4;

    private readonly int[] _start, _to;
    private readonly float[] _weight;

    private LabelSpreading(int[] start, int[] to, float[] weight) => (_start, _to, _weight) = (start, to, weight);

    /// <summary>N.</summary>
    public int Count => _start.Length - 1;

    /// <summary>The 10 nearest neighbours of each row, which make the graph.</summary>
    /// <param name="seed">of the clusters that find them in a large pool</param>
    public static Neighbours Near(UnitRows rows, long seed = 1, CancellationToken cancel = default) =>
        Neighbours.OfAll(rows, Math.Min(Nearest, Math.Max(1, rows.Count - 1)), seed, cancel);

    /// <param name="near">of each row</param>
    public static LabelSpreading Of(Neighbours near)
    {
        var n = near.Rows.Length / near.PerRow;
        var start = new int[n + 1];
        foreach (var (row, other, _) in Edges(near)) (start[row + 1], start[other + 1]) =
            (start[row + 1] + 1, start[other + 1] + 1);
        for (var i = 0; i < n; i++) start[i + 1] += start[i];
        var (next, to, weight, sums) = (start[..^1], new int[start[n]], new float[start[n]], new double[n]);
        foreach (var (row, other, alike) in Edges(near))
        {
            (to[next[row]], weight[next[row]++]) = (other, alike);
            (to[next[other]], weight[next[other]++]) = (row, alike);
            sums[row] += alike;
            sums[other] += alike;
        }
        for (var i = 0; i < n; i++)
            for (var e = start[i]; e < start[i + 1]; e++) weight[e] =
                (float)(weight[e] / Math.Sqrt(sums[i] * sums[to[e]]));
        return new(start, to, weight);
    }

    /// <summary>Probabilities of all rows, (N, K); of a row that no label reaches: 0.</summary>
    /// <param name="labelled">rows with a label</param>
    /// <param name="classes">of each, 0..K − 1</param>
    public float[] Spread(int[] labelled, int[] classes, int k, CancellationToken cancel = default) =>
        Without(labelled, classes, new int[labelled.Length], 0, k, [.. Enumerable.Range(0, Count)], cancel)[0];

    /// <summary>
    /// The same of some rows, without the labels of each fold in turn and with all of them. What spreads is linear in
    /// the labels: the labels of each class in each fold are spread once.
    /// </summary>
    /// <param name="fold">of each label, 0..<paramref name="folds"/> − 1</param>
    /// <param name="asked">rows</param>
    /// <returns>for each fold, and last with all labels: (n, K)</returns>
    public float[][] Without(int[] labelled, int[] classes, int[] fold, int folds, int k, int[] asked,
        CancellationToken cancel = default)
    {
        var groups = Enumerable.Range(0, labelled.Length).GroupBy(i => (Class: classes[i], Fold: fold[i]))
            .OrderBy(g => g.Key).ToArray();
        float[][] found = [.. Enumerable.Range(0, folds + 1).Select(_ => new float[asked.Length * k])];
        double[][] mass = [.. found.Select(_ => new double[k])];
        foreach (var some in groups.Chunk(Math.Clamp(MostSeeds / Count, FewestColumns, MostColumns)))
        {
            var seeds = new float[checked(Count * some.Length)];
            foreach (var (column, group) in some.Index())
                foreach (var i in group) seeds[labelled[i] * some.Length + column] = 1;
            var spread = Solve(seeds, some.Length, cancel);
            var sums = new double[some.Length];
            for (var i = 0; i < spread.Length; i++) sums[i % some.Length] += spread[i] = Math.Max(0, spread[i]);
            foreach (var (column, group) in some.Index())
                for (var t = 0; t <= folds; t++)
                {
                    if (t < folds && group.Key.Fold == t) continue;
                    mass[t][group.Key.Class] += sums[column];
                    for (var i = 0; i < asked.Length; i++)
                        found[t][i * k + group.Key.Class] += spread[asked[i] * some.Length + column];
                }
        }
        for (var t = 0; t <= folds; t++) Normalise(found[t], mass[t]);
        return found;
    }

    // each class the same in all, then each row 1
    private static void Normalise(float[] found, double[] mass)
    {
        var k = mass.Length;
        for (var i = 0; i < found.Length; i += k)
        {
            var sum = 0f;
            for (var c = 0; c < k; c++) sum += found[i + c] = mass[c] > 0 ? (float)(found[i + c] / mass[c]) : 0;
            for (var c = 0; c < k && sum > 0; c++) found[i + c] /= sum;
        }
    }

    // conjugate gradients, for each column; the matrix is positive definite, as S's eigenvalues are at most 1
    private float[] Solve(float[] seeds, int k, CancellationToken cancel)
    {
        var (x, r, p, q) = (new float[seeds.Length], (float[])seeds.Clone(), (float[])seeds.Clone(),
            new float[seeds.Length]);
        var squares = Dots(r, r, k);
        double[] enough = Array.ConvertAll(squares, s => s * Tolerance * Tolerance);
        for (var step = 0; step < MostSteps && squares.Zip(enough).Any(s => s.First > s.Second); step++)
        {
            cancel.ThrowIfCancellationRequested();
            Multiply(p, q, k);
            var curve = Dots(p, q, k);
            float[] ahead = [.. squares.Zip(curve, (s, c) => c > 0 ? (float)(s / c) : 0)];
            Blocks.InParallel(Count, 4_096, (from, end) =>
            {
                for (var i = from * k; i < end * k; i += k)
                    for (var c = 0; c < k; c++)
                    {
                        x[i + c] += ahead[c] * p[i + c];
                        r[i + c] -= ahead[c] * q[i + c];
                    }
            });
            var next = Dots(r, r, k);
            float[] turn = [.. next.Zip(squares, (n, s) => s > 0 ? (float)(n / s) : 0)];
            Blocks.InParallel(Count, 4_096, (from, end) =>
            {
                for (var i = from * k; i < end * k; i += k)
                    for (var c = 0; c < k; c++) p[i + c] = r[i + c] + turn[c] * p[i + c];
            });
            squares = next;
        }
        return x;
    }

    // q = p − α S p
    private void Multiply(float[] p, float[] q, int k) => Blocks.InParallel(Count, 4_096, (from, end) =>
    {
        for (var i = from; i < end; i++)
        {
            var row = q.AsSpan(i * k, k);
            p.AsSpan(i * k, k).CopyTo(row);
            for (var e = _start[i]; e < _start[i + 1]; e++)
            {
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(p.AsSpan(_to[e] * k, k),
                    (float)-Alpha * _weight[e], row, row);
            }
        }
    });

    // a sum a column, block by block, so that it does not depend on threads
    private double[] Dots(float[] a, float[] b, int k)
    {
        const int block = 4_096;
        var sums = new double[(Count + block - 1) / block][];
        Blocks.InParallel(Count, block, (from, end) =>
        {
            var sum = new double[k];
            for (var i = from; i < end; i++)
                for (var c = 0; c < k; c++) sum[c] += (double)a[i * k + c] * b[i * k + c];
            sums[from / block] = sum;
        });
        return [.. Enumerable.Range(0, k).Select(c => sums.Sum(s => s[c]))];
    }

    private static IEnumerable<(int Row, int Other, float Alike)> Edges(Neighbours near)
    {
        for (var i = 0; i < near.Rows.Length; i++)
        {
            var cosine = Math.Max(0, 1 + near.Closeness[i]);
            if (near.Rows[i] >= 0 && cosine > 0) yield return (i / near.PerRow, near.Rows[i], cosine * cosine * cosine);
        }
    }
}
