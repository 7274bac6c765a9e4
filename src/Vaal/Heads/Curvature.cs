using System.Numerics.Tensors;
using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// About the inverse of a logistic loss's second derivative: for each class the inverse of the block of its own weights
/// and intercept, by Cholesky's decomposition; of the N × N form where there are fewer rows than features. What bends
/// between classes is left to L-BFGS, which starts from here and so needs few iterations.
/// </summary>
internal sealed class Curvature
{
    /// <summary>Numbers that the decompositions of all classes may take: 256 MB.</summary>
    private const long MostNumbers = 1L << 25;

    /// <summary>Σ of the diagonal of Xᵀ V X up to which float32 sums it: they are off by about 1e-7 of it.</summary>
    private const double MostOfSingle = 1e6;

    private const int Rows = SingleProducts.MostRows, Parts = 4;

    private readonly Block[] _blocks;                                                // of each class, or one of all

    private Curvature(Block[] blocks) => _blocks = blocks;

    /// <summary>Whether each class has a block of its own.</summary>
    public bool OfClasses => _blocks.Length > 1;

    /// <summary>One block for all classes.</summary>
    /// <param name="c">the loss's weight times its mean curvature</param>
    public static Curvature Shared(HeadRows rows, double c)
    {
        double[] bends = [.. rows.Weights.Select(w => c * w)];
        return new([rows.Count >= rows.Width ? new(rows, bends, OfFeatures(rows, bends, Parts))
            : new(rows, bends, Products(rows))]);
    }

    /// <summary>A block for each class.</summary>
    /// <param name="bends">of a class: the second derivative of each row's loss by its logit, (N)</param>
    public static Curvature Of(HeadRows rows, Func<int, double[]> bends)
    {
        var (blocks, products) = (new Block[rows.Classes], rows.Count < rows.Width ? Products(rows) : null);
        Blocks.InParallel(blocks.Length, 1, (k, _) => blocks[k] = products is null
            ? new(rows, bends(k), OfFeatures(rows, bends(k), 1)) : new(rows, bends(k), products));
        return new(blocks);
    }

    /// <summary>Whether a block for each class fits into the memory that they may take.</summary>
    public static bool CanBeOfClasses(HeadRows rows) =>
        rows.Classes > 1 && (long)Math.Min(rows.Count, rows.Width) * Math.Min(rows.Count, rows.Width) * rows.Classes
            <= MostNumbers;

    /// <summary>In place.</summary>
    /// <param name="k">the class</param>
    /// <param name="g">by its weights, (padded F)</param>
    /// <param name="intercept">by its intercept</param>
    public void Solve(int k, Span<double> g, ref double intercept) =>
        _blocks[OfClasses ? k : 0].Solve(g, ref intercept);

    // X Xᵀ, the lower triangle
    private static double[] Products(HeadRows rows)
    {
        var n = rows.Count;
        var a = new double[n * n];
        Blocks.InParallel(n, 16, (from, end) =>
        {
            for (var i = from; i < end; i++)
                for (var j = 0; j <= i; j++) a[i * n + j] = UnitRows.Dot(Row(rows, i), Row(rows, j));
        });
        return a;
    }

    // Xᵀ V X, the lower triangle, (padded F, padded F): in float32, where its rounding is far below the I that is added
    private static double[] OfFeatures(HeadRows rows, double[] bends, int parts)
    {
        var (sum, width, trace) = (Summed(rows, bends, parts, narrow: true), rows.PaddedWidth, 0.0);
        for (var f = 0; f < width; f++) trace += sum[f * width + f];
        return trace <= MostOfSingle ? sum : Summed(rows, bends, parts, narrow: false);
    }

    // always in the same parts, whatever the threads
    private static double[] Summed(HeadRows rows, double[] bends, int parts, bool narrow)
    {
        var (width, sums) = (rows.PaddedWidth, new double[parts][]);
        Blocks.InParallel(parts, 1, (part, _) =>
        {
            var sum = new double[width * width];
            var (weighted, single) = (new double[narrow ? 0 : Rows * width], new float[narrow ? Rows * width : 0]);
            var (from, end) = ((int)((long)rows.Count * part / parts), (int)((long)rows.Count * (part + 1) / parts));
            for (var start = from; start < end; start += Rows)
            {
                var x = rows.X.AsSpan(start * width, Math.Min(Rows, end - start) * width);
                weighted.AsSpan().Clear();
                for (var i = 0; i < x.Length / width; i++)
                {
                    var row = x.Slice(i * width, width);
                    if (narrow) TensorPrimitives.Multiply(row, (float)bends[start + i], single.AsSpan(i * width));
                    else DoubleProducts.Add(weighted.AsSpan(i * width, width), bends[start + i], row);
                }
                if (narrow) SingleProducts.AddGradient(single.AsSpan(0, x.Length), x, width, sum, lower: true);
                else DoubleProducts.AddGradient(weighted.AsSpan(0, x.Length), x, width, sum, lower: true);
            }
            sums[part] = sum;
        });
        foreach (var sum in sums[1..]) DoubleProducts.Add(sums[0], 1, sum);
        return sums[0];
    }

    private static ReadOnlySpan<float> Row(HeadRows rows, int row) =>
        rows.X.AsSpan(row * rows.PaddedWidth, rows.PaddedWidth);

