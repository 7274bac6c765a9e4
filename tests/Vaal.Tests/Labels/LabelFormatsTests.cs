using System.IO.Compression;
using System.Text;
using System.Xml.Linq;
using Parquet;
using SkiaSharp;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

public sealed class LabelFormatsTests
{
    private static readonly string[] Classes = ["cat", "dog \"x\"", "=SUM(1)", "naïve, ü", "a/b", "train"];

    public static TheoryData<string> Written =>
        [.. LabelFormats.All.Values.Where(f => f.Write is not null).Select(f => f.Name)];
    public static TheoryData<string> RoundTrip
        => [.. LabelFormats.All.Values.Where(f => f is { Write: not null, Read: not null, HoldsClasses: true })
        .Select(f => f.Name)];
    public static TheoryData<string> RoundTripOfShapes =>
        [.. LabelFormats.All.Values.Where(f => f is { Write: not null, Read: not null, Carries.Count: > 0 })
            .Select(f => f.Name)];

    /// <summary>Pictures whose names are a trial: spaces, accents both ways, formulas, twice the same name, no class
    /// yet.</summary>
    private static List<ExportRow> Rows(TemporaryFolder pictures)
    {
        string[] names = [
            "one.png", "sub/one.png", "Sub dir/cafe\u0301 #1%.png", "caf\u00e9.png", "=2+3.png", "two.png", "two.jpg",
            new string('n', 196) + ".png"];
        return [.. names.Select((name, i) => new ExportRow(name, pictures.Write(name, Picture(12 + i, 9)), 12 + i, 9)
        {
            Class = i == 6
                ? null
                : Classes[i % Classes.Length], Rank = i + 1, Score = i / 8.0 - 0.5,
                Reason = $"D = {i}", PreLabel = i == 6
                ? "cat"
                : null,
        })];
    }

    private static byte[] Picture(int width, int height)
    {
        using var bitmap = new SKBitmap(width, height);
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static ImportContext Sizes(IReadOnlyList<ExportRow> rows) => new(name =>
        rows.FirstOrDefault(r => r.Image == name) is { } row ? (row.Width, row.Height) : null);

    private static string Target(TemporaryFolder folder, string format) => folder["out" + format switch
    {
        "csv" or "one-hot" => ".csv",
        "parquet" => ".parquet",
        "cvat" => ".xml",
        "yolo" or "image-folder" or "masks" => "",
        _ => ".json",
    }];

    [Theory]
    [MemberData(nameof(RoundTrip))]
    public void Format_ClassesWrittenAndRead_AreTheSame(string format)
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        var rows = Rows(pictures);
        LabelFormats.Export(new ExportRequest(rows, Classes), format, Target(output, format));

        Assert.Equal(format, LabelFormats.Detect(Target(output, format)).Name);
        var result = LabelFormats.Import(Target(output, format), null, Sizes(rows));

        Assert.Empty(result.Problems);
        var names = new ImageNames(rows.Select(r => r.Image));
        Assert.Equal(rows.Where(r => r.Class is not null).Select(r => (r.Image, r.Class)).Order(),
            result.Annotations.Select(a => (names.Resolve(a.Image, out _)!, a.Class)).Order());
    }

    [Theory]
    [MemberData(nameof(RoundTripOfShapes))]
    public void Format_ShapesWrittenAndRead_AreTheSame(string format)
    {
        var carries = LabelFormats.Named(format).Carries;
        using var output = new TemporaryFolder();
        Shape[] shapes =
        [
            new Box("cat", 1.5, 2, 30.25, 10), new Box("dog", 0, 0, 1, 1),
            new Polygon("cat", [[new(0.125, 0), new(40, 0.5), new(40, 30), new(1, 29)]]),
            Mask.FromBitmap(
                "dog", [.. Enumerable.Range(0, 40 * 30).Select(i => (byte)(i % 7 < 3 || i > 1000 ? 1 : 0))], 40, 30),
        ];
        using var pictures = new TemporaryFolder();
        var picture = pictures.Write("c.jpg", Picture(40, 30));
        var row = new ExportRow(
            "a b/c.jpg", picture, 40, 30)
        { Shapes = [.. shapes.Where(s => carries.Contains(s.GetType()))] };
        LabelFormats.Export(
            new ExportRequest([row, new ExportRow("none.jpg", picture, 40, 30)], ["cat"]), format,
            Target(output, format));

        var result = LabelFormats.Import(Target(output, format), null, Sizes([row]));

        Assert.Empty(result.Problems);
        var annotation = Assert.Single(result.Annotations);
        Assert.Equal(
            ("a b/c.jpg", null), (new ImageNames([row.Image]).Resolve(annotation.Image, out _), annotation.Class));
        Assert.Equal((40, 30), annotation.Size);
        Assert.Equal(row.Shapes.Select(Numbers), annotation.Shapes.Select(Numbers));
    }

