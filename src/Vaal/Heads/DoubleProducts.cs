using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Vaal.Heads;

/// <summary>
/// The products that a linear model is fitted with: float32 features, float64 sums, each in one order of summing, so
/// that a fit does not depend on threads or on where arrays lie.
/// </summary>
internal static unsafe class DoubleProducts
{
    /// <summary>Rows and classes come in multiples of this.</summary>
    public const int Tile = 4;

    /// <summary>Features come in multiples of this; the last are 0.</summary>
    public const int Lane = 32;

    private const int Half = 8;

    public static int Padded(int count, int unit) => (count + unit - 1) / unit * unit;

    /// <summary>z = x wᵀ.</summary>
    /// <param name="x">(n, width), n a multiple of <see cref="Tile"/></param>
    /// <param name="w">(k, width), k a multiple of <see cref="Tile"/></param>
    /// <param name="into">z, (n, k)</param>
    public static void Logits(ReadOnlySpan<float> x, ReadOnlySpan<double> w, int width, Span<double> into)
    {
        var (n, k) = (x.Length / width, w.Length / width);
        if (into.Length < (long)n * k)
            throw new ArgumentException($"{into.Length} places for {n} × {k} logits", nameof(into));
        fixed (float* features = x)
        fixed (double* weights = w, logits = into)
            for (var c = 0; c < k; c += Tile)                                 // their weights stay in the nearest cache
                for (var i = 0; i < n; i += Tile)
                {
                    var z = logits + (nint)i * k + c;
                    LogitTile(features + (nint)i * width, weights + (nint)c * width, width, z, k);
                }
    }

    private static void LogitTile(float* x, double* w, int width, double* z, int stride)
    {
        float* x1 = x + width, x2 = x1 + width, x3 = x2 + width;
        double* w1 = w + width, w2 = w1 + width, w3 = w2 + width;
        Vector512<double> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<double> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<double> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<double> s30 = default, s31 = default, s32 = default, s33 = default;
        for (var f = 0; f < width; f += Half)
        {
            Vector512<double> a = Vector512.Load(w + f), b = Vector512.Load(w1 + f);
            Vector512<double> c = Vector512.Load(w2 + f), d = Vector512.Load(w3 + f);
            var row = Wide(x + f);
            s00 = Vector512.FusedMultiplyAdd(row, a, s00);
            s01 = Vector512.FusedMultiplyAdd(row, b, s01);
            s02 = Vector512.FusedMultiplyAdd(row, c, s02);
            s03 = Vector512.FusedMultiplyAdd(row, d, s03);
            row = Wide(x1 + f);
            s10 = Vector512.FusedMultiplyAdd(row, a, s10);
            s11 = Vector512.FusedMultiplyAdd(row, b, s11);
            s12 = Vector512.FusedMultiplyAdd(row, c, s12);
            s13 = Vector512.FusedMultiplyAdd(row, d, s13);
            row = Wide(x2 + f);
            s20 = Vector512.FusedMultiplyAdd(row, a, s20);
            s21 = Vector512.FusedMultiplyAdd(row, b, s21);
            s22 = Vector512.FusedMultiplyAdd(row, c, s22);
            s23 = Vector512.FusedMultiplyAdd(row, d, s23);
            row = Wide(x3 + f);
            s30 = Vector512.FusedMultiplyAdd(row, a, s30);
            s31 = Vector512.FusedMultiplyAdd(row, b, s31);
            s32 = Vector512.FusedMultiplyAdd(row, c, s32);
            s33 = Vector512.FusedMultiplyAdd(row, d, s33);
        }
        (z[0], z[1], z[2], z[3]) = (Vector512.Sum(s00), Vector512.Sum(s01), Vector512.Sum(s02), Vector512.Sum(s03));
        z += stride;
        (z[0], z[1], z[2], z[3]) = (Vector512.Sum(s10), Vector512.Sum(s11), Vector512.Sum(s12), Vector512.Sum(s13));
        z += stride;
        (z[0], z[1], z[2], z[3]) = (Vector512.Sum(s20), Vector512.Sum(s21), Vector512.Sum(s22), Vector512.Sum(s23));
        z += stride;
        (z[0], z[1], z[2], z[3]) = (Vector512.Sum(s30), Vector512.Sum(s31), Vector512.Sum(s32), Vector512.Sum(s33));
    }

