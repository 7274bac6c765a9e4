using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>What is odd about pictures, as bits.</summary>
internal static class Oddity
{
    public const byte Blurred = 1, Dark = 2, Bright = 4, OddSize = 8, LowInformation = 16;

    /// <summary>A picture is odd in size where it has so many times more or fewer pixels than the median, or is so many
    /// times wider or narrower.</summary>
    private const double Size = 8, Aspect = 2;

    private static readonly (byte Bit, string Name)[] _names = [(Blurred, "blurred"), (Dark, "dark"),
        (Bright, "bright"), (OddSize, "odd-size"), (LowInformation, "low-information")];

    private static readonly string[][] _lists = [.. Enumerable.Range(0, 32).Select(bits =>
        _names.Where(n => (bits & n.Bit) != 0).Select(n => n.Name).ToArray())];

    public static IReadOnlyList<string> Names(byte bits) => _lists[bits];

    /// <summary>0: there is no such name.</summary>
    public static byte Bit(string name) => _names.FirstOrDefault(n => n.Name == name).Bit;

    /// <summary>Of each image, by position.</summary>
    public static byte[] Of(ImageRow[] rows, IReadOnlyDictionary<int, PictureQuality> qualities)
    {
        var bits = new byte[rows.Length];
        var sized = rows.Where(r => r.Width > 0).ToList();
        double[] pixels = [.. sized.Select(r => (double)r.Width * r.Height)];
        double[] aspects = [.. sized.Select(r => (double)r.Width / r.Height)];
        Array.Sort(pixels);                                                          // a million: not by LINQ
        Array.Sort(aspects);
        for (var i = 0; i < rows.Length; i++)
        {
            var row = rows[i];
            if (row.Width > 0 && (IsFar((double)row.Width * row.Height, pixels[pixels.Length / 2], Size)
                || IsFar((double)row.Width / row.Height, aspects[aspects.Length / 2], Aspect))) bits[i] |= OddSize;
            if (!qualities.TryGetValue(row.Id, out var quality)) continue;
            if (quality.IsBlurred) bits[i] |= Blurred;
            if (quality.IsDark) bits[i] |= Dark;
            if (quality.IsBright) bits[i] |= Bright;
            if (quality.IsLowInformation) bits[i] |= LowInformation;
        }
        return bits;
    }

    private static bool IsFar(double value, double median, double factor) =>
        value > median * factor || value < median / factor;
}
