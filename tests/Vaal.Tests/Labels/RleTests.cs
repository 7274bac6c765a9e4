using CsCheck;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

public sealed class RleTests
{
    // . # #
    // # . #
    private static readonly byte[] Bitmap = [0, 1, 1, 1, 0, 1];

    [Fact]
    public void FromBitmap_SmallPicture_GivesRunsRowByRow()
    {
        var mask = Mask.FromBitmap("a", Bitmap, 3, 2);
        Assert.Equal([1, 3, 1, 1], mask.Runs);
        Assert.Equal(4, mask.Area);
        Assert.Equal(Bitmap, mask.ToBitmap());
    }

    [Fact]
    public void FromBitmap_FirstPixelInside_BeginsWithEmptyRun()
        => Assert.Equal([0, 2, 1], Mask.FromBitmap(null, [1, 1, 0], 3, 1).Runs);

    [Fact]
    public void Transpose_SmallPicture_GivesRunsColumnByColumn()
    {
        // columns: .# | #. | ##
        Assert.Equal([1, 2, 1, 2], Rle.Transpose([1, 3, 1, 1], 3, 2, new RunBudget()));
        Assert.Equal([1, 3, 1, 1], Rle.Transpose([1, 2, 1, 2], 2, 3, new RunBudget()));
    }

    [Fact]
    public void Transpose_AnyPicture_AgreesWithPixels() =>
        Gen.Select(Gen.Int[1, 150], Gen.Int[1, 40], Gen.Int[0, 100], Gen.Int).Sample((width, height, percent, seed) =>
    {
        var random = new Random(seed);
        var pixels = new byte[width * height];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)(random.Next(100) < percent ? 1 : 0);
        var turned = new byte[pixels.Length];
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) turned[x * height + y] = pixels[y * width + x];

        var rows = Mask.FromBitmap(null, pixels, width, height).Runs;
        var columns = Rle.Transpose(rows, width, height, new RunBudget());

        Assert.Equal(Mask.FromBitmap(null, turned, height, width).Runs, columns);
        Assert.Equal(rows, Rle.Transpose(columns, height, width, new RunBudget()));
    }, iter: 300);

    /// <summary>By the definition: 20 = 10100b has its sign bit set, so a group 0 follows: 'd' = 48 + 32 + 20, '0'.
    /// 30 the same: 'n'. The fourth length is written as its difference to the second: 18 - 20 = -2 = 11110b:
    /// 'N'.</summary>
    [Theory]
    [InlineData(new[] { 0, 20, 30 }, "0d0n0")]
    [InlineData(new[] { 5, 20, 7, 18 }, "5d07N")]
    [InlineData(new[] { 1000 }, "Xo0")]
    public void CocoText_HandWorked_IsThatText(int[] counts, string text)
    {
        Assert.Equal(text, Rle.FormatCounts(counts));
        Assert.Equal(counts.Select(c => (long)c), Rle.ParseCounts(text));
    }

    [Fact]
    public void CocoText_AnyCounts_ComesBack() => Gen.Int[0, 100_000_000].Array[1, 60].Sample(counts =>
        Assert.Equal(counts.Select(c => (long)c), Rle.ParseCounts(Rle.FormatCounts(counts))));

    [Theory]
    [InlineData("d")]          // says that more follows
    [InlineData("!")]          // below '0'
    [InlineData("ooooooooo0")] // no end in sight
    public void CocoText_Damaged_IsRefused(string text) =>
        Assert.Throws<MalformedEntryException>(() => Rle.ParseCounts(text));

    [Theory]
    [InlineData(new long[] { 3, 2 }, 3, 2)]
    [InlineData(new long[] { 3, 4 }, 3, 2)]
    [InlineData(new long[] { -1, 7 }, 3, 2)]
    [InlineData(new long[] { 1 }, 1 << 20, 1)]
    [InlineData(new long[] { 1 }, 20_000, 20_000)]
    [InlineData(new long[] { long.MaxValue, long.MaxValue, 8 }, 3, 2)]
    public void Checked_RunsDoNotFillImage_IsRefused(long[] runs, int width, int height)
        => Assert.Throws<MalformedEntryException>(() => Rle.Checked(runs, width, height));

    [Fact]
    public void Uncrop_CutOut_LiesWhereItWasCut()
    {
        // 4 x 3; the cut-out at (1, 1) is 2 x 2:  # . / . #
        var runs = Rle.Uncrop([0, 1, 2, 1], (Left: 1, Top: 1, Width: 2, Height: 2), 4, 3, new RunBudget());
        Assert.Equal<byte>([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], new Mask(null, runs, 4, 3).ToBitmap());
    }

    [Fact]
    public void Transpose_FewBytesThatMeanHundredMillionRuns_StopsEarly()
    {
        // every second of 1525 columns, 65,536 high: as rows this would be 10^8 runs
        var columns = Enumerable.Repeat(1 << 16, 1525).ToArray();
        Assert.Throws<InputException>(() => Rle.Transpose(columns, 1 << 16, 1525, new RunBudget(1_000_000)));
    }

    [Fact]
    public void BrushCode_HandWorked_IsTheseBits()
    {
        // 1 x 1 pixel inside: 4 values; 00111 (8 bits) 0010 0011 0111 1111 (3, 4, 8, 16); 1 00 011 (4 times) 11111111:
        // 00111001 00011011 111111|00 01111111 111
        byte[] code = [0, 0, 0, 4, 0b00111001, 0b00011011, 0b11111100, 0b01111111, 0b11100000];
        Assert.Equal(code, BrushCode.Encode([0, 1]));
        Assert.Equal([0, 1], BrushCode.Decode(code, 1, 1, new RunBudget()));
    }

    [Fact]
    public void BrushCode_ValuesOneByOne_OnlyAlphaCounts()
    {
        // 2 x 1 pixels; 0 00 111: eight values follow, the alpha of the first is 0, of the second 200
        var bits = "00000000000000000000000000001000" + "00111" + "0010001101111111" + "0" + "00" + "111"
            + string.Concat(new[] { 9, 9, 9, 0, 0, 0, 0, 200 }.Select(v => Convert.ToString(v, 2).PadLeft(8, '0')));
        byte[] code =
            [.. bits.PadRight((bits.Length + 7) / 8 * 8, '0').Chunk(8).Select(b => Convert.ToByte(new string(b), 2))];
        Assert.Equal([1, 1], BrushCode.Decode(code, 2, 1, new RunBudget()));
    }

    [Fact]
    public void BrushCode_AnyMask_ComesBack() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[1, 300], Gen.Byte[0, 1].Array[1, 50]).Sample((width, height, pattern) =>
    {
        var pixels = Enumerable.Range(0, width * height).Select(i => pattern[i / 97 % pattern.Length]).ToArray();
        var runs = Mask.FromBitmap(null, pixels, width, height).Runs;
        Assert.Equal(runs, BrushCode.Decode(BrushCode.Encode(runs), width, height, new RunBudget()));
    }, iter: 100);
}
