using MathNet.Numerics.Distributions;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>VAAL's batch in slices, and drawn by D's odds.</summary>
[Trait("Category", "Slow")]
public sealed class MiniQueriesTests
{
    private static readonly VaalOptions Options =
        new(VaalOptions.Balanced) { Width = 16, Iterations = 60, BatchSize = 16, LatentDim = 2 };

    // odds of 1, 2, 3, 4 of ten
    private static readonly float[] Scores = [0, MathF.Log(2), MathF.Log(3), MathF.Log(4)];

    [Fact]
    public void OddsDraw_OfOneImage_FollowsTheOdds()
    {
        const int draws = 8_000;
        var counts = new double[4];
        for (var seed = 0; seed < draws; seed++) counts[OddsDraw.Draw([0, 1, 2, 3], Scores, 1, seed).Ids[0]]++;
        Assert.InRange(ChiSquare(counts, [.. new[] { 0.1, 0.2, 0.3, 0.4 }.Select(p => p * draws)]), 0.001, 0.999);
        // and not the odds of D for labelled, nor an even draw
        Assert.True(ChiSquare(counts, [.. new[] { 0.4, 0.3, 0.2, 0.1 }.Select(p => p * draws)]) > 0.999_999);
        Assert.True(ChiSquare(counts, [.. Enumerable.Repeat(draws / 4.0, 4)]) > 0.999_999);
    }

    [Fact]
    public void OddsDraw_OfTwoImages_DrawsWithoutReplacement()
    {
        const int draws = 12_000;
        var (counts, expected) = (new double[12], new double[12]);
        double[] odds = [1, 2, 3, 4];
        int Cell(int first, int second) => first * 3 + (second > first ? second - 1 : second);
        for (var i = 0; i < 4; i++)
            for (var j = 0; j < 4; j++)
                if (i != j) expected[Cell(i, j)] = draws * odds[i] / 10 * odds[j] / (10 - odds[i]);
        for (var seed = 0; seed < draws; seed++)
        {
            var ids = OddsDraw.Draw([0, 1, 2, 3], Scores, 2, seed).Ids;
            counts[Cell(ids[0], ids[1])]++;
        }
        Assert.InRange(ChiSquare(counts, expected), 0.001, 0.999);
    }

    [Fact]
    public void OddsDraw_ScoresBeyondAnyOdds_StillDraws()
    {
        var drawn = OddsDraw.Draw([5, 6, 7], [-2_000, 2_000, 0], 3, 1);
        Assert.Equal([6, 7, 5], drawn.Ids);
        Assert.Equal([2_000, 0, -2_000], drawn.Scores);
    }

    [Fact]
    public void Select_OneSliceOfTheLowest_IsWhatAlgorithm2Takes()
    {
        Assert.False(MiniQueries.AskedFor(Options));
        var chosen = new MiniQueries(Options, 1, CPU).Choose([5, 6, 7, 8], [0.1f, 0.9f, -2, 0.5f], 2,
            () => throw new InvalidOperationException("one slice fits no D"), null, default);
        Assert.Equal([6, 8], chosen.Ids);
        Assert.Equal([0.9f, 0.5f], chosen.Scores);
    }

    [Theory]
    [InlineData("vaal")]
    [InlineData("vaal-features")]
    public void Select_InSlices_BeginsAlikeAndRepeats(string strategy)
    {
        var options = new VaalOptions(Options) { Iterations = 20 };
        var (plain, sliced) = (Select(strategy, options), Select(strategy, new(options) { MiniQueries = 3 }));
        Assert.Equal(plain.Ids.Take(4), sliced.Ids.Take(4));
        Assert.Equal(12, sliced.Ids.Distinct().Count());
        Assert.Equal(sliced.Ids, Select(strategy, new(options) { MiniQueries = 3 }).Ids);
        var odds = Select(strategy, new(options) { BatchDraw = BatchDraw.Odds });
        Assert.Equal(12, odds.Ids.Distinct().Count());
        Assert.NotEqual(plain.Ids, odds.Ids);
        Assert.Equal(odds.Ids, Select(strategy, new(options) { BatchDraw = BatchDraw.Odds }).Ids);
    }

