using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>
/// Names of images that are absolute paths. Two images have the same file name, so that a reader that drops folders
/// cannot tell which one is meant.
/// </summary>
public sealed class AbsolutePathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _workspace;

    public AbsolutePathTests()
    {
        _folder.Write("images/a/1 x.png", Pictures.Random(1));
        _folder.Write("images/b/1 x.png", Pictures.Random(2));
        _folder.Write("elsewhere/a/1 x.png", Pictures.Random(3));
        Directory.CreateSymbolicLink(_folder["link"], _folder["images"]);
        _workspace = Workspace.Create(_folder["images"]);
        _workspace.Index(new() { Encoder = "none" });
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _folder.Dispose();
    }

    /// <summary>{0} is the name of the image.</summary>
    private static readonly (string File, string Text)[] _files =
    [
        ("labels.csv", "path,label\n\"{0}\",cat\n"),
        ("boxes.csv", "filename,xmin,ymin,xmax,ymax,class\n\"{0}\",2,3,12,9,cat\n"),
        ("_classes.csv", "filename,cat,dog\n\"{0}\",1,0\n"),
        ("coco.json", """
            {"info": {}, "images": [{"id": 1, "file_name": "{0}", "width": 64, "height": 64}], "categories":
            [{"id": 0, "name": "cat"}], "annotations": [{"id": 1, "image_id": 1, "category_id": 0,
            "bbox": [2, 3, 9, 6]}]}
            """),
        ("1 x.xml", """
            <annotation><filename>{0}</filename><size><width>64</width><height>64</height><depth>3</depth></size>
            <object><name>cat</name><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>12</xmax><ymax>9</ymax></bndbox></object>
            </annotation>
            """),
        ("labelme.json", """
            {"version": "5", "flags": {}, "imagePath": "{0}", "imageHeight": 64, "imageWidth": 64, "shapes": [{"label":
            "cat", "points": [[2, 3], [12, 9]], "shape_type": "rectangle"}]}
            """),
        ("tasks.json", """
            [{"id": 3, "data": {"image": "{0}"}, "annotations": [{"id": 1, "result": [{"type": "choices",
            "from_name": "c", "to_name": "i", "value": {"choices": ["cat"]}}]}]}]
            """),
        ("create.json", """
            [{"image": "{0}", "annotations": [{"label": "cat", "coordinates": {"x": 7, "y": 6, "width": 10,
            "height": 6}}]}]
            """),
        ("cvat.xml", """
            <annotations><version>1.1</version><image id="0" name="{0}" width="64" height="64"><box label="cat" xtl="2"
            ytl="3" xbr="12" ybr="9" occluded="0"/></image></annotations>
            """),
        ("bdd.json", """
            [{"name": "{0}", "labels": [{"category": "cat", "box2d": {"x1": 2, "y1": 3, "x2": 12, "y2": 9}}]}]
            """),
        ("via.json", """
            {"k": {"filename": "{0}", "size": 1, "file_attributes": {}, "regions": [{"shape_attributes": {"name":
            "rect", "x": 2, "y": 3, "width": 10, "height": 6}, "region_attributes": {"class": "cat"}}]}}
            """),
    ];

    public static TheoryData<string> Files => [.. _files.Select(f => f.File)];

    private ImportReport Import(string file, string name, bool dryRun = false) => _workspace.Import(
        _folder.Write($"labels/{file}", _files.Single(f => f.File == file).Text.Replace("{0}", name)),
        new ImportOptions { NewClasses = true, DryRun = dryRun });

    [Theory]
    [MemberData(nameof(Files))]
    public void Import_PathsInTheImageFolder_MeanThatImage_InEveryFormat(string file)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths as Linux and macOS write them");
        var path = _folder["images/b/1 x.png"];
        foreach (var name in new[] { path, "file://" + path, "file://localhost" + path.Replace(" ", "%20"),
            "file:" + path, _folder["link/b/1 x.png"] })
        {
            var tried = Import(file, name, dryRun: true);
            Assert.True((tried.Added, tried.Problems.Count) == (1, 0), $"{name}: {string.Join("; ", tried.Problems)}");
        }
        Import(file, path);
        Assert.StartsWith("b/1 x.png: ", LabelCasesTests.Said(_workspace), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Import_PathsOutsideOfTheImageFolder_AreRefused_InEveryFormat(string file)
    {
        var path = _folder["elsewhere/a/1 x.png"];
        string[] always = ["file://" + path, _folder["images"] + "/../elsewhere/a/1 x.png", "C:/photos/a/1 x.png"];
        // of Label Studio a path with a slash before it is one on its server
        foreach (var name in file == "tasks.json" ? always : [.. always, path, _folder["images.png"], "/etc/passwd"])
        {
            var report = Import(file, name);
            Assert.True(report.Added == 0 && report.Problems.Count > 0, $"{name}: {report.Added} taken");
        }
        Assert.Equal("", LabelCasesTests.Said(_workspace));
    }

    [Fact]
    public void Import_PathOutside_SaysWhatToDo() => Assert.Equal(
        "line 2: '/etc/1.png' is an absolute path outside of the image folder; give the path from the image folder",
        Import("labels.csv", "/etc/1.png").Problems.Single().ToString());

    [Fact]
    public void TestList_AbsolutePaths_AreTakenLikeOthers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths as Linux and macOS write them");
        _folder.Write("images/c.png", Pictures.Random(4));
        var list = _folder.Write("list.txt",
            $"{_folder["images/b/1 x.png"]}\nfile://{_folder["images/c.png"]}\n");
        Assert.Equal(2, _workspace.Index(new() { TestList = list }).Test);
        Assert.Equal(["b/1 x.png", "c.png"],
            _workspace.Images().Where(i => i.Test).Select(i => i.Path).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Manifest_FileAddresses_AreTakenLikePaths()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "paths as Linux and macOS write them");
        var table = _folder.Write("images/list.csv",
            $"path\nfile://{_folder["images/a/1%20x.png"]}\n\"{_folder["link/b/1 x.png"]}\"\n"
            + $"file://{_folder["elsewhere/a/1%20x.png"]}\n");
        using var w = Workspace.Create(table, _folder["work"]);
        var report = w.Index(new() { Encoder = "none" });
        Assert.Equal(["a/1 x.png", "b/1 x.png"], w.Images().Select(i => i.Path).Order(StringComparer.Ordinal));
        Assert.Empty(report.Unusable);
        Assert.Contains("list.csv line 4", Assert.Single(report.Notes), StringComparison.Ordinal);
    }
}
