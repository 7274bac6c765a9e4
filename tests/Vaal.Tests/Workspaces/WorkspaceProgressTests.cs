using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Long imports, exports and undos say how far they are, and can be stopped.</summary>
public sealed class WorkspaceProgressTests : IDisposable
{
    private const int Images = 201;
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;
    private readonly string _table;

    public WorkspaceProgressTests()
    {
        for (var i = 0; i < Images; i++)
        {
            var grey = i;
            _folder.Write($"images/{i:000}.png", TestImages.Grey(8, 8, (x, y) => x * y + grey));
        }
        _w = Workspace.Create(_folder["images"]);
        _w.Index(new() { NearDuplicates = 0, Encoder = "none" });
        _table = _folder.Write("labels.csv", "path,label\n"
            + string.Concat(_w.Images().Select(i => $"{i.Path},cat\n")));
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private static Action<TrainEvent> Into(List<string> told) => e => told.Add($"{e.Phase} {e.Done}/{e.Total}");

    [Fact]
    public void ImportExportAndUndo_OfManyLabels_SayHowFarTheyAre()
    {
        List<string> import = [], export = [], undo = [];
        _w.Import(_table, report: Into(import));
        _w.Export(ExportWhat.Labelled, "image-folder", _folder["out"], report: Into(export));
        _w.Undo(report: Into(undo));
        Assert.Equal(["reading labels 100/0", "reading labels 200/0", "comparing labels 100/201",
            "comparing labels 200/201", "saving labels 100/201", "saving labels 200/201"], import);
        Assert.Equal(["writing labels 0/201", "copying images 100/201", "copying images 200/201"], export);
        Assert.Equal(["taking labels back 100/201", "taking labels back 200/201"], undo);
        Assert.Empty(_w.Labels());
    }

    [Fact]
    public void ImportAndUndo_Stopped_ChangeNothing()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => _w.Import(_table, report: e => Stop(e, "saving labels"),
            cancel: stop.Token));
        Assert.Empty(_w.Labels());
        _w.Import(_table);
        using var later = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => _w.Undo(report: _ => later.Cancel(), cancel: later.Token));
        Assert.Equal(Images, _w.Labels().Count);
        Assert.Empty(_w.Problems());

        void Stop(TrainEvent e, string phase)
        {
            if (e.Phase == phase) stop.Cancel();
        }
    }
}
