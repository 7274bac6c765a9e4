using System.IO.Compression;
using SkiaSharp;

namespace Vaal.Data.Labels;

/// <summary>
/// A mask as a small picture within a JSON file, placed at a point of the image: LabelMe and Supervisely.
/// </summary>
internal static class EmbeddedMask
{
    /// <param name="code">a PNG in base64, for Supervisely compressed once more with zlib</param>
    /// <param name="at">where its first pixel lies in the image</param>
    /// <param name="size">of the image; the mask must lie in it</param>
    /// <exception cref="MalformedEntryException">it cannot be decoded, or does not fit the image</exception>
    public static Mask Read(string? @class, string code, (double X, double Y) at, (int Width, int Height) size,
        ImportLog log)
    {
        Rle.CheckSize(size.Width, size.Height);
        var png = Png(code, (long)size.Width * size.Height);
        using var data = SKData.CreateCopy(png);
        using var codec = SKCodec.Create(data);
        if (codec is not { EncodedFormat: SKEncodedImageFormat.Png })
            throw new MalformedEntryException("a mask is not a PNG");
        var (left, top, width, height) = (at.X, at.Y, codec.Info.Width, codec.Info.Height);
        if (left != Math.Floor(left) || top != Math.Floor(top) || left < 0 || top < 0 || left + width > size.Width
            || top + height > size.Height)
            throw new MalformedEntryException(
                $"a mask of {width} x {height} at ({Text.Of(left)}, {Text.Of(top)}) does not fit its image");
        log.Pixels.Take((long)width * height);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        if (codec.GetPixels(bitmap.Info, bitmap.GetPixels()) != SKCodecResult.Success)
            throw new MalformedEntryException("a mask is damaged");
        var pixels = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            var row = bitmap.GetPixelSpan().Slice(y * bitmap.RowBytes, 4 * width);
            for (var x = 0; x < width; x++)
                if (row[4 * x + 3] != 0 && (row[4 * x] | row[4 * x + 1] | row[4 * x + 2]) != 0)
                    pixels[y * width + x] = 1;
        }
        var runs = Mask.FromBitmap(@class, pixels, width, height).Runs;
        var crop = ((int)left, (int)top, width, height);
        return new(@class, Rle.Uncrop([.. runs], crop, size.Width, size.Height, log.Runs), size.Width, size.Height);
    }

    private static byte[] Png(string code, long pixels)
    {
        try
        {
            var bytes = Convert.FromBase64String(code);
            if (bytes is not [0x78, ..]) return bytes;
            using var packed = new ZLibStream(new MemoryStream(bytes), CompressionMode.Decompress);
            // a PNG is hardly larger than its pixels
            var most = (int)Math.Min(pixels * 4 + 65_536, 256 << 20);
            var png = new byte[most];
            var length = packed.ReadAtLeast(png, most, throwOnEndOfStream: false);
            return length < most ? png[..length] : throw new MalformedEntryException("a mask is larger than its image");
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw new MalformedEntryException("a mask is damaged");
        }
    }
}
