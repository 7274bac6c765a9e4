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
public sealed class WorkspaceMasksNextTests : IDisposable
{
    private const int Width = 24, Height = 16, Images = 10;
    private static readonly TaskOptions Quick =
        TaskOptions.SmallSeg with { Epochs = 0, MinIterations = 3, BatchSize = 4, Shift = 2 };
    private static readonly NextOptions Three = new()
    {
        Budget = 3,
        Strategy = "entropy",
        Task = Quick,
        // no VAE is trained
        Vaal = VaalOptions.Balanced with { Width = 16, LatentDim = 8, Iterations = 1_000_000, BatchSize = 4 },
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
        var options = Three with { Strategy = strategy, PixelReduction = PixelReduction.Top, TopPixels = 0.1 };
        var chosen = w.Next(options);
        Assert.Equal(
            (3, strategy, 3),
            (chosen.Picks.Count, chosen.Round.Strategy, chosen.Picks.Select(p => p.Image).Distinct().Count()));
        Assert.All(chosen.Picks, p => Assert.InRange(ById(w)[p.Image].Path[0], '4', '9'));
        Assert.All(chosen.Picks, p => Assert.Empty(p.Regions));
        Assert.Null(chosen.Verdict);
        Assert.Equal(
            ["bright", "dark"], JsonDocument.Parse(chosen.Round.Options).RootElement.GetProperty("classes")
            .Deserialize<string[]>()!);
        Assert.True(w.Next(options).Again);
        Assert.False(w.Next(options with { PixelReduction = PixelReduction.Mean, Budget = 2 }).Again);
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
        var chosen = w.Next(Three with { Strategy = "vaal", Vaal = Three.Vaal with { Iterations = 3 } });
        Assert.Equal(
            (3, 32), (
                chosen.Picks.Count, JsonDocument.Parse(chosen.Round.Options).RootElement.GetProperty("vaal")
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
        var chosen = w.Next(Three with { Strategy = strategy, Vaal = Three.Vaal with { Iterations = 3 } });
        Assert.Equal(3, chosen.Picks.Count(p => ById(w)[p.Image].Path[0] >= '4'));
        var masks = WorkspaceReport.Of(w).Masks!;
        Assert.Null(masks.Missing);
        Assert.Equal(3, masks.Value!.Names.Count);
    }

    /// <summary>Four columns and two rows of 6×8: eight regions an image, of six unlabelled images.</summary>
    [Fact]
    public void Next_Regions_CountInTheBudget_AndSayWhereInTheirImageTheyLie()
    {
        using var w = Make();
        var options = Three with { Budget = 20, Regions = "4x2" };
        var chosen = w.Next(options);
        Assert.Equal((20, 20), (chosen.Chosen, chosen.Round.Budget));
        Assert.Null(chosen.Note);
        Assert.True(chosen.Picks.Count <= 6);
        Assert.Equal((20, $"20 parts of {chosen.Picks.Count}"), (chosen.Round.Parts, chosen.Round.Chosen));
        Assert.StartsWith(
            $"Round 1 of 1: 20 parts of {chosen.Picks.Count} images chosen by", WorkspaceReport.Of(w).Subtitle,
            StringComparison.Ordinal);
        var regions = chosen.Picks.SelectMany(p => p.Regions.Select(r => (p.Image, Region: r))).ToList();
        Assert.Equal(20, regions.Select(r => (r.Image, r.Region.X, r.Region.Y)).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 20), regions.Select(r => r.Region.Rank).Order());
        Assert.All(
            regions, r =>
                Assert.Equal((6, 8, 0, 0), (r.Region.Width, r.Region.Height, r.Region.X % 6, r.Region.Y % 8)));
        Assert.All(
            chosen.Picks, p =>
                Assert.Equal((p.Regions.Min(r => r.Rank), p.Score), (p.Regions[0].Rank, p.Regions[0].Score)));
        var again = w.Next(options);
        Assert.True(again.Again);
        Assert.Equal(
            chosen.Picks.Select(p => (p.Image, string.Join(' ', p.Regions))),
            again.Picks.Select(p => (p.Image, string.Join(' ', p.Regions))));

        string[] lines = File.ReadAllLines(w.Export(ExportWhat.Picks, "csv").Path);
        Assert.Equal("path,label,rank,score,reason,pre_label,place", lines[0]);
        var (image, first) = regions.Single(r => r.Region.Rank == 1);
        Assert.EndsWith($",\"{ById(w)[image].Path}#xywh={first.X},{first.Y},6,8\"", lines[1], StringComparison.Ordinal);
        Assert.Equal(21, lines.Length);
        foreach (var format in new[] { "json", "label-studio" })
            Assert.Equal(20, File.ReadAllText(w.Export(ExportWhat.Picks, format).Path).Split("#xywh=").Length - 1);
        var tasks = Path.ChangeExtension(w.Export(ExportWhat.Picks, "label-studio").Path, ".config.xml");
        Assert.Contains("<Header value=\"$where\" />", File.ReadAllText(tasks), StringComparison.Ordinal);
        Assert.Contains(
            "<BrushLabels name=\"mask\" toName=\"image\">", File.ReadAllText(tasks), StringComparison.Ordinal);
    }

    /// <summary>A part of an image gets its label; its other parts are offered again, and never that one, nor what
    /// waits.</summary>
    [Fact]
    public void Next_Regions_RoundAfterRound_ChooseEachPartOnce()
    {
        using var w = Make(labelled: 8);
        var options = Three with { Budget = 5, Regions = "2x2", Diverse = false };
        var seen = new HashSet<(int, int, int)>();
        var drawn = new Dictionary<int, List<Shape>>();
        foreach (var budget in new[] { 5, 3, 1 })
        {
            var chosen = w.Next(options with { Budget = budget });
            Assert.Equal(chosen.Picks.Count, w.OpenRound!.Picks - w.OpenRound.Labelled);
            foreach (var pick in chosen.Picks)
            {
                foreach (var r in pick.Regions)
                {
                    Assert.True(seen.Add((pick.Image, r.X, r.Y)));
                    drawn.TryAdd(pick.Image, []);
                    drawn[pick.Image].Add(new Box("dark", r.X, r.Y, r.Width, r.Height));
                }
            }
            if (seen.Count == 8) break;
            Assert.Equal(chosen.Round.Id, w.OpenRound!.Id);
            foreach (var pick in chosen.Picks) w.Label(pick.Image, null, drawn[pick.Image], "ann", "test");
            Assert.Null(w.OpenRound);
        }
        // two images of four parts
        Assert.Equal(8, seen.Count);
    }

    /// <summary>What was chosen and came back without a mark is no label: it is offered again, while the part that was
    /// marked is not.</summary>
    [Fact]
    public void Next_Regions_ChosenAndNotMarked_AreOfferedAgain()
    {
        // the last image is to be chosen from
        using var w = Make(labelled: 9);
        var options = Three with { Budget = 2, Regions = "2x2", Diverse = false };
        var both = Assert.Single(w.Next(options).Picks);
        var (marked, left) = (both.Regions[0], both.Regions[1]);
        w.Label(both.Image, null, [new Box("dark", marked.X, marked.Y, marked.Width, marked.Height)], "ann", "test");
        Assert.Equal((10, 1), (w.Status().Labelled, w.Status().ChosenInParts));
        Assert.Equal(
            "every image of the pool has a label; 'vaal next --regions' offers the unmarked parts of images that " +
            "were chosen in parts", w.Status().Next);
        var then = Assert.Single(w.Next(options with { Budget = 4 }).Picks).Regions.Select(r => (r.X, r.Y)).ToList();
        Assert.Equal(3, then.Count);
        Assert.Contains((left.X, left.Y), then);
        Assert.DoesNotContain((marked.X, marked.Y), then);
        w.Label(both.Image, null, [new Box("dark", 0, 0, Width, Height)], "ann", "test");
        Assert.Equal(
            "every image of the pool has a label; there is nothing left to choose",
            Assert.Throws<InputException>(() => w.Next(options with { Seed = 3 })).Message);
    }

    /// <summary>An image of 48×16 becomes 24×16 by cutting 12 columns off either side: where a region is is said in the
    /// image's own pixels.</summary>
    [Fact]
    public void Next_Regions_OfACroppedImage_LieWhereTheyAreInIt()
    {
        using var w = Make(width: 48);
        var regions = w.Next(Three with { Budget = 12, Regions = "2x1" }).Picks.SelectMany(p => p.Regions).ToList();
        Assert.Equal(
            [(12, 0, 12, 16), (24, 0, 12, 16)], regions.Select(r => (r.X, r.Y, r.Width, r.Height)).Distinct().Order());
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
        "--top-pixels", "2")]
    public void Program_NextThatCannotBe_IsOneLineAndNoRound(string problem, params string[] arguments)
    {
        using var w = Make();
        var outcome = VaalProgram.Run(["next", "-n", "3", "--workspace", w.Folder, "--quiet", .. arguments]);
        Assert.Equal((1, "", $"vaal: {problem}\n"), (outcome.ExitCode, outcome.Out, outcome.Error));
        Assert.Empty(w.Rounds());
    }

