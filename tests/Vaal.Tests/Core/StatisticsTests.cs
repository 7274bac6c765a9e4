using CsCheck;
using Vaal.Experiments;

namespace Vaal.Tests.Core;

/// <summary>
/// Reference values: R's help pages and textbooks where named; the others come from a script in Python's standard
/// library that shares no formula with the code (t by integrating its density, DeLong by all m·n pairs).
/// </summary>
public sealed class StatisticsTests
{
    [Fact]
    public void MeanInterval_FiveAccuracies_IsStudents()
    {
        // python: t(4) by Simpson's rule and bisection: 0.735 ± 2.776445 · 0.0415331193 / √5
        double[] x = [0.71, 0.74, 0.69, 0.80, 0.735];
        Assert.Equal(0.04153311931459041, Statistics.StandardDeviation(x), 12);
        Near(new(0.735, 0.6834298210139715, 0.7865701789860284), Statistics.MeanInterval(x), 1e-10);
    }

    [Fact]
    public void MeanInterval_OneValue_HasNoInterval()
    {
        var one = Statistics.MeanInterval([0.7]);
        Assert.Equal(0.7, one.Estimate);
        Assert.True(double.IsNaN(one.Low) && double.IsNaN(one.High));
    }

    [Fact]
    public void Mean_NoValues_IsRefused() => Assert.Throws<ArgumentException>(() => Statistics.Mean([]));

    [Fact]
    public void Quantile_BetweenOrderStatistics_Interpolates()
    {
        double[] x = [3, 1, 2, 10];                                                  // sorted 1 2 3 10
        Assert.Equal(1, Statistics.Quantile(x, 0));
        Assert.Equal(2.5, Statistics.Quantile(x, 0.5));
        Assert.Equal(4.75, Statistics.Quantile(x, 0.75), 12);                        // 3 + 0.25 · 7
        Assert.Equal(10, Statistics.Quantile(x, 1));
    }

    // python: z of NormalDist; R: prop.test(83, 100, correct = FALSE) gives 0.7445 0.8911
    [Theory]
    [InlineData(8437, 10000, 0.8364507588427376, 0.8506852806772592)]
    [InlineData(83, 100, 0.7445199523239887, 0.8910643388594006)]
    [InlineData(0, 10, 0, 0.27753279986288915)]
    [InlineData(10, 10, 0.7224672001371109, 1)]
    public void Wilson_KnownCounts_MatchesReference(int successes, int trials, double low, double high) =>
        Near(new((double)successes / trials, low, high), Statistics.Wilson(successes, trials), 1e-9);

    // numpy.quantile, whose default is linear as well
    [Theory]
    [InlineData(0.1, 1.4)]
    [InlineData(0.37, 2.48)]
    [InlineData(0.99, 9.9)]
    public void Quantile_AnyShare_IsNumPys(double p, double wanted) =>
        Assert.Equal(wanted, Statistics.Quantile([3, 1, 2, 10, 7.5], p), 12);

    [Fact]
    public void Bootstrap_FiveValues_MatchesEnumerationOfAllResamples()
    {
        // all 5^5 resamples of the mean: P(≤ 0.8) = 0.0179, P(≤ 1.0) = 0.0294; P(≤ 8.2) = 0.9741, P(≤ 8.4) = 0.9837
        double[] x = [0, 1, 5, 12, 3];
        double Mean(IReadOnlyList<int> picks) => picks.Sum(i => x[i]) / picks.Count;
        Near(new(4.2, 1.0, 8.4), Statistics.Bootstrap(5, Mean, seed: 1, resamples: 50_000), 1e-9);
        Assert.Equal(Statistics.Bootstrap(5, Mean, seed: 7), Statistics.Bootstrap(5, Mean, seed: 7));
    }

