namespace Vaal.Tests.Core;

/// <summary>Mean average precision and macro F1 against scikit-learn's documented examples and counts by
/// hand.</summary>
public sealed class MultiLabelScoresTests
{
    // scikit-learn's documentation of average_precision_score: 0.83, from 1/2 · 1 + 1/2 · 2/3
    [Fact]
    public void AveragePrecision_ScikitLearnsBinaryExample_IsFiveSixths() =>
        Assert.Equal(5.0 / 6, Of([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 1).AveragePrecision()[0], 1e-12);

    // the same page's example of three classes, 0.77; with ties, so that grouping them matters: class by class 5/6, 3/4
    // and 3/4 by hand
    [Fact]
    public void AveragePrecision_ScikitLearnsThreeClasses_AreThoseByHand()
    {
        var scores = Of(
            [0.7, 0.2, 0.1, 0.4, 0.3, 0.3, 0.1, 0.8, 0.1, 0.2, 0.3, 0.5, 0.4, 0.4, 0.2, 0.1, 0.2, 0.7],
            [1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1], 3);
        double[] found = scores.AveragePrecision();
        Assert.Equal(5.0 / 6, found[0], 1e-12);
        Assert.Equal(0.75, found[1], 1e-12);
        Assert.Equal(0.75, found[2], 1e-12);
        Assert.Equal(7.0 / 9, scores.MeanAveragePrecision(seed: 1).Estimate, 1e-12);
    }

    // scikit-learn's documentation of f1_score, multilabel: 0.66666667, 1, 0.66666667
    [Fact]
    public void F1_ScikitLearnsMultilabelExample_IsTwoThirdsOneTwoThirds()
    {
        var scores = Of([0, 0, 0, 1, 1, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1, 0, 1, 1], 3);
        double[] found = scores.F1();
        Assert.Equal(2.0 / 3, found[0], 1e-12);
        Assert.Equal(1, found[1], 1e-12);
        Assert.Equal(2.0 / 3, found[2], 1e-12);
        Assert.Equal(7.0 / 9, scores.MacroF1(seed: 1).Estimate, 1e-12);
    }

    [Fact]
    public void Scores_ClassThatNoImageHas_IsLeftOutOfTheMeans()
    {
        var scores = Of([0.9, 0.1, 0.2, 0.3], [1, 0, 0, 0], 2);
        Assert.Equal([1, double.NaN], scores.AveragePrecision());
        Assert.Equal([1, double.NaN], scores.F1());
        Assert.Equal((1, 1), (scores.MeanAveragePrecision(seed: 1).Estimate, scores.MacroF1(seed: 1).Estimate));
    }

    [Fact]
    public void F1_OneHalf_CountsAsPredicted() => Assert.Equal(1, Of([0.5, 0.49], [1, 0], 1).MacroF1(seed: 1).Estimate);

    // drawn again, an image counts as often as it was drawn: the bootstrap's estimate of the same images twice is that
    // of once
    [Fact]
    public void MeanAveragePrecision_Interval_HoldsTheEstimateAndNarrowsWithImages()
    {
        var random = new Random(1);
        (double[] P, int[] T) Images(int n)
        {
            int[] t = [.. Enumerable.Range(0, n).Select(_ => random.Next(2))];
            return ([.. t.Select(v => 0.5 * random.NextDouble() + 0.25 * v)], t);
        }
        var ((p, t), (q, u)) = (Images(50), Images(800));
        var (few, many) = (Of(p, t, 1).MeanAveragePrecision(seed: 1), Of(q, u, 1).MeanAveragePrecision(seed: 1));
        Assert.InRange(few.Estimate, few.Low, few.High);
        Assert.InRange(many.Estimate, many.Low, many.High);
        // 16 times the images, a quarter of the width
        Assert.InRange((few.High - few.Low) / (many.High - many.Low), 2.5, 6);
    }

    private static MultiLabelScores Of(double[] p, int[] truth, int classes) =>
        new(p, [.. truth.Select(t => t == 1)], classes);
}
