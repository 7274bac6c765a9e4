using System.Numerics;
using System.Runtime.InteropServices;

namespace Vaal.Data.Features;

/// <summary>Rows less a mean, each of length 1: the product of two is their cosine.</summary>
internal static class Cosines
{
    /// <param name="values">(N, F)</param>
    /// <returns>(F)</returns>
    public static double[] Mean(ReadOnlySpan<float> values, int width)
    {
        var (n, mean) = (values.Length / width, new double[width]);
        for (var i = 0; i < values.Length; i++) mean[i % width] += values[i] / (double)n;
        return mean;
    }

    /// <summary>Subtracts the mean and divides by the length, in place; a row that equals the mean becomes 0.</summary>
    /// <param name="values">(N, F)</param>
    public static float[] Unit(float[] values, double[] mean)
    {
        for (var at = 0; at < values.Length; at += mean.Length)
        {
            var row = values.AsSpan(at, mean.Length);
            var square = 0.0;
            for (var f = 0; f < row.Length; f++) square += (row[f] - mean[f]) * (row[f] - mean[f]);
            var scale = square > 0 ? 1 / Math.Sqrt(square) : 0;
            for (var f = 0; f < row.Length; f++) row[f] = (float)((row[f] - mean[f]) * scale);
        }
        return values;
    }

    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var u = MemoryMarshal.Cast<float, Vector<float>>(a);
        var v = MemoryMarshal.Cast<float, Vector<float>>(b);
        var (even, odd, k) = (Vector<float>.Zero, Vector<float>.Zero, 0);
        for (; k + 1 < u.Length; k += 2)
        {
            even += u[k] * v[k];
            odd += u[k + 1] * v[k + 1];
        }
        if (k < u.Length) even += u[k] * v[k];
        var sum = Vector.Sum(even + odd);
        for (var f = u.Length * Vector<float>.Count; f < a.Length; f++) sum += a[f] * b[f];
        return sum;
    }
}