    /// <summary>g += rᵀ x.</summary>
    /// <param name="r">(n, k), k a multiple of <see cref="Tile"/></param>
    /// <param name="x">(n, width), width a multiple of <see cref="Lane"/></param>
    /// <param name="g">(k, width)</param>
    /// <param name="lower">tiles above the diagonal are left as they are</param>
    public static void AddGradient(ReadOnlySpan<double> r, ReadOnlySpan<float> x, int width, Span<double> g,
        bool lower = false)
    {
        var (n, k) = (x.Length / width, g.Length / width);
        if (r.Length < (long)n * k) throw new ArgumentException($"{r.Length} residuals for {n} × {k}", nameof(r));
        fixed (float* features = x)
        fixed (double* residuals = r, gradient = g)
            for (var f = 0; f < width; f += Lane)
                for (var c = lower ? f : 0; c < k; c += Tile)
                    GradientTile(residuals + c, features + f, n, k, width, gradient + (nint)c * width + f,
                        ahead: c == 0 ? x.Length : 0);
    }

    private static void GradientTile(double* r, float* x, int n, int k, int width, double* g, int ahead)
    {
        double* g1 = g + width, g2 = g1 + width, g3 = g2 + width;
        Vector512<double> s00 = Vector512.Load(g), s01 = Vector512.Load(g + 8);
        Vector512<double> s02 = Vector512.Load(g + 16), s03 = Vector512.Load(g + 24);
        Vector512<double> s10 = Vector512.Load(g1), s11 = Vector512.Load(g1 + 8);
        Vector512<double> s12 = Vector512.Load(g1 + 16), s13 = Vector512.Load(g1 + 24);
        Vector512<double> s20 = Vector512.Load(g2), s21 = Vector512.Load(g2 + 8);
        Vector512<double> s22 = Vector512.Load(g2 + 16), s23 = Vector512.Load(g2 + 24);
        Vector512<double> s30 = Vector512.Load(g3), s31 = Vector512.Load(g3 + 8);
        Vector512<double> s32 = Vector512.Load(g3 + 16), s33 = Vector512.Load(g3 + 24);
        for (var i = 0; i < n; i++, r += k, x += width)
        {
            Vector512<double> a = Wide(x), b = Wide(x + 8), c = Wide(x + 16), d = Wide(x + 24);
            Prefetch(x + ahead);
            var residual = Vector512.Create(r[0]);
            s00 = Vector512.FusedMultiplyAdd(residual, a, s00);
            s01 = Vector512.FusedMultiplyAdd(residual, b, s01);
            s02 = Vector512.FusedMultiplyAdd(residual, c, s02);
            s03 = Vector512.FusedMultiplyAdd(residual, d, s03);
            residual = Vector512.Create(r[1]);
            s10 = Vector512.FusedMultiplyAdd(residual, a, s10);
            s11 = Vector512.FusedMultiplyAdd(residual, b, s11);
            s12 = Vector512.FusedMultiplyAdd(residual, c, s12);
            s13 = Vector512.FusedMultiplyAdd(residual, d, s13);
            residual = Vector512.Create(r[2]);
            s20 = Vector512.FusedMultiplyAdd(residual, a, s20);
            s21 = Vector512.FusedMultiplyAdd(residual, b, s21);
            s22 = Vector512.FusedMultiplyAdd(residual, c, s22);
            s23 = Vector512.FusedMultiplyAdd(residual, d, s23);
            residual = Vector512.Create(r[3]);
            s30 = Vector512.FusedMultiplyAdd(residual, a, s30);
            s31 = Vector512.FusedMultiplyAdd(residual, b, s31);
            s32 = Vector512.FusedMultiplyAdd(residual, c, s32);
            s33 = Vector512.FusedMultiplyAdd(residual, d, s33);
        }
        Store(g, s00, s01, s02, s03);
        Store(g1, s10, s11, s12, s13);
        Store(g2, s20, s21, s22, s23);
        Store(g3, s30, s31, s32, s33);
    }

