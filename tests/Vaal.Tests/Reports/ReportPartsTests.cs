using CsCheck;
using SkiaSharp;
using Vaal.Data;
using Vaal.Models;
using Vaal.Records;
using Vaal.Reports;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Reports;

/// <summary>What a report is made of: projections, counts, thumbnails, the record of a training.</summary>
public sealed class ReportPartsTests
{
    [Fact]
    public void Pca_FourPoints_MatchesWorkedExample()
    {
        // variances 8/3 and 2/3 along the axes, moved by (5, −1): 80% and 20%
        using var points = tensor(new float[,] { { 7, -1 }, { 3, -1 }, { 5, 0 }, { 5, -2 } });
        var pca = Pca.Of(points);
        Close([2, -2, 0, 0], pca.X);
        Close([0, 0, 1, -1], pca.Y);
        Assert.Equal(
            (0.8, 0.2), (pca.ExplainedX, pca.ExplainedY), (a, b) =>
                Math.Abs(a.Item1 - b.Item1) + Math.Abs(a.Item2 - b.Item2) < 1e-9);
    }

    [Fact]
    public void Pca_PointsOnALine_HasOneComponent()
    {
        using var points = tensor(new float[,] { { -1, -1, -1 }, { -2, -2, -2 }, { -3, -3, -3 } });
        var pca = Pca.Of(points);
        // along (1, 1, 1), which points to the positive side
        Close([MathF.Sqrt(3), 0, -MathF.Sqrt(3)], pca.X);
        Close([0, 0, 0], pca.Y);
        Assert.Equal(1, pca.ExplainedX, 1e-9);
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(1, 3)]
    [InlineData(4, 1)]
    public void Pca_TooFewPointsOrDimensions_IsFinite(int n, int z)
    {
        using var points = ones(n, z);
        var pca = Pca.Of(points);
        Assert.Equal((n, n), (pca.X.Count, pca.Y.Count));
        Assert.All(pca.X.Concat(pca.Y), v => Assert.Equal(0, v));
        Assert.Equal((0, 0), (pca.ExplainedX, pca.ExplainedY));
    }

    [Fact]
    public void Pca_TwoDimensions_KeepsDistances() =>
        Gen.Select(Gen.Float[-10, 10], Gen.Float[-10, 10]).Array[2, 12].Sample(p =>
    {
        using var points = tensor(p.SelectMany(q => new[] { q.Item1, q.Item2 }).ToArray()).view(p.Length, 2);
        var pca = Pca.Of(points);
        for (var i = 1; i < p.Length; i++)
            Assert.Equal(
                Math.Sqrt(Math.Pow(p[i].Item1 - p[0].Item1, 2) + Math.Pow(p[i].Item2 - p[0].Item2, 2)),
                Math.Sqrt(Math.Pow(pca.X[i] - pca.X[0], 2) + Math.Pow(pca.Y[i] - pca.Y[0], 2)), 1e-4);
    }, iter: 50, threads: 1);

    [Fact]
    public void Histogram_Scores_AreCountedWhereTheyLie()
    {
        var h = ScoreHistogram.Of([0, 1, 1.9f, 4], [2, 3, 3.9f, 3.9f], heldOut: false, bins: 4);
        Assert.Equal((0, 4), (h.Low, h.High));
        Assert.Equal([1, 2, 0, 1], h.Labelled);
        Assert.Equal([0, 0, 1, 3], h.Unlabelled);
    }

    [Fact]
    public void Histogram_AnyScores_CountsEachOnce() =>
        Gen.Select(Gen.Float[-1e6f, 1e6f].Array, Gen.Float[-1, 1].Array).Sample((l, u) =>
    {
        var h = ScoreHistogram.Of(l, u, heldOut: true);
        return h.Labelled.Sum() == l.Length && h.Unlabelled.Sum() == u.Length && h.High > h.Low;
    });

    [Fact]
    public void Histogram_OneOutlier_DoesNotSquashTheRest()
    {
        float[] scores = [.. Enumerable.Range(0, 999).Select(i => i / 999f), 1e6f];
        Assert.InRange(ScoreHistogram.Of(scores, [], heldOut: false).High, 0.9, 1);
    }

    [Theory]
    [InlineData(0, 10, 5, new double[] { 0, 2, 4, 6, 8, 10 })]
    [InlineData(-1.3, 1.3, 4, new double[] { -1, 0, 1 })]
    [InlineData(0.61, 0.78, 4, new[] { 0.65, 0.7, 0.75 })]
    public void Ticks_Range_AreRound(double low, double high, int about, double[] wanted) =>
        Assert.Equal(wanted, SvgChart.Ticks(low, high, about), (a, b) => Math.Abs(a - b) < 1e-9);

