using Vaal.Coverage;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>Lazy coverage against the plain loop, in each of its ways.</summary>
public sealed class GreedyCoverTests
{
    // all pairs, all gains, again after every choice
    private static (List<int> Picks, List<double> Gains) Plain(UnitRows rows, int[] candidates, int[] labelled,
        int budget,
        Likeness like, float[]? weights = null)
    {
        var x = Enumerable.Range(0, rows.Count).Select(i => rows.Copy([i])).ToArray();
        var alike = new double[rows.Count, rows.Count];
        for (var i = 0; i < rows.Count; i++)
            for (var j = 0; j < rows.Count; j++) alike[i, j] = like.Of(rows.Closeness(i, x[i], j, x[j]));
        var covered = candidates.Select(i => labelled.Select(l => alike[i, l]).DefaultIfEmpty(0).Max()).ToArray();
        var (picks, gains) = (new List<int>(), new List<double>());
        while (picks.Count < budget)
        {
            var best = (Row: -1, Gain: -1.0);
            foreach (var j in candidates.Except(picks))
            {
                var gain = candidates
                    .Select((i, at) => (weights?[i] ?? 1) * Math.Max(0, alike[i, j] - covered[at])).Sum();
                if (gain > best.Gain) best = (j, gain);
            }
            picks.Add(best.Row);
            gains.Add(best.Gain);
            for (var at = 0; at < covered.Length; at++) covered[at] =
                Math.Max(covered[at], alike[candidates[at], best.Row]);
        }
        return (picks, gains);
    }

    public static TheoryData<int, bool, bool> Ways => new MatrixTheoryData<int, bool,
        bool>([0, 25], [false, true], [false, true]);

    [Trait("Category", "Slow")]
    [Theory, MemberData(nameof(Ways))]
    public void Choose_EveryKernelWeightAndStart_IsThePlainLoops(int labelled, bool cosine, bool weighted)
    {
        const int n = 160;
        var rows = UnitRows.Of(MadeFeatures.Of(n, 37, 7, seed: 4).Values, 37);       // 37: no whole vector
        int[] candidates = [.. Enumerable.Range(0, n - labelled)], covered =
            [.. Enumerable.Range(n - labelled, labelled)];
        var random = new Random(1);
        float[]? weights = weighted ? [.. Enumerable.Range(0, n).Select(_ => random.NextSingle())] : null;
        var like = cosine ? Likeness.Cosine : Likeness.Gaussian(GreedyCover.Sigma(rows, labelled, 30));
        var expected = Plain(rows, candidates, covered, 30, like, weights);
        foreach (var mostPairs in new[] { int.MaxValue, 2_000, 0 })                  // sparse, first dense, only dense
        {
            var cover = new GreedyCover(rows, candidates, covered, 30, like) { MostPairs = mostPairs };
            var (picks, gains) = cover.Choose(30, weights, absolute: true);
            Assert.Equal(expected.Picks, picks);
            Assert.All(expected.Gains.Zip(gains), p => Assert.Equal(p.First, p.Second, 1e-5 * (1 + p.First)));
        }
    }

    [Fact]
    public void Choose_AfterMoreLabels_IsWhatAFreshStartChooses()
    {
        var rows = UnitRows.Of(MadeFeatures.Of(300, 32, 9, seed: 2).Values, 32);
        var like = Likeness.Gaussian(0.7);
        int[] first = [.. Enumerable.Range(280, 20)], more =
            [.. Enumerable.Range(0, 300).Where(i => i % 15 == 0 && i < 280)];
        var cover = new GreedyCover(rows, [.. Enumerable.Range(0, 280)], first, 20, like);
        cover.Choose(20);
        cover.Cover(more);
        var fresh = new GreedyCover(rows, [.. Enumerable.Range(0, 280).Except(more)], [.. first, .. more], 20, like);
        Assert.Equal(fresh.Choose(20).Picks, cover.Choose(20).Picks);
    }

    /// <summary>docs/strategies/facility-location.md: it covers a half of each of four, and itself. Each of the four
    /// covers itself and a half of it.</summary>
    [Fact]
    public void Choose_ARowThatEqualsTheMean_IsHalfLikeEveryOther()
    {
        var rows = UnitRows.Of([1, 0, -1, 0, 0, 1, 0, -1, 0, 0], 2);
        var cover = new GreedyCover(rows, [0, 1, 2, 3, 4], [], 2, Likeness.Cosine);
        var (picks, gains) = cover.Choose(2, absolute: true);
        Assert.Equal([4, 0], picks);
        Assert.Equal(3, gains[0], 1e-6);
        Assert.Equal(0.5, gains[1], 1e-6);
    }

    [Fact]
    public void Choose_Copies_AreTakenLastAndInOrder()
    {
        float[] values = [1, 0, 1, 0, 0, 1, 0, 1, -1, -1, -1, -1];
        var rows = UnitRows.Of(values, 2);
        var cover = new GreedyCover(rows, [0, 1, 2, 3, 4, 5], [], 6, Likeness.Gaussian(0.5));
        var (picks, gains) = cover.Choose(6);
        Assert.Equal([0, 2, 4], picks[..3].Order());
        Assert.Equal([1, 3, 5], picks[3..]);
        Assert.Equal([0, 0, 0], gains[3..]);
        Assert.Equal(1, gains.Sum(), 1e-9);                                          // all of it is covered
    }