    private static void Store(double* g, Vector512<double> a, Vector512<double> b, Vector512<double> c,
        Vector512<double> d)
    {
        a.Store(g);
        b.Store(g + 8);
        c.Store(g + 16);
        d.Store(g + 24);
    }

    /// <summary>
    /// Asks for 32 features before they are needed. A gradient asks for the rows after its own while it computes, and
    /// the products of those do not wait for memory. Past the end it does nothing.
    /// </summary>
    public static void Prefetch(float* x)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch1(x);
        Sse.Prefetch1(x + 16);
    }

    private static Vector512<double> Wide(float* x)
    {
        var eight = Vector256.Load(x);
        if (Avx512F.IsSupported) return Avx512F.ConvertToVector512Double(eight);
        var (low, high) = Vector256.Widen(eight);
        return Vector512.Create(low, high);
    }

    /// <summary>Σ a b.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var (even, odd, k) = (Vector512<double>.Zero, Vector512<double>.Zero, 0);
        for (; k <= a.Length - 16; k += 16)
        {
            even = Vector512.FusedMultiplyAdd(Vector512.Create(a[k..]), Vector512.Create(b[k..]), even);
            odd = Vector512.FusedMultiplyAdd(Vector512.Create(a[(k + 8)..]), Vector512.Create(b[(k + 8)..]), odd);
        }
        var sum = Vector512.Sum(even + odd);
        for (; k < a.Length; k++) sum = Math.FusedMultiplyAdd(a[k], b[k], sum);
        return sum;
    }

    /// <summary>a += factor · b.</summary>
    public static void Add(Span<double> a, double factor, ReadOnlySpan<double> b)
    {
        var (by, k) = (Vector512.Create(factor), 0);
        for (; k <= a.Length - 8; k += 8)
            Vector512.FusedMultiplyAdd(by, Vector512.Create(b[k..]), Vector512.Create<double>(a[k..])).CopyTo(a[k..]);
        for (; k < a.Length; k++) a[k] = Math.FusedMultiplyAdd(factor, b[k], a[k]);
    }

    /// <summary>Σ x g.</summary>
    /// <param name="x">as many as <paramref name="g"/>, a multiple of <see cref="Lane"/></param>
    public static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<double> g)
    {
        Vector512<double> even = default, odd = default;
        fixed (float* features = x)
        fixed (double* other = g)
            for (var k = 0; k < g.Length; k += 2 * Half)
            {
                even = Vector512.FusedMultiplyAdd(Wide(features + k), Vector512.Load(other + k), even);
                odd = Vector512.FusedMultiplyAdd(Wide(features + k + Half), Vector512.Load(other + k + Half), odd);
            }
        return Vector512.Sum(even + odd);
    }

    /// <summary>g += factor · x.</summary>
    /// <param name="x">as many as <paramref name="g"/>, a multiple of <see cref="Lane"/></param>
    public static void Add(Span<double> g, double factor, ReadOnlySpan<float> x)
    {
        var by = Vector512.Create(factor);
        fixed (float* features = x)
        fixed (double* other = g)
            for (var k = 0; k < g.Length; k += Half)
                Vector512.FusedMultiplyAdd(by, Wide(features + k), Vector512.Load(other + k)).Store(other + k);
    }

    /// <summary>e to each, in place.</summary>
    /// <remarks>
    /// Beyond ±709 the library takes another path for the whole vector, and which numbers share one depends on where
    /// the array lies: the others' last bits would too.
    /// </remarks>
    public static void Exp(Span<double> a)
    {
        TensorPrimitives.Clamp(a, -700, 700, a);
        TensorPrimitives.Exp<double>(a, a);
    }
}
