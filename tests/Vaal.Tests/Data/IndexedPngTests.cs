using System.IO.Compression;
using System.Text;
using SkiaSharp;
using Vaal.Data;

namespace Vaal.Tests.Data;

public sealed class IndexedPngTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The filter of each row follows the row's number, so that all five occur; pixel (x, y) is x + 3y, in as
    /// many bits as there are.</summary>
    [Theory]
    [InlineData(1, 0, false)]
    [InlineData(2, 0, false)]
    [InlineData(4, 0, false)]
    [InlineData(8, 0, false)]
    [InlineData(1, 3, true)]
    [InlineData(2, 3, true)]
    [InlineData(4, 3, true)]
    [InlineData(8, 3, true)]
    [InlineData(8, 2, false)]
    [InlineData(8, 6, true)]
    public void Read_EachKindOfPng_GivesWhatIsStored(int bits, int colour, bool interlaced)
    {
        foreach (var (width, height) in new[] { (11, 9), (8, 8), (1, 1), (3, 2), (5, 1) })
        {
            var channels = colour == 2 ? 3 : colour == 6 ? 4 : 1;
            byte Value(int x, int y, int c) => (byte)((x + 3 * y + 50 * c) & ((1 << bits) - 1));
            var png = IndexedPng.Read(
                _folder.Write("a.png", Png(width, height, bits, colour, channels, interlaced, Value)), 1_000);
            Assert.Equal((width, height, channels), (png.Width, png.Height, png.Channels));
            var expected = from y in Enumerable.Range(0, height)
                           from x in Enumerable.Range(
                0, width)
                           from c in Enumerable.Range(0, channels)
                           select Value(x, y, c);
            Assert.Equal(expected, png.Samples);
        }
    }

    [Theory]
    [InlineData(4, 2)]
    [InlineData(2, 2)]
    [InlineData(2, 4)]
    public void Read_SizeIsNotTheOneSeenBefore_IsRefused(int width, int height)
    {
        var file = _folder.Write("a.png", Png(4, 3, 8, 0, 1, false, (x, _, _) => (byte)x));
        Assert.Equal(12, IndexedPng.Read(file, (4, 3)).Samples.Length);
        Assert.Throws<InvalidDataException>(() => IndexedPng.Read(file, (width, height)));
    }

    [Fact]
    public void Read_RealGreyAndPaletteMasks_AreWhatAnotherDecoderSees()
    {
        var samples = RealData.Folder("layout-samples");
        var masks =
            Directory.EnumerateFiles(Path.Combine(samples, "bdd100k-toolkit"), "*.png", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(
                Path.Combine(samples, "camvid-as-cityscapes", "gtFine"), "*.png", SearchOption.AllDirectories))
                .ToList();
        var palettes = 0;
        foreach (var file in masks)
        {
            var palette = Palette(File.ReadAllBytes(file));
            var png = IndexedPng.Read(file, 10_000_000);
            using var decoded = SKBitmap.Decode(file);
            Assert.Equal((decoded.Width, decoded.Height, 1), (png.Width, png.Height, png.Channels));
            if (palette is not null) palettes++;
            var colours = decoded.Pixels;
            for (var i = 0; i < colours.Length; i++)
            {
                var v = png.Samples[i];
                var (r, g, b) = palette is null ? (v, v, v) : (palette[3 * v], palette[3 * v + 1], palette[3 * v + 2]);
                if (colours[i] != new SKColor(r, g, b)) Assert.Fail($"{file}, pixel {i}: {colours[i]}, sample {v}");
            }
        }
        Assert.True(masks.Count >= 15 && palettes >= 1, $"{masks.Count} masks, {palettes} palettes");
    }

    [Fact]
    public void Read_EveryPrefixOfAFile_IsOneOfTwoProblems()
    {
        var whole = Png(11, 9, 4, 3, 1, true, (x, y, _) => (byte)(x & 15));
        for (var length = 0; length < whole.Length - 4; length++)
        {
            var e = Assert.Throws<InvalidDataException>(
                () => IndexedPng.Read(_folder.Write("a.png", whole[..length]), 1_000));
            Assert.True(length switch
            {
                0 => e.Message == "the file is empty",
                < 8 => e.Message.StartsWith("not a PNG file", StringComparison.Ordinal),
                _ => e.Message == "the file is cut short",
            }, $"{length}: {e.Message}");
        }
    }

    [Fact]
    public void Read_PixelsDamaged_IsNoticed()
    {
        var whole = Png(40, 40, 8, 0, 1, false, (x, y, _) => (byte)(x * y));
        var (first, second) = (whole.AsSpan().IndexOf("IDAT"u8) + 4, whole.AsSpan().LastIndexOf("IDAT"u8) + 4);
        // behind the first chunk's data: a checksum, the next length
        var end = whole.AsSpan().IndexOf("tEXt"u8) - 8;
        var unnoticed = new List<int>();
        foreach (
            var at in Enumerable.Range(first, end - first).Concat(Enumerable.Range(second, whole.Length - 16 - second)))
        {
            var damaged = whole.ToArray();
            damaged[at] ^= 0x55;
            var file = _folder.Write("a.png", damaged);
            try
            {
                IndexedPng.Read(file, 10_000);
                unnoticed.Add(at - (at < end ? first : second));
            }
            catch (InvalidDataException)
            {
            }
        }
        Assert.Empty(unnoticed);
    }

    [Fact]
    public void Read_WhatIsNoMaskOfClasses_SaysWhy()
    {
        string Problem(byte[] file) =>
            Assert.Throws<InvalidDataException>(() => IndexedPng.Read(_folder.Write("a.png", file), 1_000)).Message;
        Assert.Equal(
            "it has 16 bits a pixel; a mask of classes has 8 or fewer",
            Problem(TestImages.Png(2, 2, 16, 0, (_, _) => [0, 1])));
        Assert.Equal(
            "it is grey with transparency; a mask of classes is a palette or plain grey",
            Problem(TestImages.Png(2, 2, 8, 4, (_, _) => [0, 1])));
        Assert.Equal(
            "not a PNG file; a mask holds classes, which other formats do not keep",
            Problem(TestImages.Jpeg(8, 8, (_, _) => SKColors.Red)));
        Assert.Equal("30000×30000 is 900,000,000 pixels; the limit is 1,000", Problem(TestImages.Bomb(30_000, 30_000)));
        Assert.Equal("the file is damaged", Problem(TestImages.Bomb(0, 4)));
        Assert.Equal("the file is damaged", Problem(TestImages.Png(2, 2, 3, 0, (_, _) => [0])));
    }

    /// <summary>Written by the standard's own words: for each pixel its pass, in the pattern of eight by eight; the
    /// filters forwards.</summary>
    internal static byte[] Png(
        int width, int height, int bits, int colour, int channels, bool interlaced, Func<int, int, int, byte> value)
    {
        string[] pattern =
            ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
        int PassOf(int x, int y) => interlaced ? pattern[y % 8][x % 8] - '0' : 1;
        var raw = new MemoryStream();
        using (var zip = new ZLibStream(raw, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (var pass = 1; pass <= 7; pass++)
            {
                byte[]? above = null;
                for (var y = 0; y < height; y++)
                {
                    int[] columns = [.. Enumerable.Range(0, width).Where(x => PassOf(x, y) == pass)];
                    if (columns.Length == 0) continue;
                    var text = string.Concat(
                        columns.SelectMany(
                            x => Enumerable.Range(0, channels)
                            .Select(c => Convert.ToString(value(x, y, c), 2).PadLeft(bits, '0'))));
                    byte[] row = [.. text.Chunk(8).Select(b => Convert.ToByte(new string(b).PadRight(8, '0'), 2))];
                    above ??= new byte[row.Length];
                    zip.WriteByte((byte)(y % 5));
                    zip.Write(Filtered(y % 5, row, above, Math.Max(1, bits * channels / 8)));
                    above = row;
                }
            }
        }
        var png = TestImages.Png(width, height, bits, colour, (_, _) => [], ("PLTE", new byte[3 << bits]));
        var header = png[..33];
        header[28] = (byte)(interlaced ? 1 : 0);
        var data = raw.ToArray();
        // data may be cut into chunks anywhere
        var (first, second) = (data[..(data.Length / 2)], data[(data.Length / 2)..]);
        return [.. header, .. Chunk("IDAT", first), .. Chunk("tEXt", [65]), .. Chunk("IDAT", second),
            .. Chunk("IEND", [])];

        static byte[] Chunk(string type, byte[] data) =>
            [(byte)(data.Length >> 24), (byte)(data.Length >> 16), (byte)(data.Length >> 8), (byte)data.Length,
                .. Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
    }

    private static byte[] Filtered(int filter, byte[] row, byte[] above, int back)
    {
        int At(byte[] line, int i) => i < 0 ? 0 : line[i];
        return [.. row.Select((v, i) =>
        {
            var (a, b, c) = (At(row, i - back), At(above, i), At(above, i - back));
            // the first of equals: left, above, corner
            var nearest = new[] { a, b, c }.MinBy(n => Math.Abs(a + b - c - n));
            return (byte)(v - filter switch { 1 => a, 2 => b, 3 => (a + b) / 2, 4 => nearest, _ => 0 });
        })];
    }

    private static byte[]? Palette(byte[] png) =>
        png.AsSpan().IndexOf("PLTE"u8) is var at and > 0 ? png[(at + 4)..] : null;
}