    [Fact]
    public void Choose_RowsAllAlike_TakesThemInOrder()
    {
        var rows = UnitRows.Of([.. Enumerable.Repeat(0.3f, 24 * 5)], 5);
        var sigma = GreedyCover.Sigma(rows, 4, 9);
        Assert.Equal(1, sigma);
        var cover = new GreedyCover(rows, [.. Enumerable.Range(4, 20)], [0, 1, 2, 3], 9, Likeness.Gaussian(sigma));
        var (picks, gains) = cover.Choose(9);
        Assert.Equal(Enumerable.Range(4, 9), picks);
        Assert.All(gains, g => Assert.Equal(0, g));                                  // nothing is left to cover
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Choose_LargePool_SumsOverASampleAndLosesLittle()
    {
        const int n = 10_100, budget = 20;                                           // above 10,000 a sample is summed
        var rows = UnitRows.Of(MadeFeatures.Of(n, 16, 40, seed: 8).Values, 16);
        int[] all = [.. Enumerable.Range(0, n)];
        var like = Likeness.Gaussian(GreedyCover.Sigma(rows, 0, budget));
        var sampled = new GreedyCover(rows, all, [], budget, like);
        Assert.Equal(5_000, sampled.Summed);
        var whole = new GreedyCover(rows, all, [], budget, like, summed: n);
        Assert.Equal(n, whole.Summed);
        double best = whole.Choose(budget, absolute: true).Gains.Sum(), found =
            Covered(rows, sampled.Choose(budget).Picks, like);
        Assert.Equal(Covered(rows, whole.Choose(budget).Picks, like), best, 1e-3 * best);
        Assert.InRange(found / best, 0.98, 1.001);

        // one candidate in six, as the page looks at of a large pool
        var few = new GreedyCover(rows, GreedyCover.Sampled(all, n / 6, seed: 3), [], budget, like);
        Assert.InRange(Covered(rows, few.Choose(budget).Picks, like) / best, 0.96, 1.001);
    }

    [Theory]
    [InlineData(50, 10, 50), InlineData(200_000, 100, 65_536), InlineData(200_000, 40_000, 160_000)]
    public void Candidates_LargePool_AreDrawnButNeverFewerThanAreToBeChosen(int unlabelled, int budget, int expected)
    {
        int[] candidates = CoveringStrategy.Candidates(unlabelled, budget, seed: 1);
        Assert.Equal(expected, candidates.Length);
        Assert.Equal(candidates.Distinct().Order(), candidates);
        Assert.InRange(candidates[^1], expected - 1, unlabelled - 1);
        Assert.Equal(unlabelled / 2.0, candidates.Average(), 0.01 * unlabelled);       // from all of the pool
    }

    private static double Covered(UnitRows rows, int[] picks, Likeness like) =>
        Neighbours.Of(rows, [.. Enumerable.Range(0, rows.Count).Except(picks)], picks, 1).Closeness.Sum(c =>
            like.Of(c)) + picks.Length;

    [Theory]
    [InlineData(1), InlineData(3), InlineData(12)]
    public void Neighbours_OfEveryRow_AreThoseOfAllDistances(int k)
    {
        var rows = UnitRows.Of(MadeFeatures.Of(150, 20, 5, seed: 3).Values, 20);
        var found = Neighbours.Of(rows, [.. Enumerable.Range(0, 150)], [.. Enumerable.Range(0, 150)], k);
        for (var i = 0; i < 150; i++)
        {
            float[] x = rows.Copy([i]);
            var expected = Enumerable.Range(0, 150).Where(j => j != i)
                .OrderByDescending(j => rows.Closeness(i, x, j, rows.Copy([j]))).Take(k);
            Assert.Equal(expected, found.Rows[(i * k)..((i + 1) * k)]);
        }
    }

    /// <summary>The width of the reference: the median distance to the ⌈N / (labelled + budget)⌉-th nearest row. Of 30
    /// rows, 4 labels and a budget of 5 it is the fourth.</summary>
    [Theory]
    [InlineData(4, 5, 4), InlineData(0, 5, 6), InlineData(25, 5, 1), InlineData(0, 90, 1)]
    public void Sigma_OfAPool_IsTheMedianDistanceOfTheReference(int labelled, int budget, int nearest)
    {
        var rows = UnitRows.Of(MadeFeatures.Of(30, 6, 3, seed: 4).Values, 6);
        float[][] x = [.. Enumerable.Range(0, 30).Select(i => rows.Copy([i]))];
        double Distance(int i, int j) => Math.Sqrt(x[i].Zip(x[j], (a, b) => ((double)a - b) * (a - b)).Sum());
        double[] distances = [.. Enumerable.Range(0, 30).Select(i => Enumerable.Range(0, 30).Where(j => j != i)
            .Select(j => Distance(i, j)).Order().ElementAt(nearest - 1)).Order()];
        Assert.Equal((distances[14] + distances[15]) / 2, GreedyCover.Sigma(rows, labelled, budget), 1e-5);
    }

    [Fact]
    public void UnitRows_NotANumber_IsRefused()
    {
        var e = Assert.Throws<InputException>(() => UnitRows.Of([1, 2, float.NaN, 4], 2));
        Assert.Equal("expected finite features, found NaN in row 1", e.Message);
    }

    [Theory]
    [InlineData(1), InlineData(31), InlineData(512)]
    public void ShortProducts_RandomRows_AreWithinTheirError(int width)
    {
        var rows = UnitRows.Of(MadeFeatures.Of(12, width, 3, seed: 5).Values, width);
        var (padded, products) = (ShortProducts.Padded(width), new int[144]);
        var values = new short[12 * padded];
        for (var i = 0; i < 12; i++) ShortProducts.Quantise(rows.Copy([i]), values.AsSpan(i * padded, padded));
        ShortProducts.Multiply(values, values, padded, products);
        for (var i = 0; i < 144; i++)
        {
            var exact = UnitRows.Dot(rows.Copy([i / 12]), rows.Copy([i % 12]));
            Assert.Equal(exact, products[i] / (double)ShortProducts.One / ShortProducts.One,
                ShortProducts.Error(width));
        }
    }
}
