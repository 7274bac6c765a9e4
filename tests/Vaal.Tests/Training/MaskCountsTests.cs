using Vaal.Data;
using Vaal.Training;

namespace Vaal.Tests.Training;

public sealed class MaskCountsTests
{
    private static readonly byte[] Rows = [0, 0, 1, 1, ImageSet.Ignore];

    /// <summary>
    /// Image A: class 0 is 2 of 2 right, class 1 too: IoU 1 and 1. Image B: all is taken for 0: IoU 2/4 and 0.
    /// Together: class 0 is 4 right of 4 + 6 − 4 = 6, class 1 2 right of 4 + 2 − 2 = 4: (2/3 + 1/2) / 2 = 7/12. Drawn
    /// again, AA comes up in a quarter of the cases (mean IoU 1) and so does BB (1/4): the 2.5% at either end are
    /// these.
    /// </summary>
    [Fact]
    public void MeanIou_TwoImages_IsOfTheirSumAndItsIntervalOfImagesDrawnAgain()
    {
        var counts = new MaskCounts(2);
        counts.Add(Rows, [0, 0, 1, 1, 0]);
        counts.Add(Rows, [0, 0, 0, 0, 1]);
        var mean = counts.MeanIou(seed: 1);
        Assert.Equal(7.0 / 12, mean.Estimate, 1e-12);
        Assert.Equal((0.25, 1), (mean.Low, mean.High));
        Assert.Equal((mean.Estimate, 6.0 / 8), (counts.Total.Scores().MeanIou, counts.Total.Scores().PixelAccuracy));
    }

    /// <summary>Every image is half right. As 800 pixels one would know the share to ±3.5 points; as 8 images that are
    /// all alike, the mean IoU is what it is.</summary>
    [Fact]
    public void MeanIou_ImagesAllAlike_HasNoWidth()
    {
        var counts = new MaskCounts(2);
        for (var i = 0; i < 8; i++)
            counts.Add([.. Enumerable.Repeat((byte)0, 100)], [.. Enumerable.Range(0, 100).Select(p => (byte)(p % 2))]);
        // class 0: 50 of 100, class 1: 0 of 50
        Assert.Equal(new Interval(0.25, 0.25, 0.25), counts.MeanIou(seed: 1));
    }

    [Fact]
    public void MeanIou_OneImage_HasNoInterval()
    {
        var counts = new MaskCounts(3);
        counts.Add(Rows, [0, 1, 1, 1, 2]);
        var mean = counts.MeanIou(seed: 1);
        // class 2 is nowhere and has no part in it
        Assert.Equal((1.0 / 2 + 2.0 / 3) / 2, mean.Estimate, 1e-12);
        Assert.True(double.IsNaN(mean.Low) && double.IsNaN(mean.High));
    }
}
