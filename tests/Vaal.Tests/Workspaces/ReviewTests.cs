using SkiaSharp;
using Vaal.Heads;
using Vaal.Reports;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Suspected wrong labels: confident learning on small tables worked by hand, and in a workspace.</summary>
public sealed class ReviewTests
{
    // six images labelled 0 of which the last is surely of class 1, five labelled 1
    private static readonly double[] P =
    [
        0.9, 0.1, 0.8, 0.2, 0.9, 0.1, 0.8, 0.2, 0.6, 0.4, 0.05, 0.95,
        0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.45, 0.55, 0.25, 0.75,
    ];

    private static readonly int[] Given = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1];

    [Fact]
    public void Joint_ByHand_CountsWhatIsAboveEachThreshold()
    {
        // thresholds: class 0 (.9 + .8 + .9 + .8 + .6 + .05) / 6 = 0.675, class 1 (.9 + .8 + .7 + .55 + .75) / 5 = 0.74
        // of those labelled 0: four are class 0, one is below both, one is class 1; of 6 labels: 4.8 and 1.2
        // of those labelled 1: .9, .8, .75 are class 1, two are below both; of 5 labels: 5
        var joint = ConfidentLearning.Joint(P, Given, 2);
        Assert.Equal(4.8, joint[0, 0], 1e-12);
        Assert.Equal(1.2, joint[0, 1], 1e-12);
        Assert.Equal(0, joint[1, 0]);
        Assert.Equal(5, joint[1, 1], 1e-12);
    }

    [Theory]
    [InlineData(nameof(Pruning.Class)), InlineData(nameof(Pruning.NoiseRate)), InlineData(nameof(Pruning.Both))]
    public void Suspects_OneLabelWrong_AreThatOne(string pruning) =>
        Assert.Equal([5], ConfidentLearning.Suspects(P, Given, 2, Enum.Parse<Pruning>(pruning)));

    /// <summary>0.75 is the mean of class 1, and what is at least the mean counts (Northcutt et al. 2021, Eq.
    /// 1).</summary>
    [Fact]
    public void Joint_ProbabilityAtTheThreshold_Counts()
    {
        double[] p = [.. Enumerable.Range(0, 11).SelectMany(i => i < 5 ? new[] { 0.75, 0.25 } : [0.25, 0.75])];
        var joint = ConfidentLearning.Joint(p, [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 2);
        Assert.Equal((5, 1), (joint[0, 0], joint[0, 1]));
    }

    // eight images labelled 0. Thresholds: class 0 5.1 / 8 = 0.6375, class 1 0.8, class 2 0.6. Image 0 counts as 1,
    // image 2 as 2, image 1 as none; seven of eight counted, so that each pair is 8/7, and class 0 has 16/7, two, wrong
    private static readonly double[] P3 =
    [
        0.1, 0.85, 0.05, 0.2, 0.75, 0.05, 0.3, 0.05, 0.65,
        .. Enumerable.Repeat<double[]>([0.9, 0.05, 0.05], 5).SelectMany(p => p),
        .. Enumerable.Repeat<double[]>([0.1, 0.8, 0.1], 5).SelectMany(p => p),
        .. Enumerable.Repeat<double[]>([0.2, 0.2, 0.6], 5).SelectMany(p => p),
    ];

    private static readonly int[] Given3 = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2];

    /// <summary>Of the class, the two that are least likely to be it; of each pair, the surest of the other class. The
    /// surest comes first.</summary>
    [Theory]
    [InlineData(nameof(Pruning.Class), "0 1")]
    [InlineData(nameof(Pruning.NoiseRate), "0 2")]
    [InlineData(nameof(Pruning.Both), "0")]
    public void Suspects_ThreeClassesByHand_AreThoseOfEachWayOfPruning(string pruning, string images)
    {
        var way = Enum.Parse<Pruning>(pruning);
        Assert.Equal(images, string.Join(' ', ConfidentLearning.Suspects(P3, Given3, 3, way)));
        string[] paths = [.. Enumerable.Range(0, Given3.Length).Select(i => $"{i}")];
        Assert.Equal(images,
            string.Join(' ', LabelReviewer.Of(P3, Given3, paths, ["a", "b", "c"], way).Select(s => s.Path)));
    }

    /// <summary>Four rows at log 9, of which three are right: the logits are too sure, and are divided.</summary>
    [Fact]
    public void Probabilities_OfLogitsThatAreTooSure_HaveTheTemperature()
    {
        double[] logits = [.. Enumerable.Range(0, 4).SelectMany(_ => new[] { 2 * Math.Log(3), 0 })];
        var rows = HeadRows.Of(new float[4], 1, [0, 0, 0, 1], 2);
        var temperature = LinearHead.BestTemperature(logits, rows, several: false);
        Assert.InRange(temperature, 1.05, 2);
        var expected = 1 / (1 + Math.Exp(-2 * Math.Log(3) / temperature));
        Assert.Equal(expected, LabelReviewer.Probabilities(logits, rows)[0], 1e-9);
    }

    [Fact]
    public void Suspects_ClassOfFewLabels_IsNotJudged()
    {
        // the only image of class 2 is unlike what models without it believe
        double[] p = [.. Enumerable.Range(0, 10).SelectMany(i => i < 5 ? new[] { 0.8, 0.2, 0 } : [0.2, 0.8, 0]),
            0.1, 0.9, 0];
        Assert.Empty(ConfidentLearning.Suspects(p, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2], 3, Pruning.NoiseRate));
    }

    [Fact]
    public void Review_TwoLabelsWrong_AreFoundExportedAndInTheReport()
    {
        using var folder = new TemporaryFolder();
        for (var n = 0; n < 30; n++)
        {
            var colour = n % 2 == 0 ? SKColors.Red : SKColors.Blue;
            folder.Write($"photos/{n:00}.jpg", TestImages.Jpeg(80, 72, (x, y) => (x + y + 7 * n) % 40 < 25 ? colour
                : new SKColor((byte)(8 * n), (byte)(3 * x), (byte)(3 * y))));
        }
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(folder, "mean.onnx");
        using var workspace = Workspace.Create(folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0, Test = TestSize.Parse("6") });
        var wrong = workspace.Images().Where(i => !i.Test).Take(2).Select(i => i.Path).ToHashSet();
        folder.Write("labels.csv", "path,label\n" + string.Join('\n', workspace.Images().Select(i =>
            $"{i.Path},{((int.Parse(i.Path[..2], null) % 2 == 0) ^ wrong.Contains(i.Path) ? "red" : "blue")}")));
        workspace.Import(folder["labels.csv"], new ImportOptions());

        var review = workspace.Review(new LabelReviewer());
        var found = review.Labels;
        Assert.Equal(wrong, found.Select(s => s.Path).ToHashSet());
        Assert.All(found, s => Assert.True(s.BelievedProbability > s.GivenProbability && s.Believed != s.Given));
        // the folds are drawn by the seed
        var other = workspace.Review(new LabelReviewer(seed: 2)).Labels;
        Assert.NotEqual(found.Select(s => s.GivenProbability), other.Select(s => s.GivenProbability));

        var (path, images) = workspace.ExportReview(review, "csv");
        var lines = File.ReadAllLines(path);
        Assert.Equal((2, 3), (images, lines.Length));
        Assert.StartsWith($"{found[0].Path},{found[0].Given},1,", lines[1], StringComparison.Ordinal);
        string[] cells = lines[1].Split(',');
        Assert.Equal(found[0].BelievedProbability - found[0].GivenProbability,
            double.Parse(cells[3], System.Globalization.CultureInfo.InvariantCulture), 1e-9);
        Assert.Contains($",\"labelled {found[0].Given}, believed {found[0].Believed} (0.", lines[1],
            StringComparison.Ordinal);
        Assert.Contains($",{found[0].Believed},", lines[1], StringComparison.Ordinal);

        workspace.Train(new LinearLearner());
        Assert.Equal(wrong, workspace.Suspects().Select(s => s.Path).ToHashSet());
        var html = File.ReadAllText(WorkspaceReport.Save(workspace));
        Assert.Contains("Labels to check", html, StringComparison.Ordinal);

        // a label that was corrected is no longer suspected
        folder.Write("right.csv", $"path,label\n{found[0].Path},{found[0].Believed}\n");
        workspace.Import(folder["right.csv"], new ImportOptions { Replace = true });
        Assert.Equal([found[1].Path], workspace.Suspects().Select(s => s.Path));
    }

    /// <summary>An empty list would say that all labels are right.</summary>
    [Fact]
    public void Review_TooFewLabelsOfEachClass_SaysSo()
    {
        using var folder = new TemporaryFolder();
        for (var n = 0; n < 7; n++)
            folder.Write($"photos/{n}.jpg", TestImages.Jpeg(40, 40, (x, y) => new SKColor((byte)(30 * n), 99, 9)));
        var encoder = OnnxModels.Of("GlobalAveragePool", [null, 3, 16, 16], 4).Write(folder, "mean.onnx");
        using var workspace = Workspace.Create(folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = encoder, NearDuplicates = 0 });
        folder.Write("labels.csv", "path,label\n0.jpg,a\n1.jpg,a\n2.jpg,a\n3.jpg,a\n4.jpg,b\n5.jpg,b\n");
        workspace.Import(folder["labels.csv"], new ImportOptions());
        Assert.Equal("expected at least 5 labels of a class to judge them by, found at most 4; label more images",
            Assert.Throws<InputException>(() => workspace.Review(new LabelReviewer())).Message);
    }

    [Fact]
    public void Review_WithoutAnEncoder_SaysWhatToDo()
    {
        using var folder = new TemporaryFolder();
        for (var n = 0; n < 4; n++) folder.Write($"photos/{n}.png", TestImages.Jpeg(20, 20, (x, y) => SKColors.Red));
        using var workspace = Workspace.Create(folder["photos"]);
        workspace.Index(new IndexOptions { Encoder = "none" });
        var message = Assert.Throws<InputException>(() => workspace.Review(new LabelReviewer())).Message;
        Assert.StartsWith("expected features to review labels, found a workspace without", message,
            StringComparison.Ordinal);
    }
}
