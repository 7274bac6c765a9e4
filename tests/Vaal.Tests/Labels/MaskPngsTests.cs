using SkiaSharp;
using Vaal.Data;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

public sealed class MaskPngsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A box and a polygon are filled where the centre of a pixel lies in them; what comes later lies on top;
    /// the rest is 255.</summary>
    [Fact]
    public void Write_Shapes_ArePaintedOneOverTheOther()
    {
        Point[] square = [new(1, 1), new(4, 1), new(4, 3), new(1, 3)], corner = [new(5.6, 0), new(7, 0), new(7, 1)];
        var row = new ExportRow("a/b.jpg", _folder.Write("b.jpg", [1]), 7, 4)
        {
            Shapes = [
                new Box("road", 0, 0, 2.4, 4), new Polygon("sky", [square, corner]),
                Mask.FromBitmap(
                    "car", [.. Enumerable.Range(0, 28).Select(i => i is 16 or 27 ? (byte)1 : (byte)0)], 7, 4)],
        };
        LabelFormats.Export(new ExportRequest([row], ["sky", "road", "car"]), "masks", _folder["out"]);
        Assert.Equal("id,name\n0,sky\n1,road\n2,car\n", File.ReadAllText(_folder["out/classes.csv"]));
        Assert.Equal(
        [
            // the centre (6.5, 0.5) lies in the corner: 0.5 < (6.5 − 5.6) / 1.4
            "11....0",
            "1000...",
            "1020...",
            "11....2",
        ], Pixels(_folder["out/masks/b.png"]));
    }

    /// <summary>A square whose hole is reached by a cut and runs the same way round, as COCO fills it: the hole stays
    /// open.</summary>
    [Fact]
    public void Write_HoleInOneRing_StaysOpen()
    {
        Point[] ring =
        [
            new(0, 0), new(5, 0), new(5, 5), new(0, 5), new(0, 0),
            new(1, 1), new(4, 1), new(4, 4), new(1, 4), new(1, 1),
        ];
        var row = new ExportRow("b.jpg", _folder.Write("b.jpg", [1]), 5, 5) { Shapes = [new Polygon("sky", [ring])] };
        LabelFormats.Export(new ExportRequest([row], ["sky"]), "masks", _folder["out"]);
        Assert.Equal(["00000", "0...0", "0...0", "0...0", "00000"], Pixels(_folder["out/masks/b.png"]));
    }

    /// <summary>As training sees them: what no shape covers is background, and so is an image without
    /// shapes.</summary>
    [Fact]
    public void Write_WithABackground_WhatNoShapeCoversIsOfThatClass()
    {
        ExportRow Row(string name) => new(name, _folder.Write(name, [1]), 3, 2);
        var rows = new[] { Row("a.jpg") with { Shapes = [new Box("sky", 0, 0, 1, 2)] },
            Row("b.jpg") with { Nothing = true }, Row("c.jpg") };
        LabelFormats.Export(new ExportRequest(rows, ["sky"]) { Background = "rest" }, "masks", _folder["out"]);
        Assert.Equal("id,name\n0,sky\n1,rest\n", File.ReadAllText(_folder["out/classes.csv"]));
        Assert.Equal(["011", "011"], Pixels(_folder["out/masks/a.png"]));
        Assert.Equal(["111", "111"], Pixels(_folder["out/masks/b.png"]));
        Assert.False(File.Exists(_folder["out/masks/c.png"]));
    }

    [Fact]
    public void Losses_MasksThatMergeOrLieOverEachOther_AreSaid()
    {
        static Mask Of(string @class, params byte[] pixels) => Mask.FromBitmap(@class, pixels, 2, 2);
        static ExportRow Row(string image, params Shape[] shapes) => new(image, "", 2, 2) { Shapes = shapes };
        Assert.Equal(
            ["2 images have several masks of one class, which become one in masks; coco and json keep them",
                "1 image has masks that lie over each other, of which the last counts in masks; coco and json keep "
                + "them"],
            LabelFormats.Named("masks").Losses(
            [
                Row("a.png", Of("cat", 1, 0, 0, 0), Of("cat", 0, 1, 0, 0)),
                Row("b.png", Of("cat", 1, 1, 0, 0), Of("cat", 0, 1, 0, 0)),
                Row("c.png", Of("cat", 1, 1, 0, 0), Of("dog", 0, 1, 1, 0)),
                Row("d.png", Of("cat", 1, 1, 0, 0), Of("dog", 0, 0, 1, 1)),
            ]));
    }

    [Fact]
    public void Written_IsADataSetThatCanBeLoaded()
    {
        var rows = Enumerable.Range(0, 4)
            .Select(i =>
                new ExportRow(
                    $"{i}.png",
                    _folder.Write($"from/{i}.png", TestImages.Grey(20, 16, (x, _) => x < 8 + i ? 40 : 200)), 20, 16)
                {
                    Shapes = i == 3 ? [] : [new Box("dark", 0, 0, 8 + i, 16), new Box("bright", 8 + i, 0, 12 - i, 15)],
                }).ToList();
        LabelFormats.Export(new ExportRequest(rows, ["dark", "bright"]), "masks", _folder["out"]);
        using var data =
            DataFormats.Load(_folder["out"], new LoadOptions { Frame = (20, 16), CacheFolder = _folder["cache"] });
        Assert.Equal(["dark", "bright"], data.ClassNames);
        Assert.Equal(["images/0.png", "images/1.png", "images/2.png"], data.Pool.Paths);
        var mask = data.Pool.Masks![1];
        Assert.Equal([0, 0, 1, ImageSet.Ignore], new[] { mask[0], mask[8], mask[9], mask[15 * 20 + 19] });
        Assert.Contains(data.Notes, n => n.Contains("3.png has no mask", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_MasksOfOthers_BecomeAShapeForEachClass()
    {
        Write("classes.csv", "id,name,red,green,blue\n3,sky,0,0,255\n7,road,9,9,9\n0,ignore,0,0,0\n");
        _folder.Write("in/images/a.jpg", [1]);
        _folder.Write("in/masks/a.png", TestImages.Grey(3, 2, (x, y) => x == 0 ? 3 : y == 0 ? 7 : 0));
        var result = LabelFormats.Import(_folder["in"], null, ImportContext.Empty);
        Assert.Empty(result.Problems);
        var annotation = Assert.Single(result.Annotations);
        Assert.Equal(("images/a.jpg", null, (3, 2)), (annotation.Image, annotation.Class, annotation.Size));
        // s r r
        // s . .
        Assert.Equal(
            [("sky", "0 1 2 1 2"), ("road", "1 2 3")], annotation.Shapes.Cast<Mask>()
            .Select(m => (m.Class!, string.Join(' ', m.Runs))));
    }

    [Theory]
    [InlineData(3, 2, 9, "id 9 at (0, 0) is not in the class list")]
    [InlineData(3, 2, 255, "all of its pixels are marked as ignored")]
    [InlineData(4, 2, 3, "is 4×2, and the image 'images/a.jpg' is 3×2")]
    public void Read_WhatCannotBe_IsListedAndTheRestTakenOver(int width, int height, int id, string problem)
    {
        Write("classes.csv", "id,name\n3,sky\n");
        _folder.Write("in/images/a.jpg", [1]);
        _folder.Write("in/masks/a.png", TestImages.Grey(width, height, (_, _) => id));
        _folder.Write("in/masks/b.png", TestImages.Grey(3, 2, (_, _) => 3));
        _folder.Write("in/masks/c.jpg", [1, 2, 3]);
        var result = LabelFormats.Import(_folder["in"], "masks", new ImportContext(_ => (3, 2)));
        Assert.Equal(
            ["masks/a.png: " + problem,
                "masks/c.jpg: not a PNG file; a mask holds classes, which other formats do not keep"],
                result.Problems.Select(p => p.ToString()));
        Assert.Equal("images/b", Assert.Single(result.Annotations).Image);
    }

    [Fact]
    public void Write_AShapeWithoutAClass_IsRefused()
    {
        var row = new ExportRow("a.jpg", _folder.Write("a.jpg", [1]), 4, 4) { Shapes = [new Box(null, 0, 0, 1, 1)] };
        var e = Assert.Throws<InputException>(
            () => LabelFormats.Export(new ExportRequest([row], []), "masks", _folder["out"]));
        Assert.Equal(
            "a shape of a.jpg has no class; a mask is made of classes. Export as json to keep shapes without one",
            e.Message);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    private void Write(string name, string text) => _folder.Write("in/" + name, text);

    // a line a row, a digit a pixel, '.' for 255; decoded by another program than ours
    private static IEnumerable<string> Pixels(string file)
    {
        using var png = SKBitmap.Decode(file);
        return [.. Enumerable.Range(0, png.Height)
            .Select(y =>
                string.Concat(
                    Enumerable.Range(0, png.Width)
                    .Select(x => png.GetPixel(x, y).Red is var id && id == 255
                        ? "."
                        : id.ToString(System.Globalization.CultureInfo.InvariantCulture))))];
    }
}
