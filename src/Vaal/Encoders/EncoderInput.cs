using System.Globalization;
using System.Numerics.Tensors;
using Vaal.Data;

namespace Vaal.Encoders;

/// <summary>How an image becomes an encoder's input.</summary>
internal sealed record EncoderInput
{
    /// <summary>Mean of ImageNet's channels R, G, B, in 0..1.</summary>
    public static IReadOnlyList<float> ImageNetMean { get; } = [0.485f, 0.456f, 0.406f];

    /// <summary>Standard deviation of ImageNet's channels R, G, B, in 0..1.</summary>
    public static IReadOnlyList<float> ImageNetStd { get; } = [0.229f, 0.224f, 0.225f];

    /// <summary>Changes when the same settings come to other pixels; part of every digest.</summary>
    private const int Version = 1;

    /// <summary>S, the side of the square that the network sees, in pixels.</summary>
    public int Size { get; init; } = 224;

    /// <summary>Side that the image is brought to before the centre is cut out; null: <see cref="Size"/>.</summary>
    public int? Resize { get; init; }

    /// <summary>Crop: the shorter side becomes <see cref="Resize"/>, and the centre is cut out.</summary>
    public Fit Fit { get; init; } = Fit.Crop;

    /// <summary>1 (grey) or 3.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>White, before the mean is subtracted: 1 or 255.</summary>
    public float White { get; init; } = 1;

    /// <summary>One number a channel, in the order of <see cref="Bgr"/>, on the scale of <see cref="White"/>.</summary>
    public IReadOnlyList<float> Mean { get; init; } = ImageNetMean;

    /// <summary>One number a channel, in the order of <see cref="Bgr"/>, on the scale of <see cref="White"/>.</summary>
    public IReadOnlyList<float> Std { get; init; } = ImageNetStd;

    /// <summary>The network wants blue first.</summary>
    public bool Bgr { get; init; }

    /// <summary>C · S · S.</summary>
    public int ImageBytes => Channels * Size * Size;

    /// <summary>The settings as text, for digests.</summary>
    public string Canonical => string.Create(CultureInfo.InvariantCulture,
        $"v{Version} {Size}/{Resize ?? Size} {Fit} {Channels} {(Bgr ? "BGR" : "RGB")} {White} "
            + $"{Numbers(Mean)} {Numbers(Std)}");

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (Size is < 8 or > 2_048) yield return $"expected a size of 8..2048 pixels, found {Size}";
        if (Resize is { } r && (r < Size || r > 4_096))
            yield return $"expected resize between the size ({Size}) and 4096 pixels, found {r}";
        if (White is not (1 or 255)) yield return $"expected range 1 or 255, found {White}";
        if (Mean.Count != Channels || Std.Count != Channels)
            yield return $"expected {Channels} numbers as mean and as std, found {Mean.Count} and {Std.Count}";
        if (Mean.Concat(Std).Any(v => !float.IsFinite(v)) || Std.Any(v => v <= 0))
            yield return "expected finite numbers as mean and numbers above 0 as std";
    }

    /// <summary>Brings a file to (C, S, S) bytes. Throws for no file whatever is in it.</summary>
    /// <param name="maxPixels">more are refused</param>
    public Decoded Decode(string path, Span<byte> target, long maxPixels, CancellationToken cancel = default) =>
        Prepare(target, (wide, options) =>
            ImageDecoder.Decode(path, wide, new(options) { MaxPixels = maxPixels, Cancel = cancel }));

    /// <summary>The same of a file's bytes in memory.</summary>
    public Decoded DecodeBytes(byte[] file, Span<byte> target, long maxPixels, CancellationToken cancel = default) =>
        Prepare(target, (wide, options) =>
            ImageDecoder.DecodeFile(file, wide, new(options) { MaxPixels = maxPixels, Cancel = cancel }));

    /// <summary>Brings pixels that are in memory to (C, S, S) bytes.</summary>
    /// <param name="image">(C', H, W), C' 1 or 3</param>
    public void Resample(ReadOnlySpan<byte> image, int channels, int height, int width, Span<byte> target)
    {
        var plane = height * width;
        var rgba = new byte[4 * plane];
        for (var i = 0; i < plane; i++)
        {
            for (var c = 0; c < 3; c++) rgba[4 * i + c] = image[(channels == 1 ? 0 : c * plane) + i];
            rgba[4 * i + 3] = 255;
        }
        _ = Prepare(target, (wide, options) =>
        {
            Resampler.Resize(rgba, width, height, 1, wide, options);
            return new Decoded(width, height);
        });
    }

    /// <summary>Bytes to the numbers that the network takes.</summary>
    /// <param name="images">count × (C, S, S), RGB</param>
    /// <param name="values">receives count × (C, S, S), or count × (S, S, C)</param>
    public void Normalise(ReadOnlySpan<byte> images, int count, Span<float> values, bool channelsLast)
    {
        var plane = Size * Size;
        var line = channelsLast ? new float[plane] : null;
        for (var i = 0; i < count; i++)
        {
            for (var c = 0; c < Channels; c++)
            {
                var from = images.Slice((i * Channels + (Bgr ? Channels - 1 - c : c)) * plane, plane);
                var to = line ?? values.Slice((i * Channels + c) * plane, plane);
                TensorPrimitives.ConvertChecked(from, to);
                TensorPrimitives.Multiply(to, White / 255f / Std[c], to);
                TensorPrimitives.Subtract(to, Mean[c] / Std[c], to);
                if (line is null) continue;
                for (var p = 0; p < plane; p++) values[(i * plane + p) * Channels + c] = line[p];
            }
        }
    }

    private delegate Decoded Fill(Span<byte> target, LoadOptions options);

    private Decoded Prepare(Span<byte> target, Fill fill)
    {
        var wide = Resize ?? Size;
        var options = new LoadOptions { Rectangle = (wide, wide), Fit = Fit, Channels = Channels };
        if (wide == Size) return fill(target, options);
        var pixels = new byte[Channels * wide * wide];
        var decoded = fill(pixels, options);
        var edge = (wide - Size) / 2;
        for (var c = 0; c < Channels; c++)
            for (var y = 0; y < Size; y++)
                pixels.AsSpan((c * wide + edge + y) * wide + edge, Size).CopyTo(target[((c * Size + y) * Size)..]);
        return decoded;
    }

    private static string Numbers(IEnumerable<float> values) =>
        string.Join(',', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture)));
}
