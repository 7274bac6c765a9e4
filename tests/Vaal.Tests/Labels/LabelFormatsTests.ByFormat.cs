using System.Text;
using System.Xml.Linq;
using Parquet;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>What is of one format only.</summary>
public sealed partial class LabelFormatsTests
{
    [Fact]
    public void Coco_Written_HasBoxAreaAndColumnRuns()
    {
        using var output = new TemporaryFolder();
        // . # #
        // # . #    columns: .# | #. | ##, so 1 2 1 2
        var row =
            new ExportRow("a.jpg", "", 3, 2) { Rank = 1, Score = 0.5, Shapes = [new Mask("cat", [1, 3, 1, 1], 3, 2)] };
        LabelFormats.Export(new ExportRequest([row], ["cat"]), "coco", output["o.json"]);
        Assert.Equal(
            """{"info":{"description":"exported by vaal"},"""
            + "\"categories\":[{\"id\":1,\"name\":\"cat\",\"supercategory\":\"\"}],"
            + "\"images\":[{\"id\":1,\"file_name\":\"a.jpg\",\"width\":3,\"height\":2,\"rank\":1,\"score\":0.5}],"
            + "\"annotations\":[{\"id\":1,\"image_id\":1,\"category_id\":1,\"bbox\":[0,0,3,2],\"area\":4,\"iscrowd\":0,"
            + "\"segmentation\":{\"size\":[2,3],\"counts\":\"1210\"}}]}",
            File.ReadAllText(output["o.json"]));
    }

    [Fact]
    public void LabelStudio_Written_IsTaskWithPredictionAndConfiguration()
    {
        using var output = new TemporaryFolder();
        var row = new ExportRow(
            "a b/c#.jpg", "", 3, 2)
        { Rank = 1, Score = 0.5, Reason = "unlike the rest", PreLabel = "cat" };
        LabelFormats.Export(new ExportRequest([row], ["cat", "<dog>"]), "label-studio", output["tasks.json"]);
        Assert.Equal(
            """[{"data":{"image":"/data/local-files/?d=a%20b/c%23.jpg","path":"a b/c#.jpg","rank":1,"score":0.5,"""
            + "\"reason\":\"unlike the rest\"},\"predictions\":[{\"model_version\":\"vaal\",\"score\":0.5,"
            + "\"result\":[{\"id\":\"choice\",\"from_name\":\"choice\",\"to_name\":\"image\",\"type\":\"choices\","
            + "\"value\":{\"choices\":[\"cat\"]}}]}]}]",
            File.ReadAllText(output["tasks.json"]));
        var view = XElement.Load(output["tasks.config.xml"]);
        Assert.Equal(
            ["cat", "<dog>"], view.Element("Choices")!.Elements("Choice").Select(c => (string?)c.Attribute("value")));
    }

