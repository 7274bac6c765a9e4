using MathNet.Numerics.Distributions;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>Are labels a fair sample of the pool? Where the answer is known.</summary>
public sealed class FairSampleTests
{
    // numpy: ridge 0.1 on standardised columns and squares, both groups weighing the same, five folds
    private static readonly double[] Numpy =
    [
        -0.045486435113, 0.881442527736, -0.142581716174, 0.104251156755, 0.616843238837, -0.951254969536,
        0.598790725492, 0.018629359396, -0.545201280577, -0.93681678067, 0.577557741429, -0.158027554146,
        0.864862321302, -0.497383623474, 0.558094001229, 0.055434410231, -0.382352067172, 0.289033005806,
        -0.11420144569, -0.440447990955,
    ];

    [Fact]
    public void CrossFitted_GivenFolds_HasNumPysScores()
    {
        var rows = new double[20, 2];
        for (var i = 0; i < 20; i++)
            (rows[i, 0], rows[i, 1]) = ((7 * i * i + 3 * i) % 11 / 5.0 - 1, (5 * i * i + i) % 13 / 6.0 - 1);
        bool[] second = [.. Enumerable.Range(0, 20).Select(i => i % 3 != 0)];
        int[] fold = [.. Enumerable.Range(0, 20).Select(i => (i / 3 + i) % 5)];
        var scores = CrossFitted.Scores(rows, second, fold);
        foreach (var (wanted, found) in Numpy.Zip(scores)) Assert.Equal(wanted, found, 1e-7);
    }