    [Fact]
    public void Program_NextOnLabelsWithoutShapes_SaysWhatIsWanted()
    {
        using var w = Make(labelled: 0);
        foreach (var image in w.Images().Take(4)) w.Label(image.Id, "dark", [], "ann", "test");
        var outcome = VaalProgram.Run(
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
        var first = ById(w)[chosen.Picks[0].Image];
        Assert.True(IsGrey(Panel(w)));
        w.Label(first.Id, null,
            [new Box("dark", 0, 0, 12, Height), new Box("a new class", 12, 0, 12, Height)], "ann", "test");
        var report = WorkspaceReport.Of(w).Masks!.Value!;
        // the network's classes first, as they were
        Assert.Equal(["bright", "dark", "a new class"], report.Classes);
        Assert.Equal(chosen.Picks.Select(p => ById(w)[p.Image].Path), report.Names);
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
        w.Label(chosen.Picks[0].Image, null, [new Box(null, 0, 0, 5, 5)], "ann", "test");
        var report = WorkspaceReport.Of(w);
        Assert.Equal(
            $"They cannot be shown: 1 of 5 labels cannot become masks: a shape of " +
            $"{ById(w)[chosen.Picks[0].Image].Path} has no class; a mask is made of classes.", report.Masks!.Missing);
        Assert.Equal(3, report.Picks.Value!.Picks.Count);
    }
}
