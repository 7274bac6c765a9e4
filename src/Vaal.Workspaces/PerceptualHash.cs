using System.Numerics;
using Vaal.Data;

namespace Vaal.Workspaces;

/// <summary>
/// 64 bits that differ little between pictures that look alike: the picture as 32×32 grey values, its 8×8 lowest
/// frequencies (DCT), and of each whether it is above their median (Zauner 2010). What recompression, resizing and
/// brightness change in a picture hardly touches them.
/// </summary>
internal static class PerceptualHash
{
    private const int Side = 32, Low = 8;

    /// <summary>Standard deviation of the grey values under which there is nothing to see: noise would decide every
    /// bit.</summary>
    private const float Flat = 2;

    private static readonly float[] _cosines = [
        .. Enumerable.Range(0, Low * Side)
        .Select(i => MathF.Cos(MathF.PI * (i / Side) * (2 * (i % Side) + 1) / (2 * Side)))];

    /// <summary>Null for a picture without any structure, to which every other such picture would be alike.</summary>
    /// <param name="pixels">(C, S, S)</param>
    /// <param name="width">of the original, which says where letter-box bars are</param>
    public static ulong? Of(ReadOnlySpan<byte> pixels, int channels, int size, Fit fit, int width, int height)
    {
        var (bars, beside) = fit == Fit.LetterBox && width > 0 && height > 0
            ? (Bar(height, Math.Max(width, height), size), Bar(width, Math.Max(width, height), size)) : (0, 0);
        Span<float> grey = stackalloc float[Side * Side];
        Grey(pixels, channels, size, beside, bars, grey);
        return OfGrey(grey);
    }

    internal static ulong? OfGrey(ReadOnlySpan<float> grey)
    {
        var (sum, squares) = (0f, 0f);
        foreach (var v in grey) (sum, squares) = (sum + v, squares + v * v);
        var mean = sum / grey.Length;
        if (squares / grey.Length - mean * mean < Flat * Flat) return null;

        Span<float> rows = stackalloc float[Side * Low];
        for (var y = 0; y < Side; y++)
            for (var u = 0; u < Low; u++)
                rows[y * Low + u] = Dot(grey.Slice(y * Side, Side), _cosines.AsSpan(u * Side, Side));
        Span<float> frequencies = stackalloc float[Low * Low], sorted = stackalloc float[Low * Low - 1];
        for (var v = 0; v < Low; v++)
        {
            for (var u = 0; u < Low; u++)
            {
                var f = 0f;
                for (var y = 0; y < Side; y++) f += rows[y * Low + u] * _cosines[v * Side + y];
                frequencies[v * Low + u] = f;
            }
        }
        // not the first: it is only the brightness
        frequencies[1..].CopyTo(sorted);
        sorted.Sort();
        var median = sorted[sorted.Length / 2];
        var hash = 0UL;
        for (var i = 1; i < frequencies.Length; i++) if (frequencies[i] > median) hash |= 1UL << i;
        return hash;
    }

    /// <summary>The square without its bars, brought to 32×32 by averaging areas.</summary>
    internal static void Grey(
        ReadOnlySpan<byte> pixels, int channels, int size, int beside, int above, Span<float> grey)
    {
        var (scaleX, scaleY) = ((size - 2 * beside) / (float)Side, (size - 2 * above) / (float)Side);
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var (left, top, right, bottom) =
                    (beside + x * scaleX, above + y * scaleY, beside + (x + 1) * scaleX, above + (y + 1) * scaleY);
                var (sum, area) = (0f, 0f);
                for (var v = (int)top; v < bottom && v < size; v++)
                {
                    for (var u = (int)left; u < right && u < size; u++)
                    {
                        var weight = (MathF.Min(u + 1, right) - MathF.Max(u, left))
                            * (MathF.Min(v + 1, bottom) - MathF.Max(v, top));
                        var at = v * size + u;
                        var value = channels == 1
                            ? pixels[at]
                            : 0.299f * pixels[at] + 0.587f * pixels[size * size + at] +
                            0.114f * pixels[2 * size * size + at];
                        sum += weight * value;
                        area += weight;
                    }
                }
                grey[y * Side + x] = sum / area;
            }
        }
    }

    private static int Bar(int length, int longer, int size) =>
        Math.Min((int)Math.Round((size - (double)size * length / longer) / 2), size / 2 - 1);

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        for (var i = 0; i < Side; i += Vector<float>.Count)
            sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        return Vector.Sum(sum);
    }
}