    /// <summary>Kind, class and all coordinates to a millionth of a pixel.</summary>
    private static string Numbers(Shape shape) =>
        $"{shape.GetType().Name} {shape.Class} " + string.Join(' ', (shape switch
        {
            Box b => [b.X, b.Y, b.Width, b.Height],
            Polygon p => p.Rings.SelectMany(r => r).SelectMany(q => new[] { q.X, q.Y }),
            Mask m => m.Runs.Select(n => (double)n).Append(m.Width).Append(m.Height),
            _ => [],
        }).Select(v => Math.Round(v, 6) + 0.0));

    [Theory]
    [InlineData("coco")]
    [InlineData("json")]
    public void Format_PolygonOfTwoRings_StaysOne(string format)
    {
        using var output = new TemporaryFolder();
        Point[] ring = [new(0, 0), new(4, 0), new(4, 3)];
        var row = new ExportRow(
            "a.jpg", "", 9, 9)
        { Shapes = [new Polygon("cat", [ring, [new(5, 5), new(6, 5), new(6, 6)]])] };
        LabelFormats.Export(new ExportRequest([row], ["cat"]), format, output["o.json"]);
        var polygon = Assert.IsType<Polygon>(
            Assert.Single(
                Assert.Single(LabelFormats.Import(output["o.json"], null, ImportContext.Empty).Annotations).Shapes));
        Assert.Equal([ring, [new(5, 5), new(6, 5), new(6, 6)]], polygon.Rings);
        Assert.Equal(6.5, Shapes.Area(polygon));
    }

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

    [Fact]
    public void LabelStudio_CancelledAndEmpty_AreToldApart()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("ls.json", """
            [{"id":1,"data":{"image":"a.png"},"annotations":[{"was_cancelled":true,"result":[]}]},
             {"id":2,"data":{"image":"b.png"},"annotations":[{"was_cancelled":false,"result":[]}]},
             {"id":3,"data":{"image":"c.png"},"annotations":[]}]
            """);
        var annotation = Assert.Single(LabelFormats.Import(path, null, ImportContext.Empty).Annotations);
        Assert.Equal(("b.png", null, 0), (annotation.Image, annotation.Class, annotation.Shapes.Count));
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

