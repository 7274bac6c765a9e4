using Vaal.Reports;
using Vaal.Workspaces;

namespace Vaal.Tests.Reports;

/// <summary>The report of a round that <c>vaal next</c> made.</summary>
public sealed class WorkspaceRoundReportTests
{
    [Fact]
    public void Map_AfterNext_ShowsWhichImagesHadALabelAndWhichWereChosen()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 20; i++) folder.Write($"w/{i:00}.png", Pictures.Random(i));
        using var w = Workspace.Create(folder["w"]);
        w.Index(new IndexOptions { Size = 32, NearDuplicates = 0 });
        string[] labelled = [.. w.Images().Take(6).Select(i => i.Path)];
        foreach (var image in w.Images().Take(6)) w.Label(image.Id, "cat", [], "ann", "test");
        var chosen =
            w.Next(new NextOptions { Strategy = "vaal", UseFeatures = false, Budget = 4, Vaal = TinyImages.Vaal });
        var paths = w.Images().ToDictionary(i => i.Id, i => i.Path);

        var points = WorkspaceReport.Of(w).Map.Value!.Points;
        Assert.Equal(20, points.Count);
        Assert.Equal(labelled, Of(PointKind.Labelled));
        Assert.Equal(chosen.Rows.Select(p => paths[p.Image]).Order(), Of(PointKind.Chosen));

        IEnumerable<string> Of(PointKind kind) => points.Where(p => p.Kind == kind).Select(p => p.Path).Order();
    }
}
