using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>A workspace whose images may have several classes: 6 pictures, a twin of the first, no label yet.</summary>
public sealed partial class WorkspaceMultiLabelTests : IDisposable
{
    private const int Images = 6;
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;
    private readonly Dictionary<string, int> _ids;

    public WorkspaceMultiLabelTests()
    {
        for (var i = 0; i < Images; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        _folder.Write("images/twin of 0.png", Pictures.Random(0));
        _w = Made("w", several: true);
        _ids = _w.Images().ToDictionary(i => i.Path, i => i.Id);
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private Workspace Made(string name, bool several, string test = "")
    {
        var made = Workspace.Create(_folder["images"], _folder[name]);
        made.Index(new()
        {
            MultiLabel = several,
            NearDuplicates = 0,
            TestList = test.Length == 0 ? null : _folder.Write($"{name}.txt", test),
        });
        return made;
    }

    private ImportReport Import(string text, string file = "labels.csv", ImportOptions? options = null) =>
        _w.Import(_folder.Write(file, text), options ?? new() { By = "ann" });

    // "0: cat dog | 3: (none)"
    private string Said(Workspace? workspace = null)
    {
        var w = workspace ?? _w;
        var paths = w.Images().ToDictionary(i => i.Id, i => i.Path[..^4]);
        return string.Join(" | ", w.Labels().OrderBy(l => paths[l.Image], StringComparer.Ordinal).Select(l =>
            $"{paths[l.Image]}: {(l.SetJson is null ? "?" : l.Classes.Count == 0 ? "(none)"
                : string.Join(' ', l.Classes))}"));
    }

    [Theory]
    [InlineData("path,label\n0.png,dog|cat\n1.png,cat;bird\n2.png,\"cat, dog\"\n3.png,bird\n5.png,\n")]
    [InlineData("path,label\n0.png,\"[\"\"cat\"\",\"\"dog\"\"]\"\n1.png,bird|cat\n2.png,dog|cat\n3.png,bird\n")]
    [InlineData("image,class\n0.png,cat\n3.png,bird\n0.png,dog\n1.png,bird\n2.png,dog\n1.png,cat\n2.png,cat\n")]
    [InlineData("filename, bird, cat, dog\n0.png, 0, 1, 1\n1.png, 1, 1, 0\n2.png, 0, 1, 1\n3.png, 1, 0, 0\n")]
    [InlineData("ImageID,LabelName,Confidence\n0,cat,1\n0,dog,1\n0,bird,0\n1,bird,1\n1,cat,1\n2,cat,1\n"
        + "2,dog,1\n3,bird,1\n")]
    public void Import_TablesOfSeveralClasses_GiveTheSets(string table)
    {
        var report = Import(table);
        Assert.Empty(report.Problems);
        Assert.Equal(4, report.Added);
        Assert.Equal("0: cat dog | 1: bird cat | 2: cat dog | 3: bird", Said());
        Assert.Empty(_w.Problems());
        Assert.Equal((0, 4), (Import(table) is var again ? again.Changed : -1, again!.Unchanged));
    }

    [Fact]
    public void Import_RowOfZeros_OrAnEmptyList_IsTheEmptySet_AndABlankCellNoLabel()
    {
        Import("filename,cat,dog\n0.png,0,0\n1.png,1,1\n");
        Import("path,label\n2.png,[]\n3.png,\n4.png,cat\n");
        Assert.Equal("0: (none) | 1: cat dog | 2: (none) | 4: cat", Said());
        Assert.Equal(4, _w.Status().Labelled);
        Assert.Contains(_w.Entries(parts: true), e => e.Words.StartsWith("0.png: none of the classes, by ann",
            StringComparison.Ordinal));
    }

    [Fact]
    public void Import_OneBadRowOfAnImage_LeavesTheImageOut()
    {
        var report = Import("path,label\n0.png,cat\n0.png,\"dog\n");
        Assert.Equal("line 2: line 3: a quote is opened and never closed; '0.png' is left out",
            Assert.Single(report.Problems).ToString());
        Assert.Empty(_w.Labels());
    }

    /// <summary>One row says a class, the other that there is none: nobody knows which is right.</summary>
    [Fact]
    public void Import_RowsThatSayAClassAndNone_AreListed()
    {
        var report = Import("path,label\n0.png,cat\n0.png,[]\n1.png,dog\n1.png,cat\n2.png,[]\n2.png,[]\n");
        Assert.Equal("line 2: '0.png' is 'cat' at line 2, and has none of the classes at line 3; neither is taken",
            Assert.Single(report.Problems).ToString());
        Assert.Equal("1: cat dog | 2: (none)", Said());
    }

    [Fact]
    public void Import_TwoPeopleOrTwoFilesSayOtherSets_IsListed_AndReplaceTakesTheNewOne()
    {
        var report = Import("path,label,annotator\n0.png,cat,ann\n0.png,cat|dog,ben\n1.png,cat,ann\n1.png,cat,ben\n",
            options: new());
        Assert.Equal(["'0.png' is 'cat' here, and something else at line 3; none is taken",
            "'0.png' is 'cat' and 'dog' here, and something else at line 2; none is taken"],
            report.Problems.Select(p => p.Message));
        Assert.Equal("1: cat", Said());
        Assert.StartsWith("'1.png' is 'cat' and 'dog' here and 'cat' in the workspace since",
            Assert.Single(Import("path,label\n1.png,cat|dog\n").Problems).Message, StringComparison.Ordinal);
        Assert.Equal(1, Import("path,label\n1.png,cat|dog\n", options: new() { By = "ann", Replace = true }).Replaced);
        Assert.Equal("1: cat dog", Said());
    }

    [Fact]
    public void Import_OfOtherTools_GivesTheSets()
    {
        Import("""
            [{"id": 1, "data": {"image": "0.png"}, "annotations": [{"result": [{"type": "choices",
              "value": {"choices": ["dog", "cat"]}}]}]},
             {"id": 2, "data": {"image": "1.png"}, "annotations": [{"result": []}]}]
            """, "ls.json");
        Import("""
            {"images": [{"id": 1, "file_name": "2.png", "width": 64, "height": 64}],
             "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "bird"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 2}, {"id": 2, "image_id": 1, "category_id": 1},
              {"id": 3, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]}
            """, "coco.json");
        Import("""
            {"3.png123": {"filename": "3.png", "size": 123, "regions": [],
              "file_attributes": {"class": {"cat": true, "dog": true, "bird": false}}}}
            """, "via.json");
        Import("image,id,choice,annotator,annotation_id,created_at,updated_at,lead_time\n"
            + "4.png,7,\"{\"\"choices\"\":[\"\"cat\"\",\"\"dog\"\"]}\",1,9,2024-01-01,2024-01-01,3\n", "ls.csv");
        Import("""
            <annotations><version>1.1</version><image id="0" name="5.png" width="64" height="64">
            <tag label="dog"/><tag label="bird"/></image></annotations>
            """, "cvat.xml");
        Assert.Equal("0: cat dog | 1: (none) | 2: bird cat | 3: cat dog | 4: cat dog | 5: bird dog", Said());
        Assert.IsType<Box>(Assert.Single(_w.Labels().Single(l => l.Image == _ids["2.png"]).Shapes));
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Import_SeveralClassesIntoAWorkspaceOfOne_IsRefusedAndSaysWhatTakesThem()
    {
        using var one = Made("one", several: false);
        var report = one.Import(_folder.Write("t.csv", "path,label\n0.png,cat|dog\n1.png,cat\n"), new());
        Assert.Equal("line 2: '0.png' has the classes 'cat', 'dog'; an image has one, unless the workspace was made by "
            + "'vaal init --multi-label'", Assert.Single(report.Problems).ToString());
        Assert.Equal("cat", Assert.Single(one.Labels()).Class);
    }

    [Fact]
    public void Index_MultiLabel_ChangesUntilTheFirstLabel()
    {
        _w.Index(new() { MultiLabel = false });
        Assert.False(_w.IsMultiLabel);
        _w.Index(new() { MultiLabel = true });
        Import("path,label\n0.png,cat\n");
        _w.Index(new());
        Assert.True(_w.IsMultiLabel);
        Assert.Equal("expected no labels where an image is to have one class from now on, found 1; make another "
            + "workspace with --workspace",
            Assert.Throws<InputException>(() => _w.Index(new() { MultiLabel = false })).Message);
    }

    [Fact]
    public void Index_ManifestWithSeveralClasses_LabelsTheImages()
    {
        var table = _folder.Write("images/table.csv",
            "path,label\n0.png,cat|dog\n1.png,bird\n1.png,cat\n2.png,\n3.png,[]\n");
        using var w = Workspace.Create(table, _folder["m"]);
        w.Index(new() { MultiLabel = true, Labels = true, NearDuplicates = 0 });
        Assert.Equal("0: cat dog | 1: bird cat | 3: (none)", Said(w));
    }

    [Fact]
    public void Preview_ManifestWithSeveralClasses_IsCounted()
    {
        var table = _folder.Write("images/table.csv", "path,label\n0.png,cat|dog\n1.png,bird\n");
        Assert.Equal(2, Workspace.Preview(table, _folder["m"]).Images);
    }

    /// <summary>A table with several classes in a cell may name the test set, and images that are labelled
    /// elsewhere.</summary>
    [Fact]
    public void Lists_WhoseClassesNobodyAsksFor_AreReadWhateverTheyAre()
    {
        var tests = _folder.Write("tests.csv", "path,label\n0.png,cat|dog\n1.png,#N/A\n");
        var elsewhere = _folder.Write("elsewhere.csv", "path,label\n2.png,cat|dog\n3.png,#N/A\n");
        using var w = Workspace.Create(_folder["images"], _folder["listed"]);
        Assert.Equal(2, w.Index(new() { TestList = tests, NearDuplicates = 0 }).Test);
        Assert.Equal(2, w.Import(elsewhere, new ImportOptions { Elsewhere = true }).Added);
    }

    [Fact]
    public void Classes_RenameAndMergeInsideSets_AndUndo_GiveTheSetsBack()
    {
        Import("path,label\n0.png,cat|dog\n1.png,bird|cat\n2.png,kitten\n3.png,[]\n");
        var before = Said();
        Assert.Equal(2, _w.RenameClass("cat", "feline").Images);
        Assert.Equal("0: dog feline | 1: bird feline | 2: kitten | 3: (none)", Said());
        Assert.Equal(3, _w.MergeClasses(["kitten", "dog", "bird"], "feline").Images);
        Assert.Equal("0: feline | 1: feline | 2: feline | 3: (none)", Said());
        Assert.Equal(["feline"], _w.Status().Classes.Select(c => c.Class));
        _w.Undo();
        _w.Undo();
        Assert.Equal(before, Said());
        Assert.Empty(_w.Problems());
        _w.Undo();
        Assert.Empty(_w.Labels());
    }

    [Fact]
    public void Status_CountsAClassOnceAnImage_InPoolAndTest()
    {
        using var w = Made("t", several: true, test: "0.png\n1.png\n");
        w.Import(_folder.Write("t.csv", "path,label\n0.png,cat|dog\n2.png,cat|dog\n3.png,cat\n4.png,[]\n"), new());
        Assert.Equal(["dog 1 1", "cat 2 1"], w.Status().Classes.Select(c => $"{c.Class} {c.Pool} {c.Test}"));
        Assert.Equal(2, w.Status().Skew);
        using var images = w.LoadImages();
        Assert.Equal(["cat", "dog"], images.ClassNames);
        Assert.Equal(["0 1", "?", "0 1", "0", "", "?", "?"],
            images.Images.ClassSets!.Select(s => s is null ? "?" : string.Join(' ', s)));
    }

    [Theory]
    [InlineData(false, "its labels have one class, and images may have several now")]
    [InlineData(true, "its labels are of several classes, and images have one now")]
    public void Undo_OfLabelsOfTheOtherForm_IsRefused(bool several, string why)
    {
        using var w = Made("other", several);
        var image = w.Images()[0].Id;
        w.Annotate([new("a", image, LabelKind.Label) { Classes = ["cat"] }], "ann");
        var clear = Assert.Single(w.Annotate([new("b", image, LabelKind.Clear)], "ann")).Entry;
        w.Index(new() { MultiLabel = !several });
        Assert.Equal($"#{clear} cannot be taken back: {why}", Assert.Throws<InputException>(() => w.Undo()).Message);
        Assert.Empty(w.Labels());
        w.Index(new() { MultiLabel = several });
        w.Undo();
        Assert.Equal(["cat"], Assert.Single(w.Labels()).Classes);
    }

    [Fact]
    public void Declared_OtherClassInASet_IsRefused()
    {
        _w.AddClasses("cat", "dog");
        Assert.Equal("line 2: 'bird' is no declared class; correct it, or pass --new-classes to add it; there are: "
            + "cat, dog", Assert.Single(Import("path,label\n0.png,cat|bird\n1.png,cat|dog\n").Problems).ToString());
        Assert.Equal("1: cat dog", Said());
        Import("path,label\n0.png,cat|bird\n", options: new() { NewClasses = true });
        Assert.Equal(["cat", "dog", "bird"], _w.DeclaredClasses);
    }

    [Fact]
    public void Annotate_SeveralClasses_AreSavedUndoneAndRefusedWhereAnImageHasOne()
    {
        LabelOperation Of(string op, int image, params string[] classes) =>
            new(op, image, LabelKind.Label) { Classes = classes };
        Assert.All(_w.Annotate([Of("a", _ids["0.png"], "dog", "cat"), Of("b", _ids["1.png"])], "ann"),
            r => Assert.Null(r.Why));
        Assert.Equal("0: cat dog | 1: (none)", Said());
        Assert.Equal([_ids["1.png"]], _w.UndoStep("u", "ann")!.Images);
        Assert.Equal("0: cat dog", Said());
        Assert.Empty(_w.Problems());
        using var one = Made("one", several: false);
        Assert.Equal("expected one class for an image, found 2",
            one.Annotate([Of("a", one.Images()[0].Id, "dog", "cat")], "ann").Single().Why);
        Assert.Null(one.Annotate([Of("b", one.Images()[0].Id, "dog")], "ann").Single().Why);
        Assert.Equal("dog", Assert.Single(one.Labels()).Class);
    }

    [Fact]
    public void Annotate_TwoPeopleBlind_KeepTheirSets()
    {
        LabelOperation Of(string op, params string[] classes) =>
            new(op, _ids["0.png"], LabelKind.Label) { Classes = classes };
        _w.Annotate([Of("a", "dog", "cat")], "ann", _ => true);
        _w.Annotate([Of("b", "cat")], "ben", _ => true);
        Assert.Equal(["ann: cat dog", "ben: cat"],
            _w.VotesOn(_ids["0.png"]).Select(v => $"{v.Who}: {string.Join(' ', v.Classes)}"));
        Assert.Equal("0: cat dog", Said());
        _w.UndoStep("u", "ben");
        Assert.Single(_w.Votes()[_ids["0.png"]]);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Migrate_WorkspaceOfSchema5_KeepsItsLabelsAndTrainings()
    {
        using var db = new Database(_folder["m.db"]);
        Schema.Migrate(db, "m.db", [.. Schema.Migrations.Take(5)]);
        db.Execute("insert into images (id, path, bytes, modified, width, height, state, content_hash, small_hash) "
            + "values (1, 'a.png', 1, 1, 1, 1, 'ok', zeroblob(16), zeroblob(16))");
        db.Execute("insert into labels (image, class, elsewhere, who, at, source) values (1, 'cat', 0, 'ann', "
            + "'2024-01-01T00:00:00.000Z', 'f')");
        db.Execute("insert into trainings (labels, tests, correct, options, seed, started, finished, version) values "
            + "(4, 2, 1, '{}', 7, 'a', 'b', '0.1.0')");
        Schema.Migrate(db, "m.db");
        Assert.Equal("cat||", db.Text("select concat_ws('|', class, coalesce(classes, ''), '') from labels"));
        Assert.Equal("4 2 1 7 b", db.Text("select concat_ws(' ', labels, tests, correct, seed, finished) from "
            + "trainings where masks is null and several is null"));
    }
}
