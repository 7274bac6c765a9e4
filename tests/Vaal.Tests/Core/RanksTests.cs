using CsCheck;

namespace Vaal.Tests.Core;

public sealed class RanksTests
{
    [Fact]
    public void Auc_WithTies_MatchesAllPairsInPython()
    {
        // python over all m·n pairs: auc 0.7738095238, se 0.1398492872, interval 0.4997099576..1.0479 (cut at 1)
        var auc = Ranks.Auc([0.9, 0.8, 0.8, 0.55, 0.3, 0.7], [0.1, 0.4, 0.35, 0.8, 0.55, 0.2, 0.6]);
        Assert.Equal(0.7738095238095238, auc.Estimate, 1e-12);
        Assert.Equal(0.4997099576416083, auc.Low, 1e-9);
        Assert.Equal(1, auc.High);
    }

    [Fact]
    public void Auc_PerfectOrEqualScores_IsOneOrHalf()
    {
        Assert.Equal(new Interval(1, 1, 1), Ranks.Auc([3, 4], [1, 2]));
        Assert.Equal(0.5, Ranks.Auc([7, 7, 7], [7, 7]).Estimate);
    }

    [Fact]
    public void Auc_SidesSwapped_IsMirrored() =>
        Gen.Select(Gen.Int[0, 6].Array[2, 20], Gen.Int[0, 6].Array[2, 20]).Sample((p, n) =>
    {
        double[] a = [.. p], b = [.. n];
        var (one, other) = (Ranks.Auc(a, b), Ranks.Auc(b, a));
        var pairs = a.Average(x => b.Average(y => x > y ? 1.0 : x == y ? 0.5 : 0));
        return Math.Abs(one.Estimate - pairs) < 1e-12 && Math.Abs(one.Low - (1 - other.High)) < 1e-9;
    });

    [Fact]
    public void Spearman_KnownData_MatchesScipyAndHollanderWolfe()
    {
        // scipy.stats.spearmanr's example
        Assert.Equal(0.8207826816681233, Ranks.Spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7]), 1e-12);
        double[] tied = [1, 2, 2, 3, 5, 5, 5, 9];                                                   // scipy
        Assert.Equal(0.7144097497387378, Ranks.Spearman(tied, [2, 1, 4, 4, 3, 8, 7, 7]), 1e-12);
        Assert.True(double.IsNaN(Ranks.Spearman([1, 1, 1], [1, 2, 3])));
        double[] lightness = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1];
        double[] quality = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8];
        // R's help page of cor.test
        Assert.Equal(0.6, Ranks.Spearman(lightness, quality), 1e-12);
    }

    [Fact]
    public void Ranks_NaN_IsRefused() =>
        Assert.Throws<ArgumentException>(() => Ranks.Spearman([1, double.NaN], [1, 2]));
}
