using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>
/// Genuine files, damaged: an importer lists what it cannot use or refuses in one line, soon and in little memory.
/// </summary>
public sealed class ImportFuzzTests
{
    private const int EachFile = 40;
    // on a machine that does other things as well
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);
    private static readonly string[] Nasty =
    [
        "-1", "1e999", "99999999999999999999", "null", "[]", "{}", "\"\"", "NaN", "../../x", "\\u0000", "\\ud800", "0",
            "4294967295", "\"", "<", "&x;",
        "<!DOCTYPE a [<!ENTITY b \"c\">]>", "[[[[[[[[", "\uFEFF", "\r", ",,,,", "100000000", "65536", "<a><a><a><a>",
    ];

    /// <summary>
    /// The damaged file: one of ours by its name, or a genuine one by its folder under the samples and its path in
    /// there.
    /// </summary>
    [Theory]
    [InlineData("csv", "", "l.csv")]
    [InlineData("parquet", "", "l.parquet")]
    [InlineData("json", "", "l.json")]
    [InlineData("json", "", "l.jsonl")]
    [InlineData("cvat", "", "l.xml")]
    [InlineData("cvat", "datumaro/cvat_dataset/for_images/export_task", "train.xml")]
    [InlineData("coco", "", "coco.json")]
    [InlineData("coco", "datumaro/coco_dataset/coco_instances", "annotations/instances_val.json")]
    [InlineData("label-studio", "label-studio-brush", "export.json")]
    [InlineData("label-studio", "label-studio-sdk/test_export_coco", "data.json")]
    [InlineData("voc", "datumaro/voc_dataset/voc_dataset1", "Annotations/2007_000001.xml")]
    [InlineData("voc", "datumaro/voc_dataset/voc_dataset1", "ImageSets/Main/aeroplane_train.txt")]
    [InlineData("yolo", "datumaro/yolo_dataset/strict", "obj_train_data/1.txt")]
    [InlineData("yolo", "datumaro/yolo_dataset/strict", "obj.names")]
    [InlineData("yolo", "", "data.yaml")]
    [InlineData("labelme", "", "labelme.json")]
    [InlineData("via", "", "via.json")]
    [InlineData("via", "", "via.csv")]
    [InlineData("supervisely", "", "supervisely.json")]
    [InlineData("bdd100k", "", "bdd100k.json")]
    [InlineData("open-images", "", "open-images.csv")]
    [InlineData("create-ml", "", "create-ml.json")]
    [InlineData("one-hot", "", "one-hot.csv")]
    [InlineData("csv", "", "boxes.csv")]
    [InlineData("label-studio", "", "label-studio.csv")]
    public void Import_DamagedSample_EndsInOneLineSoonAndInLittleMemory(string format, string folder, string file)
    {
        using var copy = new TemporaryFolder();
        if (folder.Length == 0) WriteOwn(copy, file);
        else foreach (var part in Sources.Files(InteropSamples.Folder(folder)))
            copy.Write(Sources.Relative(InteropSamples.Folder(folder), part), File.ReadAllBytes(part));
        var original = File.ReadAllBytes(copy[file]);
        var (tried, refused, problems) = (0, 0, 0);
        for (var seed = 0; seed < EachFile; seed++)
        {
            File.WriteAllBytes(copy[file], Damaged(original, Path.GetExtension(file), new Random(seed)));
            var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                var result = LabelFormats.Import(format is "voc" or "yolo"
                    ? copy.Path : copy[file], format, new ImportContext(_ => (15, 10)));
                problems += result.Problems.Count > 0 ? 1 : 0;
                Assert.All(result.Problems, p => Assert.DoesNotContain('\n', p.ToString()));
                Assert.All(result.Annotations, a => Assert.Null(ImageNames.Unsafe(a.Image)));
            }
            catch (InputException e)
            {
                refused++;
                Assert.DoesNotContain('\n', e.Message);
            }
            tried++;
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 << 20);
        }
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{file}: {tried} damaged, {refused} refused, {problems} with problems");
        Assert.True(refused + problems > 0, "the damage is too mild to say anything");
    }

    /// <summary>Small files of formats that are only read; each damaged part matters.</summary>
    private static readonly Dictionary<string, string> Small = new()
    {
        ["data.yaml"] = "path: .\ntrain: images\nkpt_shape: [2, 2]\nnc: 2\nnames:\n  0: cat\n  1: \"do\\x67\"\n",
        ["labelme.json"] = """
            {"version": "5.4.1", "flags": {"day": true}, "shapes": [{"label": "cat", "points": [[1, 2], [9, 2], [9, 8]],
             "shape_type": "polygon"},
             {"label": "dog", "points": [[2, 3], [3, 4]], "shape_type": "mask", "mask": "iVBORw0KGgo="}],
             "imagePath": "a.png", "imageData": null, "imageHeight": 10, "imageWidth": 15}
            """,
        ["via.json"] = """
            {"a.png9": {"filename": "a.png", "size": 9, "regions": [{"shape_attributes": {"name": "rect", "x": 1,
             "y": 2, "width": 3, "height": 4}, "region_attributes": {"class": "cat"}}], "file_attributes": {}}}
            """,
        ["via.csv"] = "filename,file_size,region_shape_attributes,region_attributes\n"
            + "a.png,9,\"{\"\"name\"\":\"\"rect\"\",\"\"x\"\":1,\"\"y\"\":2,\"\"width\"\":3,\"\"height\"\":4}\","
            + "\"{\"\"class\"\":\"\"cat\"\"}\"\n",
        ["supervisely.json"] = """
            {"tags": [], "size": {"height": 10, "width": 15}, "objects": [
             {"geometryType": "polygon", "classTitle": "cat", "points":
              {"exterior": [[1, 1], [9, 1], [9, 9]], "interior": [[[3, 2], [4, 2], [4, 3]]]}},
             {"geometryType": "bitmap", "classTitle": "dog", "bitmap": {"data": "eJwDAAAAAAE=", "origin": [1, 2]}}]}
            """,
        ["bdd100k.json"] = """
            [{"name": "a.png", "labels": [{"category": "car", "box2d": {"x1": 1, "y1": 2, "x2": 5, "y2": 6}},
             {"category": "way", "poly2d": [{"vertices": [[1, 1], [9, 1], [9, 9]], "types": "LLL", "closed": true}]}]}]
            """,
        ["open-images.csv"] = "ImageID,LabelName,Confidence,XMin,XMax,YMin,YMax\na,/m/1,1,0.1,0.5,0.2,0.6\n",
        ["create-ml.json"] = """
            [{"image": "a.png",
              "annotations": [{"label": "cat", "coordinates": {"x": 5, "y": 5, "width": 4, "height": 2}}]}]
            """,
        ["one-hot.csv"] = "filename,cat,dog\na.png,1,0\nb.png,0,1\n",
        ["boxes.csv"] = "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,15,10,cat,1,2,4,6\nb.png,15,10,dog,1,2,"
            + "4,6\n",
        ["label-studio.csv"] = "image,id,label,annotator,annotation_id\na.png,1,\"[{\"\"x\"\": 10, \"\"y\"\": 10, "
            + "\"\"width\"\": 20, "
            + "\"\"height\"\": 30, \"\"rectanglelabels\"\": [\"\"cat\"\"], \"\"original_width\"\": 15, "
            + "\"\"original_height\"\": 10}]\",1,1\n",
    };

    private static void WriteOwn(TemporaryFolder folder, string file)
    {
        if (Small.TryGetValue(file, out var small))
        {
            folder.Write(file, small);
            folder.Write("labels/a.txt", "0 0.5 0.5 0.2 0.2 0.1 0.1 0.2 0.2\n");
            return;
        }
        ExportRow[] rows = [.. Enumerable.Range(0, 20).Select(i => new ExportRow($"a{i}.jpg", "", 40, 30)
        {
            Class = "cat", Rank = i, Score = 0.5, Reason = "x",
            Shapes = [new Box("cat", 1, 2, 3, 4), new Mask("dog", [3, 40, 1157], 40, 30),
                new Polygon("cat", [[new(1, 2), new(3, 4), new(5, 5)]])],
        })];
        if (Path.GetExtension(file) == ".jsonl")
            folder.Write(
                file, string.Concat(
                    rows.Select(
                        r => $$"""{"path":"{{r.Image}}","label":"cat","shapes":[{"type":"box","box":[1,2,3,4]}]}""" +
                        "\n")));
        else
            LabelFormats.Export(new ExportRequest(rows, []),
                file switch { "coco.json" => "coco", "l.xml" => "cvat", _ => Path.GetExtension(file)[1..] },
                folder[file]);
    }

    /// <summary>Half of the JSON and XML files stay well formed: else the parser alone would be tried.</summary>
    private static byte[] Damaged(byte[] original, string extension, Random random) => extension switch
    {
        ".json" when random.Next(2) == 0 => WrongJson(original, random),
        ".xml" when random.Next(2) == 0 => WrongXml(original, random),
        _ => Damaged(original, random),
    };

    /// <summary>One to three values replaced by others of any kind.</summary>
    private static byte[] WrongJson(byte[] original, Random random)
    {
        string[] values = ["null", "-1", "0", "1e308", "99999999999", "1.5", "true", "\"\"", "\"../../x\"", "\"5\"",
            "[]", "{}", "[[]]", "[1,2]", "{\"id\":1}", "2147483648", "100000000"];
        var root = JsonNode.Parse(original)!;
        for (var wounds = random.Next(1, 4); wounds > 0; wounds--)
        {
            var node = root;
            for (var depth = random.Next(1, 9); depth > 0 && node is JsonArray { Count: > 0 }
                or JsonObject { Count: > 0 }; depth--)
                node = node is JsonArray list
                    ? list[random.Next(list.Count)]
                    : node.AsObject().ElementAt(random.Next(node.AsObject().Count)).Value;
            var value = JsonNode.Parse(values[random.Next(values.Length)]);
            if (node is null || node == root) root = node is null ? root : value ?? root;
            else node.ReplaceWith(value);
        }
        return Encoding.UTF8.GetBytes(root.ToJsonString());
    }

    /// <summary>One to three attributes or texts replaced, or elements taken out or doubled.</summary>
    private static byte[] WrongXml(byte[] original, Random random)
    {
        string[] values = ["", "-1", "1e308", "99999999999", "NaN", "../../x", "1;2", ",,,", "100000000", "x",
            "1,2;3,4;5,6", "2147483647"];
        var root = XElement.Load(new MemoryStream(original));
        for (var wounds = random.Next(1, 4); wounds > 0; wounds--)
        {
            var elements = root.Descendants().ToList();
            var element = elements[random.Next(elements.Count)];
            var attributes = element.Attributes().ToList();
            var kind = random.Next(5);
            if (kind == 0) element.Remove();
            else if (kind == 1) element.AddAfterSelf(new XElement(element));
            else if (attributes.Count > 0)
                attributes[random.Next(attributes.Count)].Value = values[random.Next(values.Length)];
            else if (!element.HasElements) element.Value = values[random.Next(values.Length)];
        }
        return Encoding.UTF8.GetBytes(root.ToString());
    }

    /// <summary>
    /// One to four wounds: bytes changed, cut out, doubled, cut off, or a number or text replaced by a nasty one.
    /// </summary>
    private static byte[] Damaged(byte[] original, Random random)
    {
        var bytes = original.ToList();
        for (var wounds = random.Next(1, 5); wounds > 0; wounds--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    for (var i = at; i < at + Math.Min(length, 4); i++) bytes[i] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3 when random.Next(3) == 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Nasty[random.Next(Nasty.Length)]));
                    break;
                default:
                    while (at < bytes.Count && !char.IsAsciiDigit((char)bytes[at])) at++;
                    var end = at;
                    while (end < bytes.Count && char.IsAsciiDigit((char)bytes[end])) end++;
                    bytes.RemoveRange(at, end - at);
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(Nasty[random.Next(Nasty.Length)]));
                    break;
            }
        }
        return [.. bytes];
    }

    [Theory]
    [InlineData("json", "[")]
    [InlineData("coco", "{\"a\":")]
    [InlineData("label-studio", "[")]
    public void Import_JsonNestedMillionDeep_IsRefused(string format, string nest)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("deep.json", string.Concat(Enumerable.Repeat(nest, 1_000_000)));
        Assert.Contains("not valid JSON",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, format, ImportContext.Empty)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Import_XmlNestedDeep_IsRefused()
    {
        using var folder = new TemporaryFolder();
        var nest = string.Concat(Enumerable.Repeat("<a>", 1_000_000));
        var path = folder.Write("annotations.xml",
            $"<annotations>\n<image name=\"a.jpg\" width=\"1\" height=\"1\">{nest}");
        Assert.StartsWith("annotations.xml is not valid XML at line 2: 'elements are nested deeper than 64",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message,
            StringComparison.Ordinal);
        folder.Write("voc/a.xml", $"<annotation><object>{nest}");
        Assert.Equal("a.xml: is not valid XML at line 1",
            Assert.Single(LabelFormats.Import(folder["voc"], "voc", ImportContext.Empty).Problems).ToString());
    }

    [Fact]
    public void Import_ManyHugeMasksInSmallFile_StopsInTime()
    {
        using var folder = new TemporaryFolder();
        var counts = "[0," + string.Join(',', Enumerable.Repeat("1,1", 4_999)) + ",1,99990001]";
        var annotations = string.Join(
            ',', Enumerable.Range(0, 300)
            .Select(i =>
                $$$"""
                {"id":{{{i}}},"image_id":1,"category_id":1,
                 "segmentation":{"size":[10000,10000],"counts":{{{counts}}}}}
                """));
        var path = folder.Write(
            "c.json",
            $$"""
            {"images":[{"id":1,"file_name":"a.jpg"}],"categories":[{"id":1,"name":"a"}],
             "annotations":[{{annotations}}]}
            """);
        var (clock, before) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
        Assert.Contains("too large or too many",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message,
            StringComparison.Ordinal);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Soon);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 30);
    }
}
