using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Vaal.Scoring;

/// <summary>
/// The rows of a matrix in memory, and their distances and products in float64, summed in one fixed order. They are the
/// same on every processor, with any number of threads and at any address. For most pairs a vectorised float32 estimate
/// is enough; only the bound of its error counts (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section
/// 3.1).
/// </summary>
internal sealed unsafe class PairwiseDistances : IDisposable
{
    private const int BlockRows = 1_024, BlockOthers = 2_048;

    private readonly Tensor _rows;
    private readonly float* _single;
    private readonly double* _double;
    private readonly int _width;

    /// <param name="rows">(N, F), float32 or float64, all finite; copied only where it is not contiguous on the
    /// CPU</param>
    public PairwiseDistances(Tensor rows)
    {
        if (rows.dtype is not (ScalarType.Float32 or ScalarType.Float64))
            throw new ArgumentException($"rows of {rows.dtype}; expected Float32 or Float64", nameof(rows));
        using var scope = NewDisposeScope();
        var all = rows.cpu().contiguous().alias();
        if (!double.IsFinite(all.sum(ScalarType.Float64).item<double>()))
            throw new ArgumentException("a feature is not a finite number", nameof(rows));
        _rows = all.DetachFromDisposeScope();
        (Count, _width) = ((int)rows.shape[0], (int)rows.shape[1]);
        Error = 2 * (_width + 8) * (double)(MathF.BitIncrement(1) - 1);
        if (Count == 0 || _width == 0) return;
        // all could be more than a span holds
        var address = Unsafe.AsPointer(ref MemoryMarshal.GetReference(_rows.narrow(0, 0, 1).bytes));
        if (rows.dtype == ScalarType.Float32) _single = (float*)address;
        else _double = (double*)address;
    }

    public int Count { get; }

    /// <summary>How far a float32 sum over a row may be off, as a share of the sum of its terms' sizes; twice what the
    /// proof asks for.</summary>
    public double Error { get; }

    /// <summary>‖row i − row j of <paramref name="other"/>‖², or <paramref name="nearest"/> where that is
    /// smaller.</summary>
    public double Nearer(int i, PairwiseDistances other, int j, double nearest)
    {
        if (_single == null) return Math.Min(nearest, SquaredDistance(_double + At(i), other._double + At(j), _width));
        var estimate = TensorPrimitives.Distance(Single(i), other.Single(j));
        // terms that no denormal or infinite number had a part in
        if (estimate is > 1e-12f and < 1e18f && (double)estimate * estimate * (1 - Error) >= nearest) return nearest;
        return Math.Min(nearest, SquaredDistance(_single + At(i), other._single + At(j), _width));
    }

    /// <summary>
    /// Pairs of a row and one of <paramref name="other"/>'s, each row's nearest among them: those that a matrix product
    /// and the bound of its error cannot rule out. In the order of the rows within a block; memory for one block of
    /// pairs.
    /// </summary>
    public IEnumerable<(int Row, int Other)> NearestOf(PairwiseDistances other)
    {
        for (var i = 0; i < Count; i += BlockRows)
            for (var j = 0; j < other.Count; j += BlockOthers)
                foreach (var pair in NearestOf(other, i, j)) yield return pair;
    }

    private (int Row, int Other)[] NearestOf(PairwiseDistances other, int from, int otherFrom)
    {
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        var (rows, others) = (Block(from, BlockRows), other.Block(otherFrom, BlockOthers));
        var (lengths, sizes) = (rows.square().sum([1], keepdim: true), others.square().sum([1]));
        // a row's squared distances, less the square of its own length
        var part = addmm(sizes, rows, others.t(), beta: 1, alpha: -2);
        // the last for products that are denormal
        var error = 2 * Error * (lengths + sizes.amax([0])) + _width * 1e-36;
        // a sum that is no number rules nothing out
        var near = part.gt(part.amin([1], keepdim: true) + 2 * error).logical_not_().nonzero();
        var pairs = near.data<long>().ToArray();
        return [.. Enumerable.Range(0, pairs.Length / 2)
            .Select(k => (from + (int)pairs[2 * k], otherFrom + (int)pairs[2 * k + 1]))];
    }

    private Tensor Block(int from, int count) => _rows.narrow(0, from, Math.Min(count, Count - from));

    /// <summary>⟨row i, row j⟩, off by at most <see cref="Error"/> times the product of their lengths.</summary>
    public double EstimateDot(int i, int j) => _single == null ? Dot(i, j) : TensorPrimitives.Dot(Single(i), Single(j));

    /// <summary>⟨row i, row j⟩.</summary>
    public double Dot(int i, int j) =>
        _single == null ? Dot(_double + At(i), _double + At(j), _width) : Dot(_single + At(i), _single + At(j), _width);

    public void Dispose() => _rows.Dispose();

    private nint At(int i) => (nint)i * _width;

    private ReadOnlySpan<float> Single(int i) => new(_single + At(i), _width);

    // four sums at a time, which the processor adds side by side
    private static double SquaredDistance<T>(T* a, T* b, int n) where T : unmanaged, INumberBase<T>
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        var k = 0;
        for (; k <= n - 4; k += 4)
            (s0, s1, s2, s3) =
                (s0 + Square(a, b, k), s1 + Square(a, b, k + 1), s2 + Square(a, b, k + 2), s3 + Square(a, b, k + 3));
        for (; k < n; k++) s0 += Square(a, b, k);
        return s0 + s1 + (s2 + s3);
    }

    private static double Square<T>(T* a, T* b, int k) where T : unmanaged, INumberBase<T>
    {
        var difference = double.CreateTruncating(a[k]) - double.CreateTruncating(b[k]);
        return difference * difference;
    }

    private static double Dot<T>(T* a, T* b, int n) where T : unmanaged, INumberBase<T>
    {
        double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        var k = 0;
        for (; k <= n - 4; k += 4)
            (s0, s1, s2, s3) = (
                s0 + Product(a, b, k), s1 + Product(a, b, k + 1), s2 + Product(a, b, k + 2), s3 + Product(a, b, k + 3));
        for (; k < n; k++) s0 += Product(a, b, k);
        return s0 + s1 + (s2 + s3);
    }

    private static double Product<T>(T* a, T* b, int k) where T : unmanaged, INumberBase<T> =>
        double.CreateTruncating(a[k]) * double.CreateTruncating(b[k]);
}
