using Vaal.Data;

namespace Vaal.Workspaces;

/// <summary>How a picture is as a picture, whatever it shows.</summary>
/// <param name="Sharpness">variance of the Laplacian over the variance of the grey values, at 256 pixels a side or what
/// the picture has: what changes from pixel to pixel, as a share of all that changes</param>
/// <param name="Brightness">mean grey value, 0..255</param>
/// <param name="Information">entropy of the grey values in bits, 0..8</param>
internal sealed record PictureQuality(double Sharpness, double Brightness, double Information)
{
    private const double LeastSharp = 0.004, MostDark = 40, LeastBright = 215, LeastInformation = 3.5;
    private static readonly int[] _sides = [256, 128, 64, 32];

    /// <summary>Standard deviation of the grey values below which nothing can be sharp or blurred.</summary>
    private const double Flat = 4;

    public bool IsBlurred => Sharpness < LeastSharp;
    public bool IsDark => Brightness < MostDark;
    public bool IsBright => Brightness > LeastBright;
    public bool IsLowInformation => Information < LeastInformation;

    /// <summary>Null: the file cannot be decoded.</summary>
    /// <param name="path">absolute</param>
    /// <param name="shorter">side of the picture in pixels: it is not enlarged</param>
    public static PictureQuality? OfFile(string path, int shorter, CancellationToken cancel = default)
    {
        var side = Array.Find(_sides, s => s <= shorter) is > 0 and var fits ? fits : _sides[^1];
        var options = new LoadOptions { Size = side, Threads = 1, Cancel = cancel };
        var pixels = new byte[ImageDecoder.ImageBytes(options)];
        return ImageDecoder.Decode(path, pixels, options).Problem is null ? Of(pixels, side) : null;
    }

    /// <param name="pixels">(3, S, S)</param>
    internal static PictureQuality Of(ReadOnlySpan<byte> pixels, int side)
    {
        var (plane, counts) = (side * side, new int[256]);
        var grey = new double[plane];
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < plane; i++)
        {
            grey[i] = 0.299 * pixels[i] + 0.587 * pixels[plane + i] + 0.114 * pixels[2 * plane + i];
            (sum, squares) = (sum + grey[i], squares + grey[i] * grey[i]);
            counts[(int)Math.Round(grey[i])]++;
        }
        var mean = sum / plane;
        var variance = squares / plane - mean * mean;
        var information = counts.Where(c => c > 0).Sum(c => -(double)c / plane * Math.Log2((double)c / plane));
        return new(variance < Flat * Flat ? 1 : Laplacian(grey, side) / variance, mean, information);
    }

    // variance of 4x − its four neighbours
    private static double Laplacian(double[] grey, int side)
    {
        var (sum, squares, count) = (0.0, 0.0, 0);
        for (var y = 1; y < side - 1; y++)
            for (var x = 1; x < side - 1; x++)
            {
                var at = y * side + x;
                var value = 4 * grey[at] - grey[at - 1] - grey[at + 1] - grey[at - side] - grey[at + side];
                (sum, squares, count) = (sum + value, squares + value * value, count + 1);
            }
        return squares / count - sum / count * (sum / count);
    }
}
