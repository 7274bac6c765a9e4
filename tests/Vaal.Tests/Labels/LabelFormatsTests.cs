using SkiaSharp;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

public sealed partial class LabelFormatsTests
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
    internal static string Numbers(Shape shape) =>
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
    public void Detect_NothingKnown_ListsChoices()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("x.bin", "?");
        Assert.Equal($"'{path}' has no known label format; name one with --format: bdd100k, coco, create-ml, csv, "
            + "cvat, "
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
}
