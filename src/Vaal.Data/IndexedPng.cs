using System.Buffers.Binary;
using System.IO.Compression;

namespace Vaal.Data;

/// <summary>
/// The samples of a PNG as they are stored (ISO/IEC 15948): indices of a palette and levels of grey, which in a mask
/// are classes. An ordinary decoder gives the palette's colours, and stretches 1, 2 and 4 bits over 0..255.
/// </summary>
/// <param name="Channels">1 of a palette or grey, 3 of RGB, 4 of RGBA</param>
/// <param name="Samples">(H, W, Channels)</param>
internal sealed record IndexedPng(int Width, int Height, int Channels, byte[] Samples)
{
    private const string Damaged = "the file is damaged";
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    // Adam7: where each pass begins, and its steps
    private static readonly (int X, int Y, int Right, int Down)[] _passes =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <param name="maxPixels">a larger picture is refused before memory is taken for it</param>
    /// <exception cref="InvalidDataException">what is wrong with the file, in a few words</exception>
    public static IndexedPng Read(string path, long maxPixels)
    {
        using var file = new BufferedStream(RegularFile.OpenRead(path), 1 << 16);
        try
        {
            return Read(file, Math.Min(maxPixels, Array.MaxLength / 4));
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("the file is cut short", e);
        }
    }

    /// <summary>The same of a file whose size was looked at before.</summary>
    /// <exception cref="InvalidDataException">as above, and where it has another size now</exception>
    public static IndexedPng Read(string path, (int Width, int Height) size)
    {
        // not more memory than was found right for that size
        var read = Read(path, (long)size.Width * size.Height);
        return (read.Width, read.Height) == size ? read
            : throw new InvalidDataException("it changed while it was read");
    }

    /// <summary>Width and height by the header alone, before memory or time is taken for the pixels.</summary>
    /// <exception cref="InvalidDataException">what is wrong with the file, in a few words</exception>
    public static (int Width, int Height) SizeOf(string path)
    {
        using var file = RegularFile.OpenRead(path);
        try
        {
            var header = HeaderOf(file, Array.MaxLength / 4);
            return (header.Width, header.Height);
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException("the file is cut short", e);
        }
    }

    private static Header HeaderOf(Stream file, long maxPixels)
    {
        var signature = new byte[8];
        if (file.ReadAtLeast(signature, 8, throwOnEndOfStream: false) < 8 || !Signature.SequenceEqual(signature))
            throw new InvalidDataException(file.Length == 0 ? "the file is empty"
                : "not a PNG file; a mask holds classes, which other formats do not keep");
        var (type, data) = Chunk(file);
        return type == "IHDR" && data.Length == 13
            ? Header.Of(data, maxPixels)
            : throw new InvalidDataException(Damaged);
    }

    private static IndexedPng Read(Stream file, long maxPixels)
    {
        var header = HeaderOf(file, maxPixels);
        var (type, data) = ("", Array.Empty<byte>());
        using var packed = new MemoryStream();
        do
        {
            (type, data) = Chunk(file);
            if (type == "IDAT") packed.Write(data);
        }
        while (type != "IEND");
        packed.Position = 0;
        using var rows = new ZLibStream(packed, CompressionMode.Decompress);
        var samples = new byte[header.Width * header.Height * header.Channels];
        try
        {
            foreach (var pass in header.Interlaced ? _passes : [(0, 0, 1, 1)]) Pass(rows, header, pass, samples);
            // the checksum is at the end
            if (rows.ReadByte() >= 0) throw new InvalidDataException("there are more pixels than the header says");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException(Damaged, e);
        }
        return new(header.Width, header.Height, header.Channels, samples);
    }

    private readonly record struct Header(int Width, int Height, int Bits, int Channels, bool Interlaced)
    {
        public static Header Of(byte[] ihdr, long maxPixels)
        {
            var (width, height) =
                (BinaryPrimitives.ReadUInt32BigEndian(ihdr), BinaryPrimitives.ReadUInt32BigEndian(ihdr.AsSpan(4)));
            var (bits, colour) = (ihdr[8], ihdr[9]);
            if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue || ihdr[10] != 0 || ihdr[11] != 0
                || ihdr[12] > 1) throw new InvalidDataException(Damaged);
            if ((long)width * height is var pixels && pixels > maxPixels)
                throw new InvalidDataException($"{width}×{height} is {pixels:N0} pixels; the limit is {maxPixels:N0}");
            if (bits == 16) throw new InvalidDataException("it has 16 bits a pixel; a mask of classes has 8 or fewer");
            var channels = colour switch
            {
                0 or 3 when bits is 1 or 2 or 4 or 8 => 1,
                2 when bits is 8 => 3,
                6 when bits is 8 => 4,
                4 when bits is 8 =>
                    throw new InvalidDataException(
                        "it is grey with transparency; a mask of classes is a palette or plain grey"),
                _ => throw new InvalidDataException(Damaged),
            };
            return new((int)width, (int)height, bits, channels, ihdr[12] == 1);
        }
    }

    private static (string Type, byte[] Data) Chunk(Stream file)
    {
        var head = new byte[8];
        file.ReadExactly(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length + 4L > file.Length - file.Position) throw new EndOfStreamException();
        var data = new byte[length];
        file.ReadExactly(data);
        // the chunk's checksum; the pixels have one of their own
        file.ReadExactly(head, 0, 4);
        return (string.Concat(head[4..].Select(b => (char)b)), data);
    }

    private static void Pass(Stream rows, Header h, (int X, int Y, int Right, int Down) pass, byte[] samples)
    {
        var (width, height) =
            ((h.Width - pass.X + pass.Right - 1) / pass.Right, (h.Height - pass.Y + pass.Down - 1) / pass.Down);
        if (width < 1 || height < 1) return;
        var bytes = (int)(((long)width * h.Bits * h.Channels + 7) / 8);
        var (row, above) = (new byte[bytes], new byte[bytes]);
        for (var r = 0; r < height; r++)
        {
            var filter = rows.ReadByte();
            if (filter < 0) throw new EndOfStreamException();
            rows.ReadExactly(row);
            Unfilter(filter, row, above, Math.Max(1, h.Bits * h.Channels / 8));
            var to = (pass.Y + r * pass.Down) * h.Width + pass.X;
            for (var i = 0; i < width; i++)
                for (var c = 0; c < h.Channels; c++)
                    samples[(to + i * pass.Right) * h.Channels + c] = h.Bits == 8
                        ? row[i * h.Channels + c]
                        : Sample(row, i, h.Bits);
            (row, above) = (above, row);
        }
    }

    // several to a byte, the leftmost in the highest bits
    private static byte Sample(byte[] row, int i, int bits) =>
        (byte)(row[i * bits / 8] >> (8 - bits - i * bits % 8) & ((1 << bits) - 1));

    /// <param name="back">bytes from one pixel to the next</param>
    private static void Unfilter(int filter, byte[] row, byte[] above, int back)
    {
        for (var i = 0; i < row.Length; i++)
        {
            var (left, up, corner) = (i < back ? 0 : row[i - back], above[i], i < back ? 0 : above[i - back]);
            row[i] += filter switch
            {
                0 => 0,
                1 => (byte)left,
                2 => up,
                3 => (byte)((left + up) / 2),
                4 => (byte)Paeth(left, up, corner),
                _ => throw new InvalidDataException(Damaged),
            };
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        var p = left + up - corner;
        var (a, b, c) = (Math.Abs(p - left), Math.Abs(p - up), Math.Abs(p - corner));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }
}
