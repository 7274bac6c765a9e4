using Vaal.Coverage;
using Vaal.Heads;

namespace Vaal.Tests.Strategies;

/// <summary>A head that also learns from labels that spread over the pool, where that is expected to help.</summary>
public sealed class TransductiveHeadTests
{
    [Theory]
    [InlineData(1, true), InlineData(3, true), InlineData(20, false), InlineData(100, false)]
    public void Expected_NothingFoundHere_IsWhatWasMeasuredElsewhere(double labels, bool spreads) =>
        Assert.Equal(spreads, TransductiveHead.Expected(new double[30], labels) > 0);

    [Fact]
    public void Expected_CrossFitSpeaksClearly_OverrulesWhatWasMeasuredElsewhere()
    {
        double[] Differences(int better, int worse) =>
            [.. Enumerable.Repeat(1.0, better), .. Enumerable.Repeat(-1.0, worse), .. new double[400 - better - worse]];
        Assert.True(TransductiveHead.Expected(Differences(0, 60), 3) < 0);
        Assert.True(TransductiveHead.Expected(Differences(60, 0), 20) > 0);
    }

    /// <summary>
    /// Five labels a class: 0.007 is usual, and of the four that a fold has 0.018 − 0.011 · ln 2 / ln 2.5 = 0.009679.
    /// One of four was better: ¼ + 0.007 − 0.009679 with variance 1.75 / 16, beside 0.007 with 0.02².
    /// </summary>
    [Fact]
    public void Expected_OneOfFourWasBetter_IsWorkedByHand() =>
        Assert.Equal(0.0078757, TransductiveHead.Expected([1, 0, 0, 0], 5), 1e-7);

    /// <summary>Where no gain is expected, labels do not spread.</summary>
    [Fact]
    public void Fit_NoGainExpected_IsThePlainHead()
    {
        var found = new[] { 4, 8, 12, 15, 18 }.Select(perClass =>
        {
            var (rows, labelled, classes) = Labels(perClass);
            return TransductiveHead.Fit(rows, labelled, classes, 6);
        }).ToList();
        Assert.Contains(found, f => f.Gain <= 0);
        Assert.All(found, f => Assert.Equal(f.Gain > 0, f.Spreads));
    }

    /// <summary>One label a class of six clusters that overlap.</summary>
    [Fact]
    public void Fit_FewLabelsInClusters_IsBetterThanThePlainHead()
    {
        var (values, of) = MadeFeatures.Of(600, 64, 6, seed: 9, spread: 1.4);
        var rows = UnitRows.Of(values, 64);
        int[] labelled = [.. Enumerable.Range(0, 6).Select(c => Array.IndexOf(of, c))], classes =
            [.. labelled.Select(i => of[i])];
        var found = TransductiveHead.Fit(rows, labelled, classes, 6);
        Assert.True(found.Spreads);
        var x = rows.Copy([.. Enumerable.Range(0, 600)]);
        double Accuracy(LinearHead head) => head.Logits(x).Chunk(6)
            .Select((z, i) => Array.IndexOf(z, z.Max()) == of[i] ? 1.0 : 0).Average();
        var plain = Accuracy(LinearHead.Fit(HeadRows.Of(rows.Copy(labelled), 64, classes, 6)));
        Assert.True(Accuracy(found.Head) > plain + 0.02, $"{Accuracy(found.Head)}, plain {plain}");
    }

    /// <summary>From twenty labels a class on it is the plain head, number for number.</summary>
    [Fact]
    public void Fit_ManyLabels_IsThePlainHead()
    {
        var (rows, labelled, classes) = Labels(perClass: 20);
        var found = TransductiveHead.Fit(rows, labelled, classes, 6);
        Assert.False(found.Spreads);
        Assert.Equal(LinearHead.Fit(HeadRows.Of(rows, labelled, classes, 6)).Coefficients().Weights,
            found.Head.Coefficients().Weights);
    }

    /// <summary>Whatever is left out has no label of its class left: no head that did not see it can name it.</summary>
    [Fact]
    public void CrossFitted_OneLabelAClass_IsOfHeadsThatDidNotSeeIt()
    {
        var (rows, labelled, classes) = Labels(perClass: 1);
        var found = TransductiveHead.Fit(rows, labelled, classes, 6, crossFitted: true);
        Assert.True(found.Spreads);
        // six labels in five folds: two are left out together
        for (var i = 0; i < labelled.Length; i++)
        {
            double[] logits = found.CrossFitted![(i * 6)..(i * 6 + 6)];
            Assert.True(double.IsNegativeInfinity(logits[classes[i]]));
            Assert.InRange(logits.Count(double.IsFinite), 4, 5);
        }
        Assert.Null(TransductiveHead.Fit(rows, labelled, classes, 6).CrossFitted);
    }

    /// <summary>Ten labels that the cross-fit predicts rightly say nothing of how sure a head may be.</summary>
    [Fact]
    public void Calibrated_EverythingIsRight_StaysNearWhatItWas()
    {
        var (values, of) = MadeFeatures.Of(200, 16, 2, seed: 4, spread: 0.4);
        int[] labelled = [.. Enumerable.Range(0, 200).GroupBy(i => of[i]).SelectMany(g => g.Take(5)).Order()];
        int[] classes = [.. labelled.Select(i => of[i])];
        var rows = UnitRows.Of(values, 16);
        var given = HeadRows.Of(rows, labelled, classes, 2);
        var found = TransductiveHead.Fit(rows, labelled, classes, 2, crossFitted: true);
        Assert.True(found.Spreads);
        Assert.InRange(LinearHead.BestTemperature(
            found.CrossFitted!, given, several: false, apart: double.PositiveInfinity), 0.05, 0.2);
        Assert.InRange(found.Calibrated(given).Temperature, 0.5, 1);
    }