    [Fact]
    public void LabelStudio_JsonMin_ReadsChoiceAndRegions()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("min.json", """
            [{"image":"/data/upload/29/example.png","note":"not a class","id":87,"choice":"cat",
              "label":[{"x":50,"y":25,"width":10,"height":20,"rotation":0,"rectanglelabels":["Car"],
                        "original_width":200,"original_height":100}],
              "annotator":3,"annotation_id":22,"created_at":"2024-01-30T02:40:43Z",
              "updated_at":"2024-01-30T03:40:43Z","lead_time":8.65},
             {"image":"b.png","id":88,"choice":{"choices":["cat","dog"]},"annotator":3,"annotation_id":23}]
            """);
        var result = LabelFormats.Import(path, null, ImportContext.Empty);
        var annotation = Assert.Single(result.Annotations);
        Assert.Equal(
            ("/data/upload/29/example.png", "cat", "3", "task 87"),
            (annotation.Image, annotation.Class, annotation.Annotator, annotation.Where));
        Assert.Equal(new Box("Car", 100, 25, 20, 20), Assert.Single(annotation.Shapes));
        Assert.Equal(new DateTimeOffset(2024, 1, 30, 3, 40, 43, TimeSpan.Zero), annotation.When);
        Assert.Equal(
            $"task 88: has the classes 'cat' and 'dog'; {Text.OneOnly}", Assert.Single(result.Problems).ToString());
    }

    /// <summary>Radii are percent of the width and of the height. Turned by 30 degrees clockwise, the end of the longer
    /// half-axis lies at (100 + 20 cos 30°, 40 + 20 sin 30°).</summary>
    [Theory]
    [InlineData("""
        [{"id":1,"data":{"image":"a.png"},"annotations":[{"id":5,"result":[{"id":"r","type":"ellipselabels",
          "original_width":200,"original_height":100,"value":{"x":50,"y":40,"radiusX":10,"radiusY":5,"rotation":30,
          "ellipselabels":["lid"]}}]}]}]
        """)]
    [InlineData("""
        [{"id":1,"data":{"image":"a.png"},"annotations":[{"id":5,"result":[
          {"id":"r","type":"ellipse","original_width":200,"original_height":100,
           "value":{"x":50,"y":40,"radiusX":10,"radiusY":5,"rotation":30}},
          {"id":"r","type":"labels","original_width":200,"original_height":100,
           "value":{"x":50,"y":40,"radiusX":10,"radiusY":5,"rotation":30,"labels":["lid"]}}]}]}]
        """)]
    [InlineData("""
        [{"image":"a.png","id":1,"shape":[{"x":50,"y":40,"radiusX":10,"radiusY":5,"rotation":30,
          "ellipselabels":["lid"],"original_width":200,"original_height":100}],"annotator":3,"annotation_id":22}]
        """)]
    public void LabelStudio_Ellipse_IsAPolygonInPixels(string json)
    {
        using var folder = new TemporaryFolder();
        var result = LabelFormats.Import(folder.Write("e.json", json), null, ImportContext.Empty);
        Assert.Empty(result.Problems);
        var annotation = Assert.Single(result.Annotations);
        Assert.Equal((200, 100), annotation.Size);
        var ellipse = Assert.IsType<Polygon>(Assert.Single(annotation.Shapes));
        Assert.Equal("lid", ellipse.Class);
        Assert.Equal((117.320508, 50), (Math.Round(ellipse.Rings[0][0].X, 6), Math.Round(ellipse.Rings[0][0].Y, 6)));
        // half of the box around it: sqrt((20 cos 30°)² + (5 sin 30°)²), and the same with sine and cosine exchanged
        var box = Shapes.Bounds(ellipse);
        Assert.Equal(2 * Math.Sqrt(306.25), box.Width, 0.05);
        Assert.Equal(2 * Math.Sqrt(118.75), box.Height, 0.05);
        Assert.Equal((100, 40), (Math.Round(box.X + box.Width / 2, 6), Math.Round(box.Y + box.Height / 2, 6)));
    }

    [Theory]
    [InlineData("0", "30", "a circle or an ellipse has a radius that is not above 0")]
    [InlineData("10", "1e9", "an ellipse is turned by 1000000000 degrees")]
    public void LabelStudio_EllipseThatCannotBe_IsListed(string radius, string turn, string problem)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("e.json", $$$"""
            [{"id":1,"data":{"image":"a.png"},"annotations":[{"id":5,"result":[{"id":"r","type":"ellipselabels",
              "original_width":200,"original_height":100,"value":{"x":50,"y":40,"radiusX":{{{radius}}},"radiusY":5,
              "rotation":{{{turn}}},"ellipselabels":["lid"]}}]}]}]
            """);
        var result = LabelFormats.Import(path, null, ImportContext.Empty);
        Assert.Empty(result.Annotations);
        Assert.Equal($"task 1, annotation 1: {problem}", Assert.Single(result.Problems).ToString());
    }

    /// <summary>Who gave an annotation is an address or a number; when is its last change.</summary>
    [Fact]
    public void LabelStudio_WhoAndWhen_AreThoseOfTheAnnotation()
    {
        using var folder = new TemporaryFolder();
        string Task(int id, string annotation) => $$$"""
            {"id":{{{id}}},"data":{"image":"{{{id}}}.png"},"annotations":[{ {{{annotation}}},
             "result":[{"type":"choices","value":{"choices":["cat"]}}]}]}
            """;
        var path = folder.Write("ls.json", "[" + string.Join(',',
            Task(1, """ "completed_by":{"id":7,"email":"ann@example.org"},"created_at":"2024-01-30T02:00:00Z" """),
            Task(2, """ "completed_by":8,"created_at":"2024-01-30T02:00:00Z","updated_at":"2024-01-31T04:00:00Z" """),
            Task(3, """ "completed_by":{"id":9} """)) + "]");
        var found = LabelFormats.Import(path, null, ImportContext.Empty).Annotations;
        var noon = new DateTimeOffset(2024, 1, 30, 2, 0, 0, TimeSpan.Zero);
        Assert.Equal([("ann@example.org", noon), ("8", noon.AddHours(26)), ("9", (DateTimeOffset?)null)],
            found.Select(a => (a.Annotator!, a.When)));
    }

    /// <summary>Where an image has one class, a task without a choice has none; elsewhere it says that nothing is
    /// there.</summary>
    [Fact]
    public void LabelStudio_CancelledAndEmpty_AreToldApart()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("ls.json", """
            [{"id":1,"data":{"image":"a.png"},"annotations":[{"was_cancelled":true,"result":[]}]},
             {"id":2,"data":{"image":"b.png"},"annotations":[{"was_cancelled":false,"result":[]}]},
             {"id":3,"data":{"image":"c.png"},"annotations":[]}]
            """);
        foreach (var context in new[]
            { ImportContext.Empty with { TakesEmpty = true }, ImportContext.Empty with { MultiLabel = true } })
        {
            var annotation = Assert.Single(LabelFormats.Import(path, null, context).Annotations);
            Assert.Equal(("b.png", null, 0), (annotation.Image, annotation.Class, annotation.Shapes.Count));
        }
        var one = LabelFormats.Import(path, null, ImportContext.Empty);
        Assert.Empty(one.Annotations);
        Assert.Equal("task 2, annotation 1: no class was chosen", Assert.Single(one.Problems).ToString());
    }

    [Fact]
    public void Coco_OneBadAnnotation_LeavesOutThatImageOnly()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("c.json", """
            {"images":[{"id":1,"file_name":"a.jpg"},{"id":2,"file_name":"b.jpg"},{"id":3,"file_name":"../c.jpg"}],
             "categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":10,"image_id":1,"category_id":1,"bbox":[0,0,1,1]},
                            {"id":11,"image_id":1,"category_id":1,"bbox":[0,0,-1,1]},
                            {"id":12,"image_id":2,"category_id":1,"bbox":[0,0,1,1]},
                            {"id":13,"image_id":9,"category_id":1},{"id":14,"image_id":2,"category_id":"x"}, 7,
                            {"id":15,"image_id":1,"category_id":1,"segmentation":{"size":[60000,60000],"counts":[1]}}]}
            """);
        var result = LabelFormats.Import(path, null, ImportContext.Empty);
        Assert.Equal(
        [
            "image 3: '../c.jpg' leaves the image folder",
            "annotation 11: 'bbox' must be x, y, width, height; 'a.jpg' is left out",
            "annotation 13: there is no image 9",
            "annotation 14: there is no category x; 'b.jpg' is left out",
            "annotation number 6: found '7' where an object was expected",
            "annotation 15: a mask of 60000 x 60000 pixels; at most 65536 a side and 100,000,000 in all are read; " +
                "'a.jpg' is left out",
        ], result.Problems.Select(p => p.ToString()));
        Assert.Empty(result.Annotations);
    }

    [Fact]
    public void Jsonl_BadLines_AreListedByLine()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write(
            "l.jsonl",
            "{\"path\":\"a.jpg\",\"label\":\"cat\"}\n{\"path\":\n\n{\"path\":\"b.jpg\",\"label\":3}\n"
            + "{\"path\":\"\\ud800\",\"label\":\"x\"}\n{\"path\":\"c.jpg\"}\n");
        var result = LabelFormats.Import(path, null, ImportContext.Empty);
        Assert.Equal(
            [("a.jpg", "cat", "line 1"), ("b.jpg", "3", "line 4")],
            result.Annotations.Select(a => (a.Image, a.Class, a.Where)));
        Assert.Equal(
            ["line 2: is not valid JSON at line 1, byte 9", "line 5: has text that is not valid Unicode"],
            result.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Cvat_MaskTagAndTurnedBox_AreRead()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("annotations.xml", """
            <annotations><version>1.1</version>
            <image id="0" name="a.jpg" width="4" height="3"><tag label="cat"/>
              <mask label="m" rle="0, 1, 2, 1" left="1" top="1" width="2" height="2"/>
              <box label="b" xtl="0" ytl="1" xbr="4" ybr="3" rotation="90"/></image>
            <image id="1" name="b.jpg" width="4" height="3">
              <mask label="m" rle="4" left="2147483647" top="1" width="2" height="2"/></image>
            </annotations>
            """);
        var result = LabelFormats.Import(path, null, ImportContext.Empty);
        var annotation = Assert.Single(result.Annotations);
        Assert.Equal("cat", annotation.Class);
        Assert.Equal<byte>([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], ((Mask)annotation.Shapes[0]).ToBitmap());
        // 4 x 2 about (2, 2), a quarter turn clockwise: 2 x 4
        Assert.Equal(
            [(3, 0), (3, 4), (1, 4), (1, 0)], ((Polygon)annotation.Shapes[1]).Rings[0]
            .Select(p => (Math.Round(p.X, 9), Math.Round(p.Y, 9))));
        Assert.Equal(
            "line 5: the mask reaches out of the image of 4 x 3 pixels", Assert.Single(result.Problems).ToString());
    }

    // what lies higher is painted later, whatever stands first in the file
    [Fact]
    public void Cvat_ZOrder_DecidesWhatComesLater()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("annotations.xml", """
            <annotations><image id="0" name="a.png" width="8" height="8">
              <box label="top" xtl="2" ytl="2" xbr="4" ybr="4" z_order="5" />
              <box label="first" xtl="0" ytl="0" xbr="8" ybr="8" z_order="0" />
              <box label="second" xtl="0" ytl="0" xbr="8" ybr="8" />
              <box label="below" xtl="0" ytl="0" xbr="8" ybr="8" z_order="-1" />
            </image></annotations>
            """);
        var result = LabelFormats.Import(path, "cvat", ImportContext.Empty);
        Assert.Empty(result.Problems);
        Assert.Equal(
            ["below", "first", "second", "top"], Assert.Single(result.Annotations).Shapes.Select(s => s.Class));
    }

    [Theory]
    [InlineData("<!DOCTYPE annotations [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><annotations>&x;</annotations>")]
    [InlineData("<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><annotations>&b;</annotations>")]
    public void Cvat_DocumentType_IsRefused(string xml)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("annotations.xml", xml);
        Assert.Contains(
            "not valid XML", Assert.Throws<InputException>(() => LabelFormats.Import(path, "cvat", ImportContext.Empty))
            .Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("names: [cat, 'dog, x', \"b\"]", "dog, x")]
    [InlineData("names:\n  - cat\n  - 'it''s'\n  - b\nnc: 3", "it's")]
    [InlineData("path: .\nnames:\n  0: cat\n  1: dog # the animal\n  2: b\n", "dog")]
    [InlineData("path: .\nnames:\n  0: cat\n  # the next is a dog\n  1: \"dog # hm\"   # quoted\n  2: b\n", "dog # hm")]
    [InlineData("names: ['cat', 'do]g, x', 'b']  # class names, [of] \"pets\"", "do]g, x")]
    [InlineData("names: [cat, dog's, b] # don't", "dog's")]
    [InlineData("names:\n  0: cat\n  1: d#g\n  2: b", "d#g")]
    [InlineData("names: [\n  cat,\n  dog,\n]\n", "dog")]
    [InlineData("names: [\"c]at\", # a cat\n  'd''g', b]\nnc: 3\n", "d'g")]
    public void Yolo_WaysToWriteNames_AreRead(string yaml, string second)
    {
        using var folder = new TemporaryFolder();
        folder.Write("data.yaml", yaml);
        folder.Write("labels/a.txt", "1 0.5 0.5 0.25 0.5\n");
        folder.Write("labels/b.txt", "9 0.5 0.5 0.25 0.5\n");
        folder.Write("labels/c.txt", "");
        folder.Write("labels/d.txt", "1 0 0 1 0 1 1\n0 0.5 nan 1 1\n");
        var result = LabelFormats.Import(folder.Path, null, new ImportContext(_ => (100, 50)));
        Assert.Equal(new Box(second, 37.5, 12.5, 25, 25), Assert.Single(result.Annotations[0].Shapes));
        Assert.Empty(result.Annotations[1].Shapes);
        Assert.Equal(["images/a", "images/c"], result.Annotations.Select(a => a.Image));
        Assert.Equal(["labels/b.txt", "labels/d.txt"], result.Problems.Select(p => p.Where));
        Assert.StartsWith("line 2: a coordinate is 'nan'", result.Problems[1].Message, StringComparison.Ordinal);
    }

    // some file systems do not tell cat from Cat, and Windows has no folder CON
    [Fact]
    public void ImageFolder_ClassesThatAreNoFolderNames_ComeBack()
    {
        string[] classes = ["cat", "Cat", "CAT", "train", "CON", "a/b", "_x", " é. ", "100%", "🐈"];
        var folders = FolderPerClass.FoldersOf(classes);
        Assert.Equal(
            ["cat", "%43at", "%43%41T", "%74rain", "%43ON", "a%2Fb", "%5Fx", "%20é.%20", "100%25", "🐈"],
            classes.Select(c => folders[c]));
        Assert.Equal(classes.Length, folders.Values.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(classes, classes.Select(c => FolderPerClass.ClassOf(folders[c])));
    }

    [Fact]
    public void ImageFolder_PicturesMovedBetweenFolders_ComeBackAsThoseImages()
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        ExportRow[] rows =
            [.. new[] { "x/a.png", "y/a.png" }.Select(n => new ExportRow(n, pictures.Write(n, Picture(2, 2)), 2, 2))];
        LabelFormats.Export(new ExportRequest(rows, ["cat", "dog"]), "image-folder", output["out"]);
        Assert.Equal(
            [".vaal-export", "_unlabelled/a.png", "_unlabelled/a~2.png", "vaal.csv"], Sources.Files(output["out"])
            .Select(f => Sources.Relative(output["out"], f)));
        File.Move(output["out/_unlabelled/a~2.png"], output["out/dog/a~2.png"]);
        var annotation = Assert.Single(LabelFormats.Import(output["out"], null, ImportContext.Empty).Annotations);
        Assert.Equal(("y/a.png", "dog"), (annotation.Image, annotation.Class));
    }

    [Fact]
    public void Manifest_Parquet_GivesPathsAndClasses()
    {
        using var output = new TemporaryFolder();
        LabelFormats.Export(
            new ExportRequest(
                [new ExportRow("a.jpg", "", 1, 1) { Class = "cat" }, new ExportRow("b.jpg", "", 1, 1)], []), "parquet",
                output["m.parquet"]);
        Assert.True(Manifest.Recognises(output["m.parquet"]));
        Assert.Equal(
            [new Manifest.Row("a.jpg", "cat", "row 1"), new Manifest.Row("b.jpg", null, "row 2")],
            Manifest.Read(output["m.parquet"], ImportContext.Empty));
        Assert.Equal("PAR1", Encoding.ASCII.GetString(File.ReadAllBytes(output["m.parquet"])[^4..]));
    }

    /// <summary>Read back by the library itself: a row a region, best first, each with its place.</summary>
    [Fact]
    public async Task Export_ParquetOfRegions_SaysWhereEachIs()
    {
        using var output = new TemporaryFolder();
        ExportRow a = new(
            "a.jpg", "", 9, 9)
        {
            Rank = 1,
            Regions = [new(0, 3, 3, 3) { Rank = 1, Score = 0.5 }, new(3, 3, 3, 3) { Rank = 3, Score = 0.25 }]
        },
            b = new("b.jpg", "", 9, 9) { Rank = 2, Regions = [new(6, 0, 3, 3) { Rank = 2 }] };
        LabelFormats.Export(new ExportRequest([a, b], []), "parquet", output["m.parquet"]);
        await using var reader = await ParquetReader.CreateAsync(
            output["m.parquet"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(
            ["path", "label", "rank", "score", "reason", "pre_label", "place"],
            reader.Schema.DataFields.Select(f => f.Name));
        using var group = reader.OpenRowGroupReader(0);
        async Task<string?[]> Texts(int column)
        {
            var values = new string?[group.RowCount];
            await group.ReadAsync(
                reader.Schema.DataFields[column], values.AsMemory()!, null, TestContext.Current.CancellationToken);
            return values;
        }
        Assert.Equal(["a.jpg", "b.jpg", "a.jpg"], await Texts(0));
        Assert.Equal(["a.jpg#xywh=0,3,3,3", "b.jpg#xywh=6,0,3,3", "a.jpg#xywh=3,3,3,3"], await Texts(6));
    }

    /// <summary>Tools refuse coordinates outside of 0 to 1: a box of −10..30 × 90..110 in an image of 100 × 100 is
    /// cut off at 0..30 × 90..100. Of the triangle the sides cross the left border at y = 10/19 and 120/11, and the
    /// lower one at x = 40 5/6 and 57 3/11.</summary>
    [Fact]
    public void Yolo_ShapesOverTheEdge_AreCutOff()
    {
        using var folder = new TemporaryFolder();
        var row = new ExportRow("a.png", folder.Write("a.png", TestImages.Rgb(100, 100, 1, 2, 3)), 100, 100)
        {
            Shapes = [new Box("cat", -10, 90, 40, 20), new Polygon("cat", [[new(-5, 0), new(50, 120), new(90, 10)]])],
        };
        LabelFormats.Export(new ExportRequest([row], ["cat"]), "yolo", folder["out"]);
        Assert.Equal(["0 0.15 0.95 0.3 0.1", "0 0 0.01 0 0.11 0.41 1 0.57 1 0.9 0.1"],
            File.ReadAllLines(folder["out/labels/train/a.txt"]).Select(l =>
                string.Join(' ', l.Split(' ').Select(n => double.Parse(n, null).ToString("0.##", null)))));
    }

    /// <summary>CVAT writes a turned box into COCO and VOC as it was before the turn, with the degrees beside it: 4 × 2
    /// about (2, 2), a quarter turn clockwise, is 2 × 4.</summary>
    [Theory]
    [InlineData("a.json", "coco", """
        {"images":[{"id":1,"file_name":"a.jpg","width":4,"height":4}],"categories":[{"id":1,"name":"b"}],
         "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[0,1,4,2],"segmentation":[],
          "attributes":{"occluded":false,"rotation":90.0}}]}
        """)]
    [InlineData("a.xml", "voc", """
        <annotation><filename>a.jpg</filename><size><width>4</width><height>4</height></size>
        <object><name>b</name><bndbox><xmin>0</xmin><ymin>1</ymin><xmax>4</xmax><ymax>3</ymax></bndbox>
        <attributes><attribute><name>rotation</name><value>90.0</value></attribute></attributes></object></annotation>
        """)]
    public void Import_TurnedBoxOfCvat_IsAPolygon(string file, string format, string text)
    {
        using var folder = new TemporaryFolder();
        var result = LabelFormats.Import(folder.Write(file, text), format, ImportContext.Empty);
        Assert.Empty(result.Problems);
        var polygon = Assert.IsType<Polygon>(Assert.Single(Assert.Single(result.Annotations).Shapes));
        Assert.Equal(("b", 1), (polygon.Class, polygon.Rings.Count));
        Assert.Equal([(3, 0), (3, 4), (1, 4), (1, 0)],
            polygon.Rings[0].Select(p => (Math.Round(p.X, 9), Math.Round(p.Y, 9))));
    }

    /// <summary>An image without one of its shapes would be a wrong label.</summary>
    [Fact]
    public void Cvat_ImageWithACuboid_IsLeftOut()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("annotations.xml", """
            <annotations><version>1.1</version>
            <image id="0" name="a.jpg" width="4" height="4"><box label="b" xtl="0" ytl="1" xbr="4" ybr="3"/>
              <cuboid label="b" xtl1="0" ytl1="0" xbl1="0" ybl1="1"/></image></annotations>
            """);
        var result = LabelFormats.Import(path, null, ImportContext.Empty);
        Assert.Empty(result.Annotations);
        Assert.Equal("line 2: a cuboid is not read; 'a.jpg' is left out", Assert.Single(result.Problems).ToString());
    }

    /// <summary>COCO's tools take the area from the file: a box has width times height, a polygon the area of its
    /// rings.</summary>
    [Fact]
    public void Coco_Written_HasTheAreaOfEachShape()
    {
        using var folder = new TemporaryFolder();
        var row = new ExportRow("a.png", "", 100, 100)
        {
            Shapes = [new Box("cat", 1, 2, 3, 4), new Polygon("cat", [[new(0, 0), new(10, 0), new(0, 6)]])],
        };
        LabelFormats.Export(new ExportRequest([row], ["cat"]), "coco", folder["o.json"]);
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllText(folder["o.json"]));
        Assert.Equal(["[1,2,3,4] 12", "[0,0,10,6] 30"], json.RootElement.GetProperty("annotations").EnumerateArray()
            .Select(a => $"{a.GetProperty("bbox")} {a.GetProperty("area")}"));
    }
}
