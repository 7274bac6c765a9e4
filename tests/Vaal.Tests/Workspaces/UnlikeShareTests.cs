using System.Runtime.InteropServices;
using System.Text;
using Vaal.Reports;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>How much of the pool looks like nothing that has a label.</summary>
public sealed class UnlikeShareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // the first rows are labelled; of the others a share lies elsewhere
    private static UnlikeShare Of(int labelled, int unlabelled, double share, int seed)
    {
        var random = new Random(seed);
        var (n, elsewhere) = (labelled + unlabelled, (int)(share * unlabelled));
        var rows = new double[n, 6];
        for (var i = 0; i < n; i++)
            for (var j = 0; j < 6; j++)
                rows[i, j] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()))
                    * Math.Cos(2 * Math.PI * random.NextDouble()) + (i >= n - elsewhere && j == 2 ? 5 : 0);
        var scores = CrossFitted.Scores(rows, [.. Enumerable.Range(0, n).Select(i => i >= labelled)], seed);
        return UnlikeShare.Of(scores[..labelled], scores[labelled..], Numbers(labelled, unlabelled));
    }

    private static ImageNumber[] Numbers(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i => new ImageNumber(i))];

    [Fact]
    public void Of_APartThatLiesElsewhere_SaysHowLargeAndShowsIt()
    {
        var unlike = Of(100, 1_000, 0.25, 1);
        Assert.InRange(unlike.Share, 0.18, 0.32);
        Assert.InRange(unlike.AtLeast, 0.1, 0.25);
        Assert.Equal(6, unlike.Examples.Count);
        Assert.All(unlike.Examples, i => Assert.True(i.Value >= 850));
    }

    [Fact]
    public void Of_AFairSample_SaysNothingInNineteenOfTwenty()
    {
        var said = Enumerable.Range(1, 100).Count(seed => Of(80, 500, 0, seed).Share > 0);
        Assert.InRange(said, 0, 8);
    }

    // 40 of 100 above the bar and none of 100 labelled ones: (0.4 − 0)/(1 − 0)
    [Fact]
    public void Of_ScoresByHand_GivesTheShare()
    {
        double[] labelled = [.. Enumerable.Repeat(0.0, 100)];
        double[] unlabelled = [.. Enumerable.Range(0, 100).Select(i => i < 60 ? 0.0 : i)];
        var unlike = UnlikeShare.Of(labelled, unlabelled, Numbers(500, 100));
        Assert.Equal(0.4, unlike.Share, 1e-9);
        // one-sided at 5% over nine looks, by Clopper and Pearson
        var (most, least) = (Statistics.UpperBound(0, 100, 0.05 / 9), Statistics.LowerBound(40, 100, 0.05 / 9));
        Assert.Equal((least - most) / (1 - most), unlike.AtLeast, 1e-9);
        Assert.Equal(new ImageNumber(599), unlike.Examples[0]);
    }

    [Fact]
    public void Bounds_OfAProportion_AreExact()
    {
        Assert.Equal(1 - Math.Pow(0.05, 1.0 / 50), Statistics.UpperBound(0, 50, 0.05), 1e-9);
        Assert.Equal(Math.Pow(0.05, 1.0 / 50), Statistics.LowerBound(50, 50, 0.05), 1e-9);
        Assert.Equal((1, 0), (Statistics.UpperBound(5, 5, 0.05), Statistics.LowerBound(0, 5, 0.05)));
        // R: binom.test(3, 20, alternative = "less" and "greater")$conf.int
        Assert.Equal(0.3437, Statistics.UpperBound(3, 20, 0.05), 1e-3);
        Assert.Equal(0.0422, Statistics.LowerBound(3, 20, 0.05), 1e-3);
    }

    [Fact]
    public void Words_OfAShare_NameExamples()
    {
        Assert.Equal("About 12% of the unlabelled images look like nothing that has a label, for example a.jpg, b.jpg.",
            new UnlikeShare(0.123, 0.1, Numbers(1, 2)).Words(["a.jpg", "b.jpg"]));
        Assert.Null(new UnlikeShare(0, 0, []).Words([]));
    }

    // 240 photographs; features of their own in a table; labels of one of two kinds only
    [Fact]
    public void Next_LabelsOfOneKindOnly_SaysSoInStatusAndReport()
    {
        const int images = 240, width = 8, labels = 70;
        var (random, table) = (new Random(3), new float[images * width]);
        for (var i = 0; i < images; i++)
        {
            _folder.Write($"photos/{i:000}.jpg", TestImages.Jpeg(16, 16, (x, y) =>
                new SkiaSharp.SKColor((byte)i, (byte)(16 * x), (byte)(16 * y))));
            for (var k = 0; k < width; k++)
                table[i * width + k] = (float)random.NextDouble() + (i % 3 == 0 && k == 1 ? 3 : 0);
        }
        var header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({images}, {width}), }}".PadRight(117) + "\n";
        _folder.Write("own.npy", [0x93, .. "NUMPY"u8, 1, 0, 118, 0, .. Encoding.ASCII.GetBytes(header),
            .. MemoryMarshal.AsBytes(table.AsSpan())]);
        _folder.Write("own.txt", string.Join('\n', Enumerable.Range(0, images).Select(i => $"{i:000}.jpg")));
        using var workspace = Workspace.Create(_folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = _folder["own.npy"], NearDuplicates = 0 });
        var rows = workspace.Images().Where(i => Number(i.Path) % 3 != 0)
            .OrderBy(i => Number(i.Path) * 7 % images).Take(labels)                  // light and dark ones alike
            .Select(i => $"{i.Path},{"ab"[Number(i.Path) % 2]}");
        _folder.Write("labels.csv", "path,label\n" + string.Join('\n', rows));
        workspace.Import(_folder["labels.csv"], new ImportOptions());

        var chosen = workspace.Next(new NextOptions { Budget = 5 });
        Assert.Equal(("uncertainty-coverage", null), (chosen.Strategy, chosen.Verdict));
        var unlike = RankingHealth.Parse(chosen.Recorded.Health!).Unlike!;
        Assert.InRange(unlike.Share, 0.3, 0.6);                                      // 80 of 170
        var paths = workspace.Images().ToDictionary(i => i.Id, i => i.Path);
        Assert.All(unlike.Examples, image => Assert.Equal(0, Number(paths[image.Value]) % 3));
        var said = workspace.Status().Unlike!;
        Assert.StartsWith("About ", said, StringComparison.Ordinal);
        Assert.Contains(paths[unlike.Examples[0].Value], said);
        var report = File.ReadAllText(WorkspaceReport.Save(workspace, _folder["report.html"]));
        Assert.Contains("Unlike your labels", report);
        Assert.Contains("look like nothing that has a label", report);

        // the verdict goes by the features too: in the pixels of these pictures nothing tells the kinds apart
        var ranked = workspace.Next(
            new NextOptions { Budget = 5, Strategy = "vaal", Seed = 2, Vaal = TinyImages.Vaal });
        var sample = RankingHealth.Parse(ranked.Recorded.Health!).Sample!;
        Assert.Equal(labels, sample.Labelled);
        Assert.True(sample.Low > 0.6, $"{sample}");
    }

    private static int Number(string path) => int.Parse(path[..3], System.Globalization.CultureInfo.InvariantCulture);
}
