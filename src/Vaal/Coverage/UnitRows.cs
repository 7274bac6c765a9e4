using System.Runtime.Intrinsics;

namespace Vaal.Coverage;

/// <summary>
/// Rows of features as the methods here compare them: less the mean of the pool, divided by their length. Made on the
/// fly, so that a large pool needs no second copy. The mean and the lengths are float64; a row that equals the mean
/// stays 0.
/// </summary>
internal sealed class UnitRows
{
    /// <summary>Features of one row.</summary>
    public delegate void Reader(int row, Span<float> into);

    /// <summary>A row nearer to the mean than this share of its own size equals it but for rounding.</summary>
    private const double Rounding = 1e-9;

    private readonly Reader _read;
    private readonly double[] _inverse;                                              // 1 / length of each row, or 0
    private readonly double[] _half; // ½‖x‖² of each row as float32 gives it

    /// <param name="count">N</param>
    /// <param name="width">F</param>
    /// <param name="read">gives the features of a row; called by several threads at once</param>
    /// <param name="mean">of the pool, (F); null: of these rows</param>
    /// <exception cref="InputException">a feature is not a finite number</exception>
    public UnitRows(int count, int width, Reader read, double[]? mean = null)
    {
        (Count, Width, _read) = (count, width, read);
        Mean = mean ?? MeanOf(count, width, read);
        (_inverse, _half) = (new double[count], new double[count]);
        Blocks.InParallel(count, 1_024, (from, end) =>
        {
            var row = new float[width];
            for (var i = from; i < end; i++)
            {
                Read(read, i, row);
                _inverse[i] = InverseLength(row);
                Copy(i, row);
                _half[i] = 0.5 * Dot(row, row);
            }
        });
    }

    /// <summary>Rows one after the other in an array.</summary>
    /// <param name="values">(N, F)</param>
    /// <param name="mean">of the pool, (F); null: of these rows</param>
    public static UnitRows Of(float[] values, int width, double[]? mean = null) =>
        new(values.Length / width, width, (row, into) => values.AsSpan(row * width, width).CopyTo(into), mean);

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>F.</summary>
    public int Width { get; }

    /// <summary>Mean of the pool, (F).</summary>
    public double[] Mean { get; }

    /// <summary>½‖x‖²: ½ or 0, but for rounding.</summary>
    public double Half(int row) => _half[row];

    /// <summary>A row of length 1, or 0.</summary>
    public void Copy(int row, Span<float> into)
    {
        _read(row, into);
        var (scale, k) = (Vector512.Create(_inverse[row]), 0);
        for (; k <= Width - 16; k += 16)
        {
            var (low, high) = Vector512.Widen(Vector512.Create<float>(into[k..]));
            low = (low - Vector512.Create<double>(Mean.AsSpan(k))) * scale;
            high = (high - Vector512.Create<double>(Mean.AsSpan(k + 8))) * scale;
            Vector512.Narrow(low, high).CopyTo(into[k..]);
        }
        for (; k < Width; k++) into[k] = (float)((into[k] - Mean[k]) * _inverse[row]);
    }

    /// <summary>−½‖x_i − x_j‖²: 0 for equal rows exactly, at least −2.</summary>
    /// <param name="x">row <paramref name="i"/>, as <see cref="Copy(int, Span{float})"/> gives it</param>
    /// <param name="y">row <paramref name="j"/></param>
    public float Closeness(int i, ReadOnlySpan<float> x, int j, ReadOnlySpan<float> y) =>
        i == j ? 0 : (float)Math.Min(0, Dot(x, y) - _half[i] - _half[j]);

    /// <summary>Several rows, one after the other.</summary>
    /// <returns>(n, F)</returns>
    public float[] Copy(ReadOnlySpan<int> rows)
    {
        var values = new float[checked(rows.Length * Width)];
        for (var i = 0; i < rows.Length; i++) Copy(rows[i], values.AsSpan(i * Width, Width));
        return values;
    }

    /// <summary>In float64 and in one order of summing.</summary>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var (even, odd, k) = (Vector512<double>.Zero, Vector512<double>.Zero, 0);
        for (; k <= x.Length - 16; k += 16)
        {
            var ((xl, xh), (yl, yh)) =
                (Vector512.Widen(Vector512.Create(x[k..])), Vector512.Widen(Vector512.Create(y[k..])));
            even = Vector512.FusedMultiplyAdd(xl, yl, even);
            odd = Vector512.FusedMultiplyAdd(xh, yh, odd);
        }
        var sum = Vector512.Sum(even + odd);
        for (; k < x.Length; k++) sum += (double)x[k] * y[k];
        return sum;
    }

    private static void Read(Reader read, int number, Span<float> row)
    {
        read(number, row);
        foreach (var value in row)
            if (!float.IsFinite(value))
                throw new InputException($"expected finite features, found {value} in row {number}");
    }

    private double InverseLength(ReadOnlySpan<float> row)
    {
        var (square, size) = (0.0, 0.0);
        for (var k = 0; k < Width; k++)
        {
            var centred = row[k] - Mean[k];
            square += centred * centred;
            size += (double)row[k] * row[k] + Mean[k] * Mean[k];
        }
        return square <= Rounding * Rounding * size ? 0 : 1 / Math.Sqrt(square);
    }

    // of each thousand rows first, so that the sum does not depend on the number of threads
    private static double[] MeanOf(int count, int width, Reader read)
    {
        const int block = 1_024;
        var sums = new double[(count + block - 1) / block][];
        Blocks.InParallel(count, block, (from, end) =>
        {
            var (row, sum) = (new float[width], new double[width]);
            for (var i = from; i < end; i++)
            {
                Read(read, i, row);
                for (var k = 0; k < width; k++) sum[k] += row[k];
            }
            sums[from / block] = sum;
        });
        var mean = new double[width];
        foreach (var sum in sums)
            for (var k = 0; k < width; k++) mean[k] += sum[k] / count;
        return mean;
    }
}
