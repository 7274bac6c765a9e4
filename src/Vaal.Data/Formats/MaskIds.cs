using System.Security.Cryptography;

namespace Vaal.Data.Formats;

/// <summary>What the numbers, or the colours, in a mask mean.</summary>
internal sealed class MaskIds
{
    private const short Unknown = -1;
    private readonly short[] _classes = [.. Enumerable.Repeat(Unknown, 256)];
    private readonly IReadOnlyDictionary<int, byte> _colours;
    private readonly string _hint;

    /// <param name="ids">ids with their class, or <see cref="ImageSet.Ignore"/>; any other id is an error</param>
    /// <param name="colours">colour (0xRRGGBB) of each id, for masks in colour; empty: classes.csv has none; null: the
    /// format knows none</param>
    public MaskIds(IEnumerable<(int Id, int Class)> ids, IReadOnlyDictionary<int, byte>? colours = null)
    {
        foreach (var (id, c) in ids) _classes[id] = (short)c;
        _colours = colours ?? new Dictionary<int, byte>();
        _hint = colours is null
            ? "; the format image-masks knows colours, by classes.csv"
            : ", or colours in classes.csv";
        byte[] all = [
            .. _classes.SelectMany(BitConverter.GetBytes), .. _colours.OrderBy(p => p.Key)
            .SelectMany(p => BitConverter.GetBytes(p.Key).Append(p.Value))];
        Checksum = BitConverter.ToInt32(SHA256.HashData(all)) | 1;
    }

    /// <summary>The first ids are the classes, in order.</summary>
    public static MaskIds InOrder(int classes, params IEnumerable<int> ignored) =>
        new([.. Enumerable.Range(0, classes).Select(c => (c, c)), .. ignored.Select(id => (id, (int)ImageSet.Ignore))]);

    /// <summary>Tells one meaning from another; never 0.</summary>
    public int Checksum { get; }

    /// <summary>The class of each pixel.</summary>
    /// <exception cref="InvalidDataException">a number or a colour has no meaning, or no pixel has a class</exception>
    public byte[] Classes(IndexedPng png)
    {
        if (png.Channels > 1 && _colours.Count == 0)
            throw new InvalidDataException(
                $"it is in RGB colours, and what they stand for is not known; expected a palette or grey PNG of " +
                $"class ids{_hint}");
        var classes = new byte[png.Width * png.Height];
        var any = false;
        for (var i = 0; i < classes.Length; i++)
        {
            var id = png.Channels == 1 ? png.Samples[i] : Id(png, i);
            var c = id < 0 ? Unknown : _classes[id];
            if (c == Unknown)
                throw new InvalidDataException(
                    $"{Words(png, i)} at ({i % png.Width}, {i / png.Width}) is not in the class list");
            classes[i] = (byte)c;
            any |= c != ImageSet.Ignore;
        }
        return any ? classes : throw new InvalidDataException("all of its pixels are marked as ignored");
    }

    private int Id(IndexedPng png, int pixel) => _colours.TryGetValue(Colour(png, pixel), out var id) ? id : -1;

    private static int Colour(IndexedPng png, int pixel) =>
        png.Samples[pixel * png.Channels] << 16 | png.Samples[pixel * png.Channels + 1] << 8 | png.Samples[
            pixel * png.Channels + 2];

    private static string Words(IndexedPng png, int pixel) =>
        png.Channels == 1 ? $"id {png.Samples[pixel]}" : $"colour #{Colour(png, pixel):x6}";
}
