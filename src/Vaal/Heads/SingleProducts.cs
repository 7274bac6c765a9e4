using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vaal.Heads;

/// <summary>
/// The products of <see cref="DoubleProducts"/> in float32: more than twice as fast, for the steps of a fit that ends
/// before their rounding matters. Sums run over one row, or over <see cref="MostRows"/> rows, in one order.
/// </summary>
internal static unsafe class SingleProducts
{
    /// <summary>Rows of one sum in float32.</summary>
    public const int MostRows = 128;

    private const int Lane = 16;

    /// <summary>z = x wᵀ.</summary>
    /// <param name="x">(n, width), n a multiple of <see cref="DoubleProducts.Tile"/>, width one of
    /// <see cref="DoubleProducts.Lane"/></param>
    /// <param name="w">(k, width), k a multiple of <see cref="DoubleProducts.Tile"/></param>
    /// <param name="into">z, (n, k)</param>
    public static void Logits(ReadOnlySpan<float> x, ReadOnlySpan<float> w, int width, Span<double> into)
    {
        var (n, k) = (x.Length / width, w.Length / width);
        if (into.Length < (long)n * k)
            throw new ArgumentException($"{into.Length} places for {n} × {k} logits", nameof(into));
        fixed (float* features = x, weights = w)
        fixed (double* logits = into)
            for (var c = 0; c < k; c += DoubleProducts.Tile)
                for (var i = 0; i < n; i += DoubleProducts.Tile)
                    LogitTile(features + (nint)i * width, weights + (nint)c * width, width,
                        logits + (nint)i * k + c, k);
    }

    private static void LogitTile(float* x, float* w, int width, double* z, int stride)
    {
        float* x1 = x + width, x2 = x1 + width, x3 = x2 + width;
        float* w1 = w + width, w2 = w1 + width, w3 = w2 + width;
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<float> s30 = default, s31 = default, s32 = default, s33 = default;
        for (var f = 0; f < width; f += Lane)
        {
            Vector512<float> a = Vector512.Load(w + f), b = Vector512.Load(w1 + f);
            Vector512<float> c = Vector512.Load(w2 + f), d = Vector512.Load(w3 + f);
            var row = Vector512.Load(x + f);
            s00 = Vector512.FusedMultiplyAdd(row, a, s00);
            s01 = Vector512.FusedMultiplyAdd(row, b, s01);
            s02 = Vector512.FusedMultiplyAdd(row, c, s02);
            s03 = Vector512.FusedMultiplyAdd(row, d, s03);
            row = Vector512.Load(x1 + f);
            s10 = Vector512.FusedMultiplyAdd(row, a, s10);
            s11 = Vector512.FusedMultiplyAdd(row, b, s11);
            s12 = Vector512.FusedMultiplyAdd(row, c, s12);
            s13 = Vector512.FusedMultiplyAdd(row, d, s13);
            row = Vector512.Load(x2 + f);
            s20 = Vector512.FusedMultiplyAdd(row, a, s20);
            s21 = Vector512.FusedMultiplyAdd(row, b, s21);
            s22 = Vector512.FusedMultiplyAdd(row, c, s22);
            s23 = Vector512.FusedMultiplyAdd(row, d, s23);
            row = Vector512.Load(x3 + f);
            s30 = Vector512.FusedMultiplyAdd(row, a, s30);
            s31 = Vector512.FusedMultiplyAdd(row, b, s31);
            s32 = Vector512.FusedMultiplyAdd(row, c, s32);
            s33 = Vector512.FusedMultiplyAdd(row, d, s33);
        }
        Sums(z, s00, s01, s02, s03);
        Sums(z + stride, s10, s11, s12, s13);
        Sums(z + 2 * stride, s20, s21, s22, s23);
        Sums(z + 3 * stride, s30, s31, s32, s33);
    }

    private static void Sums(double* z, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        if (!Sse3.IsSupported)
        {
            (z[0], z[1], z[2], z[3]) = (Vector512.Sum(a), Vector512.Sum(b), Vector512.Sum(c), Vector512.Sum(d));
            return;
        }
        var (first, second) = (Sse3.HorizontalAdd(Quarter(a), Quarter(b)), Sse3.HorizontalAdd(Quarter(c), Quarter(d)));
        var (low, high) = Vector128.Widen(Sse3.HorizontalAdd(first, second));
        low.Store(z);
        high.Store(z + 2);
    }

    private static Vector128<float> Quarter(Vector512<float> a)
    {
        var half = a.GetLower() + a.GetUpper();
        return half.GetLower() + half.GetUpper();
    }

    /// <summary>g += rᵀ x.</summary>
    /// <param name="r">(n, k), k a multiple of <see cref="DoubleProducts.Tile"/></param>
    /// <param name="x">(n, width), n at most <see cref="MostRows"/>, width a multiple of
    /// <see cref="DoubleProducts.Lane"/></param>
    /// <param name="g">(k, width)</param>
    /// <param name="lower">tiles above the diagonal are left as they are</param>
    public static void AddGradient(ReadOnlySpan<float> r, ReadOnlySpan<float> x, int width, Span<double> g,
        bool lower = false)
    {
        var (n, k) = (x.Length / width, g.Length / width);
        if (r.Length < (long)n * k) throw new ArgumentException($"{r.Length} residuals for {n} × {k}", nameof(r));
        if (n > MostRows) throw new ArgumentException($"{n} rows in one sum, above {MostRows}", nameof(x));
        fixed (float* features = x, residuals = r)
        fixed (double* gradient = g)
            for (var f = 0; f < width; f += DoubleProducts.Lane)
                for (var c = lower ? f : 0; c < k; c += 2 * DoubleProducts.Tile)
                {
                    var into = gradient + (nint)c * width + f;
                    var ahead = c == 0 ? x.Length : 0;
                    if (c + DoubleProducts.Tile < k) WideTile(residuals + c, features + f, n, k, width, into, ahead);
                    else GradientTile(residuals + c, features + f, n, k, width, into, ahead);
                }
    }

