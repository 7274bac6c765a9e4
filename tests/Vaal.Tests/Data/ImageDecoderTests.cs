using System.Text;
using SkiaSharp;
using Vaal.Data;

namespace Vaal.Tests.Data;

public sealed partial class ImageDecoderTests(ITestOutputHelper output) : IDisposable
{
    private static readonly LoadOptions _small = new() { Size = 32 };
    private static readonly LoadOptions _grey = new() { Size = 32, Channels = 1, Fit = Fit.Stretch };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory] // made by ImageMagick 6.9: -filter triangle -resize '32x32!', rows 0, 17 and 31
    [InlineData(61, 43,
        "5,25,66,129,193,112,143,139,84,135,122,116,127,130,138,162,78,141,100,66,205,196,186,194,162,68,"
        + "108,152,131,136,93,129",
        "147,132,90,130,87,195,150,117,105,115,123,154,160,125,134,112,101,135,119,104,110,137,109,123,"
        + "111,132,96,155,135,125,107,107",
        "162,106,97,142,117,100,177,150,144,159,126,120,112,116,100,124,104,70,71,165,54,70,124,159,75,"
        + "158,108,155,113,131,147,93")]
    [InlineData(20, 23,
        "0,1,3,9,16,26,38,53,69,89,110,134,161,189,220,205,81,71,111,154,199,246,152,92,146,91,6,68,131,197,122,59",
        "197,132,53,99,153,216,149,109,166,131,71,136,135,68,127,156,84,127,204,140,84,36,113,161,108,67,"
        + "44,146,177,135,97,71",
        "116,72,27,129,152,98,47,45,159,162,120,80,43,7,119,200,172,146,122,102,83,66,53,41,31,25,19,17,17,19,25,29")]
    public void Decode_LargerAndSmaller_AsAnotherToolResizes(int width, int height, params string[] rows)
    {
        var pixels = Pixels(TestImages.Grey(width, height, (x, y) => x * x * 3 + y * y * 5 + x * y * 7), _grey);
        foreach (var (row, line) in new[] { 0, 17, 31 }.Zip(rows))
        {
            var expected = line.Split(',').Select(int.Parse).ToArray();
            for (var x = 0; x < 32; x++) Assert.InRange(pixels[row * 32 + x], expected[x] - 1, expected[x] + 1);
        }
    }

    [Fact]
    public void Decode_OneColour_StaysThatColourInEveryFitAndSize()
    {
        var png = _folder.Write("a.png", TestImages.Rgb(301, 77, 12, 130, 255));
        foreach (var size in new[] { 32, 64, 128, 256 })
        {
            foreach (var fit in new[] { Fit.Crop, Fit.Stretch })
            {
                var pixels = Pixels(png, new() { Size = size, Fit = fit });
                Assert.All(pixels[..(size * size)], b => Assert.Equal(12, b));
                Assert.All(pixels[(size * size)..(2 * size * size)], b => Assert.Equal(130, b));
                Assert.All(pixels[(2 * size * size)..], b => Assert.Equal(255, b));
            }
        }
    }

    [Fact]
    public void Decode_Crop_CutsTheCentreOut()
    {
        // 96×32: three squares side by side; the middle one is kept as it is
        var pixels = Pixels(
            TestImages.Grey(96, 32, (x, y) => x is >= 32 and < 64 ? (x - 32) * 8 : 255), new(_grey) { Fit = Fit.Crop });
        for (var i = 0; i < pixels.Length; i++) Assert.Equal(i % 32 * 8, pixels[i]);
    }

    [Fact]
    public void Decode_LetterBox_FillsWithBlack()
    {
        // 64×32 → 32×16, with bars of 8 above and below
        var pixels = Pixels(TestImages.Grey(64, 32, (_, _) => 200), new(_grey) { Fit = Fit.LetterBox });
        for (var i = 0; i < pixels.Length; i++) Assert.Equal(i / 32 is >= 8 and < 24 ? 200 : 0, pixels[i]);
    }

    [Fact]
    public void Decode_FineChequers_BecomeEvenGrey() // what a resizer without a wide filter turns into moiré
    {
        var pixels = Pixels(TestImages.Grey(1000, 1000, (x, y) => (x + y) % 2 * 255), _grey);
        Assert.All(pixels, b => Assert.InRange(b, 126, 129));
    }

    [Theory] // EXIF: which side of the picture row 0 and column 0 of the file are
    [InlineData(1, "top", "left")]
    [InlineData(2, "top", "right")]
    [InlineData(3, "bottom", "right")]
    [InlineData(4, "bottom", "left")]
    [InlineData(5, "left", "top")]
    [InlineData(6, "right", "top")]
    [InlineData(7, "right", "bottom")]
    [InlineData(8, "left", "bottom")]
    public void Decode_ExifOrientation_IsObeyed(int orientation, string row0, string column0)
    {
        var (width, height) = row0 is "top" or "bottom" ? (96, 64) : (64, 96);
        string[] Sides(int x, int y) =>
            [y < height / 2 ? row0 : Opposite(row0), x < width / 2 ? column0 : Opposite(column0)];
        var jpeg = TestImages.Jpeg(width, height, (x, y) => Sides(x, y) switch
        {
            var s when s.Contains("top") && s.Contains("left") => SKColors.Red,
            var s when s.Contains("top") => SKColors.Blue,
            var s when s.Contains("left") => SKColors.White,
            _ => SKColors.Black,
        });
        foreach (var fit in Enum.GetValues<Fit>())
        {
            var options = new LoadOptions(_small) { Fit = fit };
            var path = _folder.Write($"{fit}.jpg", TestImages.WithOrientation(jpeg, orientation));
            var pixels = new byte[3 * 32 * 32];
            // seen as 96×64, whichever way it is stored
            Assert.Equal(new Decoded(96, 64), ImageDecoder.Decode(path, pixels, options));
            var rgb = new[] { (4, 8), (28, 8), (4, 22), (28, 22) }.Select(
                p => string.Join(
                    ',', Enumerable.Range(0, 3).Select(c => pixels[c * 1024 + p.Item2 * 32 + p.Item1] / 128)));
            Assert.Equal(["1,0,0", "0,0,1", "1,1,1", "0,0,0"], rgb);
        }

        static string Opposite(string side) =>
            side switch { "top" => "bottom", "bottom" => "top", "left" => "right", _ => "left" };
    }

    [Fact]
    public void Decode_SixteenBits_KeepsTheUpperEight()
    {
        var pixels = Pixels(TestImages.Png(40, 40, 16, 2, (_, _) => [100, 7, 200, 7, 50, 7]), _small);
        Assert.Equal([100, 200, 50], Middle(pixels));
    }

    [Fact]
    public void Decode_Alpha_ShowsWhiteThrough()
    {
        // 40% of (200, 100, 0) on 60% of white: 233, 193, 153
        var rgba = Pixels(TestImages.Png(40, 40, 8, 6, (_, _) => [200, 100, 0, 102]), _small);
        foreach (var (found, expected) in Middle(rgba).Zip([233, 193, 153]))
            Assert.InRange(found, expected - 1, expected + 1);
        Assert.Equal([255, 255, 255], Middle(Pixels(TestImages.Png(40, 40, 8, 6, (_, _) => [200, 100, 0, 0]), _small)));
        var grey = Pixels(TestImages.Png(40, 40, 8, 4, (_, _) => [0, 51]), _small); // 20% of black
        Assert.All(Middle(grey), b => Assert.InRange(b, 203, 205));
    }

    [Fact]
    public void Decode_Palette_LooksColoursUp()
    {
        var palette = ("PLTE", new byte[] { 1, 2, 3, 10, 20, 30 });
        Assert.Equal([10, 20, 30], Middle(Pixels(TestImages.Png(40, 40, 8, 3, (_, _) => [1], palette), _small)));
        var seeThrough = ("tRNS", new byte[] { 255, 0 });
        Assert.Equal(
            [255, 255, 255], Middle(Pixels(TestImages.Png(40, 40, 8, 3, (_, _) => [1], palette, seeThrough), _small)));
    }

    [Theory] // made by ImageMagick: 8×8 of one colour
    [InlineData(
        "CMYK JPEG",
        "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgIDAgIDAwMDBAMDBAUIBQUEBAUKBwcGCAwKDAwLCgsLDQ4SEA0OEQ4LCxAWEBET"
        + "FBUVFQwPFxgWFBgSFBUU/9sAQwEDBAQFBAUJBQUJFA0LDRQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
        + "FBQUFBQUFBQUFBQUFBQU/8AAFAgACAAIBAERAAIRAQMRAQQRAP/EABUAAQEAAAAAAAAAAAAAAAAAAAcI/8QAFBABAAAAAAAA"
        + "AAAAAAAAAAAAAP/EABQBAQAAAAAAAAAAAAAAAAAAAAj/xAAUEQEAAAAAAAAAAAAAAAAAAAAA/9oADgQBAAIRAxEEAAA/ACwj"
        + "RHWA/9k=", 200, 100, 50)]
    [InlineData(
        "GIF of two frames",
        "R0lGODlhCAAIAPAAAArIHgAAACH5BAAAAAAAIf8LTkVUU0NBUEUyLjADAQAAACwAAAAACAAIAAACB4SPqcvtXQAAIfkEAAoA"
        + "AAAsAAAAAAgACACA+gAAAAAAAgeEj6nL7V0AADs=", 10, 200, 30)]
    [InlineData(
        "BMP",
        "Qk32AAAAAAAAADYAAAAoAAAACAAAAAgAAAABABgAAAAAAMAAAAAAAAAAAAAAAAAAAAAAAAAAWjweWjweWjweWjweWjweWjwe"
        + "WjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjwe"
        + "WjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjweWjwe"
        + "WjweWjweWjweWjweWjweWjweWjweWjweWjweWjwe", 30, 60, 90)]
    [InlineData("WebP", "UklGRh4AAABXRUJQVlA4TBEAAAAvB8ABAAdQnnpUq/+BiOh/AAA=", 30, 60, 90)]
    public void Decode_OtherKinds_GiveTheirColour(string kind, string base64, int red, int green, int blue)
    {
        var found = Middle(Pixels(Convert.FromBase64String(base64), _small));
        foreach (var (value, wanted) in found.Zip([red, green, blue]))
            Assert.True(Math.Abs(value - wanted) <= 1, $"{kind}: {string.Join(',', found)}");
    }

    [Fact]
    public void Decode_OneChannel_IsLuma()
    {
        // 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2
        Assert.All(Pixels(TestImages.Rgb(50, 40, 200, 100, 50), _grey), b => Assert.Equal(124, b));
    }

    [Theory]
    [InlineData("HEIC", "\0\0\0\u0018ftypheic")]
    [InlineData("HEIC", "\0\0\0\u0018ftypmif1")]
    [InlineData("AVIF", "\0\0\0\u0018ftypavif")]
    [InlineData("TIFF or a camera's raw format", "MM\0*\0\0\0\u0008")]
    [InlineData("JPEG 2000", "\0\0\0\u000CjP  \r\n\u0087\n")]
    [InlineData("JPEG XL", "\u00FF\n")]
    [InlineData("SVG", "<svg xmlns='")]
    [InlineData("SVG or other XML", "<?xml version='1.0'?>")]
    [InlineData("Photoshop", "8BPS\0\u0001")]
    [InlineData("an icon", "\0\0\u0001\0\u0001\0")]
    [InlineData("TGA", "\0\0\u0002\0\0\0\0\0")]
    public void Decode_FormatThatIsNotRead_IsNamedWithWhatToDo(string name, string start) =>
        Assert.Equal($"not a JPEG, PNG, WebP, BMP or GIF file, but {name}; convert it to JPEG",
            Problem([.. Encoding.Latin1.GetBytes(start), .. new byte[100]]));

    [Fact]
    public void Decode_CannotBeUsed_SaysWhy()
    {
        var jpeg = TestImages.Jpeg(640, 480, (x, y) => new((byte)x, (byte)y, (byte)(x * y)));
        Assert.Equal("the file is cut short", Problem(jpeg[..(jpeg.Length / 2)]));
        var png = TestImages.Grey(100, 100, (x, y) => x * y);
        Assert.Equal("the file is cut short", Problem(png[..(png.Length / 2)]));
        Assert.Equal("the file is empty", Problem([]));
        Assert.Equal(
            "not a JPEG, PNG, WebP, BMP or GIF file",
            Problem("a text that was renamed to .jpg, as long as it takes"u8.ToArray()));
        Assert.Equal(
            new(0, 0, "there is no such file", Unreachable: true),
            ImageDecoder.Decode(Path.Combine(_folder.Path, "none.jpg"), new byte[3072], _small));
        // as .NET shows a byte that is not UTF-8
        Assert.Equal(
            new(0, 0, "its name is not UTF-8; rename it", Unreachable: true),
            ImageDecoder.Decode(Path.Combine(_folder.Path, "caf\uFFFD.jpg"), new byte[3072], _small));
    }

    [Theory]
    [InlineData("a.svg"), InlineData("b.psd"), InlineData("c.tga"), InlineData("d.ICO")]
    public void IsPicture_FormatThatIsNotRead_IsReportedAndNotPassedOver(string name) =>
        Assert.True(SourceFiles.IsPicture(name));

    private byte[] Pixels(byte[] file, LoadOptions options) => Pixels(_folder.Write("image", file), options);

    private static byte[] Pixels(string path, LoadOptions options)
    {
        var pixels = new byte[ImageDecoder.ImageBytes(options)];
        Assert.Null(ImageDecoder.Decode(path, pixels, options).Problem);
        return pixels;
    }

    private string? Problem(byte[] file, LoadOptions? options = null) =>
        ImageDecoder.Decode(_folder.Write("image", file), new byte[3072], options ?? _small).Problem;

    private static int[] Middle(byte[] pixels) =>
        [.. Enumerable.Range(0, 3).Select(c => (int)pixels[c * 1024 + 16 * 32 + 16])];
}
