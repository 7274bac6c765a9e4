using CsCheck;
using Vaal.Data;
using Vaal.Training;

namespace Vaal.Tests.Training;

public sealed class ConfusionMatrixTests
{
    private const byte None = ImageSet.Ignore;

    // class 0: right 1, in the masks 2, predicted 2: 1/3. Class 1: 2 of 2 + 3 − 2: 2/3. Class 2: never predicted where
    // it counts: 0. Class 3: nowhere.
    [Fact]
    public void Scores_IgnoredPixelAndAbsentClass_AreAsWorkedByHand()
    {
        var (ratio, accuracy, classes) = Of(4, [0, 0, 1, 1, 2, None], [0, 1, 1, 1, 0, 2]).Scores();
        Assert.Equal([1.0 / 3, 2.0 / 3, 0, double.NaN], classes);
        Assert.Equal(1.0 / 3, ratio, 1e-15);
        Assert.Equal(3.0 / 5, accuracy, 1e-15);
    }

    [Fact]
    public void Scores_ClassPredictedButNotThere_CountsAsZero()
    {
        var scores = Of(2, [0, 0], [0, 1]).Scores();
        Assert.Equal([0.5, 0], scores.ClassIou);
        Assert.Equal(0.25, scores.MeanIou);
    }

    // the mean of the two images' own values would be (1 + 0) / 2 for class 1
    [Fact]
    public void Scores_TwoImages_AreOfAllPixelsTogether()
    {
        var counts = Of(2, [1, 0, 0, 0], [1, 0, 0, 0]);
        counts.Add([1, 1, 1, 1], [0, 0, 0, 0]);
        var scores = counts.Scores();
        Assert.Equal([3.0 / 7, 1.0 / 5], scores.ClassIou);
        Assert.Equal((3.0 / 7 + 1.0 / 5) / 2, scores.MeanIou, 1e-15);
        Assert.Equal(4.0 / 8, scores.PixelAccuracy);
        Assert.Equal((3L, 0L, 4L, 1L), (counts[0, 0], counts[0, 1], counts[1, 0], counts[1, 1]));
    }

    [Fact]
    public void Scores_NothingCounted_AreNotNumbers()
    {
        var scores = Of(2, [None], [0]).Scores();
        Assert.True(double.IsNaN(scores.MeanIou) && double.IsNaN(scores.PixelAccuracy));
    }

    [Fact]
    public void Scores_AnyPixels_AreIntersectionOverUnionOfSets() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4]).Array[1, 60].Sample(pixels =>
        {
            byte[] truth = [.. pixels.Select(p => p.Item1 == 5 ? None : (byte)p.Item1)],
                predicted = [.. pixels.Select(p => (byte)p.Item2)];
            var scores = Of(5, truth, predicted).Scores();
            for (var c = 0; c < 5; c++)
            {
                HashSet<int> Where(byte[] of) =>
                    [.. Enumerable.Range(0, of.Length).Where(i => truth[i] != None && of[i] == c)];
                var (a, b) = (Where(truth), Where(predicted));
                Assert.Equal(a.Union(b).Any()
                    ? (double)a.Intersect(b).Count() / a.Union(b).Count()
                    : double.NaN, scores.ClassIou[c]);
            }
        });

    [Fact]
    public void Add_ClassThatIsNotThere_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => Of(2, [2], [0]));
        Assert.Throws<ArgumentException>(() => Of(2, [0], [2]));
        Assert.Throws<ArgumentException>(() => Of(2, [0, 1], [0]));
    }

    private static ConfusionMatrix Of(int classes, byte[] truth, byte[] predicted)
    {
        var counts = new ConfusionMatrix(classes);
        counts.Add(truth, predicted);
        return counts;
    }
}
