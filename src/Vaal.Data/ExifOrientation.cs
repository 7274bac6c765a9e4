using System.Buffers.Binary;
using SkiaSharp;

namespace Vaal.Data;

/// <summary>
/// Which way up a WebP or PNG is, by its EXIF data: tag 0x0112 of the first directory. The decoder does not read it
/// where the chunk begins with <c>Exif\0\0</c>, as many programs write it.
/// </summary>
internal static class ExifOrientation
{
    private const int MostBytes = 1 << 20, MostChunks = 10_000;
    private const ushort Orientation = 0x0112, Short = 3;

    /// <summary>What the decoder says, else what the file's EXIF data says.</summary>
    public static SKEncodedOrigin Of(SKCodec codec, Stream file)
    {
        if (codec.EncodedOrigin != SKEncodedOrigin.TopLeft
            || codec.EncodedFormat is not (SKEncodedImageFormat.Webp or SKEncodedImageFormat.Png))
            return codec.EncodedOrigin;
        try
        {
            var exif = codec.EncodedFormat == SKEncodedImageFormat.Webp ? OfWebp(file) : OfPng(file);
            return exif is null ? SKEncodedOrigin.TopLeft
                : OfTiff(exif.AsSpan().StartsWith("Exif\0\0"u8) ? exif.AsSpan(6) : exif);
        }
        catch (EndOfStreamException)
        {
            return SKEncodedOrigin.TopLeft;
        }
    }

    /// <summary>Chunks of four letters, a length (little endian), and the data, at even places.</summary>
    private static byte[]? OfWebp(Stream file)
    {
        file.Position = 12;
        var head = new byte[8];
        for (var chunk = 0; chunk < MostChunks && file.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8; chunk++)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
            if (head.AsSpan(0, 4).SequenceEqual("EXIF"u8)) return Read(file, length);
            file.Position += length + length % 2;
        }
        return null;
    }

    /// <summary>Chunks of a length (big endian), four letters, the data and a checksum.</summary>
    private static byte[]? OfPng(Stream file)
    {
        file.Position = 8;
        var head = new byte[8];
        for (var chunk = 0; chunk < MostChunks && file.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8; chunk++)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (head.AsSpan(4).SequenceEqual("eXIf"u8)) return Read(file, length);
            if (head.AsSpan(4).SequenceEqual("IEND"u8)) return null;
            file.Position += length + 4;
        }
        return null;
    }

    private static byte[]? Read(Stream file, uint length)
    {
        if (length > MostBytes) return null;
        var data = new byte[length];
        file.ReadExactly(data);
        return data;
    }

    private static SKEncodedOrigin OfTiff(ReadOnlySpan<byte> tiff)
    {
        var little = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || !little && !tiff.StartsWith("MM\0*"u8)) return SKEncodedOrigin.TopLeft;
        var directory = Number(tiff[4..], 4, little);
        if (directory + 2 > tiff.Length) return SKEncodedOrigin.TopLeft;
        var entries = Number(tiff[(int)directory..], 2, little);
        for (var i = 0; i < entries; i++)
        {
            var at = directory + 2 + 12 * i;
            if (at + 12 > tiff.Length) break;
            var entry = tiff.Slice((int)at, 12);
            if (Number(entry, 2, little) != Orientation || Number(entry[2..], 2, little) != Short) continue;
            var value = Number(entry[8..], 2, little);
            return value is >= 1 and <= 8 ? (SKEncodedOrigin)value : SKEncodedOrigin.TopLeft;
        }
        return SKEncodedOrigin.TopLeft;
    }

    private static long Number(ReadOnlySpan<byte> bytes, int length, bool little) => (length, little) switch
    {
        (2, true) => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        (2, false) => BinaryPrimitives.ReadUInt16BigEndian(bytes),
        (_, true) => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        (_, false) => BinaryPrimitives.ReadUInt32BigEndian(bytes),
    };
}
