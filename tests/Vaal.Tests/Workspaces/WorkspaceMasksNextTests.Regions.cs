using Vaal.Data.Labels;
using Vaal.Reports;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Parts of images.</summary>
public sealed partial class WorkspaceMasksNextTests
{
    /// <summary>Four columns and two rows of 6×8: eight regions an image, of six unlabelled images.</summary>
    [Fact]
    public void Next_Regions_CountInTheBudget_AndSayWhereInTheirImageTheyLie()
    {
        using var w = Make();
        var options = new NextOptions(Three) { Budget = 20, Regions = "4x2" };
        var chosen = w.Next(options);
        Assert.Equal((20, 20), (chosen.Chosen, chosen.Recorded.Budget));
        Assert.Null(chosen.Note);
        Assert.DoesNotContain("picks-1.csv", w.Status().Next, StringComparison.Ordinal);
        Assert.True(chosen.Rows.Count <= 6);
        Assert.Equal((20, $"20 parts of {chosen.Rows.Count}"), (chosen.Recorded.Parts, chosen.Recorded.Chosen));
        Assert.StartsWith(
            $"Round 1 of 1: 20 parts of {chosen.Rows.Count} images chosen by", WorkspaceReport.Of(w).Subtitle,
            StringComparison.Ordinal);
        var regions = chosen.Rows.SelectMany(p => p.Regions.Select(r => (p.Image, Region: r))).ToList();
        Assert.Equal(20, regions.Select(r => (r.Image, r.Region.X, r.Region.Y)).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 20), regions.Select(r => r.Region.Rank).Order());
        Assert.All(
            regions, r =>
                Assert.Equal((6, 8, 0, 0), (r.Region.Width, r.Region.Height, r.Region.X % 6, r.Region.Y % 8)));
        Assert.All(
            chosen.Rows, p =>
                Assert.Equal((p.Regions.Min(r => r.Rank), p.Score), (p.Regions[0].Rank, p.Regions[0].Score)));
        var again = w.Next(options);
        Assert.True(again.Again);
        Assert.Equal(
            chosen.Rows.Select(p => (p.Image, string.Join(' ', p.Regions))),
            again.Rows.Select(p => (p.Image, string.Join(' ', p.Regions))));

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
        var options = new NextOptions(Three) { Budget = 5, Regions = "2x2", Diverse = false };
        var seen = new HashSet<(int, int, int)>();
        var drawn = new Dictionary<int, List<Shape>>();
        foreach (var budget in new[] { 5, 3, 1 })
        {
            var chosen = w.Next(new NextOptions(options) { Budget = budget });
            Assert.Equal(chosen.Rows.Count, w.OpenRound!.Picks - w.OpenRound.Labelled);
            foreach (var pick in chosen.Rows)
            {
                foreach (var r in pick.Regions)
                {
                    Assert.True(seen.Add((pick.Image, r.X, r.Y)));
                    drawn.TryAdd(pick.Image, []);
                    drawn[pick.Image].Add(new Box("dark", r.X, r.Y, r.Width, r.Height));
                }
            }
            if (seen.Count == 8) break;
            Assert.Equal(chosen.Round, w.OpenRound!.Id);
            foreach (var pick in chosen.Rows) w.Label(pick.Image, null, drawn[pick.Image], "ann", "test");
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
        var options = new NextOptions(Three) { Budget = 2, Regions = "2x2", Diverse = false };
        var both = Assert.Single(w.Next(options).Rows);
        var (marked, left) = (both.Regions[0], both.Regions[1]);
        w.Label(both.Image, null, [new Box("dark", marked.X, marked.Y, marked.Width, marked.Height)], "ann", "test");
        Assert.Equal((10, 1), (w.Status().Labelled, w.Status().ChosenInParts));
        Assert.Equal(
            "every image of the pool has a label; 'vaal next --regions' offers the unmarked parts of images that " +
            "were chosen in parts", w.Status().Next);
        var then = Assert.Single(w.Next(new NextOptions(options) { Budget = 4 }).Rows).Regions
            .Select(r => (r.X, r.Y)).ToList();
        Assert.Equal(3, then.Count);
        Assert.Contains((left.X, left.Y), then);
        Assert.DoesNotContain((marked.X, marked.Y), then);
        w.Label(both.Image, null, [new Box("dark", 0, 0, Width, Height)], "ann", "test");
        Assert.Equal(
            "every image of the pool has a label; there is nothing left to choose",
            Assert.Throws<InputException>(() => w.Next(new NextOptions(options) { Seed = 3 })).Message);
    }

    /// <summary>An image of 48×16 becomes 24×16 by cutting 12 columns off either side: where a region is is said in the
    /// image's own pixels.</summary>
    [Fact]
    public void Next_Regions_OfACroppedImage_LieWhereTheyAreInIt()
    {
        using var w = Make(width: 48);
        var regions = w.Next(new NextOptions(Three) { Budget = 12, Regions = "2x1" }).Rows
            .SelectMany(p => p.Regions).ToList();
        Assert.Equal(
            [(12, 0, 12, 16), (24, 0, 12, 16)], regions.Select(r => (r.X, r.Y, r.Width, r.Height)).Distinct().Order());
    }
}
