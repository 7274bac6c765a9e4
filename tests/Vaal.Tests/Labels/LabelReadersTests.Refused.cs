using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>Labels that cannot be read or written.</summary>
public sealed partial class LabelReadersTests
{
    /// <summary>Such labels may be there since an older version took them.</summary>
    [Fact]
    public void Export_LabelThatCannotBe_IsLeftOutAndNamed()
    {
        Picture("a.png");
        Picture("b.png");
        using (var workspace = Workspace.Create(_folder["in"]))
        {
            workspace.Index(new() { NearDuplicates = 0 });
            workspace.Import(_folder.Write("l.json", """
                [{"path":"a.png","shapes":[{"type":"box","class":"cat","box":[1,2,3,4]}]},
                 {"path":"b.png","shapes":[{"type":"box","class":"cat","box":[1,2,3,4]}]}]
                """), new());
        }
        using (var database = new Microsoft.Data.Sqlite.SqliteConnection(
            $"Data Source={_folder["in/.vaal/vaal.db"]};Pooling=False"))
        {
            database.Open();
            using var command = database.CreateCommand();
            command.CommandText = "update labels set shapes = replace(shapes, '[1,2,3,4]', '[-1e308,2,1e308,4]') where "
                + "image = 1";
            Assert.Equal(1, command.ExecuteNonQuery());
        }
        using var again = Workspace.Open(_folder["in"]);
        foreach (var format in new[] { "coco", "label-studio", "cvat", "json", "yolo", "masks" })
        {
            again.Export(ExportWhat.Labelled, format);
            var losses = LabelFormats.Named(format).Losses(again.ExportRows(ExportWhat.Labelled));
            Assert.Contains(losses, l
                => l.StartsWith("the label of a.png is left out: a coordinate", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Import_ClassListThatIsNotUtf8_IsRefused()
    {
        _folder.Write("in/classes.txt", [.. "caf"u8, 0xE9]);
        _folder.Write("in/labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        Assert.Contains("classes.txt is not in UTF-8", Assert.Throws<InputException>(() => Read("yolo")).Message,
            StringComparison.Ordinal);
    }

    /// <summary>A mask within JSON is looked at once its image is known and as large as the file says.</summary>
    [Theory]
    [InlineData("b.png", 30_000, 3_000)]
    [InlineData("a.png", 30_000, 3_000)]
    [InlineData("a.png", 64, 64)]
    public void LabelMe_MaskThatIsABomb_IsNeverDecoded(string image, int width, int height)
    {
        Picture("pool/a.png");
        var bomb = Convert.ToBase64String(TestImages.Bomb(30_000, 3_000));
        _folder.Write("l/x.json", $$"""
            {"version": "5.4.1", "flags": {}, "imagePath": "{{image}}",
             "imageWidth": {{width}}, "imageHeight": {{height}},
             "shapes": [{"label": "cat", "points": [[0, 0], [1, 1]], "shape_type": "mask", "mask": "{{bomb}}"}]}
            """);
        using var workspace = Workspace.Create(_folder["in/pool"]);
        workspace.Index(new() { NearDuplicates = 0 });
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Single(workspace.Import(_folder["l"], new()).Problems);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        Assert.Empty(workspace.Labels());
    }

    [Fact]
    public void Masks_OfImagesThatAreNotThere_AreNeverDecoded()
    {
        Picture("pool/a.png");
        _folder.Write("masks/classes.csv", "id,name\n0,sky\n");
        for (var i = 0; i < 20; i++) _folder.Write($"masks/masks/b{i}.png", TestImages.Bomb(30_000, 3_000));
        _folder.Write("masks/masks/a.png", TestImages.Bomb(30_000, 3_000));
        using var workspace = Workspace.Create(_folder["in/pool"]);
        workspace.Index(new() { NearDuplicates = 0 });
        var before = GC.GetAllocatedBytesForCurrentThread();
        var report = workspace.Import(_folder["masks"], new());
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        Assert.Equal(21, report.Problems.Count);
        Assert.Contains(report.Problems,
            p => p.Message.StartsWith("is 30000×3000, and the image", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(""","width":0,"height":64""", "", """ "bbox":[1,2,3,4]""")]
    [InlineData(""","width":-1,"height":64""", "", """ "bbox":[1,2,3,4]""")]
    [InlineData("", "", """ "bbox":[1,2,0,4]""")]
    [InlineData("", "", """ "bbox":[100,2,3,4]""")]
    [InlineData("", "", """ "bbox":[1,2,1e308,4]""")]
    [InlineData("", "", """ "bbox":[1,2,1e999,4]""")]
    [InlineData("", "", """ "segmentation":[[100,100,110,100,110,110]]""")]
    [InlineData("", """,{"id":1,"name":"dog"}""", """ "bbox":[1,2,3,4]""")]
    public void Import_GeometryOrClassThatCannotBe_IsListed(string size, string category, string shape)
    {
        _folder.Write("in/c.json", $$"""
            {"images":[{"id":1,"file_name":"a.png"{{size}}}],"categories":[{"id":1,"name":"cat"}{{category}}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,{{shape}}}]}
            """);
        var result = Read("coco", "in/c.json");
        Assert.Empty(result.Annotations);
        Assert.NotEmpty(result.Problems);
    }

    [Theory]
    [InlineData("yolo", "a.png has a class of the whole image, and YOLO holds boxes")]
    [InlineData("masks", "")]
    public void Export_ClassesOfWholeImages_AreRefusedWhereTheyWouldBecomeBoxes(string format, string problem)
    {
        var request = new ExportRequest([new ExportRow("a.png", Picture("a.png"), 64, 64) { Class = "cat" }], []);
        if (problem.Length == 0) LabelFormats.Export(request, format, _folder["out"]);
        else Assert.StartsWith(problem,
            Assert.Throws<InputException>(() => LabelFormats.Export(request, format, _folder["out"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("csv")]
    [InlineData("parquet")]
    [InlineData("image-folder")]
    public void Export_FormatThatHoldsNoneOfTheLabels_IsRefused(string format)
    {
        var request = new ExportRequest(
            [new ExportRow("a.png", Picture("a.png"), 64, 64) { Shapes = [new Box("cat", 1, 2, 3, 4)] }], []);
        Assert.Contains("would look unlabelled",
            Assert.Throws<InputException>(() => LabelFormats.Export(request, format, _folder["out"])).Message,
            StringComparison.Ordinal);
    }
}