    [Theory]
    [InlineData("l.json", "[{\"path\":\"a.jpg\",\"label\":\"cat\"}]")]
    [InlineData("l.jsonl", "{\"path\":\"a.jpg\",\"label\":\"cat\"}\r\n")]
    [InlineData("l.csv", "path,label\r\na.jpg,cat\r\n")]
    [InlineData(
        "l.xml", "<annotations><image name='a.jpg' width='1' height='1'><tag label='cat'/></image></annotations>")]
    public void Import_ByteOrderMark_IsNoPartOfTheText(string file, string text)
    {
        using var folder = new TemporaryFolder();
        var result = LabelFormats.Import(folder.Write(file, "\uFEFF" + text), null, ImportContext.Empty);
        Assert.Equal(("a.jpg", "cat"), (Assert.Single(result.Annotations).Image, result.Annotations[0].Class));
        Assert.Empty(result.Problems);
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

    [Theory]
    [InlineData("yolo")]
    [InlineData("image-folder")]
    public void ExportFolder_SomebodyElsesOrChanged_IsLeftAlone(string format)
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        var request = new ExportRequest(
            [new ExportRow("a.png", pictures.Write("a.png", Picture(2, 2)), 2, 2) { Class = "cat",
            Shapes = [new Box("cat", 0, 0, 2, 2)] }], []);
        output.Write("theirs/notes.txt", "mine");
        var problem = Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["theirs"]));
        Assert.EndsWith(
            "theirs is not empty and is not an export of vaal; move it away or export to another folder",
            problem.Message,
            StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(output["theirs/notes.txt"]));

        output.Write("table/vaal.csv", "path,label");                              // a file of that name is no mark
        output.Write("table/thesis.tex", "mine");
        Assert.Contains(
            "not an export of vaal",
            Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["table"])).Message,
            StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(output["table/thesis.tex"]));

        LabelFormats.Export(request, format, output["ours"]);
        LabelFormats.Export(request, format, output["ours"]);                       // as it was left: replaced
        var picture = Sources.Files(output["ours"]).Single(f => f.EndsWith("a.png", StringComparison.Ordinal));
        foreach (var work in new Action[]
        {
            () => output.Write("ours/extra.txt", "work"),
            () => File.AppendAllText(output["ours/vaal.csv"], "a.png,dog,,,,,a.png\n"),
            () => File.Move(picture, Path.Combine(output["ours"], "elsewhere.png")),
            () => File.Delete(picture),
        })
        {
            // also at once: no time of writing tells it
            work();
            var before = Contents(output);
            Assert.Contains(
                "has been changed",
                Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["ours"])).Message,
                StringComparison.Ordinal);
            Assert.Equal(before, Contents(output));
            Directory.Delete(output["ours"], recursive: true);
            LabelFormats.Export(request, format, output["ours"]);
        }
    }

    // the user's own images are only ever read, whatever becomes of an export
    [Theory]
    [InlineData("yolo")]
    [InlineData("masks")]
    [InlineData("image-folder")]
    public void ExportFolder_Pictures_AreCopiesAndNoneMayBeMissing(string format)
    {
        using var pictures = new TemporaryFolder();
        using var output = new TemporaryFolder();
        var bytes = Picture(2, 2);
        Shape[] shapes = format == "yolo" ? [new Box("cat", 0, 0, 2, 2)] : [];
        var request = new ExportRequest(
            [new ExportRow("a.png", pictures.Write("a.png", bytes), 2, 2) { Class = "cat", Shapes = shapes },
            new ExportRow("b.png", pictures.Write("b.png", bytes), 2, 2) { Class = "cat", Shapes = shapes }], []);
        File.SetAttributes(pictures["a.png"], FileAttributes.ReadOnly);
        LabelFormats.Export(request, format, output["out"]);
        var copy = Sources.Files(output["out"]).Single(f => f.EndsWith("a.png", StringComparison.Ordinal));
        Assert.Equal(bytes, File.ReadAllBytes(copy));
        File.AppendAllText(copy, "x");
        Assert.Equal(bytes, File.ReadAllBytes(pictures["a.png"]));
        File.Delete(pictures["b.png"]);
        Assert.Equal(
            "the image b.png is not there any more; run 'vaal init' again",
            Assert.Throws<InputException>(() => LabelFormats.Export(request, format, output["again"])).Message);
        Assert.Equal(["out"], Directory.EnumerateFileSystemEntries(output.Path).Select(Path.GetFileName));
        File.SetAttributes(pictures["a.png"], FileAttributes.Normal);
    }

    [Theory]
    [MemberData(nameof(Written))]
    public void Export_FailsHalfWay_LeavesWhatWasThere(string format)
    {
        using var output = new TemporaryFolder();
        var good = new ExportRow("a.jpg", output.Write("a.jpg", Picture(2, 2)), 2, 2)
        {
            Class = "cat",
            Shapes = [new Box("cat", 0, 0, 2, 2)]
        };
        LabelFormats.Export(new ExportRequest([good], ["cat"]), format, Target(output, format));
        var before = Contents(output);
        var bad = new ExportRequest(new Failing([good, good]), ["cat"]);
        Assert.Throws<InvalidOperationException>(() => LabelFormats.Export(bad, format, Target(output, format)));
        Assert.Equal(before, Contents(output));
    }

    /// <summary>
    /// Breaks when the fourth pass over the rows comes to the second: the first ones check them and count the classes.
    /// </summary>
    private sealed class Failing(ExportRow[] rows) : IReadOnlyList<ExportRow>
    {
        private int _passes;

        public int Count => rows.Length;
        public ExportRow this[int index] => index == 0 ? rows[0] : throw new InvalidOperationException("gone");

        public IEnumerator<ExportRow> GetEnumerator()
        {
            _passes++;
            yield return rows[0];
            yield return _passes <= 3 ? rows[1] : throw new InvalidOperationException("gone");
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    private static List<string> Contents(TemporaryFolder folder)
        => [.. Sources.Files(folder.Path)
            .Select(f =>
                $"{Sources.Relative(folder.Path, f)} " +
                $"{Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];

    [Fact]
    public void Zip_OfExport_IsRead()
    {
        using var folder = new TemporaryFolder();
        ZipFile.CreateFromDirectory(
            InteropSamples.Folder("datumaro", "cvat_dataset", "for_images", "export_project"), folder["cvat.zip"]);
        var result = LabelFormats.Import(folder["cvat.zip"], null, ImportContext.Empty);
        Assert.Equal(6, result.Annotations.Count);
        ZipFile.CreateFromDirectory(
            InteropSamples.Folder("datumaro", "imagenet_dataset"), folder["images.zip"], CompressionLevel.Fastest,
            includeBaseDirectory: true);
        Assert.Equal(3, LabelFormats.Import(folder["images.zip"], null, ImportContext.Empty).Annotations.Count);
    }

    [Fact]
    public void Zip_EntriesThatLeaveTheFolder_AreListedAndNeverWritten()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["x.zip"], ZipArchiveMode.Create))
            foreach (
                var name in new[] { "labels.csv", "../escaped.csv", "/absolute.csv", "a/../../b.csv", "C:\\x.csv" })
            {
                using var entry = new StreamWriter(zip.CreateEntry(name).Open());
                entry.Write("path,label\na.jpg,cat\n");
            }
        var result = LabelFormats.Import(folder["x.zip"], null, ImportContext.Empty);
        Assert.Equal("a.jpg", Assert.Single(result.Annotations).Image);
        Assert.Equal(
            ["archive entry '../escaped.csv'", "archive entry '/absolute.csv'", "archive entry 'a/../../b.csv'",
                "archive entry 'C:\\x.csv'"], result.Problems.Select(p => p.Where));
        Assert.False(File.Exists(Path.Combine(Path.GetTempPath(), "escaped.csv")));
    }

    [Fact]
    public void Zip_Bomb_StopsAtTheLimit()
    {
        using var folder = new TemporaryFolder();
        using (var zip = ZipFile.Open(folder["x.zip"], ZipArchiveMode.Create))
        using (var entry = zip.CreateEntry("labels.csv").Open())
            for (var i = 0; i < 64; i++) entry.Write(new byte[1 << 20]);
        var context = ImportContext.Empty with { MaxUnpackedBytes = 8 << 20 };
        Assert.Equal(
            "the archive unpacks to more than 8 MiB",
            Assert.Throws<InputException>(() => LabelFormats.Import(folder["x.zip"], null, context)).Message);
    }

    [Fact]
    public void Import_FileOverTheLimit_IsRefusedUnread()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("l.csv", "path,label\n" + new string('x', 3 << 20));
        var problem = Assert.Throws<InputException>(
            () => LabelFormats.Import(path, null, ImportContext.Empty with { MaxFileBytes = 1 << 20 }));
        Assert.Equal("l.csv has 3 MiB; at most 1 MiB are read; split it", problem.Message);
    }

    [Fact]
    public void Detect_NothingKnown_ListsChoices()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.bin", "?");
        Assert.Equal($"'{path}' has no known label format; name one of: bdd100k, coco, create-ml, csv, cvat, "
            + "image-folder, json, label-studio, labelme, masks, one-hot, open-images, parquet, supervisely, via, voc, "
            + "yolo",
            Assert.Throws<InputException>(() => LabelFormats.Detect(path)).Message);
        Assert.Equal("no label format 'bald'; there are: bdd100k, coco, create-ml, csv, cvat, image-folder, json, "
            + "label-studio, labelme, masks, one-hot, open-images, parquet, supervisely, via, voc, yolo",
            Assert.Throws<InputException>(() => LabelFormats.Named("bald")).Message);
        var missing = Assert.Throws<InputException>(
            () => LabelFormats.Import(folder["no"], null, ImportContext.Empty));
        Assert.Equal($"no file or folder '{folder["no"]}'", missing.Message);
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
}
