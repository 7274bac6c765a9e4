
namespace Vaal.Tests.Core;

public sealed class LabelsWorthTests
{
    [Fact]
    public void Of_TwoTrainings_IsTheirDifferencePerHundred()
    {
        // 62% and 70% of 500 at 200 and 600 labels: 8 points in 400 labels, 2.0 a hundred. Variances with (k + 1)/(n +
        // 2): p = 311/502 and 351/502; p(1 − p)/500 = 4.7155e-4 and 4.2064e-4; √sum = 0.029870, times 1.95996 and /4 =
        // 0.014636
        var worth = LabelsWorth.Of([(200, 310, 500), (600, 350, 500)]);
        Assert.Equal(0.02, worth.Per100.Estimate, 1e-12);
        Assert.Equal(0.02 - 0.014636, worth.Per100.Low, 1e-5);
        Assert.Equal(0.02 + 0.014636, worth.Per100.High, 1e-5);
        Assert.False(worth.Stop);
        Assert.Equal(
            "the last trainings gained +2.0 points of accuracy per 100 labels (95% CI +0.5 to +3.5): "
            + "more labels are likely to help",
            worth.Words);
    }

    [Fact]
    public void Of_FlatCurve_LargeTestSet_SaysStop()
    {
        var worth = LabelsWorth.Of(
            [(200, 5_000, 10_000), (2_000, 9_000, 10_000), (2_400, 9_005, 10_000), (2_800, 9_010, 10_000),
                (3_200, 9_015, 10_000)]);
        // the steep start is not lately
        Assert.True(worth.Stop);
        Assert.EndsWith(": stopping is sensible", worth.Words, StringComparison.Ordinal);
    }

    /// <summary>Labels that make the model worse are no reason to stop, but to look at them.</summary>
    [Fact]
    public void Of_FallingCurve_SaysToCheckTheLabels()
    {
        var worth = LabelsWorth.Of([(200, 400, 500), (300, 300, 500)]);
        Assert.True(worth.Per100.High < 0);
        Assert.False(worth.Stop);
        Assert.EndsWith(": it fell, so check the last labels", worth.Words, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FlatCurve_SmallTestSet_CannotTell()
    {
        var worth = LabelsWorth.Of([(200, 30, 50), (400, 31, 50)]);
        Assert.False(worth.Stop);
        Assert.EndsWith(
            ": too uncertain to tell; a larger test set would show more", worth.Words, StringComparison.Ordinal);
    }

    /// <summary>Nothing was gained, but the interval reaches beyond what a hundred labels must be worth.</summary>
    [Fact]
    public void Of_NoGain_SmallTestSet_DoesNotSayStop()
    {
        var worth = LabelsWorth.Of([(200, 30, 50), (400, 30, 50)]);
        Assert.True(worth.Per100.Estimate < LabelsWorth.HardlyWorth && worth.Per100.High > LabelsWorth.HardlyWorth);
        Assert.False(worth.Stop);
    }

    [Fact]
    public void Of_OneNumberOfLabels_SaysWhatIsMissing()
    {
        var worth = LabelsWorth.Of([(200, 30, 50), (200, 33, 50)]);
        Assert.True(double.IsNaN(worth.Per100.Estimate));
        Assert.Contains("before and after a round", worth.Words, StringComparison.Ordinal);
        Assert.False(worth.Stop);
    }

    /// <summary>A training was repeated, with other options perhaps: the last one counts.</summary>
    [Fact]
    public void Of_TwoTrainingsOnTheSameLabels_TheNewerCounts() =>
        Assert.Equal(0.02, LabelsWorth.Of([(200, 310, 500), (600, 90, 500), (600, 350, 500)]).Per100.Estimate, 1e-12);

    [Fact]
    public void Of_AllRightTwice_HasAFiniteInterval()
    {
        var worth = LabelsWorth.Of([(100, 40, 40), (300, 40, 40)]);
        Assert.Equal(0, worth.Per100.Estimate, 1e-12);
        Assert.True(worth.Per100.High is > 0 and < 0.05);
    }

    /// <summary>40% ± 4 at 200 labels and 52% ± 3 at 400: 12 points in 2 hundreds, and √(4² + 3²) / 2 = 2.5 of them
    /// around it.</summary>
    [Fact]
    public void Of_IntervalsOfAnotherMeasure_AreWeightedByTheirWidth()
    {
        var worth =
            LabelsWorth.Of([(200, new Interval(0.40, 0.36, 0.44)), (400, new Interval(0.52, 0.49, 0.55))], "mean IoU");
        Assert.Equal(0.06, worth.Per100.Estimate, 1e-12);
        Assert.Equal((0.035, 0.085), (Math.Round(worth.Per100.Low, 9), Math.Round(worth.Per100.High, 9)));
        Assert.Equal(
            "the last trainings gained +6.0 points of mean IoU per 100 labels (95% CI +3.5 to +8.5): "
            + "more labels are likely to help",
            worth.Words);
    }

    [Fact]
    public void Of_NoInterval_CannotTell()
    {
        Interval none = Interval.Unbounded(0.4), some = new(0.52, 0.49, 0.55);
        const string words = "what further labels are worth cannot be told from a single test image";
        Assert.Equal(words, LabelsWorth.Of([(200, none), (400, none)], "mean IoU").Words);
        Assert.Contains("before and after a round", LabelsWorth.Of([(200, none), (400, some)], "mean IoU").Words);
        Assert.Equal(words, LabelsWorth.Of([(200, none)], "mean IoU").Words);
    }

    /// <summary>One early training was tested on a single image; the later ones tell, as above.</summary>
    [Fact]
    public void Of_AnEarlyTrainingWithoutInterval_IsLeftOut() => Assert.Equal(0.06, LabelsWorth.Of(
        [(100, Interval.Unbounded(1)), (200, new(0.40, 0.36, 0.44)), (400, new(0.52, 0.49, 0.55))], "mean IoU")
            .Per100.Estimate, 1e-12);

    /// <summary>The last four trainings are of 400, 500, 200 and 600 labels, all alike. The one of 300 is older,
    /// although the first of 200 was before it.</summary>
    [Fact]
    public void Of_LabelsTakenBackAndGivenAgain_CountsTheLastByAge() => Assert.Equal(0, LabelsWorth.Of(
        [(200, 50, 100), (300, 90, 100), (400, 50, 100), (500, 50, 100), (200, 50, 100), (600, 50, 100)])
            .Per100.Estimate, 1e-12);

    /// <summary>400 of 500 labels were taken back, and three rounds came after that: 10 points per 100.</summary>
    [Fact]
    public void Of_RoundsAfterLabelsWereTakenBack_CountsThese() => Assert.Equal(0.10, LabelsWorth.Of(
        [(500, 50, 100), (100, 50, 100), (200, 60, 100), (300, 70, 100)]).Per100.Estimate, 1e-12);

    /// <summary>Labels were taken back: the difference is not what further ones are worth.</summary>
    [Fact]
    public void Of_FewerLabelsThanBefore_SaysNothing()
    {
        var worth = LabelsWorth.Of([(9, 3, 10), (8, 9, 10)]);
        Assert.True(double.IsNaN(worth.Per100.Estimate));
        Assert.Contains("before and after a round", worth.Words, StringComparison.Ordinal);
    }
}