    /// <summary>One label of each of two classes; a class of one label beside one of many; labels of one class only;
    /// copies of one image; nothing but labels.</summary>
    [Theory]
    [InlineData("0 1"), InlineData("0 1 1 1 1 1"), InlineData("1 1 1"), InlineData("0")]
    public void Fit_FewAndUnevenLabels_GivesProbabilities(string wanted)
    {
        int[] classes = [.. wanted.Split(' ').Select(int.Parse)];
        var (values, of) = MadeFeatures.Of(60, 8, 2, seed: 3);
        // thirty images are the same
        for (var i = 30; i < 60; i++) values.AsSpan(29 * 8, 8).CopyTo(values.AsSpan(i * 8));
        var taken = new HashSet<int>();
        int[] labelled = [.. classes.Select(c => Enumerable.Range(0, 29).First(i => of[i] == c && taken.Add(i)))];
        foreach (var n in new[] { 60, 29 })
        {
            var rows = UnitRows.Of(values[..(n * 8)], 8);
            var found = TransductiveHead.Fit(rows, labelled, classes, 3, crossFitted: true);
            Assert.Equal(classes.Distinct().Count() > 1, found.Spreads);
            var p = found.Calibrated(HeadRows.Of(rows, labelled, classes, 3))
                .Probabilities(rows.Copy([.. Enumerable.Range(0, n)]));
            Assert.All(p.Chunk(3), row => Assert.Equal((1, 0), (Math.Round(row.Sum(), 9), row[2])));
        }
    }

    /// <summary>Even if spread labels are forced in, what they change fades with the labels.</summary>
    [Fact]
    public void Fit_MoreLabels_SpreadLabelsChangeLess()
    {
        double[] changes = [.. new[] { 3, 6, 15 }.Select(perClass =>
        {
            var (rows, labelled, classes) = Labels(perClass);
            var x = rows.Copy([.. Enumerable.Range(0, rows.Count)]);
            double[] P(bool spreads) =>
                TransductiveHead.Fit(rows, labelled, classes, 6, spreads: spreads).Head.Probabilities(x);
            return P(true).Zip(P(false), (a, b) => Math.Abs(a - b)).Average();
        })];
        Assert.True(changes[0] > 2 * changes[1] && changes[1] > 10 * changes[2], string.Join(", ", changes));
    }

    /// <summary>Of a large pool 2,000 unlabelled rows take part: drawn from all of it, others with another
    /// seed.</summary>
    [Fact]
    public void Sample_OfALargePool_IsDrawnFromAllOfIt()
    {
        int[] Rows() => [.. Enumerable.Range(100, 8_000)];
        int[] some = TransductiveHead.Sample(Rows(), seed: 1);
        Assert.Equal(2_000, some.Distinct().Count());
        Assert.Equal(some.Order(), some);
        Assert.InRange(some.Average(), 3_900, 4_300);                                 // a standard error of 45
        Assert.NotEqual(some, TransductiveHead.Sample(Rows(), seed: 2));
        Assert.Equal(Rows()[..2_000], TransductiveHead.Sample(Rows()[..2_000], seed: 1));
    }

    /// <summary>Two labels of class 0 and three of class 1; one of class 0 is left out.</summary>
    [Fact]
    public void Weights_WithoutAFold_GiveEachClassWhatItHad()
    {
        Assert.Equal([2, 1, 1, 1], TransductiveHead.Weights([0, 1, 0, 1, 1], [0, 1, 3, 4]));
        Assert.Equal([1, 1.5, 1, 1.5], TransductiveHead.Weights([0, 1, 0, 1, 1], [0, 1, 2, 4]));
    }

    /// <summary>Labels drawn from the sixth power of what is known: the power is found.</summary>
    [Fact]
    public void Sharpness_OfUnsureRows_IsThePowerThatHolds()
    {
        var random = new Random(3);
        var held = Enumerable.Range(0, 3_000).Select(_ =>
        {
            float[] p = [.. Enumerable.Range(0, 4).Select(_ => 0.5f + random.NextSingle())];
            double[] true6 = [.. p.Select(v => Math.Pow(v, 6))];
            var (at, left) = (0, random.NextDouble() * true6.Sum());
            while (at < 3 && (left -= true6[at]) > 0) at++;
            return (p.AsMemory(), at);
        }).ToArray();
        Assert.InRange(SpreadSharpness.Of(held), 5.4, 6.6);
    }

    [Fact]
    public void Sharpness_NothingHeldOut_IsTheUsual() =>
        Assert.Equal(SpreadSharpness.Usual, SpreadSharpness.Of([]), 0.15);

    [Fact]
    public void Sharpened_ByHand_IsThePowerWithSumOne()
    {
        Assert.Equal([1 / 9.0, 4 / 9.0, 4 / 9.0], SpreadSharpness.Sharpened([0.2f, 0.4f, 0.4f], 2), Near);
        Assert.Equal([0, 0, 0], SpreadSharpness.Sharpened([0, 0, 0], 2));
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-6;

    // of six clusters that overlap
    private static (UnitRows Rows, int[] Labelled, int[] Classes) Labels(int perClass)
    {
        var (values, of) = MadeFeatures.Of(600, 64, 6, seed: 9, spread: 1.4);
        int[] labelled = [.. Enumerable.Range(0, 600).GroupBy(i => of[i]).SelectMany(g => g.Take(perClass)).Order()];
        return (UnitRows.Of(values, 64), labelled, [.. labelled.Select(i => of[i])]);
    }
}
