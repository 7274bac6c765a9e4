using System.IO.Compression;
using SkiaSharp;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>Formats that are only read, in the layout in which their tools leave them beside the pictures.</summary>
public sealed partial class LabelReadersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void LabelMe_AllItsShapes_AreReadOrListed()
    {
        Picture("a.png");
        _folder.Write("in/a.json", $$$"""
            {"version": "5.4.1", "flags": {"day": true, "night": false}, "shapes": [
              {"label": "cat", "points": [[1, 2], [9, 2], [9, 8]], "shape_type": "polygon", "flags": {}},
              {"label": "dog", "points": [[12, 9], [2, 3]], "shape_type": "rectangle", "flags": {}},
              {"label": "sun", "points": [[20, 20], [20, 24]], "shape_type": "circle", "flags": {}},
              {"label": "cow", "points": [[2, 3], [3, 4]], "shape_type": "mask", "flags": {},
               "mask": "{{{Png(2, 2, (x, y) => x == y)}}}"},
              {"label": "tip", "points": [[1, 1]], "shape_type": "point", "flags": {}}],
             "imagePath": "..\\in\\a.png", "imageData": null, "imageHeight": 64, "imageWidth": 64}
            """);
        var result = Read("labelme");
        var label = Assert.Single(result.Annotations);
        Assert.Equal(("a.png", "day", (64, 64)), (label.Image, label.Class, label.Size));
        Assert.Equal(["cat", "dog", "sun", "cow"], label.Shapes.Select(s => s.Class));
        Assert.Equal(new Box("dog", 2, 3, 10, 6), label.Shapes[1]);
        var round = Shapes.Bounds(label.Shapes[2]);
        Assert.Equal((16, 16, 8, 8),
            (Math.Round(round.X, 3), Math.Round(round.Y, 3), Math.Round(round.Width, 3), Math.Round(round.Height, 3)));
        Assert.Equal([2 + 64 * 3, 3 + 64 * 4], On((Mask)label.Shapes[3]));
        Assert.Equal("a.json: 'a.png', not read: 1 'point'", Assert.Single(result.Problems).ToString());
    }

    /// <summary>A turned rectangle is its four corners; an image with a shape that is not read is left out.</summary>
    [Fact]
    public void LabelMe_OrientedRectangle_IsAPolygon_AndACuboidLeavesItsImageOut()
    {
        foreach (var (name, type) in new[] { ("a", "oriented_rectangle"), ("b", "cuboid") })
        {
            Picture($"{name}.png");
            _folder.Write($"in/{name}.json", $$$"""
                {"version": "5.10.0", "flags": {}, "shapes": [
                  {"label": "cat", "points": [[4, 0], [8, 4], [4, 8], [0, 4]], "shape_type": "{{{type}}}"}],
                 "imagePath": "{{{name}}}.png", "imageData": null, "imageHeight": 64, "imageWidth": 64}
                """);
        }
        var result = Read("labelme");
        var polygon = Assert.IsType<Polygon>(Assert.Single(Assert.Single(result.Annotations).Shapes));
        Assert.Equal([new Point(4, 0), new Point(8, 4), new Point(4, 8), new Point(0, 4)], polygon.Rings[0]);
        Assert.Equal("b.json: shapes of the type 'cuboid' are not read; the image is left out",
            Assert.Single(result.Problems).ToString());
    }

    /// <summary>A box over the whole image is an object; nobody said that it is the class of the image.</summary>
    [Fact]
    public void Yolo_BoxOverTheWholeImage_IsABoxAlone()
    {
        _folder.Write("in/classes.txt", "cat\n");
        _folder.Write("in/labels/a.txt", "0 0.5 0.5 1 1\n");
        var label = Assert.Single(Read("yolo").Annotations);
        Assert.Null(label.Class);
        Assert.Equal(new Box("cat", 0, 0, 64, 64), Assert.Single(label.Shapes));
    }

    [Fact]
    public void Via_ProjectOfVersion2_ClassIsTheOnlyAttribute()
    {
        Picture("a.png");
        _folder.Write("in/via_project.json", """
            {"_via_settings": {"ui": {}, "core": {}}, "_via_img_metadata": {
              "a.png1024": {"filename": "a.png", "size": 1024, "regions": [
                {"shape_attributes": {"name": "rect", "x": 3, "y": 4, "width": 10, "height": 6},
                 "region_attributes": {"kind": "cat"}},
                {"shape_attributes": {"name": "ellipse", "cx": 30, "cy": 30, "rx": 4, "ry": 2, "theta": 0}, 
                 "region_attributes": {"kind": {"dog": true, "cat": false}}},
                {"shape_attributes": {"name": "point", "cx": 1, "cy": 1}, "region_attributes": {"kind": "cat"}}],
                "file_attributes": {"caption": ""}},
              "b.png99": {"filename": "b.png", "size": 99, "regions": [], "file_attributes": {}}},
             "_via_attributes": {"region": {}, "file": {}}, "_via_data_format_version": "2.0.10",
             "_via_image_id_list": ["a.png1024"]}
            """);
        var result = Read("via");
        var label = Assert.Single(result.Annotations);
        Assert.Equal([new Box("cat", 3, 4, 10, 6), new Box("dog", 26, 28, 8, 4)],
            label.Shapes.Select(s => Rounded(Shapes.Bounds(s))));
        Assert.Equal("entry 'a.png1024': 'a.png', not read: 1 'point'", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void Via_Csv_RowsOfAnImageAreOneLabel()
    {
        Picture("a.png");
        _folder.Write("in/via.csv",
            "#filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
            + "a.png,99,\"{}\",2,0,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":1,\"\"y\"\":2,\"\"width\"\":3,"
            + "\"\"height\"\":4}\",\"{\"\"label\"\":\"\"cat\"\",\"\"seen\"\":\"\"yes\"\"}\"\n"
            + "a.png,99,\"{}\",2,1,\"{\"\"name\"\":\"\"polygon\"\",\"\"all_points_x\"\":[1,9,9],"
            + "\"\"all_points_y\"\":[1,1,9]}\",\"{\"\"label\"\":\"\"dog\"\"}\"\n");
        var label = Assert.Single(Read("via", "in/via.csv").Annotations);
        Assert.Equal([new Box("cat", 1, 2, 3, 4), new Box("dog", 1, 1, 8, 8)], label.Shapes.Select(Shapes.Bounds));
    }

    [Fact]
    public void Supervisely_Project_BitmapsAndHolesBecomeMasks()
    {
        Picture("project/ds0/img/a.png");
        _folder.Write("in/project/meta.json", """{"classes": [{"title": "cat", "shape": "any"}], "tags": []}""");
        _folder.Write("in/project/ds0/ann/a.png.json", $$$"""
            {"description": "", "tags": [], "size": {"height": 64, "width": 64}, "objects": [
              {"id": 1, "classId": 7, "geometryType": "rectangle", "tags": [], "classTitle": "cat",
               "points": {"exterior": [[2, 3], [12, 9]], "interior": []}},
              {"id": 2, "classId": 7, "geometryType": "polygon", "tags": [], "classTitle": "dog",
               "points": {"exterior": [[10, 10], [14, 10], [14, 14], [10, 14]],
                "interior": [[[11, 11], [13, 11], [13, 13], [11, 13]]]}},
              {"id": 3, "classId": 7, "geometryType": "bitmap", "tags": [], "classTitle": "cow",
               "bitmap": {"data": "{{{Zipped(2, 2, (x, y) => x == y)}}}", "origin": [5, 6]}},
              {"id": 4, "classId": 7, "geometryType": "line", "tags": [], "classTitle": "road",
               "points": {"exterior": [[0, 0], [9, 9]], "interior": []}}]}
            """);
        using var workspace = Workspace.Create(_folder["in"]);
        workspace.Index(new() { NearDuplicates = 0 });
        var report = workspace.Import(_folder["in"], new());
        Assert.EndsWith("not read: 1 'line'", Assert.Single(report.Problems).Message, StringComparison.Ordinal);
        var label = Assert.Single(workspace.Labels());
        Assert.Equal("project/ds0/img/a.png", workspace.Images().Single().Path);
        Assert.Equal(["cat", "dog", "cow"], label.Shapes.Select(s => s.Class));
        Assert.Equal(16 - 4, ((Mask)label.Shapes[1]).Area);
        Assert.Equal([5 + 64 * 6, 6 + 64 * 7], On((Mask)label.Shapes[2]));
    }

    [Fact]
    public void Bdd100k_ListOfFrames_LanesAreListed()
    {
        Picture("images/a.png");
        _folder.Write("in/det_train.json", """
            [{"name": "a.png", "attributes": {"weather": "clear", "scene": "city street", "timeofday": "daytime"},
              "timestamp": 10000, "labels": [
              {"id": "0", "category": "car", "attributes": {"occluded": true},
               "box2d": {"x1": 5.5, "y1": 6, "x2": 15.5, "y2": 26}},
              {"id": "1", "category": "area/drivable",
               "poly2d": [{"vertices": [[1, 1], [9, 1], [9, 9]], "types": "LLL", "closed": true}]},
              {"id": "2", "category": "lane/single white",
               "poly2d": [{"vertices": [[1, 1], [9, 1], [9, 9]], "types": "LLL", "closed": false}]}]}]
            """);
        var result = Read("bdd100k");
        Assert.Equal([new Box("car", 5.5, 6, 11, 21), new Box("area/drivable", 1, 1, 8, 8)],
            Assert.Single(result.Annotations).Shapes.Select(Shapes.Bounds));
        Assert.Equal("frame 1: 'a.png', not read: 1 'lane/single white'", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void OpenImages_Boxes_FractionsBecomePixelsAndCodesNames()
    {
        Picture("0001eeaf4aed83f9.png");
        _folder.Write("in/class-descriptions-boxable.csv", "/m/0cmf2,Airplane\n/m/01g317,Person\n");
        _folder.Write("in/boxes.csv",
            "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,"
                + "IsInside\n"
            + "0001eeaf4aed83f9,xclick,/m/0cmf2,1,0.25,0.75,0.125,0.5,0,0,0,0,0\n0001eeaf4aed83f9,xclick,/m/01g317,1,0,"
            + "1,0,1,0,0,0,0,0\n");
        var label = Assert.Single(Read("open-images", "in/boxes.csv").Annotations);
        Assert.Equal([new Box("Airplane", 16, 8, 32, 24), new Box("Person", 0, 0, 64, 64)], label.Shapes);
    }

    [Fact]
    public void OpenImages_ClassesOfImages_ThoseThatAreNotThereDoNotCount()
    {
        _folder.Write("in/class-descriptions-boxable.csv", "/m/1,Cat\n");
        _folder.Write("in/oidv6-class-descriptions.csv", "LabelName,DisplayName\n/m/2,Dog\n/m/1,Cat\n");
        _folder.Write("in/labels.csv",
            "ImageID,Source,LabelName,Confidence\na,verification,/m/1,1\na,verification,/m/2,0\nb,verification,/m/1,"
                + "1\nb,verification,/m/2,1\n");
        var result = Read("open-images", "in/labels.csv");
        Assert.Equal(("a", "Cat"), (Assert.Single(result.Annotations).Image, result.Annotations[0].Class));
        Assert.Equal($"line 4: 'b' has the classes 'Cat', 'Dog'; {Text.OneOnly}", Assert.Single(result.Problems)
            .ToString());
    }

    [Fact]
    public void CreateMl_Boxes_AreByTheirCentre()
    {
        Picture("train/a.png");
        _folder.Write("in/train/_annotations.createml.json", """
            [{"image":"a.png","annotations":[{"label":"cat","coordinates":{"x":10,"y":20,"width":4,"height":6}}]}]
            """);
        Assert.Equal([new Box("cat", 8, 17, 4, 6)], Assert.Single(Read("create-ml").Annotations).Shapes);
    }

    [Fact]
    public void Voc_FileNameOfAnotherTime_TheXmlFilesOwnNameCounts()
    {
        Picture("img/new.png");
        _folder.Write("in/xml/new.xml",
            "<annotation><filename>old.png</filename><size><width>64</width><height>64</height></size>"
            + "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>4</xmax><ymax>6</ymax></bndbox>"
            + "</object></annotation>");
        using var workspace = Workspace.Create(_folder["in"]);
        workspace.Index(new() { NearDuplicates = 0 });
        workspace.Import(_folder["in"], new());
        Assert.Equal("img/new.png: box cat 1 2 3 4", LabelCasesTests.Said(workspace));
    }

    [Fact]
    public void SourceFiles_LinkToTheFolderAbove_ReadsNoFolderTwice()
    {
        Picture("pool/a/1.png");
        Picture("pool/2.png");
        Directory.CreateSymbolicLink(_folder["in/pool/up"], "..");
        Assert.Equal(["2.png", "a/1.png"], Vaal.Data.SourceFiles.Sorted(_folder["in/pool"], []).Select(f => f.Path));
    }

    /// <summary>An orientation of 6 turns by a quarter: what is stored 6×4 is seen 4×6.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("Exif\0\0")]
    public void Decode_PngTurnedByExif_IsSeenUpright(string prefix)
    {
        byte[] tiff = [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];
        byte[] exif = [.. System.Text.Encoding.Latin1.GetBytes(prefix), .. tiff];
        var path = _folder.Write("t.png", TestImages.Png(6, 4, 8, 0, (x, _) => [(byte)(40 * x)], ("eXIf", exif)));
        Assert.Equal((4, 6), Vaal.Data.ImageDecoder.SizeOf(path));
    }

    [Fact]
    public void Yolo_Written_KeepsTestImagesAndThoseWithoutALabelApart()
    {
        ExportRow Row(string name, params Shape[] shapes) => new(name, Picture(name), 64, 64) { Shapes = shapes };
        LabelFormats.Export(new ExportRequest(
            [Row("a.png", new Box("cat", 0, 0, 32, 32)),
                Row("b.png", new Box("do\"g", 0, 0, 32, 32)) with { Test = true }, Row("c.png")], []), "yolo",
                _folder["out"]);
        Assert.True(File.Exists(_folder["out/images/train/a.png"]) && File.Exists(_folder["out/labels/train/a.txt"]));
        Assert.True(File.Exists(_folder["out/images/val/b.png"]) && File.Exists(_folder["out/labels/val/b.txt"]));
        Assert.True(File.Exists(_folder["out/images/unlabelled/c.png"])
            && !Directory.Exists(_folder["out/labels/unlabelled"]));
        Assert.Equal("train: images/train\nval: images/val\nnames:\n  0: \"cat\"\n  1: \"do\\\"g\"\n",
            File.ReadAllText(_folder["out/data.yaml"]).Replace("...\n", "", StringComparison.Ordinal));
        Assert.Equal(2, LabelFormats.Import(_folder["out"], null, new ImportContext(_ => (64, 64))).Annotations.Count);
    }

    private ImportResult Read(string format, string file = "in")
    {
        Assert.Equal(format, LabelFormats.Detect(_folder[file]).Name);
        return LabelFormats.Import(_folder[file], null, new ImportContext(_ => (64, 64)));
    }

    private string Picture(string name) => _folder.Write("in/" + name, Pictures.Random(name.Sum(c => c)));

    private static int[] On(Mask mask) => [.. mask.ToBitmap().Index().Where(p => p.Item == 1).Select(p => p.Index)];

    private static Box Rounded(Box box)
        => new(box.Class, Math.Round(box.X, 3), Math.Round(box.Y, 3), Math.Round(box.Width, 3),
        Math.Round(box.Height, 3));

    private static byte[] PngBytes(int width, int height, Func<int, int, bool> on)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        for (var y = 0; y < height; y++)
            for (var x = 0; x < width; x++) bitmap.SetPixel(x, y, on(x, y) ? SKColors.White : SKColors.Transparent);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static string Png(int width, int height, Func<int, int, bool> on)
        => Convert.ToBase64String(PngBytes(width, height, on));

    private static string Zipped(int width, int height, Func<int, int, bool> on)
    {
        using var packed = new MemoryStream();
        using (var zip = new ZLibStream(packed, CompressionLevel.Optimal)) zip.Write(PngBytes(width, height, on));
        return Convert.ToBase64String(packed.ToArray());
    }
}