    // 8 classes × 32 features
    private static void WideTile(float* r, float* x, int n, int k, int width, double* g, int ahead)
    {
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default;
        Vector512<float> s20 = default, s21 = default, s30 = default, s31 = default;
        Vector512<float> s40 = default, s41 = default, s50 = default, s51 = default;
        Vector512<float> s60 = default, s61 = default, s70 = default, s71 = default;
        for (var i = 0; i < n; i++, r += k, x += width)
        {
            Vector512<float> a = Vector512.Load(x), b = Vector512.Load(x + Lane);
            DoubleProducts.Prefetch(x + ahead);
            var residual = Vector512.Create(r[0]);
            s00 = Vector512.FusedMultiplyAdd(residual, a, s00);
            s01 = Vector512.FusedMultiplyAdd(residual, b, s01);
            residual = Vector512.Create(r[1]);
            s10 = Vector512.FusedMultiplyAdd(residual, a, s10);
            s11 = Vector512.FusedMultiplyAdd(residual, b, s11);
            residual = Vector512.Create(r[2]);
            s20 = Vector512.FusedMultiplyAdd(residual, a, s20);
            s21 = Vector512.FusedMultiplyAdd(residual, b, s21);
            residual = Vector512.Create(r[3]);
            s30 = Vector512.FusedMultiplyAdd(residual, a, s30);
            s31 = Vector512.FusedMultiplyAdd(residual, b, s31);
            residual = Vector512.Create(r[4]);
            s40 = Vector512.FusedMultiplyAdd(residual, a, s40);
            s41 = Vector512.FusedMultiplyAdd(residual, b, s41);
            residual = Vector512.Create(r[5]);
            s50 = Vector512.FusedMultiplyAdd(residual, a, s50);
            s51 = Vector512.FusedMultiplyAdd(residual, b, s51);
            residual = Vector512.Create(r[6]);
            s60 = Vector512.FusedMultiplyAdd(residual, a, s60);
            s61 = Vector512.FusedMultiplyAdd(residual, b, s61);
            residual = Vector512.Create(r[7]);
            s70 = Vector512.FusedMultiplyAdd(residual, a, s70);
            s71 = Vector512.FusedMultiplyAdd(residual, b, s71);
        }
        Add(g, s00, s01);
        Add(g + width, s10, s11);
        Add(g + 2 * (nint)width, s20, s21);
        Add(g + 3 * (nint)width, s30, s31);
        Add(g + 4 * (nint)width, s40, s41);
        Add(g + 5 * (nint)width, s50, s51);
        Add(g + 6 * (nint)width, s60, s61);
        Add(g + 7 * (nint)width, s70, s71);
    }

    // 4 classes × 32 features
    private static void GradientTile(float* r, float* x, int n, int k, int width, double* g, int ahead)
    {
        Vector512<float> s00 = default, s01 = default, s10 = default, s11 = default;
        Vector512<float> s20 = default, s21 = default, s30 = default, s31 = default;
        for (var i = 0; i < n; i++, r += k, x += width)
        {
            Vector512<float> a = Vector512.Load(x), b = Vector512.Load(x + Lane);
            DoubleProducts.Prefetch(x + ahead);
            var residual = Vector512.Create(r[0]);
            s00 = Vector512.FusedMultiplyAdd(residual, a, s00);
            s01 = Vector512.FusedMultiplyAdd(residual, b, s01);
            residual = Vector512.Create(r[1]);
            s10 = Vector512.FusedMultiplyAdd(residual, a, s10);
            s11 = Vector512.FusedMultiplyAdd(residual, b, s11);
            residual = Vector512.Create(r[2]);
            s20 = Vector512.FusedMultiplyAdd(residual, a, s20);
            s21 = Vector512.FusedMultiplyAdd(residual, b, s21);
            residual = Vector512.Create(r[3]);
            s30 = Vector512.FusedMultiplyAdd(residual, a, s30);
            s31 = Vector512.FusedMultiplyAdd(residual, b, s31);
        }
        Add(g, s00, s01);
        Add(g + width, s10, s11);
        Add(g + 2 * (nint)width, s20, s21);
        Add(g + 3 * (nint)width, s30, s31);
    }

    private static void Add(double* g, Vector512<float> a, Vector512<float> b)
    {
        var (first, second) = Vector512.Widen(a);
        (first + Vector512.Load(g)).Store(g);
        (second + Vector512.Load(g + 8)).Store(g + 8);
        (first, second) = Vector512.Widen(b);
        (first + Vector512.Load(g + 16)).Store(g + 16);
        (second + Vector512.Load(g + 24)).Store(g + 24);
    }
}
