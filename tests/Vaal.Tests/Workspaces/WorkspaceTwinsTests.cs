using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Two files with the same pixels are one picture with one label, whichever of them is there.</summary>
public sealed class WorkspaceTwinsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;

    /// <summary>a.png was labelled cat and deleted, so b.png has its label.</summary>
    public WorkspaceTwinsTests()
    {
        foreach (var (name, seed) in new[] { ("a", 1), ("b", 1), ("c", 2) })
            _folder.Write($"images/{name}.png", Pictures.Random(seed));
        _w = Workspace.Create(_folder["images"]);
        _w.Index(new());
        _w.Import(_folder.Write("l.csv", "path,label\na.png,cat\nc.png,dog\n"), new());
        File.Delete(_folder["images/a.png"]);
        _w.Index(new());
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private int Id(string name) => _w.Images().Single(i => i.Path == name).Id;

    private string Labels => string.Join(" | ", _w.Labels().Select(l => (_w.Images().Single(i => i.Id == l.Image).Path,
        l.Class)).Order().Select(l => $"{l.Path}: {l.Class}"));

    [Fact]
    public void Label_OfADeletedFile_IsThatOfItsTwinAlone()
    {
        Assert.Equal("b.png: cat | c.png: dog", Labels);
        Assert.Equal("l.csv line 2", _w.Labels().Single(l => l.Class == "cat").Source);
    }

    [Fact]
    public void Undo_OfTheImport_TakesTheLabelFromTheTwin()
    {
        Assert.Equal(2, _w.Undo().Removed);
        Assert.Equal("", Labels);
        _w.Index(new());
        Assert.Equal("", Labels);
    }

    /// <summary>To a third file, and back to the first one.</summary>
    [Fact]
    public void Undo_OfALabelThatMovedThreeTimes_FindsIt()
    {
        _folder.Write("images/d.png", Pictures.Random(1));
        _w.Index(new());
        File.Delete(_folder["images/b.png"]);
        _w.Index(new());
        Assert.Equal("c.png: dog | d.png: cat", Labels);
        File.Delete(_folder["images/d.png"]);
        _folder.Write("images/a.png", Pictures.Random(1));
        _w.Index(new());
        Assert.Equal("a.png: cat | c.png: dog", Labels);
        Assert.Equal(2, _w.Undo().Removed);
        Assert.Equal("", Labels);
        Assert.Empty(_w.Problems());
    }

    /// <summary>Also by a person on the page, and not once somebody has replaced it there.</summary>
    [Theory]
    [InlineData(false), InlineData(true)]
    public void UndoStep_OfALabelThatMoved_FindsIt_AndIsRefusedWhereItWasReplaced(bool replaced)
    {
        _w.Annotate([new("1", Id("b.png"), LabelKind.Label) { Classes = ["cow"] }], "ann");
        _folder.Write("images/a.png", Pictures.Random(1));
        _w.Index(new());
        File.Delete(_folder["images/b.png"]);
        _w.Index(new());
        Assert.Equal("a.png: cow | c.png: dog", Labels);
        if (replaced)
        {
            _w.Annotate([new("2", Id("a.png"), LabelKind.Label) { Classes = ["emu"] }], "ben");
            Assert.Contains("it was changed later",
                Assert.Throws<InputException>(() => _w.UndoStep("3", "ann")).Message);
            Assert.Equal("a.png: emu | c.png: dog", Labels);
        }
        else
        {
            Assert.NotNull(_w.UndoStep("3", "ann"));
            Assert.Equal("a.png: cat | c.png: dog", Labels);
        }
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Label_ThatWasClearedOnTheTwin_DoesNotComeBack()
    {
        _w.Annotate([new("op", Id("b.png"), LabelKind.Clear)], "ann");
        _w.Index(new());
        Assert.Equal("c.png: dog", Labels);
    }

    [Fact]
    public void Label_ThatWasCorrectedOnTheTwin_StaysWhenTheFileIsBack()
    {
        _w.Label(Id("b.png"), "cow", [], "me", "test");
        _folder.Write("images/a.png", Pictures.Random(1));
        Assert.Empty(_w.Index(new()).Notes);
        Assert.Equal("b.png: cow | c.png: dog", Labels);
        Assert.Equal((ImageState.Duplicate, Id("b.png")), _w.Images().Where(i => i.Path == "a.png")
            .Select(i => (i.State, i.DuplicateOf!.Value)).Single());
        File.Delete(_folder["images/b.png"]);
        _w.Index(new());
        Assert.Equal("a.png: cow | c.png: dog", Labels);
    }

    /// <summary>c.png becomes the same picture as b.png.</summary>
    [Fact]
    public void Labels_OfTwinsThatContradict_AreSaid_AndTheNewestCounts()
    {
        _w.Label(Id("c.png"), "cow", [], "me", "test");
        _folder.Write("images/c.png", Pictures.SamePixels(1));
        Assert.Equal("'b.png' is 'cat' and has the same pixels as 'c.png', which is 'cow'; the label of 'c.png' counts",
            Assert.Single(_w.Index(new()).Notes));
        Assert.Equal(ImageState.Duplicate, _w.Images().Single(i => i.Path == "b.png").State);
        Assert.Equal("b.png: cat | c.png: cow", Labels);
    }
}
