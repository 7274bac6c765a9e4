using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using SkiaSharp;

namespace Vaal.Tests;

/// <summary>Image files made byte by byte, so that what a decoder must find in them is known.</summary>
internal static class TestImages
{
    /// <summary>A PNG.</summary>
    /// <param name="type">0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA</param>
    /// <param name="sample">bytes of a pixel</param>
    /// <param name="between">chunks between header and data (PLTE, tRNS)</param>
    public static byte[] Png(
        int width, int height, int bits, int type, Func<int, int, byte[]> sample,
        params (string Type, byte[] Data)[] between)
    {
        var raw = new MemoryStream();
        using (var zip = new ZLibStream(raw, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                zip.WriteByte(0); // no filter
                for (var x = 0; x < width; x++) zip.Write(sample(x, y));
            }
        }
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)bits, (byte)type);
        byte[] signature = [0x89, .. "PNG\r\n\x1a\n"u8];
        return [.. signature, .. Chunk("IHDR", header), .. between.SelectMany(b => Chunk(b.Type, b.Data)),
            .. Chunk("IDAT", raw.ToArray()), .. Chunk("IEND", [])];
    }

    public static byte[] Grey(int width, int height, Func<int, int, int> value) =>
        Png(width, height, 8, 0, (x, y) => [(byte)value(x, y)]);

    public static byte[] Rgb(int width, int height, byte red, byte green, byte blue) =>
        Png(width, height, 8, 2, (_, _) => [red, green, blue]);

    /// <summary>A PNG whose header is followed by hardly any data.</summary>
    public static byte[] Bomb(int width, int height)
    {
        var png = Grey(1, 1, (_, _) => 0);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc(png.AsSpan(12, 17)));
        return png;
    }

    public static byte[] Jpeg(int width, int height, Func<int, int, SKColor> colour, int quality = 95)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = Enumerable.Range(0, width * height).Select(i => colour(i % width, i / width))
            .SelectMany(c => new[] { c.Red, c.Green, c.Blue, c.Alpha }).ToArray();
        Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
        using var data = bitmap.Encode(SKEncodedImageFormat.Jpeg, quality);
        return data.ToArray();
    }

    /// <summary>The JPEG with an EXIF segment that holds this orientation.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation)
    {
        byte[] exif =
        [
            .. "Exif\0\0"u8, .. "II*\0"u8, 8, 0, 0, 0, // little-endian, first directory at 8
            1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0, // one entry: 0x0112, a short
        ];
        return [0xff, 0xd8, 0xff, 0xe1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. data];
        var (length, crc) = (new byte[4], new byte[4]);
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(crc, Crc(body));
        return [.. length, .. body, .. crc];
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }
        return ~crc;
    }
}