    // 10,000 samples of n normal numbers: a standard error of 0.2%. The percentile bootstrap covers 76, 84, 90%
    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(10)]
    public void MeanInterval_FewNormalNumbers_CoversNinetyFivePercent(int n)
    {
        var random = new Random(n);
        double Normal() => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1);
        var covered = Enumerable.Range(0, 10_000).Count(_ =>
            Statistics.MeanInterval([.. Enumerable.Range(0, n).Select(_ => Normal())]) is { Low: <= 0, High: >= 0 });
        Assert.InRange(covered, 9_430, 9_570);
    }

    [Fact]
    public void Jackknife_RatioOfMeans_MatchesNumPy()
    {
        double[] x = [1, 2, 4, 3, 7], y = [2, 3, 5, 5, 9];
        double Ratio(IReadOnlyList<int> units) => units.Average(i => x[i]) / units.Average(i => y[i]);
        Near(new(0.7083333333333334, 0.5615393352403102, 0.8551273314263566), Statistics.Jackknife(5, Ratio), 1e-10);
        Near(Statistics.MeanInterval(x), Statistics.Jackknife(5, units => units.Average(i => x[i])), 1e-12);
        Assert.True(double.IsNaN(Statistics.Jackknife(1, Ratio).Low));
    }

    private static readonly Dictionary<(string, long), double> ThreePools = new()
    {
        [("a", 1)] = 0.010,
        [("a", 2)] = 0.030,
        [("a", 3)] = 0.020,
        [("b", 1)] = 0.050,
        [("b", 2)] = 0.040,
        [("b", 3)] = 0.090,
        [("c", 1)] = -0.010,
        [("c", 2)] = 0,
        [("c", 3)] = 0.010,
    };

    // scipy: t over the pools' means −0.0492 to 0.1026, over the seeds' −0.0032 to 0.0565; sign-flip p 0.5 and 0.25
    [Fact]
    public void PoolsAndSeeds_SeveralPools_TakeTheWiderLevel()
    {
        var both = new PoolsAndSeeds(ThreePools);
        Near(new(0.02666666666666667, -0.04922499400812262, 0.10255832734145597), both.Mean, 1e-10);
        Assert.Equal((0.5, 0.25), (both.SignFlip, both.LeastP));
        var swapped = new PoolsAndSeeds(
            ThreePools.ToDictionary(v => ($"{v.Key.Item2}", (long)v.Key.Item1[0]), v => v.Value));
        Near(both.Mean, swapped.Mean, 1e-12);
        Assert.Equal(0.5, swapped.SignFlip);
    }

    [Fact]
    public void PoolsAndSeeds_ASeedThatOnePoolLacks_TakesThePoolsAlone() =>
        Near(new(0.021666666666666667, -0.034341320148880694, 0.07767465348221403),
            new PoolsAndSeeds(ThreePools.Where(v => v.Key != ("b", 3))).Mean, 1e-10);

    [Fact]
    public void PoolsAndSeeds_OnePoolOrNone_IsThatOfItsSeeds()
    {
        var one = new PoolsAndSeeds(ThreePools.Where(v => v.Key.Item1 == "b"));
        Near(Statistics.MeanInterval([0.05, 0.04, 0.09]), one.Mean, 1e-12);
        Assert.Equal((0.25, 0.25), (one.SignFlip, one.LeastP));
        Assert.True(double.IsNaN(new PoolsAndSeeds([]).Mean.Estimate + new PoolsAndSeeds([]).SignFlip));
    }

    // 2 pools give a p of at least 0.5, however many seeds there are
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 0.25)]
    [InlineData(5, 0.0625)]
    [InlineData(10, 0.001953125)]
    [InlineData(20, 1.9073486328125e-06)]
    [InlineData(21, 1 / 100_001.0)]
    public void LeastP_Pairs_IsTwoInTwoToTheirNumber(int pairs, double least)
    {
        Assert.Equal(least, PairedTests.LeastP(pairs), 1e-15);
        double[] ahead = [.. Enumerable.Repeat(1.0, pairs)];
        Assert.Equal(least, PairedTests.SignFlip(ahead, new double[pairs]), pairs > 20 ? 2e-5 : 1e-15);
    }

    /// <summary>Of draws whose second unit is 1 or 2 the sum is 1 to 6, either end in 1 of 18; a third of the draws
    /// says nothing.</summary>
    [Fact]
    public void Bootstrap_DrawsThatSayNothing_AreLeftOut()
    {
        Near(new(1, 1 / 3.0, 2), Statistics.Bootstrap(
            3, picks => picks[1] == 0 ? double.NaN : picks.Average(), seed: 1), 1e-12);
        var none = Statistics.Bootstrap(3, _ => double.NaN, seed: 1);
        Assert.True(double.IsNaN(none.Estimate) && double.IsNaN(none.Low) && double.IsNaN(none.High));
    }

    [Fact]
    public void Bootstrap_OwnStatistic_SeesUnitsNotValues()
    {
        // resampled in pairs, a − b is always 1
        double[] a = [1, 2, 3], b = [0, 1, 2];
        Assert.Equal(new(1, 1, 1), Statistics.Bootstrap(3, picks => picks.Average(i => a[i] - b[i]), seed: 1));
    }

    private static readonly double[] Drug1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
    private static readonly double[] Drug2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

    [Fact]
    // R: t.test(extra ~ group, paired = TRUE)
    public void Difference_StudentsSleepData_MatchesR() =>
        Near(new(-1.58, -2.4598858, -0.7001142), PairedTests.Difference(Drug1, Drug2), 1e-6);

    [Fact]
    // nine of one sign and a zero: 2 / 2^9
    public void SignFlip_AllDifferencesOneWay_CountsOnlyTheTwoExtremes() =>
        Assert.Equal(2.0 / 512, PairedTests.SignFlip(Drug1, Drug2), 12);

    [Fact]
    public void SignFlip_DarwinsMaize_IsFishersCount()
    {
        // Fisher, The Design of Experiments (1935), § 21: 863 of 32768 in each tail
        double[] d = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
        Assert.Equal(1726.0 / 32768, PairedTests.SignFlip(d, new double[15]), 12);
        Assert.Equal(1726.0 / 32768, PairedTests.SignFlip([.. d.Select(v => v * 0.1)], new double[15]), 12);
    }

    [Fact]
    public void SignFlip_MoreThanTwentyPairs_DrawsNearTheExactValue()
    {
        // ten zeros change no sum, so the exact p stays Fisher's; a draw's standard error is 0.0007
        double[] d = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48, .. new double[10]];
        Assert.Equal(1726.0 / 32768, PairedTests.SignFlip(d, new double[25], seed: 3), 0.003);
        Assert.Equal(
            PairedTests.SignFlip(d, new double[25], seed: 3), PairedTests.SignFlip(d, new double[25], seed: 3));
    }

    // no pattern of 100 reaches 25 of one sign: without the observed one the p would be 0
    [Fact]
    public void SignFlip_DrawnPatterns_CountTheObservedOneIn() =>
        Assert.Equal(1 / 101.0,
            PairedTests.SignFlip([.. Enumerable.Repeat(1.0, 25)], new double[25], seed: 1, draws: 100), 1e-15);

    [Fact]
    public void SignFlip_NoDifference_IsOne() => Assert.Equal(1, PairedTests.SignFlip([0.5, 0.6], [0.5, 0.6]));

    [Fact]
    public void SignFlip_OfNaN_IsRefused() =>
        Assert.Throws<ArgumentException>(() => PairedTests.SignFlip([0.5, double.NaN], [0.5, 0.6]));

    [Fact]
    public void Holm_KnownFamily_IsSteppedDownAndInOrder()
    {
        // worked by hand: 0.01·4, 0.02·3, max(0.06, 0.03·2), max(0.06, 0.5·1)
        Near([0.06, 0.04, 0.5, 0.06], PairedTests.Holm([0.03, 0.01, 0.5, 0.02]));
        Near([1, 1], PairedTests.Holm([0.9, 0.8]));
        Assert.Throws<ArgumentException>(() => PairedTests.Holm([0.1, double.NaN]));
    }

    [Fact]
    public void Holm_AnyFamily_RaisesPAndKeepsItsOrder() => Gen.Double[0, 1].Array[1, 12].Sample(p =>
    {
        var corrected = PairedTests.Holm(p);
        return p.Zip(corrected).All(c => c.Second >= c.First && c.Second <= 1)
            && (from i in Enumerable.Range(0, p.Length)
                from j in Enumerable.Range(0, p.Length)
                where p[i] < p[j]
                select corrected[i] <= corrected[j]).All(ok => ok);
    });

    private static void Near(Interval wanted, Interval found, double tolerance)
    {
        Assert.Equal(wanted.Estimate, found.Estimate, tolerance);
        Assert.Equal(wanted.Low, found.Low, tolerance);
        Assert.Equal(wanted.High, found.High, tolerance);
    }

    private static void Near(double[] wanted, double[] found)
    {
        Assert.Equal(wanted.Length, found.Length);
        Assert.All(wanted.Zip(found), v => Assert.Equal(v.First, v.Second, 1e-12));
    }
}