    // three heaps: one labelled, one far from it and one nearer; D of Algorithm 1 prefers the far one, and so would
    // every other D that did not learn what the first slice took
    [Fact]
    public void Choose_InSlices_TurnsToWhatTheFirstSliceLeft()
    {
        using var scope = NewDisposeScope();
        float[] points = [.. Heap(40, 9, 0, 1), .. Heap(40, 0, 3, 2), .. Heap(20, 0, 0, 3)];
        int[] ids = [.. Enumerable.Range(0, 80)];
        float[] scores = [.. ids.Select(i => i < 40 ? 5f - i * 0.01f : 3f - i * 0.01f)];
        Selection Choose(int slices) => new MiniQueries(new(Options) { MiniQueries = slices, Iterations = 200 }, 1, CPU)
            .Choose(ids, scores, 20, () => tensor(points, [100, 2]), null, default);
        Assert.All(Choose(1).Ids, i => Assert.True(i < 40));
        Assert.True(Choose(4).Ids.Skip(5).Count(i => i >= 40) >= 8);
    }

    /// <summary>A D that hardly learns ranks as it was drawn, however long it is fitted; and as many steps an
    /// iteration are as many iterations.</summary>
    [Fact]
    public void Choose_InSlices_FitsDByItsOwnRateAndSteps()
    {
        using var scope = NewDisposeScope();
        float[] points = [.. Heap(40, 9, 0, 1), .. Heap(40, 0, 3, 2), .. Heap(20, 0, 0, 3)];
        int[] ids = [.. Enumerable.Range(0, 80)];
        IReadOnlyList<int> Choose(VaalOptions options) => new MiniQueries(new(options) { MiniQueries = 3 }, 1, CPU)
            .Choose(ids, new float[80], 12, () => tensor(points, [100, 2]), null, default).Ids;
        var still = new VaalOptions(Options) { DiscriminatorLearningRate = 1e-30 };
        Assert.Equal(Choose(new(still) { Iterations = 1 }), Choose(new(still) { Iterations = 80 }));
        Assert.NotEqual(Choose(still), Choose(Options));
        Assert.Equal(Choose(new(Options) { Iterations = 60 }),
            Choose(new(Options) { Iterations = 10, DiscriminatorSteps = 6 }));
        Assert.NotEqual(Choose(new(Options) { Iterations = 60 }), Choose(new(Options) { Iterations = 10 }));
    }

    [Fact]
    public void Problems_OfSlices_AreNamed()
    {
        Assert.Contains("mini-queries are 0", Assert.Single(new VaalOptions(Options) { MiniQueries = 0 }.Problems()));
        Assert.Contains("ranks in eval mode",
            Assert.Single(new VaalOptions(VaalOptions.Official) { MiniQueries = 2 }.Problems()));
        var margin = new NextOptions { Strategy = "margin", Vaal = new(Options) { MiniQueries = 2 } };
        Assert.Contains("'vaal' and 'vaal-features'", Assert.Single(margin.Problems()));
        Assert.Empty(new NextOptions { Strategy = "vaal", Vaal = new(Options) { MiniQueries = 2 } }.Problems());
    }

    private static Selection Select(string strategy, VaalOptions options)
    {
        var (values, classes) = MadeFeatures.Of(60, 8, 3, seed: 2);
        var pixels = PixelStore.Allocate(60L * 32 * 32);
        for (var i = 0; i < 60; i++)
            pixels.Writable(i * 1_024L, 1_024).Fill((byte)(40 + 60 * classes[i] + i % 7));
        using var images = new ImageSet(pixels, 1, 32, 32, classes);
        var pool = new Pool(images);
        foreach (var id in Enumerable.Range(0, 60).Where(i => classes[i] == 0).Take(12)) pool.Label(id, 0);
        using var networks = new Networks(pool, options, seed: 4);
        return QueryStrategies.Create(strategy).Select(new Query
        {
            Pool = pool,
            Budget = 12,
            Seed = 9,
            Networks = networks,
            Features = new FeatureSource(values, 8),
        });
    }

    private static IEnumerable<float> Heap(int count, float x, float y, int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++)
        {
            yield return x + random.NextSingle();
            yield return y + random.NextSingle();
        }
    }

    // the probability of a smaller sum
    private static double ChiSquare(double[] counts, double[] expected) => ChiSquared.CDF(
        counts.Length - 1, counts.Zip(expected, (c, e) => (c - e) * (c - e) / e).Sum());
}
