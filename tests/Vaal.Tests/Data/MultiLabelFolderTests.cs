using Vaal.Data;
using Vaal.Workspaces;

namespace Vaal.Tests.Data;

/// <summary>Folders of images with several classes each: which are recognised, and what is read from them.</summary>
public sealed class MultiLabelFolderTests : IDisposable
{
    private static readonly LoadOptions Options = new() { Size = 32, Channels = 1, Threads = 2 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void Pictures(params string[] paths)
    {
        foreach (var (i, path) in paths.Index()) _folder.Write(path, TestImages.Grey(32, 32, (_, _) => 10 * i));
    }

    // the classes by name, so that a test does not depend on their numbers
    private static IEnumerable<string> Sets(DataSet data, ImageSet images) => images.Paths.Zip(images.ClassSets!,
        (path, set) => $"{path}: {string.Join(' ', set!.Select(c => data.ClassNames[c]))}");

    private string Format => DataFormats.All.First(f => f.Value.Recognises(_folder.Path)).Key;

    [Fact]
    public void Load_RoboflowsParts_ArePoolAndTest_AndSayWhatIsLeftOut()
    {
        Pictures("train/a.png", "train/b.png", "train/c.png", "valid/a.png", "test/a.png");
        _folder.Write("train/_classes.csv", "filename,dog,cat,owl\na.png,1,1,0\nb.png,0,0,0\n");
        _folder.Write("valid/_classes.csv", "filename,dog,cat,owl\na.png,1,0,0\n");
        _folder.Write("test/_classes.csv", "filename,dog,cat,owl\na.png,0,1,0\nz.png,0,1,1\n");
        Assert.Equal("multi-label", Format);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal(["train/a.png: cat dog", "train/b.png: "], Sets(data, data.Pool));
        Assert.Equal(["test/a.png: cat"], Sets(data, data.Test!));
        Assert.Equal((0, 0), (data.Pool.Classes.Count, data.Test!.Classes.Count));
        Assert.Equal(
            ["1 image outside train/ and test/ is left out",
                "1 label names no image of the folder, or more than one: 'z.png'",
                "1 image has no label and is left out: 'train/c.png'"], data.Notes);
        Assert.StartsWith("1 label names no image of the folder, or more than one: 'z.png'; 1 image has no label",
            Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, new(Options) { Strict = true })).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv", "labels.csv"), InlineData("one-hot", "_classes.csv")]
    public void Load_ExportOfAWorkspace_HasItsSets(string format, string file)
    {
        Pictures("a.png", "b.png", "sub/c.png", "sub/d.png");
        using (var workspace = Workspace.Create(_folder.Path))
        {
            workspace.Index(new IndexOptions { MultiLabel = true, Encoder = "none", NearDuplicates = 0 });
            workspace.Import(_folder.Write(".vaal/l.csv", "path,labels\na.png,cat|dog\nb.png,[]\nsub/c.png,dog\n"),
                new ImportOptions());
            workspace.Export(ExportWhat.All, format, _folder[file]);
        }
        Assert.Equal("multi-label", Format);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["a.png: cat dog", "b.png: ", "sub/c.png: dog"], Sets(data, data.Pool));
        Assert.Null(data.Test);
        Assert.Equal(["1 image has no label and is left out: 'sub/d.png'"], data.Notes);
    }