    private static double[,] Normals(int n, int columns, int seed, Func<int, double> spread)
    {
        var random = new Random(seed);
        var rows = new double[n, columns];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < columns; j++) rows[i, j] = Normal.Sample(random, 0, j == 0 ? spread(i) : 1);
        return rows;
    }

    // 100 draws, about 1 in 100 expected; the plain standard error of 100 would say so 8 times
    [Fact]
    public void Of_RowsOfOneDistribution_AreHardlyEverToldApart()
    {
        var wrong = Enumerable.Range(1, 100).Count(seed =>
            FairSample.Of(Normals(500, 10, seed, _ => 1), 100, seed)
                is { Low: > 0.5 } or { TopChance: < HealthVerdict.Unlikely });
        Assert.InRange(wrong, 0, 5);
    }

    // the means are the same, so that only the squares tell
    [Fact]
    public void Of_RowsThatSpreadWider_AreToldApart()
    {
        var sample = FairSample.Of(Normals(800, 10, 3, i => i < 200 ? 1 : 2.5), 200, 1);
        Assert.Equal((200, 600), (sample.Labelled, sample.Unlabelled));
        Assert.True(sample.Low > 0.6, $"{sample}");
        Assert.True(sample.TopChance < HealthVerdict.Unlikely, $"{sample}");
    }

    [Theory]
    [InlineData(FairSample.Enough - 1), InlineData(300 - FairSample.Enough + 1), InlineData(299)]
    public void Of_FewLabelledOrFewUnlabelledRows_SaysNothing(int labelled)
    {
        var sample = FairSample.Of(Normals(300, 3, 1, _ => 1), labelled, 1);
        Assert.True(double.IsNaN(sample.Auc));
        Assert.Equal((labelled, 300 - labelled), (sample.Labelled, sample.Unlabelled));
    }

    /// <summary>The cut into folds is drawn: rows lie in the order of their files, which may have a period.</summary>
    [Fact]
    public void CrossFitted_OtherSeed_CutsOtherwise()
    {
        var rows = Normals(60, 2, 1, _ => 1);
        bool[] second = [.. Enumerable.Range(0, 60).Select(i => i % 2 == 0)];
        Assert.Equal(CrossFitted.Scores(rows, second, seed: 1), CrossFitted.Scores(rows, second, seed: 1));
        Assert.NotEqual(CrossFitted.Scores(rows, second, seed: 1), CrossFitted.Scores(rows, second, seed: 2));
    }

    // the share of labelled rows among the tenth with the highest scores, and its chance, by hand
    [Fact]
    public void Of_TheTopTenth_IsCountedExactly()
    {
        var rows = Normals(400, 4, 8, i => i < 80 ? 1 : 1.6);
        var scores = CrossFitted.Scores(rows, [.. Enumerable.Range(0, 400).Select(i => i >= 80)], seed: 5);
        var top = Enumerable.Range(0, 400).OrderByDescending(i => scores[i]).Take(40).ToList();
        var labelled = top.Count(i => i < 80);
        var sample = FairSample.Of(rows, 80, 5);
        Assert.Equal(labelled / 40.0, sample.TopLabelled, 1e-12);
        var chance = Enumerable.Range(0, labelled + 1).Sum(k => Hypergeometric.PMF(400, 80, 40, k));
        Assert.Equal(chance, sample.TopChance, 1e-9);
    }

    [Fact]
    public void PrincipalComponents_OfRankTwoPictures_KeepTheirDistances()
    {
        using var images = TinyImages.Set(60);
        using var scope = NewDisposeScope();
        int[] ids = [.. Enumerable.Range(0, 60)];
        var rows = PrincipalComponents.Of(images, ids, seed: 1);
        Assert.Equal(32, rows.GetLength(1));
        // numpy's definition: the singular values of the centred pixels are the columns' lengths, largest last
        var x = Augment.Normalise(images.Batch(ids)).flatten(1).to(ScalarType.Float64);
        var singular = linalg.svdvals(x - x.mean([0], keepdim: true)).data<double>().ToArray();
        for (var c = 0; c < 32; c++)
            Assert.Equal(singular[31 - c], Math.Sqrt(ids.Sum(i => rows[i, c] * rows[i, c])), 1e-3 * singular[0]);
    }

    /// <summary>The first thousand images are all black: components of these alone would be none.</summary>
    [Fact]
    public void PrincipalComponents_OfAPoolInOrder_AreThoseOfImagesFromAllOfIt()
    {
        const int count = 1_040, black = 1_000;
        var pixels = PixelStore.Allocate(count * 1_024L);
        for (var id = black; id < count; id++) pixels.Writable(id * 1_024L, 1_024).Fill((byte)(2 * id));
        using var images = new ImageSet(pixels, 1, 32, 32);
        var rows = PrincipalComponents.Of(images, [.. Enumerable.Range(0, count)], seed: 1);
        Assert.Equal(1, rows.GetLength(1));
        Assert.True(Math.Abs(rows[count - 1, 0] - rows[0, 0]) > 1, "bright and dark images lie in one place");
    }

    /// <summary>Frames of a dark camera, and grey ones, whose mean float32 rounds.</summary>
    [Theory]
    [InlineData(0), InlineData(37)]
    public void Sample_AllImagesEqual_IsUnknown(int grey)
    {
        const int count = 130;
        var pixels = PixelStore.Allocate(count * 1_024L);
        for (var id = 0; id < count; id++) pixels.Writable(id * 1_024L, 1_024).Fill((byte)grey);
        using var images = new ImageSet(pixels, 1, 32, 32);
        int[] ids = [.. Enumerable.Range(0, count)];
        Assert.Equal(0, PrincipalComponents.Of(images, ids, seed: 1).GetLength(1));
        var pool = new Pool(images);
        foreach (var id in ids[..60]) pool.Label(id, id % 2);
        Assert.Equal(FairSample.Unknown(60, 70), HealthCheck.Sample(pool, null, 1));
        Assert.Null(HealthCheck.Unlike(pool, PoolImage.Unnumbered(count), 1, null));
    }

    // the first labels are a fair sample of the pool, and not of what is left when a strategy took all of one class
    [Trait("Category", "Slow")]
    [Fact]
    public void Sample_AfterAStrategyTookAClass_ComparesWithThePoolAndNotWithTheRest()
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        var pool = new Pool(data.Pool);
        int[] first = InitialPool.Draw(data.Pool, 200, InitialDraw.Uniform, 4);
        foreach (var id in first) pool.Label(id, 0);
        int[] bags = [.. pool.UnlabelledIds.Where(id => data.Pool.Classes[id] is 8 or 9)];
        var before = HealthCheck.Sample(pool, first, 1);
        foreach (var id in bags) pool.Label(id, 0);
        var own = HealthCheck.Sample(pool, first, 1);
        Assert.Equal(before, own);
        Assert.True(own.Low <= 0.5, $"{own}");
    }

    // the labels of the first round are a fair sample; VAAL's picks are not, and do not count
    [Trait("Category", "Slow")]
    [Fact]
    public void Sample_PicksOfAStrategy_AreNotTakenForLabelsThatLackSomething()
    {
        using var data = DataFormats.Load("embedded", new LoadOptions());
        var pool = new Pool(data.Pool);
        int[] first = InitialPool.Draw(data.Pool, 200, InitialDraw.Uniform, 4);
        foreach (var id in first) pool.Label(id, 0);
        int[] bags = [.. pool.UnlabelledIds.Where(id => data.Pool.Classes[id] == 8).Take(200)];
        foreach (var id in bags) pool.Label(id, 0);
        Assert.True(HealthCheck.Sample(pool, null, 1).Low > 0.5);                          // all labels: they are found
        var own = HealthCheck.Sample(pool, first, 1);
        Assert.Equal(200, own.Labelled);
        Assert.True(own.Low <= 0.5 && own.TopChance >= HealthVerdict.Unlikely, $"{own}");
    }
}
