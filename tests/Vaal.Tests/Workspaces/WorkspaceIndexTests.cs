using System.Text;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

public sealed partial class WorkspaceIndexTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IndexReport Index(IndexOptions? options = null, string? source = null, string? workspace = null)
    {
        using var w = Workspace.Create(source ?? _folder.Path, workspace);
        var report = w.Index(options ?? new());
        Assert.Empty(w.Problems());
        return report;
    }

    private Dictionary<string, ImageRow> Rows()
    {
        using var w = Workspace.Open(_folder.Path);
        return w.Images().Where(i => i.State != ImageState.Removed).ToDictionary(i => i.Path);
    }

    private void Pool(int count)
    {
        for (var i = 0; i < count; i++) _folder.Write($"{i:000}.png", Pictures.Random(i));
    }

    [Fact]
    public void Index_MixedFolder_TellsWhatEachFileIs()
    {
        _folder.Write("a.png", Pictures.Random(1));
        _folder.Write("copy of a.png", Pictures.Random(1));
        _folder.Write("resaved a.png", Pictures.SamePixels(1));
        _folder.Write("brighter a.png", Pictures.Random(1, brighter: 9));
        _folder.Write("sub/b.png", TestImages.Rgb(40, 30, 200, 10, 10));
        _folder.Write("c.jpg", Encoding.ASCII.GetBytes("no picture"));

        var report = Index();
        var rows = Rows();

        Assert.Equal(
            (6, 6, 1, 2, 2, 1),
            (report.Images, report.Added, report.Broken.Count, report.Duplicates, report.NearDuplicates,
                report.NearGroups));
        Assert.Equal(
            ("c.jpg", "not a JPEG, PNG, WebP, BMP or GIF file"), (report.Broken[0].Path, report.Broken[0].Reason));
        Assert.Equal((40, 30), (rows["sub/b.png"].Width, rows["sub/b.png"].Height));
        Assert.Equal(ImageState.Ok, rows["a.png"].State);
        Assert.Equal(
            [rows["a.png"].Id, rows["a.png"].Id],
            new[] { rows["copy of a.png"].DuplicateOf, rows["resaved a.png"].DuplicateOf }.OfType<int>());
        Assert.Equal(rows["a.png"].NearGroup, rows["brighter a.png"].NearGroup);
        Assert.NotNull(rows["a.png"].NearGroup);
        Assert.Null(rows["sub/b.png"].NearGroup);
    }

    [Theory]
    [InlineData("a.png", "is a file; expected a folder of images, or a CSV or Parquet table")]
    [InlineData("list.ods", "found the spreadsheet")]
    public void Preview_FileThatIsNoTable_IsRefusedAsCreateRefusesIt(string name, string problem)
    {
        var path = _folder.Write(name, Pictures.Random(1));
        Assert.Contains(problem, Assert.Throws<InputException>(() => Workspace.Preview(path)).Message);
        Assert.Contains(problem, Assert.Throws<InputException>(() => Workspace.Create(path)).Message);
    }

    [Fact]
    public void Status_NoFileCanBeUsed_SaysSoAndNotThatAllIsLabelled()
    {
        _folder.Write("a.heic", "\0\0\0\u0018ftypheic, and no more");
        Index();
        using var w = Workspace.Open(_folder.Path);
        Assert.Equal("no image can be used; add JPEG, PNG, WebP, BMP or GIF files and run 'vaal init' again",
            w.Status().Next);
    }

    [Fact]
    public void Index_OnePixelDiffers_IsNoDuplicate()
    {
        // 256×256 pixels: as a 64×64 picture the one grey level is rounded away
        _folder.Write("a.png", TestImages.Grey(256, 256, (x, y) => x));
        _folder.Write("b.png", TestImages.Grey(256, 256, (x, y) => x == 100 && y == 100 ? 101 : x));
        var report = Index();
        Assert.Equal((0, 2), (report.Duplicates, report.NearDuplicates));
    }

    [Fact]
    public void Index_Again_ChangesNothing()
    {
        Pool(5);
        _folder.Write("dup.png", Pictures.SamePixels(3));
        Index(new() { Test = TestSize.Parse("2") });
        var rows = Rows();
        using var w = Workspace.Open(_folder.Path);
        var log = w.Entries(parts: true);

        var again = Index();

        Assert.Equal((0, 0, 0, 0, 0), (again.Added, again.Changed, again.Moved, again.Removed, again.Back));
        Assert.Equal(rows, Rows());
        Assert.Equal(log.Select(AsJson.Of), w.Entries(parts: true).Select(AsJson.Of));
    }

    [Fact]
    public void Index_FilesComeGoAndMove_LabelsStayWithWhatIsSeen()
    {
        Pool(4);
        Index();
        using var w = Workspace.Open(_folder.Path);
        var before = Rows();
        foreach (var i in Enumerable.Range(0, 4)) w.Label(before[$"{i:000}.png"].Id, $"class {i}", [], "me", "test");

        File.Delete(_folder["000.png"]);                                             // gone
        // another picture under the old name
        File.WriteAllBytes(_folder["001.png"], Pictures.Random(99));
        File.Move(_folder["002.png"], _folder["new.png"]);                           // renamed,
        File.Move(_folder["003.png"], _folder["002.png"]);                           // and its name taken by another
        _folder.Write("004.png", Pictures.Random(4));
        var report = Index();

        Assert.Equal((1, 1, 2, 1, 0), (report.Added, report.Changed, report.Moved, report.Removed, report.Back));
        var labels = w.Labels().ToDictionary(l => l.Image, l => l.Class);
        Assert.Equal("class 2", labels[Rows()["new.png"].Id]);
        Assert.Equal("class 3", labels[Rows()["002.png"].Id]);
        Assert.Equal("class 1", labels[Rows()["001.png"].Id]);
        Assert.Equal("class 0", labels[before["000.png"].Id]);

        _folder.Write("back/000.png", Pictures.Random(0));
        Assert.Equal((0, 1, 1), (Index() is var r ? r.Added : -1, r.Back, r.Moved));
        Assert.Equal(before["000.png"].Id, Rows()["back/000.png"].Id);
    }

    [Fact]
    public void Index_LabelledOriginalIsDeleted_ItsTwinGetsTheLabel()
    {
        _folder.Write("a.png", Pictures.Random(1));
        _folder.Write("b.png", Pictures.Random(1));
        _folder.Write("c.png", Pictures.Random(2));
        Index();
        using var w = Workspace.Open(_folder.Path);
        w.Label(Rows()["a.png"].Id, "cat", [], "me", "test");
        File.Delete(_folder["a.png"]);
        Index();
        Assert.Equal(ImageState.Ok, Rows()["b.png"].State);
        Assert.Equal("cat", w.Labels().Single(l => l.Image == Rows()["b.png"].Id).Class);
    }

    /// <summary>Of images with the same pixels the one with a label stands for both, and before it that of the test
    /// set: a test image never comes into the pool under another name.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Index_TwinOfALabelledOrTestImage_IsTheOneLeftOut(bool test)
    {
        Pool(3);
        Index(test ? new() { TestList = _folder.Write("t.txt", "001.png") } : new());
        using var w = Workspace.Open(_folder.Path);
        w.Label(Rows()[test ? "000.png" : "001.png"].Id, "cat", [], "me", "test");
        File.Copy(_folder["001.png"], _folder["000.png"], overwrite: true);          // the older of the two
        Index();
        Assert.Equal((ImageState.Duplicate, Rows()["001.png"].Id),
            (Rows()["000.png"].State, Rows()["000.png"].DuplicateOf));
        Assert.Equal((ImageState.Ok, test), (Rows()["001.png"].State, Rows()["001.png"].Test));

        File.Delete(_folder["001.png"]);
        Index();
        Assert.Equal((ImageState.Ok, test), (Rows()["000.png"].State, Rows()["000.png"].Test));
    }

    [Fact]
    public void Index_AnotherSize_ComparesOldAndNewFilesAtIt()
    {
        Pool(2);
        Index();
        _folder.Write("copy.png", Pictures.SamePixels(0));
        Assert.Equal(1, Index(new() { Size = 32 }).Duplicates);
        Assert.Equal(ImageState.Duplicate, Rows()["copy.png"].State);
    }

    [Fact]
    public void Index_EncoderThatWasChosen_Stays()
    {
        _folder.Write("large.png", TestImages.Grey(256, 256, (x, y) => x));
        Index(new() { Encoder = "none" });
        Index();
        using var w = Workspace.Open(_folder.Path);
        Assert.Equal("none", w.Encoder);
    }

    [Fact]
    public void Index_LabelFromFolders_AccentsComposedOtherwise_AreOneClass()
    {
        foreach (var (i, folder) in new[] { "cafe\u0301", "caf\u00e9", "tea" }.Index())
            _folder.Write($"{folder}/{i}.png", Pictures.Random(i));
        Index(new() { Labels = true });
        using var w = Workspace.Open(_folder.Path);
        string[] classes = [.. w.Labels().Select(l => l.Class!).Order(StringComparer.Ordinal)];
        Assert.Equal(["cafe\u0301", "cafe\u0301", "tea"], classes);
    }

    [Fact]
    public void Index_ThirtyPercentNearDuplicates_GroupsExactlyThose()
    {
        for (var i = 0; i < 70; i++) _folder.Write($"{i:000}.png", Pictures.Random(i));
        for (var i = 0; i < 30; i++) _folder.Write($"near/{i:000}.png", Pictures.Random(i, brighter: 4 + i % 5));
        var report = Index();
        Assert.Equal((60, 30), (report.NearDuplicates, report.NearGroups));
        var rows = Rows();
        for (var i = 0; i < 30; i++) Assert.Equal(rows[$"{i:000}.png"].NearGroup, rows[$"near/{i:000}.png"].NearGroup);
        Assert.Equal(0, Index(new() { NearDuplicates = 0 }).NearDuplicates);
        Assert.Equal(0, Index().NearDuplicates);                                     // the option is remembered
    }

    [Fact]
    public void Index_AwkwardNames_KeepTheirPaths()
    {
        string[] names = [
            "with space.png", "caf\u00e9.png", "cafe\u0301.png", new string('x', 200) + ".png",
            "a'b\"c,d.png", "=cmd.png"];
        foreach (var (i, name) in names.Index()) _folder.Write($"dir one/{name}", Pictures.Random(i));
        Directory.CreateSymbolicLink(_folder["dir one/loop"], _folder.Path);
        Directory.CreateSymbolicLink(_folder["linked"], _folder["dir one"]);
        File.CreateSymbolicLink(_folder["dangling.png"], _folder["nowhere.png"]);
        var report = Index();
        Assert.Equal(
            names.Select(n => $"dir one/{n}").Append("dangling.png").Order(StringComparer.Ordinal), Rows()
            .Keys.Order(StringComparer.Ordinal));
        Assert.Equal("dangling.png", report.Broken.Single().Path);
    }

    [Fact]
    public void Index_WorkspaceElsewhere_LeavesTheImageFolderAlone()
    {
        using var elsewhere = new TemporaryFolder();
        Pool(3);
        Index(workspace: elsewhere.Path);
        Assert.Equal(3, Directory.GetFileSystemEntries(_folder.Path).Length);
        using var w = Workspace.Open(elsewhere.Path);
        Assert.Equal((_folder.Path, 3), (w.Root, w.Images().Count));
        using var images = w.LoadImages();
        Assert.Equal(3, images.Images.Count);
        using var other = new TemporaryFolder();
        other.Write("x.png", Pictures.Random(1));
        Assert.Contains(
            "belongs to the images in",
            Assert.Throws<InputException>(() => Index(source: other.Path, workspace: elsewhere.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Index_WorkspaceVisibleInsideTheImages_IsNotIndexed()
    {
        Pool(2);
        Index(workspace: _folder["work"]);
        _folder.Write("work/exports/x.png", Pictures.Random(7));
        Assert.Equal(2, Index(workspace: _folder["work"]).Images);
    }

    [Fact]
    public void Index_MovedWithItsImages_GoesOn()
    {
        _folder.Write("one/a.png", Pictures.Random(1));
        Index(source: _folder["one"]);
        Directory.Move(_folder["one"], _folder["two"]);
        using (var moved = Workspace.Open(_folder["two"])) Assert.Equal(_folder["two"], moved.Root);
        Assert.Equal(0, Index(source: _folder["two"]).Added);
        Assert.Equal(_folder["two/.vaal"], Workspace.Find(_folder["two"]));
    }

    [Fact]
    public void Index_Manifest_TakesItsImagesAndLabels_RefusesWhatLiesOutside()
    {
        Pool(3);
        var table = _folder.Write(
            "list.csv",
            $"path,label\n000.png,cat\n./001.png,\n{_folder["002.png"]},dog\n"
            + "../x.png,dog\n/etc/passwd,dog\nmissing.png,cat\n");
        var report = Index(new() { Labels = true }, source: table);
        Assert.Equal((4, 1, 3), (report.Images, report.Broken.Count, report.Labels!.Added));
        Assert.Equal("there is no such file", report.Broken[0].Reason);
        Assert.Equal(2, report.Notes.Count(n => n.Contains("lies outside", StringComparison.Ordinal)));
        Assert.StartsWith("list.csv line 5: '../x.png' lies outside", report.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Index_ManifestThatNamesAnImageTwice_TakesNoneOfTwoClasses()
    {
        Pool(2);
        var table = _folder.Write("list.csv", "path,label\n000.png,cat\n./000.png,dog\n001.png,cat\n001.png,cat\n");
        var labels = Index(new() { Labels = true }, source: table).Labels!;
        Assert.Equal(1, labels.Added);
        Assert.Equal(
        [
            "line 2: '000.png' is 'cat' here, and something else at line 3; none is taken",
            "line 3: '000.png' is 'dog' here, and something else at line 2; none is taken",
        ], labels.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Index_LabelFromFolders_ContradictingTwins_AreListed()
    {
        _folder.Write("cat/1.png", Pictures.Random(1));
        _folder.Write("dog/1.png", Pictures.Random(1));
        _folder.Write("dog/2.png", Pictures.Random(2));
        _folder.Write("loose.png", Pictures.Random(3));
        var report = Index(new() { Labels = true });
        Assert.Equal((1, 2), (report.Labels!.Added, report.Labels.Problems.Count));
        Assert.StartsWith(
            "cat/1.png: 'cat/1.png' is 'cat' here, and something else at dog/1.png", report.Labels.Problems[0]
            .ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nowhere", "there is no folder or file nowhere")]
    [InlineData("", "holds no image")]
    public void Create_NothingThere_IsOneLine(string source, string message)
    {
        var path = source.Length == 0 ? _folder.Path : source;
        Assert.Contains(
            message, Assert.Throws<InputException>(() => Workspace.Create(path)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(path, ".vaal")));
    }

    /// <summary>As <c>init --workspace</c> alone.</summary>
    [Theory]
    [InlineData(null, 3)]
    [InlineData("table.csv", 2)]
    public void Index_WorkspaceAsItsOwnSource_IsOfWhatItWasMadeOf(string? table, int images)
    {
        using var elsewhere = new TemporaryFolder();
        Pool(3);
        _folder.Write("table.csv", "path\n000.png\n002.png\n");
        Index(source: table is null ? _folder.Path : _folder[table], workspace: elsewhere["w"]);
        Assert.Equal((images, _folder.Path), (Workspace.Preview(elsewhere["w"], elsewhere["w"]).Images,
            Workspace.Preview(elsewhere["w"], elsewhere["w"]).Root));
        Assert.Equal(images, Index(source: elsewhere["w"], workspace: elsewhere["w"]).Images);
    }

    /// <summary>A message that named no folder sent people in circles.</summary>
    [Fact]
    public void Index_ImagesHaveMoved_NamesTheCommandThatWorks()
    {
        using var elsewhere = new TemporaryFolder();
        _folder.Write("old/a.png", Pictures.Random(1));
        Index(new() { Encoder = "none" }, _folder["old"], elsewhere["w"]);
        Directory.Move(_folder["old"], _folder["new"]);
        var problem = $"the image folder {_folder["old"]} is not there any more; run 'vaal init DIR --workspace "
            + $"{elsewhere["w"]}' with its new place";
        Assert.Equal(problem, Assert.Throws<InputException>(
            () => Workspace.Create(elsewhere["w"], elsewhere["w"])).Message);
        using (var w = Workspace.Open(elsewhere["w"]))
            Assert.Equal(problem, Assert.Throws<InputException>(
                () => w.Export(ExportWhat.All, "image-folder", elsewhere["out"])).Message);
        Assert.Equal(1, Index(new() { Encoder = "none" }, _folder["new"], elsewhere["w"]).Images);
    }

    [Fact]
    public void Create_WorkspaceCannotBeMade_SaysWhatToDo()
    {
        Pool(1);
        _folder.Write(".vaal", "a file where the folder should be");
        Assert.EndsWith(
            "name a folder that can be written with --workspace",
            Assert.Throws<InputException>(() => Workspace.Create(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadImages_GivesIdsOfThePool_WithoutWhatMustNotBeThere()
    {
        Pool(6);
        _folder.Write("dup.png", Pictures.Random(0));
        _folder.Write("bad.png", "x");
        Index(new() { Size = 32, TestList = _folder.Write("t.txt", "005.png") });
        using var w = Workspace.Open(_folder.Path);
        var rows = Rows();
        w.Label(rows["001.png"].Id, "cat", [], "me", "test");
        w.Label(rows["005.png"].Id, "dog", [], "me", "test");
        File.Delete(_folder["004.png"]);
        Index();

        using var images = w.LoadImages();

        Assert.Equal(
            ["000.png", "001.png", "002.png", "003.png", "005.png", "dup.png"], images.Rows.Select(r => r.Path));
        Assert.Equal(images.Images.Paths, images.Rows.Select(r => r.Path));
        Assert.Equal((32, 3), (images.Images.Height, images.Images.Channels));
        Assert.Equal([1], images.Labelled);
        Assert.Equal([0, 2, 3], images.Unlabelled);
        Assert.Equal([4], images.Test);
        Assert.Equal(["cat", "dog"], images.ClassNames);
        Assert.Equal([-1, 0, -1, -1, 1, -1], images.Images.Classes);
        // the top left block of 000.png, averaged over 2×2 equal pixels, is that block's grey
        Assert.Equal((byte)new Random(0).Next(20, 220), images.Images[0][0]);
    }
}
