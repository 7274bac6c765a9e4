using CsCheck;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

public sealed class WorkspaceLabelsTests : IDisposable
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
        var log = _w.Log(parts: true);
        var again = Import(csv);
        Assert.Equal((0, 2), (again.Changed, again.Unchanged));
        Assert.Equal(log.Select(AsJson.Of), _w.Log(parts: true).Select(AsJson.Of));
    }

    [Fact]
    public void Import_DryRun_SaysWhatWouldChange_AndChangesNothing()
    {
        var log = _w.Log(parts: true);
        Assert.Equal(1, Import("path,label\n0.png,cat\n", new() { DryRun = true }).Added);
        Assert.Empty(_w.Labels());
        Assert.Equal(log.Select(AsJson.Of), _w.Log(parts: true).Select(AsJson.Of));
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

    [Theory]
    [InlineData("json")]
    [InlineData("yolo")]
    [InlineData("label-studio")]
    public void Export_SomebodyFoundNothing_ComesBackAsThat(string format)
    {
        _w.Import(_folder.Write("in.json", """
            [{"path":"0.png","shapes":[]},{"path":"1.png","shapes":[{"type":"box","class":"cat","box":[1,2,3,4]}]}]
            """), new());
        var before = _w.Labels().ToDictionary(l => l.Image, l => (l.Class, l.ShapesJson));
        Assert.Equal((null, null), before[_ids["0.png"]]);
        var (path, count) = _w.Export(ExportWhat.Labelled, format);
        Assert.Equal(2, count);
        Assert.Equal(2, _w.Import(path, new()).Unchanged);
        _w.Undo();
        Assert.Equal(2, _w.Import(path, new()).Added);
        Assert.Contains(_w.Labels(), l => l.Image == _ids["0.png"] && l.Class is null && l.ShapesJson is null);
    }

    [Fact]
    public void Undo_NothingThere_IsOneLine() =>
        Assert.Contains(
            "nothing to take back", Assert.Throws<InputException>(() => _w.Undo()).Message, StringComparison.Ordinal);

    [Fact]
    public void RecordRound_AndItsEnd()
    {
        var now = DateTimeOffset.UtcNow;
        var round = new Round
        {
            Strategy = "vaal",
            Options = """{"beta":1}""",
            Seed = 3,
            Budget = 2,
            Health = """{"verdict":"informative","auc":0.8}""",
            Started = now.AddMinutes(-2),
            Finished = now
        };
        Assert.Equal(
            1, _w.RecordRound(round, [new(_ids["1.png"], 1, 0.9, "far"), new(_ids["2.png"], 2, double.NaN, null)]));
        Assert.Equal((1, 2, 0), (_w.OpenRound!.Id, _w.OpenRound.Picks, _w.OpenRound.Labelled));
        Assert.Equal("informative", _w.Status().Verdict);
        Assert.Equal(
            [new PickRow(_ids["1.png"], 1, 0.9, "far"), new PickRow(_ids["2.png"], 2, null, null)], _w.Picks(1));

        var (path, count) = _w.Export(ExportWhat.Picks, "csv");
        Assert.Equal(2, count);
        Assert.Equal(
            "path,label,rank,score,reason,pre_label\n1.png,,1,0.9,far,\n2.png,,2,,,\n", File.ReadAllText(path)
            .ReplaceLineEndings("\n"));

        Import("path,label\n1.png,cat\n2.png,dog\n");
        Assert.Null(_w.OpenRound);
        Assert.All(_w.Labels(), l => Assert.Equal(1, l.Round));
        Assert.Equal("import", _w.Undo().What);
        Assert.Equal(("round", 2), (_w.Undo() is var undone ? undone.What : "", undone.Picks));
        Assert.Null(_w.OpenRound);
        Assert.NotNull(_w.Rounds().Single().Undone);
        Assert.Equal(2, _w.RecordRound(round, []));
        Assert.Contains(
            "not in the pool",
            Assert.Throws<InputException>(() => _w.RecordRound(round, [new(_ids["twin of 0.png"], 1, 0, "")])).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, _w.Rounds().Count);
        Assert.Empty(_w.Problems());
    }

    /// <summary>Whoever fills in the table of picks, or names a file of their own, keeps it.</summary>
    [Fact]
    public void Export_WhereSomebodyHasWritten_LeavesItAndSaysSo()
    {
        _w.RecordRound(SomeRound.Of(2), [new(_ids["1.png"], 1, null, null), new(_ids["2.png"], 2, null, null)]);
        var (picks, _) = _w.Export(ExportWhat.Picks, "csv");
        Assert.Equal(picks, _w.Export(ExportWhat.Picks, "csv").Path);                   // as it was left: written anew
        File.WriteAllText(picks, File.ReadAllText(picks).Replace("1.png,,", "1.png,cat,", StringComparison.Ordinal));
        var mine = _folder.Write("mine.csv", "path,label\n0.png,cat\n");
        var photograph = File.ReadAllBytes(_folder["images/3.png"]);
        foreach (
            var (path, format) in new[] { (picks, "csv"), (mine, "csv"), (mine, "json"),
                (_folder["images/3.png"], "coco") })
        {
            var before = File.ReadAllBytes(path);
            Assert.StartsWith(
                $"{path} is not an unchanged export of vaal and stays as it is",
                Assert.Throws<InputException>(() => _w.Export(ExportWhat.Picks, format, path)).Message,
                StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(path));
        }
        Assert.Equal(photograph, File.ReadAllBytes(_folder["images/3.png"]));
        Assert.Equal(1, _w.Import(picks, new()).Added);                                 // what the message advises
        Assert.Equal("cat", ClassOf("1.png"));

        var (tasks, _) = _w.Export(ExportWhat.Picks, "label-studio");
        File.AppendAllText(Path.ChangeExtension(tasks, ".config.xml"), "<!-- mine -->");
        Assert.Contains(
            ".config.xml is not an unchanged export of vaal",
            Assert.Throws<InputException>(() => _w.Export(ExportWhat.Picks, "label-studio")).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_w.Folder, "exporting-*"));
    }

    /// <summary>A box in the corner is no way to say what the whole image is; the box over all of it is, as YOLO writes
    /// it.</summary>
    [Fact]
    public void Import_BoxInTheCornerOfAnImageOfThatClass_IsTaken()
    {
        var (width, height) = _w.Images().Where(i => i.Path == "0.png").Select(i => (i.Width, i.Height)).Single();
        Import("path,label\n0.png,cat\n1.png,cat\n");
        var report = _w.Import(_folder.Write("boxes.json", $$"""
            [{ "path": "0.png", "label": "cat", "shapes": [{ "type": "box", "class": "cat", "box": [0, 0, 3, 4] }] },
             { "path": "1.png", "label": "cat",
               "shapes": [{ "type": "box", "class": "cat", "box": [0, 0, {{width}}, {{height}}] }] }]
            """), new());
        Assert.Equal((1, 1), (report.Completed, report.Unchanged));
        Assert.Equal(
            new Box("cat", 0, 0, 3, 4), Assert.Single(_w.Labels().Single(l => l.Image == _ids["0.png"]).Shapes));
        Assert.Empty(_w.Labels().Single(l => l.Image == _ids["1.png"]).Shapes);
    }

    [Fact]
    public void Import_ClassThatXmlCannotHold_IsLeftOut_AndExportsGoOn()
    {
        var report = Import("path,label\n0.png,c\u0001t\n1.png,\U0001F408\n2.png,a\tb\n");
        Assert.Equal(
            (2, "the class 'c?t' has a control character in it, which label files of other tools cannot hold; " +
            "'0.png' is left out"), (report.Added, Assert.Single(report.Problems).Message));
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
        var (folder, _) = _w.Export(ExportWhat.Labelled, "masks");
        System.IO.Compression.ZipFile.CreateFromDirectory(folder, _folder["masks.zip"]);
        _w.Undo();
        Assert.Equal(1, _w.Import(_folder["masks.zip"], new()).Added);
        Assert.IsType<Mask>(Assert.Single(_w.Labels().Single().Shapes));
    }

    /// <summary>Whoever labels the first round has classes to choose from.</summary>
    [Fact]
    public void Export_ClassesThatInitWasTold_AreOfferedBesideThoseOfLabels()
    {
        string[] Offered() =>
            [.. System.Xml.Linq.XElement.Load(
                Path.ChangeExtension(_w.Export(ExportWhat.All, "label-studio").Path, ".config.xml"))
                .Descendants("Choice").Select(c => c.Attribute("value")!.Value)];
        Assert.Empty(Offered());
        _w.Index(new() { Classes = ["dog", "big cat"] });
        Assert.Equal(["dog", "big cat"], Offered());
        Import("path,label\n0.png,ant\n1.png,dog\n", new() { NewClasses = true });
        _w.Index(new());                                                             // what is left out stays
        Assert.Equal(["dog", "big cat", "ant"], Offered());
        Assert.Superset(
            new HashSet<string> { "ant", "big cat", "dog" },
            Directory.GetDirectories(_w.Export(ExportWhat.All, "image-folder").Path)
            .Select(d => Path.GetFileName(d)!).ToHashSet());
        _w.Index(new() { Classes = [] });
        Assert.Equal(["ant", "dog"], Offered());
        foreach (
            var (classes, said) in new[] { (new[] { "a", "a" }, "the class 'a' is there twice"),
                (["a", " "], "a class has no name; expected names, such as cat,dog"),
                (["\u0001"], "the class '?' has a control character") })
            Assert.StartsWith(
                said, Assert.Throws<InputException>(() => _w.Index(new() { Classes = classes })).Message,
                StringComparison.Ordinal);
    }

    /// <summary>Label Studio serves no file that lies in its document root itself, so that this is the folder above,
    /// and names there may be those of other images here.</summary>
    [Fact]
    public void Export_LabelStudio_NamesImagesFromTheFolderAbove_AndTakesThemBackAsThose()
    {
        _folder.Write("images/images/1.png", Pictures.Random(77));
        _w.Index(new());
        Import("path,label\n1.png,cat\nimages/1.png,dog\n");
        var (tasks, _) = _w.Export(ExportWhat.Labelled, "label-studio");
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(tasks));
        Assert.Equal(
            ["/data/local-files/?d=images/1.png", "/data/local-files/?d=images/images/1.png"],
            json.RootElement.EnumerateArray().Select(t => t.GetProperty("data").GetProperty("image").GetString()));
        _w.Undo();
        Assert.Equal(2, _w.Import(tasks, new()).Added);
        Assert.Equal(
            ["1.png cat", "images/1.png dog"], _w.Labels()
            .Select(l => $"{_w.Images().Single(i => i.Id == l.Image).Path} {l.Class}").Order());
    }

    [Fact]
    public void Export_PickThatWasRemoved_IsNotInIt()
    {
        _w.RecordRound(SomeRound.Of(2), [new(_ids["1.png"], 1, null, null), new(_ids["2.png"], 2, null, null)]);
        File.Delete(_folder["images/1.png"]);
        _w.Index(new());
        foreach (var format in LabelFormats.All.Values.Where(f => f.Write is not null))
            Assert.Equal(1, _w.Export(ExportWhat.Picks, format.Name).Images);
    }

    [Fact]
    public void Losses_OfLabelsOfSeveralKinds_AreSaid()
    {
        _w.Import(_folder.Write("in.json", """
            [{ "path": "0.png", "label": "scene", "shapes": [{ "type": "box", "class": "a", "box": [1, 2, 3, 4] }] },
             { "path": "1.png", "label": "cat" },
             { "path": "2.png", "shapes": [
               { "type": "polygon", "class": "a", "rings": [[1, 1, 9, 1, 9, 9], [3, 2, 5, 2, 5, 4]] }] }]
            """), new());
        _w.Import(
            _folder.Write(
                "both.json",
                """
                [{ "path": "3.png", "label": "scene", "shapes": [
                   { "type": "polygon", "class": "a", "rings": [[1, 1, 9, 1, 9, 9], [3, 2, 5, 2, 5, 4]] }] }]
                """), new());
        string[] Of(string format) => [.. LabelFormats.Named(format).Losses(_w.ExportRows(ExportWhat.Labelled))];
        Assert.Equal(
            ["2 images have shapes and a class as a whole, which yolo does not hold beside them; json does",
                "2 images have polygons of several rings, each of which becomes a polygon in yolo; coco and json " +
                "keep them"], Of("yolo"));
        Assert.Equal(
            ["2 images have polygons of several rings, each of which becomes a polygon in cvat; " +
                "coco and json keep them"], Of("cvat"));
        Assert.Single(Of("label-studio"));
        Assert.Contains(
            "1 image has a class and no shapes: there is no mask of them, and their class is in vaal.csv alone",
            Of("masks"));
        Assert.Empty(Of("json"));
        Assert.Empty(Of("coco"));
    }

    [Fact]
    public void Losses_OfEachFormat_AreWhatDoesNotComeBack()
    {
        _w.Import(
            _folder.Write(
                "in.json",
                """
                [{"path":"0.png","shapes":[]},{"path":"1.png","label":"cat"},
                 {"path":"2.png","shapes":[{"type":"box","class":"a","box":[1,2,3,4]}]}]
                """), new());
        foreach (var format in LabelFormats.All.Values.Where(f => f is { Write: not null, HoldsClasses: true }))
        {
            var (path, _) = _w.Export(ExportWhat.Labelled, format.Name);
            var losses = format.Losses(_w.ExportRows(ExportWhat.Labelled)).ToList();
            var before = Known();
            _w.Undo();
            _w.Import(path, new() { Format = format.Name });
            Assert.Equal(losses.Count == 0, before.SetEquals(Known()));
            Assert.Equal(
                format.Name is "csv" or "parquet" or "one-hot" or "image-folder" or "masks",
                losses.Any(l => l.StartsWith("1 image has shapes", StringComparison.Ordinal)));
            while (_w.Labels().Count > 0) _w.Undo();
            _w.Import(_folder["in.json"], new());
        }

        HashSet<(int, string?, string?)> Known() => [.. _w.Labels().Select(l => (l.Image, l.Class, l.ShapesJson))];
    }

    // what is known of a file in the workspace goes where the workspace goes
    [Fact]
    public void Export_AfterTheWorkspaceWasMoved_ReplacesWhatItWrote()
    {
        Import("path,label\n0.png,cat\n");
        _w.Export(ExportWhat.Labelled, "csv");
        _w.Dispose();
        Directory.Move(_folder["images"], _folder["moved"]);
        using var moved = Workspace.Open(_folder["moved"]);
        Assert.StartsWith(_folder["moved"], moved.Export(ExportWhat.Labelled, "csv").Path, StringComparison.Ordinal);
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

    [Theory]
    [MemberData(nameof(Written))]
    public void Export_ThenImport_GivesTheLabelsBack(string format)
    {
        _w.Import(_folder.Write("in.json", """
            [{"path":"0.png","label":"cat"},{"path":"1.png","label":"=dog"},
             {"path":"2.png","label":"a, b"},{"path":"3.png","label":"train"}]
            """), new());
        var before = _w.Labels().ToDictionary(l => l.Image, l => (l.Class, l.ShapesJson));
        var (path, count) = _w.Export(ExportWhat.Labelled, format);
        Assert.Equal(4, count);
        Assert.Equal(
            (0, 4, 0),
            (_w.Import(path, new() { Format = format }) is var same
                ? same.Changed
                : -1, same.Unchanged, same.Problems.Count));
        _w.Undo();
        Assert.Empty(_w.Labels());
        var report = _w.Import(path, new());
        Assert.Equal((4, 0), (report.Added, report.Problems.Count));
        var after = _w.Labels()
            .ToDictionary(l => l.Image, l => format == "yolo" ? (l.Class, null) : (l.Class, l.ShapesJson));
        Assert.Equal(before, after);
    }

    public static TheoryData<string> Written
        => [.. LabelFormats.All.Values.Where(f => f is { Write: not null, HoldsClasses: true }).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(CarriesShapes))]
    public void Export_ThenImport_GivesShapesBack(string format)
    {
        var shapes =
            """[{"type":"box","class":"a","box":[10,20,30,15]},"""
            + """{"type":"polygon","class":"b","rings":[[1,2,30,4,12.5,40]]}]""";
        _w.Import(_folder.Write("in.json", $$"""[{"path":"0.png","shapes":{{shapes}}}]"""), new());
        var before = _w.Labels().Single();
        var (path, _) = _w.Export(ExportWhat.Labelled, format);
        Assert.Equal((0, 1), (_w.Import(path, new()) is var same ? same.Changed : -1, same.Unchanged));
        _w.Undo();
        Assert.Equal(1, _w.Import(path, new()).Added);
        Assert.True(LabelShapes.Same(before.Shapes, _w.Labels().Single().Shapes));
    }

    public static TheoryData<string> CarriesShapes =>
        [.. LabelFormats.All.Values.Where(f => f.Write is not null && f.Carries.Contains(typeof(Polygon)))
            .Select(f => f.Name)];

    /// <summary>Whatever is done in whatever order: the ledger tells the labels, and undo restores them
    /// exactly.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void AnySequence_LedgerAndLabelsAgree_UndoRestoresExactly() => Gen.Int.Array[1, 25].Sample(steps =>
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 4; i++) folder.Write($"{i}.png", TestImages.Rgb(32, 32, (byte)(i * 60), 9, 9));
        using var w = Workspace.Create(folder.Path);
        w.Index(new());
        var history = new Stack<Dictionary<int, LabelRow>>();
        Dictionary<int, LabelRow> Now() => w.Labels().ToDictionary(l => l.Image);
        foreach (var step in steps)
        {
            var random = new Random(step);
            var before = Now();
            switch (random.Next(6))
            {
                case 0:
                    var lines = Enumerable.Range(0, random.Next(1, 6))
                        .Select(_ => $"{random.Next(5)}.png,{"abc"[random.Next(3)]}\n");
                    if (w.Import(
                        folder.Write("l.csv", "path,label\n" + string.Concat(lines)),
                        new() { Replace = random.Next(2) == 0 }).Changed > 0) history.Push(before);
                    break;
                case 1:
                    if (w.Label(w.Images()[random.Next(4)].Id, "abc"[random.Next(3)].ToString(), [], "me", "page"))
                        history.Push(before);
                    break;
                case 2:
                    w.RecordRound(SomeRound.Of(1), [.. w.Images().Where(i => i.State == ImageState.Ok).Take(1)
                            .Select(i => new PickRow(i.Id, 1, null, null))]);
                    history.Push(before);
                    break;
                case 3:
                    folder.Write($"{random.Next(4)}.png", TestImages.Rgb(32, 32, (byte)random.Next(256), 1, 1));
                    w.Index(new() { NearDuplicates = 0 });
                    // twins and renamed files may pass labels on, which is init's own doing
                    if (!Same(before, Now())) return;
                    break;
                default:
                    if (history.Count == 0)
                    {
                        Assert.Throws<InputException>(() => w.Undo());
                        break;
                    }
                    w.Undo();
                    Assert.True(Same(history.Pop(), Now()));
                    break;
            }
            Assert.Empty(w.Problems());
        }
    }, iter: 40, threads: 1);

    private static bool Same(Dictionary<int, LabelRow> a, Dictionary<int, LabelRow> b) =>
        a.Count == b.Count && a.All(l => b.GetValueOrDefault(l.Key) == l.Value);
}
