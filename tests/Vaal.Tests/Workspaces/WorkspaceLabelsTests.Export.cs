using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Labels that go out and come back.</summary>
public sealed partial class WorkspaceLabelsTests
{
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
        var (path, count, _) = _w.Export(ExportWhat.Labelled, format);
        Assert.Equal(2, count);
        Assert.Equal(2, _w.Import(path, new()).Unchanged);
        _w.Undo();
        Assert.Equal(2, _w.Import(path, new()).Added);
        Assert.Contains(_w.Labels(), l => l.Image == _ids["0.png"] && l.Class is null && l.ShapesJson is null);
    }

    /// <summary>The format that loses nothing.</summary>
    [Fact]
    public void Export_Json_KeepsWhoLabelledAndWhen()
    {
        Import("path,label,annotator,when\n0.png,cat,bob,2024-01-30T03:40:43Z\n", new());
        var before = _w.Labels().Single();
        var (path, _, _) = _w.Export(ExportWhat.All, "json");
        _w.Undo();
        Assert.Equal(1, _w.Import(path, new()).Added);
        var after = _w.Labels().Single();
        Assert.Equal(("bob", new DateTimeOffset(2024, 1, 30, 3, 40, 43, TimeSpan.Zero)), (after.Who, after.At));
        Assert.Equal(before with { Source = after.Source }, after);
    }

    /// <summary>Whoever fills in the table of picks, or names a file of their own, keeps it.</summary>
    [Fact]
    public void Export_WhereSomebodyHasWritten_LeavesItAndSaysSo()
    {
        _w.RecordRound(SomeRound.Of(2), [new(_ids["1.png"], 1, null, null), new(_ids["2.png"], 2, null, null)]);
        var (picks, _, _) = _w.Export(ExportWhat.Picks, "csv");
        Assert.Equal(picks, _w.Export(ExportWhat.Picks, "csv").Path);                   // as it was left: written anew
        File.WriteAllText(picks, File.ReadAllText(picks).Replace("1.png,,", "1.png,cat,", StringComparison.Ordinal));
        var mine = _folder.Write("mine.csv", "path,label\n0.png,cat\n");
        var photograph = File.ReadAllBytes(_folder["images/3.png"]);
        var list = _folder.Write("mine.json", "[]");
        var image = _folder["images/3.png"];
        foreach (
            var (path, format, start) in new[] { (picks, "csv", picks), (mine, "csv", mine), (list, "json", list),
                (mine, "json", "expected a name"), (image, "coco", image) })
        {
            var before = File.ReadAllBytes(path);
            Assert.StartsWith(
                start == path ? $"{path} is not an unchanged export of vaal and stays as it is" : start,
                Assert.Throws<InputException>(() => _w.Export(ExportWhat.Picks, format, path)).Message,
                StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(path));
        }
        Assert.Equal(photograph, File.ReadAllBytes(_folder["images/3.png"]));
        Assert.Equal(1, _w.Import(picks, new()).Added);                                 // what the message advises
        Assert.Equal("cat", ClassOf("1.png"));

        var (tasks, _, _) = _w.Export(ExportWhat.Picks, "label-studio");
        File.AppendAllText(Path.ChangeExtension(tasks, ".config.xml"), "<!-- mine -->");
        Assert.Contains(
            ".config.xml is not an unchanged export of vaal",
            Assert.Throws<InputException>(() => _w.Export(ExportWhat.Picks, "label-studio")).Message,
            StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateDirectories(_w.Folder, "exporting-*"));
    }

    /// <summary>The new file is known before it lies there, and the old one until then: an export that ends in between
    /// can be made again.</summary>
    [Fact]
    public void Export_EndedBetweenRecordAndFile_CanBeMadeAgain()
    {
        var (files, target) = (new ExportedFiles(_w.Folder), _folder["out/o.csv"]);
        Directory.CreateDirectory(_folder["out/in the way"]);
        files.Replace(target, to => File.WriteAllText(to, "first"));
        Assert.Throws<InputException>(() => files.Replace(target, to =>
        {
            File.WriteAllText(to, "second");
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(to)!, "in the way"), "a file where a folder is");
        }));
        files.Replace(target, to => File.WriteAllText(to, "third"));
        Assert.Equal("third", File.ReadAllText(target));
    }

    [Fact]
    public void Export_WhatAnEarlierOneLeftHalfDone_IsRemovedOnceItIsOld()
    {
        var (old, recent) = (Path.Combine(_w.Folder, "exporting-a"), Path.Combine(_w.Folder, "exporting-b"));
        foreach (var folder in new[] { old, recent }) Directory.CreateDirectory(folder);
        Directory.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-2));
        _w.Export(ExportWhat.Unlabelled, "csv");
        Assert.Equal([recent], Directory.EnumerateDirectories(_w.Folder, "exporting-*"));
    }

    [Fact]
    public void Export_PicksOfARoundThatWasTakenBack_AreRefused()
    {
        foreach (var path in new[] { "1.png", "2.png" })
            _w.RecordRound(SomeRound.Of(1), [new(_ids[path], 1, null, null)]);
        _w.Undo();
        Assert.Equal("round 2 was taken back",
            Assert.Throws<InputException>(() => _w.Export(ExportWhat.Picks, "csv", round: 2)).Message);
        Assert.Equal("there is no round 3; the last is 2",
            Assert.Throws<InputException>(() => _w.Export(ExportWhat.Picks, "csv", round: 3)).Message);
        Assert.EndsWith("picks-1.csv", _w.Export(ExportWhat.Picks, "csv").Path, StringComparison.Ordinal);
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
        var (tasks, _, _) = _w.Export(ExportWhat.Labelled, "label-studio");
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
            var (path, _, _) = _w.Export(ExportWhat.Labelled, format.Name);
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

    [Theory]
    [MemberData(nameof(Written))]
    public void Export_ThenImport_GivesTheLabelsBack(string format)
    {
        _w.Import(_folder.Write("in.json", """
            [{"path":"0.png","label":"cat"},{"path":"1.png","label":"=dog"},
             {"path":"2.png","label":"a, b"},{"path":"3.png","label":"train"}]
            """), new());
        var before = _w.Labels().ToDictionary(l => l.Image, l => (l.Class, l.ShapesJson));
        var (path, count, _) = _w.Export(ExportWhat.Labelled, format);
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
        var (path, _, _) = _w.Export(ExportWhat.Labelled, format);
        Assert.Equal((0, 1), (_w.Import(path, new()) is var same ? same.Changed : -1, same.Unchanged));
        _w.Undo();
        Assert.Equal(1, _w.Import(path, new()).Added);
        Assert.True(LabelShapes.Same(before.Shapes, _w.Labels().Single().Shapes));
    }

    public static TheoryData<string> CarriesShapes =>
        [.. LabelFormats.All.Values.Where(f => f.Write is not null && f.Carries.Contains(typeof(Polygon)))
            .Select(f => f.Name)];
}
