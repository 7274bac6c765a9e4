using SkiaSharp;
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
    [InlineData(Pruning.Class), InlineData(Pruning.NoiseRate), InlineData(Pruning.Both)]
    public void Suspects_OneLabelWrong_AreThatOne(Pruning pruning) =>
        Assert.Equal([5], ConfidentLearning.Suspects(P, Given, 2, pruning));

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

        var found = workspace.Review(new LabelReviewer());
        Assert.Equal(wrong, found.Select(s => s.Path).ToHashSet());
        Assert.All(found, s => Assert.True(s.BelievedProbability > s.GivenProbability && s.Believed != s.Given));

        var (path, images) = workspace.ExportReview(found, "csv");
        var lines = File.ReadAllLines(path);
        Assert.Equal((2, 3), (images, lines.Length));
        Assert.StartsWith($"{found[0].Path},{found[0].Given},1,", lines[1], StringComparison.Ordinal);
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