    [Fact]
    public void Load_TrainWithoutATestFolder_LeavesTheRestOut()
    {
        Pictures("train/a.png", "more/b.png", "more/c.png");
        _folder.Write("train/_classes.csv", "filename,cat,dog\na.png,1,1\n");
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["train/a.png"], data.Pool.Paths);
        Assert.Null(data.Test);
        Assert.Equal(["2 images outside train/ are left out"], data.Notes);
    }

    [Fact]
    public void Load_TwoFoldersToTrainOn_AreRefused()
    {
        Pictures("site1/train/a.png", "site1/test/b.png", "site2/train/c.png", "site2/test/d.png");
        _folder.Write("labels.csv", "path,labels\nsite1/train/a.png,cat|dog\nsite2/test/d.png,cat\n");
        Assert.Equal("expected the folder train, and test or val beside it, found site1/test, site1/train, site2/test, "
            + "site2/train; rename the folders", Assert.Throws<InputException>(
                () => DataFormats.Load(_folder.Path, Options, "multi-label")).Message);
    }

    [Fact]
    public void Load_TwoFoldersToTrainOnAndNoneToTest_AreThePool()
    {
        Pictures("site1/train/a.png", "site2/train/c.png");
        _folder.Write("labels.csv", "path,labels\nsite1/train/a.png,cat|dog\nsite2/train/c.png,cat\n");
        using var data = DataFormats.Load(_folder.Path, Options, "multi-label");
        Assert.Equal(["site1/train/a.png: cat dog", "site2/train/c.png: cat"], Sets(data, data.Pool));
        Assert.Null(data.Test);
    }

    // boxes of COCO, and its names of the parts; nothing says that there are several but the person
    [Fact]
    public void Load_OtherLabels_AreReadWhereTheFormatIsNamed()
    {
        Pictures("train2017/a.png", "train2017/b.png", "val2017/a.png");
        foreach (var part in new[] { "train2017", "val2017" })
            _folder.Write($"annotations/instances_{part}.json", """
                { "images": [{ "id": 1, "file_name": "a.png", "width": 32, "height": 32 },
                             { "id": 2, "file_name": "b.png", "width": 32, "height": 32 }],
                  "categories": [{ "id": 1, "name": "dog" }, { "id": 2, "name": "cat" }],
                  "annotations": [{ "id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5] },
                                  { "id": 2, "image_id": 1, "category_id": 2, "bbox": [9, 9, 5, 5] }] }
                """);
        Assert.NotEqual("multi-label", Format);
        using var data = DataFormats.Load(_folder.Path, Options, "multi-label");
        Assert.Equal(["train2017/a.png: cat dog"], Sets(data, data.Pool));
        Assert.Equal(["val2017/a.png: cat dog"], Sets(data, data.Test!));
    }

    // a class of a mask is in the image, and the masks are no images
    [Fact]
    public void Load_Masks_GiveTheClassesThatTheyHold()
    {
        foreach (var (path, bright) in new[] { ("train/a.png", 1), ("train/b.png", 0), ("test/a.png", 1) })
        {
            _folder.Write($"images/{path}", TestImages.Grey(32, 32, (_, _) => 9));
            _folder.Write($"masks/{path}", TestImages.Grey(32, 32, (x, _) => x < 16 ? 0 : bright));
        }
        _folder.Write("classes.csv", "id,name\n0,dark\n1,bright\n");
        Assert.Equal("image-masks", Format);
        using var data = DataFormats.Load(_folder.Path, Options, "multi-label");
        Assert.Equal(["images/train/a.png: bright dark", "images/train/b.png: dark"], Sets(data, data.Pool));
        Assert.Equal(["images/test/a.png: bright dark"], Sets(data, data.Test!));
        Assert.Equal(["3 pictures in folders of labels are not images of the pool"], data.Notes);
    }

    [Theory]
    [InlineData("labels.csv", "path,label\ncat/1.png,cat\n", "class-folder")]
    [InlineData("train/_classes.csv", "Pixel Value, Class\n0, sky\n", "flat-folder")]
    public void Recognises_TableOfOneClassOrOfMasks_IsNotTakenForSeveral(string table, string text, string format)
    {
        Pictures("cat/1.png", "dog/2.png");
        _folder.Write(table, text);
        Assert.Equal(format, Format);
    }

    [Fact]
    public void Load_TwoLabelsThatDiffer_AreNeitherTaken()
    {
        Pictures("train/a.png", "train/b.png", "train/c.png");
        _folder.Write("train/_classes.csv",
            "filename,cat,dog\na.png,1,0\na.png,1,1\nb.png,0,1\nb.png,0,1\nc.png,2,0\n");
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["train/b.png: dog"], Sets(data, data.Pool));
        Assert.Equal(
            ["train, line 6: column 2 is '2'; expected 0 or 1",
                "1 image has two labels that differ: 'train/a.png'",
                "2 images have no label and are left out: 'train/a.png', ..."], data.Notes);
    }

    [Theory]
    [InlineData("filename,cat,dog\na.png,0,0\n", "expected images with classes in ")]
    [InlineData("filename,cat,dog\nz.png,1,0\n", ", found none: 1 label names no image of the folder, or more")]
    public void Load_NoImageWithAClass_SaysSo(string table, string problem)
    {
        Pictures("train/a.png");
        _folder.Write("train/_classes.csv", table);
        var e = Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, Options));
        Assert.Contains(problem, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public void Load_NoLabelsAtAll_SaysWhatToAdd()
    {
        Pictures("a.png");
        var e = Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, Options, "multi-label"));
        Assert.StartsWith($"expected labels of the images in {_folder.Path}, found none that can be read (", e.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("; add labels.csv with the columns path and labels", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_AnotherSet_IsAnother()
    {
        Pictures("train/a.png", "train/b.png");
        string Of(string table)
        {
            _folder.Write("train/_classes.csv", table);
            using var data = DataFormats.Load(_folder.Path, Options);
            return data.Fingerprint;
        }
        const string start = "filename,cat,dog\na.png,1,1\nb.png,";
        Assert.Equal(Of(start + "0,1\n"), Of(start + "0,1\n"));
        Assert.Equal(3, new[] { Of(start + "0,1\n"), Of(start + "1,1\n"), Of(start + "0,0\n") }.Distinct().Count());
    }

    [Fact]
    public void Shapes_KeepTheSets_AndALongTailIsRefused()
    {
        using var data = BandImages.Data(40).WithImages(20, seed: 3).WithCopies(2, seed: 3);
        Assert.Equal(40, data.Pool.Count);
        for (var id = 0; id < 40; id += 2)
        {
            Assert.Equal(data.Pool.ClassSets![id], data.Pool.ClassSets[id + 1]);
            var original = Enumerable.Range(0, 40).Single(i => data.Pool[id].SequenceEqual(BandImages.Picture(i)));
            Assert.Equal(BandImages.SetOf(original), data.Pool.ClassSets[id]);
        }
        Assert.Equal("the images of bands, 20 images, 2 of each have several classes each; a long tail is made of "
            + "images with one class", Assert.Throws<InputException>(() => data.WithLongTail(10, 1)).Message);
    }

    [Fact]
    public void WithTest_NoTestImages_AFifthIsSetApartWithItsSets()
    {
        using var data = new DataSet("bands", BandImages.Set(0, 40), null, BandImages.Names, [], "x").WithTest(seed: 1);
        Assert.Equal((32, 8), (data.Pool.Count, data.Test!.Count));
        for (var i = 0; i < 8; i++)
        {
            var original = Enumerable.Range(0, 40).Single(id => data.Test[i].SequenceEqual(BandImages.Picture(id)));
            Assert.Equal(BandImages.SetOf(original), data.Test.ClassSets![i]);
        }
    }
}