    /// <summary>One test image has no interval.</summary>
    [Theory]
    [InlineData(0.8)]
    [InlineData(1.0)]
    public void Lines_OfOneShare_EndAtOneHundredPercent(double share)
    {
        var page = HtmlReport.Render(SampleReport.Empty() with
        {
            LearningCurve = new ReportAccuracy([10], [Interval.Unbounded(share)], "the test set"),
        });
        var ticks = System.Text.RegularExpressions.Regex.Matches(page, @">([\d.]+)%</text>")
            .Select(m => double.Parse(m.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(100, ticks.Max());
    }

    /// <summary>What is beyond the greatest value that there should be is drawn.</summary>
    [Fact]
    public void Lines_BeyondTheirGreatestValue_AreDrawn()
    {
        var chart = SvgChart.Lines([new("a", "l", [1, 2], [0.5, 3.2])], 400, 300, "", "", v => $"{v:0.0}", most: 1);
        Assert.Contains(">3.0</text>", chart.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Thumbnails_Sheet_HasEachImageAtItsTile()
    {
        (byte R, byte G, byte B)[] colours =
            [(200, 30, 30), (30, 160, 40), (40, 60, 210), (220, 210, 60), (120, 120, 120)];
        using var images = new ImageSet(
            PixelStore.Copy(
                [.. colours.SelectMany(c => new[] { c.R, c.G, c.B }.SelectMany(v => Enumerable.Repeat(v, 16 * 16)))]),
                3, 16, 16);
        var sheet = Thumbnails.Of(images, [4, 3, 2, 1, 0], tile: 32)!;
        Assert.Equal((32, 3, 2, 5), (sheet.Tile, sheet.Columns, sheet.Rows, sheet.Count));
        using var picture = SKBitmap.Decode(sheet.Image);
        for (var i = 0; i < 5; i++)
        {
            var seen = picture.GetPixel(i % 3 * 32 + 16, i / 3 * 32 + 16);
            var (r, g, b) = colours[4 - i];
            Assert.True(
                Math.Abs(seen.Red - r) + Math.Abs(seen.Green - g) + Math.Abs(seen.Blue - b) < 30,
                $"tile {i} is {seen}");
        }
        Assert.Equal(
            ["0% 0%", "50% 0%", "100% 0%", "0% 100%", "50% 100%"], Enumerable.Range(0, 5).Select(sheet.Position));
    }

    [Fact]
    public void Thumbnails_UnreadableFile_FallsBackToThePool()
    {
        using var folder = new TemporaryFolder();
        folder.Write("blue.png", TestImages.Rgb(300, 200, 10, 20, 200));
        byte[] green = [.. new byte[] { 20, 180, 30 }.SelectMany(v => Enumerable.Repeat(v, 32 * 32))];
        using var pool = new ImageSet(PixelStore.Copy([.. green, .. green]), 3, 32, 32, null, ["blue.png", "gone.png"]);
        using var picture = SKBitmap.Decode(Thumbnails.OfFiles(ImageRoot.OfDataSet(folder.Path), pool, [0, 1])!.Image);
        Assert.InRange(picture.GetPixel(64, 64).Blue, 180, 220);
        Assert.InRange(picture.GetPixel(192, 64).Green, 160, 200);
    }

    [Fact]
    public void TrainingRecord_LongTraining_KeepsFewPointsOfAllOfIt()
    {
        var record = new TrainingRecord();
        record.Add(new TrainEvent("decoding", 1, 2));
        for (var step = 1; step <= 10_000; step++)
            record.Add(
                new TrainEvent("training", step, 10_000, new Dictionary<string, double> { ["loss"] = 1.0 / step }));
        var steps = record.Points.Select(p => p.Step).ToArray();
        Assert.InRange(steps.Length, 200, 400);
        Assert.Equal((1, true), (steps[0], steps[^1] > 9_900));
        Assert.Single(steps.Zip(steps.Skip(1), (a, b) => b - a).Distinct());
        Assert.All(record.Points, p => Assert.Equal(1.0 / p.Step, p.Values["loss"]));
    }

    [Fact]
    public void RoundArtifacts_SavedAndLoaded_AreTheSame()
    {
        using var folder = new TemporaryFolder();
        var written = new RoundArtifacts(
            [new("training", 10, new Dictionary<string, double> { ["kl"] = 1.5 })],
            ScoreHistogram.Of([1, 2], [3], true),
            new LatentMap([new(7), new(9)], [0.1f, -2], [3, 4], [true, false], [0.5f, -0.25f], 0.6, 0.2, 2));
        written.Save(folder.Path);
        var read = RoundArtifacts.Load(folder.Path)!;
        Assert.Equivalent(written, read, strict: true);
        Assert.Null(RoundArtifacts.Load(Path.Combine(folder.Path, "nothing")));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"training\":[],\"map\":{\"images\":[1,2],\"x\":[1]}}")]
    [InlineData("{\"training\":[{}]}")]
    public void RoundArtifacts_Damaged_SaysSo(string text)
    {
        using var folder = new TemporaryFolder();
        folder.Write("report.json", text);
        Assert.Contains(
            "report.json is damaged", Assert.Throws<InputException>(() => RoundArtifacts.Load(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void RoundArtifacts_Measure_GivesEachImageItsScore()
    {
        using var images = SampleReport.Draw(12);
        using var networks = Networks();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var made = RoundArtifacts.Measure(
            networks, Pool.Of(images, [0, 3, 5], [1, 2, 4, 11]),
            [.. Enumerable.Range(100, 12).Select(n => new PoolImage((ImageNumber)n))], [11], new TrainingRecord(),
            seed: 1);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal([100, 103, 105, 101, 102, 104, 111], made.Map!.Images.Select(n => (int)n));
        Assert.Equal([true, true, true, false, false, false, false], made.Map.Labelled);
        Close(networks.Score(images, [0, 3, 5, 1, 2, 4, 11], 1), made.Map.Scores, 1e-4f);
        Assert.Equal((3, 4, false), (made.Scores!.Labelled.Sum(), made.Scores.Unlabelled.Sum(), made.Scores.HeldOut));
        Assert.InRange(made.Map.ExplainedX + made.Map.ExplainedY, 0.3, 1.0001);
    }

    /// <summary>Scores of images that took part in the training show rote learning too; of twenty others on each side
    /// they do not.</summary>
    [Fact]
    public void RoundArtifacts_EnoughHeldOut_HasTheirScoresAlone()
    {
        int[] labelled = [.. Enumerable.Range(0, 20)], unlabelled = [.. Enumerable.Range(30, 24)];
        using var images = SampleReport.Draw(60);
        using var networks = Networks(labelled, unlabelled);
        var pool = Pool.Of(images, [.. Enumerable.Range(0, 30)], Enumerable.Range(30, 30));
        var made = RoundArtifacts.Measure(
            networks, pool, PoolImage.Unnumbered(60), [40], new TrainingRecord(), seed: 1);
        var expected = ScoreHistogram.Of(
            networks.Score(images, labelled, 1), networks.Score(images, unlabelled, 1), heldOut: true);
        Assert.True(made.Scores!.HeldOut);
        Assert.Equal((20, 24), (made.Scores.Labelled.Sum(), made.Scores.Unlabelled.Sum()));
        Assert.Equal(expected.Labelled, made.Scores.Labelled);
        Assert.Equal(expected.Unlabelled, made.Scores.Unlabelled);
        using var few = Networks(labelled[1..], unlabelled);
        Assert.False(RoundArtifacts.Measure(
            few, pool, PoolImage.Unnumbered(60), [40], new TrainingRecord(), seed: 1).Scores!.HeldOut);
    }

    [Fact]
    public void RoundArtifacts_ColdStart_HasAMapAndNoScores()
    {
        using var images = SampleReport.Draw(5);
        using var networks = Networks();
        var made =
            RoundArtifacts.Measure(
                networks, new Pool(images), PoolImage.Unnumbered(5), [1], new TrainingRecord(), seed: 1);
        Assert.Null(made.Scores);
        Assert.Equal((5, 0), (made.Map!.X.Count, made.Map.Scores.Count));
    }

    [Fact]
    public void LatentMap_LargePool_SamplesWithEveryPick()
    {
        int[] pool = [.. Enumerable.Range(0, 1_000)], picks = [3, 999, 500];
        var sample = LatentMap.Sample(pool, picks, seed: 5, most: 100);
        Assert.Equal(100, sample.Distinct().Count());
        Assert.Superset(picks.ToHashSet(), sample.ToHashSet());
        Assert.Equal(sample, LatentMap.Sample(pool, picks, seed: 5, most: 100));
        Assert.NotEqual(sample, LatentMap.Sample(pool, picks, seed: 6, most: 100));
    }

    private static void Close(float[] wanted, IReadOnlyList<float> actual, float tolerance = 1e-5f) =>
        Assert.Equal(wanted, actual, (a, b) => Math.Abs(a - b) <= tolerance);

    private static VaalNetworks Networks() => Networks([], []);

    private static VaalNetworks Networks(int[] heldOutLabelled, int[] heldOutUnlabelled)
    {
        using var random = new Generator(3);
        return new(
            new Vae(3, 32, 8, 4).Initialised(random), new Discriminator(4).Initialised(random),
            VaalOptions.Balanced, heldOutLabelled, heldOutUnlabelled, CPU);
    }
}
