using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>Folders of image files: which files are taken, in what order, and as what class.</summary>
public sealed class ImageFolderTests : IDisposable
{
    private static readonly byte[] _png = TestImages.Grey(4, 4, (_, _) => 9);
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _cache = new();

    private LoadOptions Options => new() { Size = 32, Channels = 1, CacheFolder = _cache.Path, Threads = 2 };

    public void Dispose()
    {
        _folder.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void SourceFiles_ManyKinds_TakesImagesInOrdinalOrderOfPaths()
    {
        foreach (
            var name in new[] { "b/1.jpg", "B.png", "a-z.gif", "a/2.webp", "é.bmp", "a b.JPEG", ".vaal/x.png",
                ".git/y.png", "a/._2.webp", "readme.txt", "label.json", "c.tiff" })
            _folder.Write(name, _png);
        var notes = new List<string>();
        Assert.Equal(
            ["B.png", "a b.JPEG", "a-z.gif", "a/2.webp", "b/1.jpg", "c.tiff", "é.bmp"],
            SourceFiles.Sorted(_folder.Path, notes).Select(f => f.Path));
        Assert.Empty(notes);
    }

    [Fact]
    public void SourceFiles_LinksInALoop_EndsAndReadsNoFolderTwice()
    {
        _folder.Write("a/b/1.png", _png);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "a/b/up"), _folder.Path);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "0"), Path.Combine(_folder.Path, "a"));
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "self"), Path.Combine(_folder.Path, "self"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "link.png"), Path.Combine(_folder.Path, "a/b/1.png"));
        var files = SourceFiles.Sorted(_folder.Path, []);
        Assert.Equal(["a/b/1.png", "link.png"], files.Select(f => f.Path));
        Assert.Equal(files[0].Length, files[1].Length); // of what the link leads to
    }

    [Fact]
    public void FlatFolder_BrokenFiles_AreNamedWithTheReasonAndLeftOut()
    {
        _folder.Write("1.png", _png);
        _folder.Write("2.png", []);
        _folder.Write("3.jpg", "not an image at all, but a text");
        _folder.Write("4.png", TestImages.Bomb(30_000, 30_000));
        _folder.Write("5.png", _png);
        _folder.Write("6.tif", [.. "II*\0"u8, .. new byte[1_000]]);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "7.png"), Path.Combine(_folder.Path, "gone.png"));
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["1.png", "5.png"], data.Pool.Paths);
        Assert.Equal(
            ["2.png is left out: the file is empty", "3.jpg is left out: not a JPEG, PNG, WebP, BMP or GIF file",
             "4.png is left out: 30000×30000 is 900,000,000 pixels; the limit is 100,000,000",
             "6.tif is left out: not a JPEG, PNG, WebP, BMP or GIF file, but TIFF or a camera's raw format; convert it "
                + "to JPEG",
             "7.png is left out: there is no such file"],
            data.Notes);
        Assert.Empty(data.ClassNames);
        Assert.Empty(data.Pool.Classes);
    }

    [Fact]
    public void FlatFolder_NothingReadable_SaysSoWithTheFirstReason()
    {
        _folder.Write("1.png", []);
        var e = Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, Options));
        Assert.Equal($"no image in {_folder.Path} can be read; 1.png is left out: the file is empty", e.Message);
    }

    [Theory]
    [InlineData("a/1.png b/1.png", "class-folder")]
    [InlineData("a/x/1.png b/y/1.png", "class-folder")]
    [InlineData("1.png a/1.png b/1.png", "flat-folder")]
    [InlineData("a/1.png", "flat-folder")]
    [InlineData("train/a/1.png test/a/1.png", "class-folder")]
    [InlineData("train/a/1.png", "class-folder")]
    public void Load_ByItsTree_IsTakenForTheRightFormat(string files, string format)
    {
        foreach (var file in files.Split(' ')) _folder.Write(file, _png);
        Assert.Equal(format, DataFormats.All.First(f => f.Value.Recognises(_folder.Path)).Key);
    }

    [Fact]
    public void ClassFolder_AClassCalledTrain_IsAClass()
    {
        foreach (var file in new[] { "plane/1.png", "train/2.png", "truck/3.png" }) _folder.Write(file, _png);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["plane", "train", "truck"], data.ClassNames);
        Assert.Equal([0, 1, 2], data.Pool.Classes);
        Assert.Null(data.Test);
    }

    [Fact]
    public void ClassFolder_Strict_StopsAtAFileThatCannotBeUsed()
    {
        foreach (var file in new[] { "a/1.png", "b/2.png" }) _folder.Write(file, _png);
        _folder.Write("b/3.png", []);
        Assert.Equal("1 of 3 images cannot be used: b/3.png: the file is empty",
            Assert.Throws<InputException>(
                () => DataFormats.Load(_folder.Path, new(Options) { Strict = true })).Message);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(2, data.Pool.Count);
    }

    /// <summary>Copies from macOS have the accents apart from the letters.</summary>
    [Fact]
    public void ClassFolder_NamesWhoseAccentsAreComposedOtherwise_AreOneClass()
    {
        foreach (var file in new[] { "train/cafe\u0301/1.png", "train/caf\u00e9/2.png", "train/tea/3.png",
            "test/caf\u00e9/4.png", "test/tea/5.png" })
            _folder.Write(file, _png);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["caf\u00e9", "tea"], data.ClassNames);                          // as the first file has it
        Assert.Equal(["train/cafe\u0301/1.png", "train/caf\u00e9/2.png", "train/tea/3.png"], data.Pool.Paths);
        Assert.Equal([0, 0, 1], data.Pool.Classes);
        Assert.Equal([0, 1], data.Test!.Classes);
    }

    /// <summary>Sets have several names, and none of them is a class.</summary>
    [Theory]
    [InlineData("Train", "Test")]
    [InlineData("Training", "Testing")]
    [InlineData("train2017", "val2017")]
    [InlineData("TRAIN", "valid")]
    public void ClassFolder_SetsOfAnotherName_AreNoClasses(string train, string test)
    {
        foreach (var file in new[] { $"{train}/a/1.png", $"{train}/b/2.png", $"{test}/a/3.png" })
            _folder.Write(file, _png);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["a", "b"], data.ClassNames);
        Assert.Equal([$"{train}/a/1.png", $"{train}/b/2.png"], data.Pool.Paths);
        Assert.Equal([$"{test}/a/3.png"], data.Test!.Paths);
    }

    [Theory]
    [InlineData("test/a/1.png val/b/2.png", "test, val")]
    [InlineData("train/a/1.png Training/b/2.png", "Training, train")]
    [InlineData("train/1.png test/a/2.png", "test, train")]
    public void ClassFolder_SetsWithoutOneToTrainOn_AreRefused(string files, string found)
    {
        foreach (var file in files.Split(' ')) _folder.Write(file, _png);
        Assert.Equal($"expected the folder train, and test or val beside it, found {found}; rename the folders",
            Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, Options)).Message);
    }

    /// <summary>Kaggle's test images have no labels, and here and there a picture lies above the classes.</summary>
    [Theory]
    [InlineData("train/cat/1.png train/dog/2.png test/3.png", null, "1 image outside train/ is left out")]
    [InlineData("train/cat/1.png train/dog/2.png train/all.png test/cat/3.png test/dog/4.png", 2,
        "1 image in no class folder is left out: train/all.png")]
    public void ClassFolder_FlatTestOrStrayPicture_SetsAreNoClasses(string files, int? tests, string note)
    {
        foreach (var file in files.Split(' ')) _folder.Write(file, _png);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["cat", "dog"], data.ClassNames);
        Assert.Equal(["train/cat/1.png", "train/dog/2.png"], data.Pool.Paths);
        Assert.Equal(tests, data.Test?.Count);
        Assert.Equal([note], data.Notes);
    }

    [Fact]
    public void ClassFolder_FilesOutsideTheClasses_AreLeftOutAndCounted()
    {
        foreach (var file in new[] { "train/a/1.png", "train/2.png", "val/b/3.png", "extra/a/4.png" })
            _folder.Write(file, _png);
        _folder.Write("train/sub/a/5.png", _png); // belongs to "sub"
        File.Delete(Path.Combine(_folder.Path, "train/2.png"));
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(["train/a/1.png", "train/sub/a/5.png"], data.Pool.Paths);
        Assert.Equal(["val/b/3.png"], data.Test!.Paths);
        Assert.Equal(["a", "b", "sub"], data.ClassNames);
        Assert.Equal((0, 2, 1), (data.Pool.Classes[0], data.Pool.Classes[1], data.Test.Classes[0]));
        Assert.Equal(["1 image outside train/ and val/ is left out"], data.Notes);
    }

    [Fact]
    public void ClassFolder_RealPhotos_AllClassesAndSplits()
    {
        var folder = RealData.Folder("photos");
        using var data = DataFormats.Load(folder, new(Options) { Channels = 3 });
        var onDisk = Directory.GetFiles(folder, "*.jpg", SearchOption.AllDirectories);
        Assert.Equal(1_482, onDisk.Length);
        Assert.Equal(1_482, data.Pool.Count + data.Test!.Count);
        Assert.Equal(15, data.ClassNames.Count);
        Assert.Equal(data.ClassNames.Order(StringComparer.Ordinal), data.ClassNames);
        foreach (var set in new[] { data.Pool, data.Test })
            for (var id = 0; id < set.Count; id++)
                Assert.Equal(set.Paths[id].Split('/')[1], data.ClassNames[set.Classes[id]]);
        Assert.Empty(data.Notes);
        Assert.Equal("photos", data.Name);
    }

    [Fact]
    public void ClassFolder_RealPhotosMutated_GoodOnesStayAndBadOnesAreNamed()
    {
        var source = RealData.Folder("photos_native");
        foreach (var file in Directory.GetFiles(source, "*.jpg", SearchOption.AllDirectories))
            _folder.Write(Path.GetRelativePath(source, file), File.ReadAllBytes(file));
        var all = SourceFiles.Sorted(_folder.Path, []).Select(f => f.Path).ToArray();
        Assert.Equal(15, all.Length);
        var victims = new[] { all[0], all[7], all[14] };
        _folder.Write(victims[0], File.ReadAllBytes(Path.Combine(source, victims[0]))[..4_000]);
        _folder.Write(victims[1], new byte[5_000]);
        _folder.Write(victims[2], "renamed"u8.ToArray());
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal(all.Except(victims), data.Pool.Paths);
        Assert.Equal(
            [$"{victims[0]} is left out: the file is cut short",
                $"{victims[1]} is left out: not a JPEG, PNG, WebP, BMP or GIF file",
                $"{victims[2]} is left out: not a JPEG, PNG, WebP, BMP or GIF file"],
            data.Notes);
        // a class whose one image is broken keeps its number
        Assert.Equal(all.Select(p => p.Split('/')[0]).Distinct(), data.ClassNames);
    }
}
