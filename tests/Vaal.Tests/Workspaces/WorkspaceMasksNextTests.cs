using System.Text.Json;
using SkiaSharp;
using Vaal.Data.Labels;
using Vaal.Records;
using Vaal.Reports;
using Vaal.Scoring;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary><c>vaal next</c> and <c>vaal report</c> where labels are shapes.</summary>
[Trait("Category", "Slow")]
public sealed partial class WorkspaceMasksNextTests : IDisposable
{
    private const int Width = 24, Height = 16, Images = 10;
    private static readonly TaskOptions Quick =
        new(TaskOptions.SmallSeg) { Epochs = 0, MinIterations = 3, BatchSize = 4, Shift = 2 };
    private static readonly NextOptions Three = new()
    {
        Budget = 3,
        Strategy = "entropy",
        Task = Quick,
        // no VAE is trained
        Vaal = new(VaalOptions.Balanced) { Width = 16, LatentDim = 8, Iterations = 1_000_000, BatchSize = 4 },
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Workspace Make(int labelled = 4, int width = Width)
    {
        for (var i = 0; i < Images; i++)
            _folder.Write($"w/{i}.png", TestImages.Grey(width, Height, (x, y) => (x < 4 + i ? 40 : 200) + y + i));
        var w = Workspace.Create(_folder["w"]);
        w.Index(new IndexOptions { Size = 32, NearDuplicates = 0, Frame = (Width, Height) });
        foreach (var image in w.Images().Where(i => i.Path[0] - '0' < labelled))
            w.Label(image.Id, null, Whole(image), "ann", "test");
        return w;
    }

    private static Shape[] Whole(ImageRow image) =>
        [new Box("dark", 0, 0, 12, Height), new Box("bright", 12, 0, image.Width - 12, Height)];

    private static Dictionary<int, ImageRow> ById(Workspace w) => w.Images().ToDictionary(i => i.Id);

    [Theory]
    [InlineData("entropy")]
    [InlineData("margin")]
    [InlineData("mc-dropout")]
    [InlineData("core-set")]
    [InlineData("badge")]
    [InlineData("qbc")]
    [InlineData("suggestive-annotation")]
    public void Next_StrategyOfTheTaskModel_ChoosesAmongUnlabelledImages(string strategy)
    {
        using var w = Make();
        var options =
            new NextOptions(Three) { Strategy = strategy, PixelReduction = PixelReduction.Top, TopPixels = 0.1 };
        var chosen = w.Next(options);
        Assert.Equal(
            (3, strategy, 3),
            (chosen.Rows.Count, chosen.Strategy, chosen.Rows.Select(p => p.Image).Distinct().Count()));
        Assert.All(chosen.Rows, p => Assert.InRange(ById(w)[p.Image].Path[0], '4', '9'));
        Assert.All(chosen.Rows, p => Assert.Empty(p.Regions));
        Assert.Null(chosen.Verdict);
        Assert.Equal(
            ["bright", "dark"], JsonDocument.Parse(chosen.Recorded.Options).RootElement.GetProperty("classes")
            .Deserialize<string[]>()!);
        Assert.True(w.Next(options).Again);
        Assert.False(w.Next(new NextOptions(options) { PixelReduction = PixelReduction.Mean, Budget = 2 }).Again);
    }

    /// <summary>Which pixels have a class, and not only which images have a label, decides what is chosen: another
    /// drawing is another question.</summary>
    [Fact]
    public void Next_OtherShapesOfTheSameImages_IsNotTheSameRoundAgain()
    {
        using var w = Make();
        w.Next(Three);
        var image = w.Images().First();
        w.Label(image.Id, null,
            [new Box("bright", 0, 0, 12, Height), new Box("dark", 12, 0, 12, Height)], "ann", "test");
        Assert.False(w.Next(Three).Again);
    }

    [Fact]
    public void Next_Vaal_WithATaskModelOfMasks_SeesTheWorkspacesSquares()
    {
        using var w = Make();
        var chosen = w.Next(new NextOptions(Three) { Strategy = "vaal", Vaal = new(Three.Vaal) { Iterations = 3 } });
        Assert.Equal(
            (3, 32), (
                chosen.Rows.Count, JsonDocument.Parse(chosen.Recorded.Options).RootElement.GetProperty("vaal")
                .GetProperty("size").GetInt32()));
        var report = WorkspaceReport.Of(w);
        Assert.Equal("Round 1 (vaal) asked no task model, so there is no prediction to show.", report.Masks!.Missing);
        Assert.NotNull(report.Map.Value);
    }

    /// <summary>Their task model is one of their own, and the report shows what that predicts.</summary>
    [Theory, InlineData("learning-loss"), InlineData("ta-vaal")]
    public void Next_StrategyThatPredictsLosses_ChoosesAndKeepsItsTaskModelForTheReport(string strategy)
    {
        using var w = Make();
        var chosen = w.Next(new NextOptions(Three) { Strategy = strategy, Vaal = new(Three.Vaal) { Iterations = 3 } });
        Assert.Equal(3, chosen.Rows.Count(p => ById(w)[p.Image].Path[0] >= '4'));
        var masks = WorkspaceReport.Of(w).Masks!;
        Assert.Null(masks.Missing);
        Assert.Equal(3, masks.Value!.Names.Count);
    }

    [Theory]
    [InlineData(
        "regions are 5x2; images of 24×16 pixels cannot be cut into 5 equal columns and 2 equal rows", "--task",
        "small-seg", "--strategy", "entropy", "--regions", "5x2")]
    [InlineData("regions are '4'; expected two numbers, such as 4x3", "--task", "small-seg", "--regions", "4")]
    [InlineData(
        "regions need a task model for pixels, found small-cnn; use one of: drn, small-seg", "--regions", "4x2")]
    [InlineData(
        "the strategy batch-bald chooses by the class of an image, and small-seg gives a class to each pixel", "--task",
        "small-seg", "--strategy", "batch-bald")]
    [InlineData(
        "the share of the highest pixels is 2; it must be over 0 and at most 1", "--task", "small-seg",
        "--pixels", "top", "--top-pixels", "2")]
    public void Program_NextThatCannotBe_IsOneLineAndNoRound(string problem, params string[] arguments)
    {
        using var w = Make();
        var outcome = CommandLine.Run(["next", "-n", "3", "--workspace", w.Folder, "--quiet", .. arguments]);
        Assert.Equal((1, "", $"vaal: {problem}\n"), (outcome.ExitCode, outcome.Out, outcome.Error));
        Assert.Empty(w.Rounds());
    }

    [Fact]
    public void Program_NextOnLabelsWithoutShapes_SaysWhatIsWanted()
    {
        using var w = Make(labelled: 0);
        foreach (var image in w.Images().Take(4)) w.Label(image.Id, "dark", [], "ann", "test");
        var outcome = CommandLine.Run(
            "next", "-n", "3", "--task", "small-seg", "--strategy", "entropy", "--workspace", w.Folder, "--quiet");
        Assert.Equal(
            (1, "vaal: no labelled image has shapes, and small-seg learns a class for each pixel from them; the " +
            "strategies 'vaal' and its ablations, 'random', 'typiclust' and 'prob-cover' need none\n"),
            (outcome.ExitCode, outcome.Error));
    }

    /// <summary>The panels are drawn when the page is made: a label that came since is in them, in the colours of the
    /// network's classes.</summary>
    [Fact]
    public void Report_OfARoundOfMasks_ShowsThePredictionBesideTheLabelThereIsByNow()
    {
        using var w = Make();
        var chosen = w.Next(Three);
        var first = ById(w)[chosen.Rows[0].Image];
        Assert.True(IsGrey(Panel(w)));
        w.Label(first.Id, null,
            [new Box("dark", 0, 0, 12, Height), new Box("a new class", 12, 0, 12, Height)], "ann", "test");
        var report = WorkspaceReport.Of(w).Masks!.Value!;
        // the network's classes first, as they were
        Assert.Equal(["bright", "dark", "a new class"], report.Classes);
        Assert.Equal(chosen.Rows.Select(p => ById(w)[p.Image].Path), report.Names);
        var (left, right) = (Pixel(Panel(w), Width + 6 + 5), Pixel(Panel(w), Width + 6 + 18));
        Assert.True(
            Hue(left, MaskPanels.ColourOf(1)) < 12 && Hue(right, MaskPanels.ColourOf(2)) < 12, $"{left} {right}");
        var page = HtmlReport.Render(WorkspaceReport.Of(w));
        Assert.Contains(
            """<section id="masks" aria-labelledby="masks-title"><h2 id="masks-title">Masks and predictions</h2>""",
            page, StringComparison.Ordinal);
        Assert.Contains("<bdi>a new class</bdi>", page, StringComparison.Ordinal);

        static byte[] Panel(Workspace w) => WorkspaceReport.Of(w).Masks!.Value!.Pictures[0];
        static SKColor Pixel(byte[] picture, int x)
        {
            using var bitmap = SKBitmap.Decode(picture);
            return bitmap.GetPixel(x, 8);
        }
        static bool IsGrey(byte[] picture) =>
            Pixel(picture, Width + 6 + 5) is var c && Math.Abs(c.Red - c.Green) < 12 && Math.Abs(c.Green - c.Blue) < 12;
        static float Hue(SKColor a, SKColor b)
        {
            a.ToHsl(out var x, out _, out _);
            b.ToHsl(out var y, out _, out _);
            return Math.Min(Math.Abs(x - y), 360 - Math.Abs(x - y));
        }
    }

    [Fact]
    public void Report_LabelsThatCannotBeMasks_SaysWhichAndShowsTheRest()
    {
        using var w = Make();
        var chosen = w.Next(Three);
        w.Label(chosen.Rows[0].Image, null, [new Box(null, 0, 0, 5, 5)], "ann", "test");
        var report = WorkspaceReport.Of(w);
        Assert.Equal(
            $"They cannot be shown: 1 of 5 labels cannot become masks: a shape of " +
            $"{ById(w)[chosen.Rows[0].Image].Path} has no class; a mask is made of classes.", report.Masks!.Missing);
        Assert.Equal(3, report.Picks.Value!.Picks.Count);
    }

    /// <summary>The report is sent to others: it names no folder of this machine.</summary>
    [Fact]
    public void Report_OfADamagedNetwork_SaysSoWithoutItsFolder()
    {
        using var w = Make();
        w.Next(Three);
        File.WriteAllText(Path.Combine(w.ModelsOf(1), "task.safetensors"), "no network at all");
        Assert.Equal("They cannot be shown: the network of round 1 cannot be read, or it has other classes.",
            WorkspaceReport.Of(w).Masks!.Missing);
    }
}
