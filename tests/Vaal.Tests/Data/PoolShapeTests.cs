using CsCheck;
using Vaal.Data;

namespace Vaal.Tests.Data;

public sealed class PoolShapeTests
{
    [Fact]
    public void WithLongTail_Ratio_IsThatOfTheCommonestToTheRarestClass()
    {
        using var data = TinyImages.Data(400).WithLongTail(10, seed: 1);               // 4 classes of 100 each
        int[] sizes = [.. data.Pool.Classes.CountBy(c => c).Select(c => c.Value).OrderDescending()];
        Assert.Equal([100, 46, 22, 10], sizes);                                        // 100 · 10^(−k/3)
        Assert.Equal(20, data.Test!.Count);
        Assert.Contains("178 images in place of 400", data.Notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void WithLongTail_Seed_DecidesWhichClassesAreRareAndWhatStays()
    {
        using DataSet a = TinyImages.Data(400)
            .WithLongTail(10, 1), b = TinyImages.Data(400).WithLongTail(10, 1), other = TinyImages.Data(400)
                .WithLongTail(10, 2);
        Assert.Equal(a.Fingerprint, b.Fingerprint);
        Assert.NotEqual(a.Fingerprint, other.Fingerprint);
        var rarest = Enumerable.Range(1, 40).Select(seed =>
        {
            using var data = TinyImages.Data(40).WithLongTail(10, seed);
            return data.Pool.Classes.CountBy(c => c).MinBy(c => c.Value).Key;
        });
        Assert.Equal([0, 1, 2, 3], rarest.Distinct().Order());
    }

    [Fact]
    public void WithCopies_EachImage_IsThereOnceAsItWasAndOftenSlightlyChanged() => Gen.Int[1, 4].Sample(copies =>
    {
        using var original = TinyImages.Data(10);
        using var data = TinyImages.Data(10).WithCopies(copies, seed: 1);
        Assert.Equal(10 * copies, data.Pool.Count);
        for (var i = 0; i < data.Pool.Count; i++)
        {
            var (from, to) = (original.Pool[i / copies].ToArray(), data.Pool[i].ToArray());
            Assert.Equal(original.Pool.Classes[i / copies], data.Pool.Classes[i]);
            if (i % copies == 0) Assert.Equal(from, to);
            else Assert.True(Fits(from, to), $"copy {i}");
        }
    }, iter: 4);

    /// <summary>Most pixels of a picture of one grey keep their place, so a change is one of brightness.</summary>
    [Fact]
    public void WithCopies_OfOneGrey_DifferInBrightness()
    {
        var grey = new ImageSet(PixelStore.Copy([.. Enumerable.Repeat((byte)100, 1024)]), 1, 32, 32, [0]);
        using var data = new DataSet("grey", grey, null, ["one"], [], "grey").WithCopies(12, seed: 1);
        int[] values = [.. Enumerable.Range(0, 12).Select(id => (int)data.Pool[id][500])];
        Assert.Equal(100, values[0]);
        Assert.True(values.Distinct().Count() > 4, string.Join(' ', values));
        Assert.All(values, v => Assert.InRange(v, 92, 108));
    }

    // some shift by up to one pixel and some brightness explain every pixel that neither edge nor limit touched
    private static bool Fits(byte[] from, byte[] to) =>
        Enumerable.Range(-1, 3)
        .Any(down => Enumerable.Range(-1, 3).Any(right => Enumerable.Range(-8, 17).Any(brighter =>
        Enumerable.Range(2, 28)
            .All(y => Enumerable.Range(2, 28)
                .All(x => to[y * 32 + x] == Math.Clamp(from[(y - down) * 32 + x - right] + brighter, 0, 255))))));

    [Fact]
    public void WithRegions_AllTogether_AreTheImages() =>
        Gen.Select(Gen.Int[0, 4].Select(i => new[] { 1, 2, 3, 4, 6 }[i]), Gen.Int[0, 3].Select(i => 1 << i))
        .Sample((columns, rows) =>
    {
        using var original = TinyMasks.Set(3);                                         // 48×32
        using var data = TinyMasks.Data(3).WithRegions(columns, rows);
        var (width, height, m) = (48 / columns, 32 / rows, data.Pool.Margin);
        Assert.Equal(3 * columns * rows, data.Pool.Count);
        Assert.Equal(
            (width + 2 * m, height + 2 * m, Math.Min(width, height) / 2), (data.Pool.Width, data.Pool.Height, m));
        for (var i = 0; i < data.Pool.Count; i++)
        {
            var (id, left, top) = (i / (columns * rows), i % columns * width, i / columns % rows * height);
            for (var y = -m; y < height + m; y++)
                for (var x = -m; x < width + m; x++)
                {
                    var (fromX, fromY) = (Mirrored(left + x, 48), Mirrored(top + y, 32));
                    for (var c = 0; c < 3; c++)
                        Assert.Equal(
                            original[id][(c * 32 + fromY) * 48 + fromX],
                            data.Pool[i][(c * data.Pool.Height + y + m) * data.Pool.Width + x + m]);
                    var inside = x >= 0 && y >= 0 && x < width && y < height;
                    Assert.Equal(inside
                        ? original.Masks![id][fromY * 48 + fromX]
                        : ImageSet.Ignore, data.Pool.Masks![i][(y + m) * data.Pool.Width + x + m]);
                }
        }
    }, iter: 20);

    // 2 1 0 1 2 … n−2 n−1 n−2
    private static int Mirrored(int at, int n) =>
        Enumerable.Range(0, n).First(i => i == at || i == -at || i == 2 * n - 2 - at);

    // 6 columns of 8 pixels and 2 rows: in the middle image the lower row and the first two columns have no class but
    // for one pixel
    [Fact]
    public void WithRegions_PartsWithoutAnyClass_AreLeftOutAndCounted()
    {
        var (pixels, classes) = (new byte[3 * 3 * 48 * 32], new byte[3 * 48 * 32]);
        for (var i = 48 * 32; i < 2 * 48 * 32; i++)
            if (i / 48 % 32 >= 16 || i % 48 < 16) classes[i] = ImageSet.Ignore;
        classes[48 * 32 + 31 * 48 + 47] = 1;                                            // the lower right corner
        var set = new ImageSet(
            PixelStore.Copy(pixels), 3, 32, 48, paths: ["a", "b", "c"],
            masks: new ImageSet(PixelStore.Copy(classes), 1, 32, 48));
        using var data = new DataSet("half", set, TinyMasks.Set(2), ["dark", "bright"], [], "half").WithRegions(6, 2);
        Assert.Equal(
            ["b#xywh=16,0,8,16", "b#xywh=24,0,8,16", "b#xywh=32,0,8,16", "b#xywh=40,0,8,16", "b#xywh=40,16,8,16"],
            data.Pool.Paths.Where(p => p[0] == 'b'));
        Assert.Equal(12 + 5 + 12, data.Pool.Count);
        Assert.Contains("7 of 36 regions are left out, as no pixel of them has a class", data.Notes);
        Assert.All(Enumerable.Range(0, data.Pool.Count), id => Assert.True(LabelForm.Masks.IsKnown(data.Pool, id)));
    }

    [Fact]
    public void WithRegions_OfImagesWithClasses_IsRefused()
    {
        using var data = TinyImages.Data(10);
        Assert.Equal(
            "the images have no masks; regions are parts of images whose pixels have classes",
            Assert.Throws<InputException>(() => data.WithRegions(2, 2)).Message);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(double.NaN)]
    public void WithLongTail_Nonsense_IsRefused(double ratio)
    {
        using var data = TinyImages.Data(10);
        Assert.Throws<InputException>(() => data.WithLongTail(ratio, 1));
    }

    [Fact]
    public void WithCopies_None_IsRefused()
    {
        using var data = TinyImages.Data(10);
        Assert.Equal(
            "copies are 0; it must be at least 1", Assert.Throws<InputException>(() => data.WithCopies(0, 1)).Message);
    }

    [Fact]
    public void WithLongTail_NoImageHasAClass_IsRefused()
    {
        using var data = new DataSet("bare", new ImageSet(new byte[2], 1, 1, 1, [-1, -1]), null, ["a"], [], "bare");
        Assert.Equal("bare has no classes; an imbalance is one of classes",
            Assert.Throws<InputException>(() => data.WithLongTail(10, 1)).Message);
    }

    [Theory]
    [InlineData(0.0), InlineData(-0.1), InlineData(0.51), InlineData(double.NaN)]
    public void WithTest_StrangeShare_IsRefused(double share)
    {
        using var data = TinyImages.Data(10);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.WithTest(seed: 1, share));
    }

    // two classes of two images each: half of them is one image of each
    [Fact]
    public void WithTest_HalfOfTheImages_IsHalfOfEachClass()
    {
        using var data = new DataSet(
            "four", new ImageSet(new byte[4], 1, 1, 1, [0, 0, 1, 1]), null, ["a", "b"], [], "four").WithTest(1, 0.5);
        Assert.Equal([0, 1], data.Pool.Classes);
        Assert.Equal([0, 1], data.Test!.Classes);
    }
}
