using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// (I + c Xᵀ V X)⁻¹: about the inverse of a logistic loss's second derivative, by Cholesky's decomposition; of the N ×
/// N form where there are fewer rows than features. As the start of L-BFGS it takes the place of many of its
/// iterations.
/// </summary>
internal sealed class Curvature
{
    private const int Block = 256, Parts = 4;

    private readonly HeadRows? _rows;                                                // in the N × N form
    private readonly double[] _roots; // √(c v) of each row, in the N × N form
    private readonly double[] _factor;                                               // lower triangle, (size, size)
    private readonly int _size;

    private Curvature(HeadRows? rows, double[] roots, double[] factor, int size) =>
        (_rows, _roots, _factor, _size) = (rows, roots, factor, size);

    /// <param name="c">the loss's weight times its mean curvature</param>
    public static Curvature Of(HeadRows rows, double c)
    {
        if (rows.Count >= rows.Width) return new(null, [], Cholesky(OfFeatures(rows, c), rows.Width), rows.Width);
        double[] roots = [.. rows.Weights.Select(w => Math.Sqrt(c * w))];
        return new(rows, roots, Cholesky(OfRows(rows, roots), rows.Count), rows.Count);
    }

    /// <summary>In place.</summary>
    /// <param name="g">of one class, (padded F)</param>
    public void Solve(Span<double> g)
    {
        if (_rows is null)
        {
            Triangles(g[.._size]);
            return;
        }
        // (I + Xᵀ V X)⁻¹ = I − Xᵀ √V (I + √V X Xᵀ √V)⁻¹ √V X
        var inner = new double[_size];
        for (var i = 0; i < _size; i++) inner[i] = _roots[i] * DoubleProducts.Dot(Row(_rows, i), g);
        Triangles(inner);
        for (var i = 0; i < _size; i++) DoubleProducts.Add(g, -_roots[i] * inner[i], Row(_rows, i));
    }

    private static double[] OfRows(HeadRows rows, double[] roots)
    {
        var n = rows.Count;
        var a = new double[n * n];
        Blocks.InParallel(n, 16, (from, end) =>
        {
            for (var i = from; i < end; i++)
            {
                for (var j = 0; j <= i; j++)
                    a[i * n + j] = roots[i] * roots[j] * UnitRows.Dot(Row(rows, i), Row(rows, j));
                a[i * n + i]++;
            }
        });
        return a;
    }

    // always in the same parts, whatever the threads
    private static double[] OfFeatures(HeadRows rows, double c)
    {
        var (f, width, sums) = (rows.Width, rows.PaddedWidth, new double[Parts][]);
        Blocks.InParallel(Parts, 1, (part, _) =>
        {
            var (sum, weighted) = (new double[width * width], new double[Block * width]);
            var (from, end) = ((int)((long)rows.Count * part / Parts), (int)((long)rows.Count * (part + 1) / Parts));
            for (var start = from; start < end; start += Block)
            {
                var x = rows.X.AsSpan(start * width, Math.Min(Block, end - start) * width);
                for (var k = 0; k < x.Length; k++) weighted[k] = c * rows.Weights[start + k / width] * x[k];
                DoubleProducts.AddGradient(weighted.AsSpan(0, x.Length), x, width, sum, lower: true);
            }
            sums[part] = sum;
        });
        var a = new double[f * f];
        for (var i = 0; i < f; i++)
        {
            foreach (var sum in sums) DoubleProducts.Add(a.AsSpan(i * f, i + 1), 1, sum.AsSpan(i * width, i + 1));
            a[i * f + i]++;
        }
        return a;
    }

    // row by row, in place; the matrix is at least I
    private static double[] Cholesky(double[] a, int n)
    {
        for (var i = 0; i < n; i++)
        {
            var row = a.AsSpan(i * n, n);
            for (var j = 0; j < i; j++)
                row[j] = (row[j] - DoubleProducts.Dot(row[..j], a.AsSpan(j * n, j))) / a[j * n + j];
            row[i] = Math.Sqrt(row[i] - DoubleProducts.Dot(row[..i], row[..i]));
        }
        return a;
    }

    private void Triangles(Span<double> v)
    {
        for (var i = 0; i < _size; i++)
            v[i] = (v[i] - DoubleProducts.Dot(_factor.AsSpan(i * _size, i), v[..i])) / _factor[i * _size + i];
        for (var i = _size - 1; i >= 0; i--)
        {
            v[i] /= _factor[i * _size + i];
            DoubleProducts.Add(v[..i], -v[i], _factor.AsSpan(i * _size, i));
        }
    }

    private static ReadOnlySpan<float> Row(HeadRows rows, int row) =>
        rows.X.AsSpan(row * rows.PaddedWidth, rows.PaddedWidth);
}
