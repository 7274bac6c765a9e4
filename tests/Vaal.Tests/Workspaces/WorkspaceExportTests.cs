using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Which images an export holds: 8 pictures, of which two are the test set and three have a label.</summary>
public sealed class WorkspaceExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _workspace;

    public WorkspaceExportTests()
    {
        for (var i = 0; i < 8; i++) _folder.Write($"w/{i}.png", Pictures.Random(i));
        var list = _folder.Write("test.txt", "0.png\n1.png\n");
        _workspace = Workspace.Create(_folder["w"]);
        _workspace.Index(new IndexOptions { Size = 32, NearDuplicates = 0, TestList = list });
        Label("0.png", "cat");
        Label("2.png", "cat");
        var elsewhere = _folder.Write("elsewhere.csv", "path\n3.png\n");
        Assert.Equal("expected no format of a list of images that are labelled elsewhere, found coco; "
            + "the list is a table with a column 'path'", Assert.Throws<InputException>(() =>
            _workspace.Import(elsewhere, new ImportOptions { Elsewhere = true, Format = "coco" })).Message);
        _workspace.Import(elsewhere, new ImportOptions { Elsewhere = true });
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _folder.Dispose();
    }

    private ImageRow Image(string path) => _workspace.Images().Single(i => i.Path == path);

    private void Label(string path, string name) => _workspace.Label(Image(path).Id, name, [], "ann", "test");

    [Theory]
    [InlineData("csv", "x.json", "a name that ends in .csv")]
    [InlineData("csv", "x.XLSX", "a name that ends in .csv")]
    [InlineData("coco", "x.csv", "a name that ends in .json")]
    [InlineData("json", "x.jsonl", "a name that ends in .json")]                  // one object a line, it would say
    [InlineData("cvat", "x.zip", "a name that ends in .xml")]
    [InlineData("image-folder", "x.zip", "the name of a folder")]
    public void Export_NameOfAnotherFormat_IsRefused(string format, string name, string wanted)
    {
        var error = Assert.Throws<InputException>(() =>
            _workspace.Export(ExportWhat.Labelled, format, _folder[name])).Message;
        Assert.Contains($"expected {wanted} for the format {format}, found ", error);
        Assert.False(Path.Exists(_folder[name]));
        _workspace.Export(ExportWhat.Labelled, format, _folder["x.old"]);              // says nothing of a format
    }

    [Theory]
    [InlineData(ExportWhat.Labelled, "2")]
    [InlineData(ExportWhat.Unlabelled, "4 5 6 7")]
    [InlineData(ExportWhat.Test, "0 1")]
    [InlineData(ExportWhat.All, "0 1 2 3 4 5 6 7")]
    public void ExportRows_OfAKind_AreTheImagesOfThatKind(ExportWhat what, string expected)
    {
        var paths = _workspace.ExportRows(what).Select(r => r.Image.Replace(".png", "", StringComparison.Ordinal));
        Assert.Equal(expected, string.Join(' ', paths));
    }

    [Fact]
    public void ExportRows_Picks_HaveRankScoreAndReason_BestFirst()
    {
        var round = SomeRound.Of(2, "entropy");
        PickRow[] picks = [new(Image("6.png").Id, 1, 0.75, "first"), new(Image("4.png").Id, 2, 0.5, "second")];
        _workspace.RecordRound(round, picks);
        var rows = _workspace.ExportRows(ExportWhat.Picks);
        Assert.Equal(["6.png", "4.png"], rows.Select(r => r.Image));
        Assert.Equal([1, 2], rows.Select(r => r.Rank));
        Assert.Equal([0.75, 0.5], rows.Select(r => r.Score));
        Assert.Equal(["first", "second"], rows.Select(r => r.Reason));

        var (file, images, _) = _workspace.Export(ExportWhat.Picks, "csv");
        Assert.Equal(2, images);
        string[] lines = File.ReadAllLines(file);
        Assert.Contains("6.png", lines[1], StringComparison.Ordinal);
        Assert.Contains("first", lines[1], StringComparison.Ordinal);
        Assert.Contains("0.75", lines[1], StringComparison.Ordinal);
    }
}
