using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

public sealed partial class WorkspaceLabelsTests : IDisposable
{
    private const int Images = 6;
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;
    private readonly Dictionary<string, int> _ids;

    public WorkspaceLabelsTests()
    {
        for (var i = 0; i < Images; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        _folder.Write("images/twin of 0.png", Pictures.Random(0));
        _w = Workspace.Create(_folder["images"]);
        _w.Index(new());
        _ids = _w.Images().ToDictionary(i => i.Path, i => i.Id);
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private ImportReport Import(string csv, ImportOptions? options = null) =>
        _w.Import(_folder.Write("labels.csv", csv), options ?? new() { By = "ann" });

    private string? ClassOf(string path) => _w.Labels().SingleOrDefault(l => l.Image == _ids[path])?.Class;

    [Fact]
    public void Import_GoodAndBadLines_TakesTheGoodOnes_ListsTheOthersByLine()
    {
        _w.Label(_ids["5.png"], "dog", [], "me", "test");
        var report = Import(
            "path,label\n0.png,cat\nnowhere.png,cat\n../1.png,cat\n/2.png,cat\n5.png,cat\n"
            + "1.png,cat\n3.png,cat\n3.png,dog\n");
        Assert.Equal((2, 0, 0, 0), (report.Added, report.Completed, report.Replaced, report.Unchanged));
        Assert.Equal(
            ["line 3", "line 4", "line 5", "line 6", "line 8", "line 9"], report.Problems.Select(p => p.Where).Order());
        Assert.Contains(report.Problems, p => p.Message == "no image 'nowhere.png' in the workspace");
        Assert.Contains(report.Problems, p => p.Message == "'../1.png' leaves the image folder");
        Assert.Contains(
            report.Problems, p =>
                p.Message.StartsWith(
                    "'5.png' is 'cat' here and 'dog' in the workspace since", StringComparison.Ordinal));
        Assert.Contains(
            report.Problems, p => p.Message == "'3.png' is 'cat' here, and something else at line 9; none is taken");
        Assert.Equal(
            ("cat", "cat", null, "dog"), (ClassOf("0.png"), ClassOf("1.png"), ClassOf("3.png"), ClassOf("5.png")));
        var label = _w.Labels().Single(l => l.Image == _ids["0.png"]);
        Assert.Equal(("ann", "labels.csv line 2"), (label.Who, label.Source));
    }

    [Fact]
    public void Import_Twice_ChangesNothing_NotEvenTheLedger()
    {
        const string csv = "path,label\n0.png,cat\n1.png,dog\n";
        Import(csv);
        var log = _w.Entries(parts: true);
        var again = Import(csv);
        Assert.Equal((0, 2), (again.Changed, again.Unchanged));
        Assert.Equal(log.Select(AsJson.Of), _w.Entries(parts: true).Select(AsJson.Of));
    }

    [Fact]
    public void Import_DryRun_SaysWhatWouldChange_AndChangesNothing()
    {
        var log = _w.Entries(parts: true);
        Assert.Equal(1, Import("path,label\n0.png,cat\n", new() { DryRun = true }).Added);
        Assert.Empty(_w.Labels());
        Assert.Equal(log.Select(AsJson.Of), _w.Entries(parts: true).Select(AsJson.Of));
    }

    [Fact]
    public void Import_Replace_TakesTheNewOne_UndoGivesTheOldOneBack()
    {
        Import("path,label\n0.png,cat\n");
        var before = _w.Labels();
        Assert.Equal(1, Import("path,label\n0.png,dog\n", new() { Replace = true }).Replaced);
        Assert.Equal("dog", ClassOf("0.png"));
        Assert.Equal(("import", 0, 1), (_w.Undo() is var undone ? undone.What : "", undone.Removed, undone.Restored));
        Assert.Equal(before, _w.Labels());
    }

    [Fact]
    public void Import_LabelOfATwin_GoesToTheImageThatStandsForIt()
    {
        Import("path,label\ntwin of 0.png,cat\n");
        Assert.Equal("cat", ClassOf("0.png"));
        Assert.Null(ClassOf("twin of 0.png"));
    }

    [Fact]
    public void Import_LabelledElsewhere_CountsAsLabelled_AndARealLabelTakesItsPlace()
    {
        Assert.Equal(2, Import("path\n0.png\n1.png\n", new() { Elsewhere = true }).Added);
        using (var images = _w.LoadImages()) Assert.Equal((2, 4), (images.Labelled.Length, images.Unlabelled.Length));
        Assert.Equal((2, 2), (_w.Status().Labelled, _w.Status().Elsewhere));
        Assert.Equal((1, 0), (Import("path,label\n0.png,cat\n") is var r ? r.Completed : 0, r.Problems.Count));
        Assert.Equal(1, Import("path\n0.png\n", new() { Elsewhere = true }).Unchanged);
        Assert.Equal("cat", ClassOf("0.png"));
    }

    [Fact]
    public void Import_ClassThenShapes_CompleteEachOther()
    {
        Import("path,label\n0.png,cat\n");
        var file = _folder.Write(
            "shapes.json", """[{"path":"0.png","shapes":[{"type":"box","class":"ear","box":[1,2,3,4]}]}]""");
        Assert.Equal(1, _w.Import(file, new()).Completed);
        var label = _w.Labels().Single();
        Assert.Equal(("cat", new Box("ear", 1, 2, 3, 4)), (label.Class, label.Shapes.Single()));
        Assert.Equal([("cat", 1, 0), ("ear", 1, 0)], _w.Status().Classes.Select(c => (c.Class, c.Pool, c.Test)));
    }

    [Fact]
    public void Import_WhoAndWhen_AreThoseOfTheFileUnlessTheUserSaysWho()
    {
        const string csv = "path,label,annotator,when\n0.png,cat,bob,2024-01-30T03:40:43Z\n";
        Import(csv, new());
        Assert.Equal(("bob", new DateTimeOffset(2024, 1, 30, 3, 40, 43, TimeSpan.Zero)),
            (_w.Labels().Single().Who, _w.Labels().Single().At));
        Import(csv.Replace("0.png", "1.png", StringComparison.Ordinal), new() { By = "zoe" });
        Assert.Equal("zoe", _w.Labels().Single(l => l.Image == _ids["1.png"]).Who);
    }

    [Fact]
    public void Import_ShapesThenTheSameWithAClass_AddsTheClass()
    {
        string File(string label) => _folder.Write("shapes.json",
            $$"""[{"path":"0.png",{{label}}"shapes":[{"type":"box","class":"ear","box":[1,2,3,4]}]}]""");
        Assert.Equal(1, _w.Import(File(""), new()).Added);
        Assert.Equal(1, _w.Import(File("\"label\":\"cat\","), new()).Completed);
        var label = _w.Labels().Single();
        Assert.Equal(("cat", new Box("ear", 1, 2, 3, 4)), (label.Class, label.Shapes.Single()));
    }

    [Fact]
    public void Import_WhoIsNoName_IsRefused()
    {
        foreach (var by in new[] { "   ", "", new string('a', 65), "a\u0007" })
            Assert.StartsWith("expected a name of 1 to 64 characters without control characters and without blanks at "
                + "its ends, found '", Assert.Throws<InputException>(() => Import("path,label\n0.png,cat\n",
                    new() { By = by })).Message, StringComparison.Ordinal);
        Assert.Empty(_w.Labels());
    }

    /// <summary>Their number alone would say that they can be learnt from.</summary>
    [Fact]
    public void Import_LabelsOfFilesThatCannotBeUsed_OrWithoutAClass_AreNamed()
    {
        _folder.Write("images/broken.png", "no picture");
        _w.Index(new());
        var report = _w.Import(_folder.Write("in.json", """
            [{"path":"0.png","label":"cat"},{"path":"broken.png","label":"cat"},{"path":"1.png","shapes":[]}]
            """), new());
        Assert.Equal((3, 0), (report.Added, report.LeftOut));
        Assert.Equal(["in.json: 1 label is of a file that cannot be used: broken.png",
            "in.json: 1 label has no class: nothing is in the image"], report.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Import_OfAnImageInWhichSomebodyFoundNothing_Contradicts()
    {
        _w.Label(_ids["0.png"], null, [], "me", "test");
        var report = Import("path,label\n0.png,cat\n");
        Assert.Equal((0, 1), (report.Changed, report.Problems.Count));
        Assert.Null(ClassOf("0.png"));
        Assert.Equal(1, Import("path,label\n0.png,cat\n", new() { Replace = true }).Replaced);
    }

    /// <summary>A class and shapes complete each other, also where one of them becomes another.</summary>
    [Fact]
    public void Import_Replace_KeepsWhatTheNewLabelDoesNotSpeakOf()
    {
        Json("""{ "path": "0.png", "label": "cat", "shapes": [{ "type": "box", "class": "a", "box": [1, 2, 3, 4]}]}""");
        Assert.Equal(1, Import("path,label\n0.png,dog\n", new() { Replace = true }).Replaced);
        Assert.Equal("'dog' with 1 shape", _w.Labels().Single().Describe());
        Json("""
            { "path": "0.png", "shapes": [{ "type": "box", "class": "a", "box": [1, 2, 3, 4] },
              { "type": "box", "class": "b", "box": [1, 2, 3, 4] }] }
            """);
        Assert.Equal("'dog' with 2 shapes", _w.Labels().Single().Describe());
        Json("""{ "path": "0.png", "label": "emu", "shapes": [{ "type": "box", "class": "a", "box": [5, 2, 3, 4]}]}""");
        Assert.Equal("'emu' with 1 shape", _w.Labels().Single().Describe());
        Json("""{ "path": "0.png", "shapes": [] }""");
        Assert.Equal("nothing in it", _w.Labels().Single().Describe());
        Assert.Empty(_w.Problems());

        void Json(string image) => Assert.Equal(1, _w.Import(_folder.Write("in.json", $"[{image}]"),
            new() { Replace = true }).Changed);
    }

    /// <summary>A box says where something is, also a box over the whole image.</summary>
    [Fact]
    public void Import_BoxOfAnImageOfThatClass_IsTaken()
    {
        var (width, height) = _w.Images().Where(i => i.Path == "0.png").Select(i => (i.Width, i.Height)).Single();
        Import("path,label\n0.png,cat\n1.png,cat\n");
        var report = _w.Import(_folder.Write("boxes.json", $$"""
            [{ "path": "0.png", "label": "cat", "shapes": [{ "type": "box", "class": "cat", "box": [0, 0, 3, 4] }] },
             { "path": "1.png", "label": "cat",
               "shapes": [{ "type": "box", "class": "cat", "box": [0, 0, {{width}}, {{height}}] }] }]
            """), new());
        Assert.Equal((2, 0), (report.Completed, report.Unchanged));
        Assert.Equal(
            new Box("cat", 0, 0, 3, 4), Assert.Single(_w.Labels().Single(l => l.Image == _ids["0.png"]).Shapes));
        Assert.Equal(new Box("cat", 0, 0, width, height),
            Assert.Single(_w.Labels().Single(l => l.Image == _ids["1.png"]).Shapes));
    }

    [Fact]
    public void Import_ClassThatXmlCannotHold_IsLeftOut_AndExportsGoOn()
    {
        var report = Import("path,label\n0.png,c\u0001t\n1.png,\U0001F408\n2.png,a\tb\n");
        Assert.Equal(1, report.Added);
        Assert.Equal(["0.png", "2.png"], report.Problems.Select(p => p.Message.Split('\'')[3]));
        Assert.Equal(
            "the class 'c?t' has a control character in it, which label files of other tools cannot hold; " +
            "'0.png' is left out", report.Problems[0].Message);
        Assert.StartsWith(
            "the class 'c?t' has a control character",
            Assert.Single(
                _w.Import(
                    _folder.Write(
                        "in.json",
                        """[{"path":"3.png","shapes":[{"type":"box","class":"c\u0001t","box":[1,2,3,4]}]}]"""), new())
                        .Problems).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "the class 'c?t' has a control character",
            Assert.Throws<InputException>(() => _w.Label(_ids["4.png"], "c\u0001t", null, "ann", "test")).Message,
            StringComparison.Ordinal);
        foreach (var format in LabelFormats.All.Values.Where(f => f is { Write: not null, HoldsClasses: true }))
            _w.Export(ExportWhat.All, format.Name);
    }

    [Fact]
    public void Import_MasksInAnArchive_AreRead()
    {
        _w.Import(
            _folder.Write("in.json", """[{"path":"2.png","shapes":[{"type":"box","class":"a","box":[1,2,3,4]}]}]"""),
            new());
        var (folder, _, _) = _w.Export(ExportWhat.Labelled, "masks");
        System.IO.Compression.ZipFile.CreateFromDirectory(folder, _folder["masks.zip"]);
        _w.Undo();
        Assert.Equal(1, _w.Import(_folder["masks.zip"], new()).Added);
        Assert.IsType<Mask>(Assert.Single(_w.Labels().Single().Shapes));
    }

    [Fact]
    public void Import_ShapesOfAnImageOfAnotherSize_AreLeftOut()
    {
        var (width, height) = _w.Images().Where(i => i.Path == "0.png").Select(i => (i.Width, i.Height)).Single();
        string Coco(int w, int h) => _folder.Write("coco.json", $$"""
            { "images": [{ "id": 1, "file_name": "0.png", "width": {{w}}, "height": {{h}} }],
              "categories": [{ "id": 1, "name": "ear" }],
              "annotations": [{ "id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4] }] }
            """);
        var report = _w.Import(Coco(width + 1, height), new());
        Assert.Equal(
            (0, $"its shapes are of an image of {width + 1}×{height} pixels; '0.png' is {width}×{height}"),
            (report.Added, report.Problems.Single().Message));
        Assert.Equal(1, _w.Import(Coco(width, height), new()).Added);
    }

    [Fact]
    public void Status_LabelsOfRemovedImages_AreNotCounted()
    {
        Import("path,label\n0.png,cat\n1.png,dog\n");
        File.Delete(_folder["images/1.png"]);
        _w.Index(new());
        Assert.Equal([("cat", 1, 0)], _w.Status().Classes.Select(c => (c.Class, c.Pool, c.Test)));
    }
}
