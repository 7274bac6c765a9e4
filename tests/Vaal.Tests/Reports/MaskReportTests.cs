using SkiaSharp;
using Vaal.Models;
using Vaal.Records;
using Vaal.Reports;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Reports;

public sealed class MaskReportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Dark, left of column 8 in image 0, is class 0; bright is 1; the lowest row has none. The network says
    /// class 1 everywhere, as sure of it as of the rest.</summary>
    [Fact]
    public void Panels_OfAnImage_AreImageMaskPredictionAndUncertainty()
    {
        using var images = TinyMasks.Set(3);
        using var model = new Even();
        var panels = MaskPanels.Of(model, images, [0, 2], CPU);
        Assert.Equal(["image 0", "image 2"], panels.Names);
        using var picture = SKBitmap.Decode(panels.Pictures[0]);
        var (w, h) = (TinyMasks.Width, TinyMasks.Height);
        Assert.Equal((4 * w + 18, h), (picture.Width, picture.Height));
        Near(Mean(images[0], h, w, 1, 6), Mean(picture, 1, 6));
        Near(Mean(images[0], h, w, 12, 44), Mean(picture, 12, 44));
        var (dark, bright) = (Mean(images[0], h, w, 1, 6).R, Mean(images[0], h, w, 12, 44).R);
        Near(Mixed(dark, MaskPanels.ColourOf(0)), Mean(picture, w + 6 + 1, w + 6 + 6));
        Near(Mixed(bright, MaskPanels.ColourOf(1)), Mean(picture, w + 6 + 12, w + 6 + 44));
        Near(Mixed(bright, MaskPanels.ColourOf(1)), Mean(picture, 2 * (w + 6) + 12, 2 * (w + 6) + 44));
        Near(Mixed(dark, MaskPanels.ColourOf(1)), Mean(picture, 2 * (w + 6) + 1, 2 * (w + 6) + 6));
        // the entropy of one half and one half is the most there is
        Near((252, 255, 164), Mean(picture, 3 * (w + 6) + 1, 3 * (w + 6) + 44));
    }

    [Fact]
    public void Panels_Saved_ComeBackAsTheyWere()
    {
        using var images = TinyMasks.Set(2);
        using var model = new Even();
        var panels = MaskPanels.Of(model, images, [1], CPU);
        Assert.Null(MaskPanels.Load(_folder["round-0"]));
        panels.Save(_folder["round-0"]);
        var back = MaskPanels.Load(_folder["round-0"])!;
        Assert.Equal(panels.Names, back.Names);
        Assert.Equal(panels.Pictures, back.Pictures);
        File.Delete(_folder["round-0/1.webp"]);
        Assert.Null(MaskPanels.Load(_folder["round-0"]));
    }

    [Fact]
    public void Page_HasEveryNumberAndNoMarkupOfOthers()
    {
        RoundResult[] rounds =
        [
            new(0, 40, 0.31, [5, 6], 1, 1, null) { Masks = new MaskScores(0.31, 0.75, [0.62, double.NaN]) },
            new(1, 80, 0.42, [], 1, 1, null) { Masks = new MaskScores(0.42, 0.8, [0.84, 0]) },
        ];
        MaskReport.Save(
            _folder["report.html"], "<i>set", new LoopOptions(), ["sky & sea", "<script>alert(1)</script>"], rounds,
            round => round == 0 ? new MaskPanels(["a\"><b>.png"], [[1, 2, 3]]) : null);
        var page = File.ReadAllText(_folder["report.html"]);
        foreach (
            var cell in new[] { "<td>31.0</td><td>42.0</td>", "<td>62.0</td><td>84.0</td>", "<td>–</td><td>0.0</td>",
                "<td>75.0</td><td>80.0</td>", "sky &amp; sea", "the first 1 of 2", "base64,AQID" })
            Assert.Contains(cell, page, StringComparison.Ordinal);
        foreach (var foreign in new[] { "<i>set", "<script>alert", "\"><b>" })
            Assert.DoesNotContain(foreign, page, StringComparison.Ordinal);
        Assert.Single(page.Split("id=\"round-"), s => s.StartsWith("0\"", StringComparison.Ordinal));
        Assert.DoesNotContain("id=\"round-1\"", page, StringComparison.Ordinal);
    }

    private static (double R, double G, double B) Mixed(double grey, SKColor c) =>
        (0.4 * grey + 0.6 * c.Red, 0.4 * grey + 0.6 * c.Green, 0.4 * grey + 0.6 * c.Blue);

    private static void Near((double R, double G, double B) expected, (double R, double G, double B) actual)
    {
        Assert.InRange(actual.R, expected.R - 8, expected.R + 8);                                // WebP loses a little
        Assert.InRange(actual.G, expected.G - 8, expected.G + 8);
        Assert.InRange(actual.B, expected.B - 8, expected.B + 8);
    }

    // grey, so that the mean of the three channels is each one's; rows 2 to 28
    private static (double R, double G, double B) Mean(ReadOnlySpan<byte> image, int h, int w, int left, int right)
    {
        double[] sums = [0, 0, 0];
        for (var c = 0; c < 3; c++)
            for (var y = 2; y < 28; y++)
                for (var x = left; x < right; x++) sums[c] += image[(c * h + y) * w + x];
        var n = 26 * (right - left);
        return (sums[0] / n, sums[1] / n, sums[2] / n);
    }

    private static (double R, double G, double B) Mean(SKBitmap picture, int left, int right)
    {
        var pixels = (from y in Enumerable.Range(2, 26)
                      from x in Enumerable.Range(left, right - left)
                      select picture.GetPixel(x, y)).ToList();
        return (pixels.Average(p => p.Red), pixels.Average(p => p.Green), pixels.Average(p => p.Blue));
    }

    /// <summary>Class 1 by a hair, everywhere.</summary>
    private sealed class Even() : Segmenter("even", 3, 2, 1)
    {
        protected override Tensor Maps(Tensor x) => x.narrow(1, 0, 1).mul(0);

        protected override Tensor Read(Tensor maps, long height, long width) => cat([maps, maps + 1e-4], 1);

        internal override Tensor Classify(Tensor features) => cat([features, features + 1e-4], 1);
    }
}