    /// <summary>
    /// [I + Xᵀ V X, s m; s mᵀ, s]⁻¹ with s = Σ v and m the mean row weighted by v, by the complement of s:
    /// S = I + Σ v (x − m)(x − m)ᵀ.
    /// </summary>
    private sealed class Block
    {
        private const int Lane = 16;

        private readonly HeadRows? _rows;                                            // in the N × N form
        private readonly double[] _roots;                                            // √v, in the N × N form
        private readonly double[] _mean;
        private readonly float[] _factor; // lower triangle, row after row; float32 is near enough to start from
        private readonly double _sum;
        private readonly int _size;

        /// <param name="features">Xᵀ V X, or X Xᵀ where there are fewer rows than features</param>
        public Block(HeadRows rows, double[] bends, double[] features)
        {
            (_sum, _mean) = (bends.Sum(), new double[rows.PaddedWidth]);
            for (var i = 0; i < rows.Count; i++) DoubleProducts.Add(_mean, bends[i] / _sum, Row(rows, i));
            var few = rows.Count < rows.Width;
            (_rows, _size) = (few ? rows : null, few ? rows.Count : rows.Width);
            _roots = few ? [.. bends.Select(Math.Sqrt)] : [];
            var factor = few ? OfRows(rows, features) : OfColumns(rows, features);
            Cholesky(factor, _size);
            _factor = Packed(factor, _size);
        }

        public void Solve(Span<double> g, ref double intercept)
        {
            DoubleProducts.Add(g, -intercept, _mean);
            if (_rows is null) Triangles(g);
            else
            {
                // (I + Yᵀ Y)⁻¹ = I − Yᵀ (I + Y Yᵀ)⁻¹ Y with Y = √V (X − m)
                var inner = new double[DoubleProducts.Padded(_size, Lane)];
                var (along, all) = (DoubleProducts.Dot(_mean, g), 0.0);
                for (var i = 0; i < _size; i++) inner[i] = _roots[i] * (DoubleProducts.Dot(Row(_rows, i), g) - along);
                Triangles(inner);
                for (var i = 0; i < _size; i++)
                {
                    DoubleProducts.Add(g, -_roots[i] * inner[i], Row(_rows, i));
                    all += _roots[i] * inner[i];
                }
                DoubleProducts.Add(g, all, _mean);
            }
            intercept = intercept / _sum - DoubleProducts.Dot(_mean, g);
        }

        private double[] OfRows(HeadRows rows, double[] products)
        {
            var (n, a, square) = (_size, new double[_size * _size], DoubleProducts.Dot(_mean, _mean));
            double[] along = [.. Enumerable.Range(0, n).Select(i => DoubleProducts.Dot(Row(rows, i), _mean))];
            for (var i = 0; i < n; i++)
            {
                for (var j = 0; j <= i; j++)
                    a[i * n + j] = _roots[i] * _roots[j] * (products[i * n + j] - along[i] - along[j] + square);
                a[i * n + i]++;
            }
            return a;
        }

        private double[] OfColumns(HeadRows rows, double[] products)
        {
            var (f, a) = (_size, new double[_size * _size]);
            for (var i = 0; i < f; i++)
            {
                products.AsSpan(i * rows.PaddedWidth, i + 1).CopyTo(a.AsSpan(i * f));
                DoubleProducts.Add(a.AsSpan(i * f, i + 1), -_sum * _mean[i], _mean.AsSpan(0, i + 1));
                a[i * f + i]++;
            }
            return a;
        }

        // row by row, in place; the matrix is at least I
        private static void Cholesky(double[] a, int n)
        {
            for (var i = 0; i < n; i++)
            {
                var row = a.AsSpan(i * n, n);
                for (var j = 0; j < i; j++)
                    row[j] = (row[j] - DoubleProducts.Dot(row[..j], a.AsSpan(j * n, j))) / a[j * n + j];
                row[i] = Math.Sqrt(row[i] - DoubleProducts.Dot(row[..i], row[..i]));
            }
        }

        private static float[] Packed(double[] lower, int n)
        {
            var packed = new float[Start(n)];
            for (var i = 0; i < n; i++)
                for (var j = 0; j <= i; j++) packed[Start(i) + j] = (float)lower[i * n + j];
            return packed;
        }

        // where a row begins: each takes whole vectors, so that a product needs no rest
        private static int Start(int row)
        {
            var (lanes, rest) = Math.DivRem(row, Lane);
            return Lane * (lanes * (lanes + 1) / 2 * Lane + rest * (lanes + 1));
        }

        private ReadOnlySpan<float> Lower(int row) => _factor.AsSpan(Start(row), Start(row + 1) - Start(row));

        // v ends with zeros up to a whole vector
        private void Triangles(Span<double> v)
        {
            for (var i = 0; i < _size; i++)
            {
                var row = Lower(i);
                var own = v[i];
                v[i] = 0;
                v[i] = (own - DoubleProducts.Dot(row, v[..row.Length])) / row[i];
            }
            for (var i = _size - 1; i >= 0; i--)
            {
                var row = Lower(i);
                var own = v[i] / row[i];
                DoubleProducts.Add(v[..row.Length], -own, row);
                v[i] = own;
            }
        }
    }
}
