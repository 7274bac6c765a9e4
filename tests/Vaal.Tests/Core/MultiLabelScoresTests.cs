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

    // of two images, one right and one wrong, the draws are: twice the right one (F1 1), each once (2/3), twice the
    // wrong one (0), with chances of a quarter, a half and a quarter
    [Fact]
    public void MacroF1_OfTwoImages_HasTheIntervalOfAllDraws()
    {
        var f1 = Of([0.9, 0.9], [1, 0], 1).MacroF1(seed: 1);
        Assert.Equal(2.0 / 3, f1.Estimate, 1e-12);
        Assert.Equal((0.0, 1.0), (f1.Low, f1.High));
    }

    // the two images that have the class come first and third; a draw of the other eight alone has no average
    // precision, and is no draw of 0
    [Fact]
    public void MeanAveragePrecision_DrawsWithoutAnyClass_AreLeftOut()
    {
        double[] p = [0.9, 0.8, 0.7, .. Enumerable.Repeat(0.1, 7)];
        var map = Of(p, [1, 0, 1, .. new int[7]], 1).MeanAveragePrecision(seed: 1);
        Assert.Equal((1 + 2.0 / 3) / 2, map.Estimate, 1e-12);
        // python: of 200,000 draws 10.7% have no class; of the others 2.5% are at most 1/3
        Assert.InRange(map.Low, 0.25, 0.4);
        Assert.Equal(1, map.High);
        var none = Of([0.9, 0.2], [0, 0], 1).MeanAveragePrecision(seed: 1);
        Assert.True(double.IsNaN(none.Estimate) && double.IsNaN(none.Low) && double.IsNaN(none.High));
    }

    [Fact]
    public void Scores_ProbabilityThatIsNone_IsRefused() => Assert.Equal(
        "expected a probability of each class, found NaN in row 1 for class 0; the model's training has diverged",
        Assert.Throws<InputException>(() => Of([0.9, 0.1, double.NaN, 0.3], [1, 0, 0, 1], 2)).Message);

    private static MultiLabelScores Of(double[] p, int[] truth, int classes) =>
        new(p, [.. truth.Select(t => t == 1)], classes);
}
