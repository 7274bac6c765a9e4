using SkiaSharp;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Samples of Label Studio.</summary>
public sealed partial class InteropSampleTests
{
    [Fact]
    public void LabelStudio_Brush_DecodesToTheMaskItWasMadeFrom()
    {
        var result = Import("label-studio", "label-studio-brush");
        var annotation = Assert.Single(result.Annotations);
        Assert.Empty(result.Problems);
        Assert.Equal(
            ("/data/upload/1/0001TP_008850.png", "1", (240, 180)),
            (annotation.Image, annotation.Annotator, annotation.Size!.Value));
        using var truth =
            SKBitmap.Decode(Path.Combine(InteropSamples.Folder("label-studio-brush"), "mask_class_ids.png"));
        string[] classes = [
            "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
            "Pedestrian", "Bicyclist"];
        Assert.Equal(9, annotation.Shapes.Count);
        foreach (var mask in annotation.Shapes.Cast<Mask>())
        {
            var id = Array.IndexOf(classes, mask.Class);
            var expected = Enumerable.Range(0, 240 * 180)
                .Select(i => (byte)(truth.GetPixel(i % 240, i / 240).Red == id ? 1 : 0)).ToArray();
            Assert.Equal(expected, mask.ToBitmap());
        }
        Assert.Equal(
            [9028, 4366, 315, 7471, 2381, 12114, 395, 2736, 1032], annotation.Shapes.Select(s => ((Mask)s).Area));
    }

    [Fact]
    public void LabelStudioBrush_ExportedAsMasks_IsTheMaskThatItWasMadeOf()
    {
        using var output = new TemporaryFolder();
        string[] classes = [
            "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
            "Pedestrian", "Bicyclist"];
        var annotation = Assert.Single(Import("label-studio", "label-studio-brush").Annotations);
        LabelFormats.Export(
            new ExportRequest(
                [new ExportRow(
                    "0001TP_008850.png",
                    Path.Combine(InteropSamples.Folder("label-studio-brush"), "mask_class_ids.png"), 240,
                    180) { Shapes = annotation.Shapes }], classes), "masks", output["out"]);
        using SKBitmap truth = SKBitmap.Decode(
            Path.Combine(InteropSamples.Folder("label-studio-brush"), "mask_class_ids.png")),
            written = SKBitmap.Decode(output["out/masks/0001TP_008850.png"]);
        for (var i = 0; i < 240 * 180; i++)
        {
            var id = truth.GetPixel(i % 240, i / 240).Red;
            Assert.Equal(id < classes.Length ? id : 255, written.GetPixel(i % 240, i / 240).Red);
        }
    }

    [Fact]
    public void LabelStudio_BoxesAndPolygons_PercentBecomesPixels()
    {
        var annotation = Assert.Single(Import("label-studio", "label-studio-sdk", "test_export_coco").Annotations);
        Assert.Equal(("test_image1.jpg", "task 175210175, annotation 1"), (annotation.Image, annotation.Where));
        AssertBox(
            annotation.Shapes[0], "rectangle_label", 159.70961887477313, 13.163120567375884, 31.76043557168784,
            31.773049645390074);
        var ring = Assert.Single(Assert.IsType<Polygon>(annotation.Shapes[1]).Rings);
        AssertPoint(208.71143375680583, 11.347517730496456, ring[0]);
        AssertPoint(226.86025408348456, 39.94326241134752, ring[2]);
        Assert.Equal(2, annotation.Shapes.Count);
    }

    [Fact]
    public void LabelStudio_KeyPoints_AreListedAsNotRead()
    {
        var problem = Assert.Single(
            Import("label-studio", "label-studio-sdk", "test_export_yolo", "data_keypoints.json").Problems);
        Assert.Equal("task 10764, annotation 1: not read: 3 'keypointlabels', 5 'relation'", problem.ToString());
    }

    [Fact]
    public void LabelStudio_TwoAnnotators_GiveTwoAnnotations()
    {
        var result = Import("label-studio", "label-studio-sdk", "test_export_yolo", "data.json");
        Assert.Equal(
            [("image1", "2"), ("image1", "1"), ("image2", "1")],
            result.Annotations.Select(a => (a.Image, a.Annotator)));
        AssertBox(
            result.Annotations[0].Shapes[0], "parasites", 1040.4371584699454, 1978.870673952641, 117.304189435337,
            132.6047358834244);
        AssertBox(
            result.Annotations[2].Shapes[1], "white", 1728.9617486338798, 1040.4371584699454, 71.40255009107469,
            122.40437158469946);
        Assert.Equal(
            DateTimeOffset.Parse("2022-12-27T21:04:40.495704Z", System.Globalization.CultureInfo.InvariantCulture),
            result.Annotations[0].When);
    }

    [Fact]
    public void LabelStudio_TurnedRectangles_BecomePolygons()
    {
        var result = Import("label-studio", "label-studio-sdk", "test_export_yolo", "data_obb.json");
        Assert.Equal([23, 1, 1], result.Annotations.Select(a => a.Shapes.Count));
        var ring = Assert.IsType<Polygon>(result.Annotations[0].Shapes[0]).Rings[0];
        AssertPoint(62.90628858648699, 611.0029585965382, ring[0]);
        AssertPoint(159.67852496484258, 551.3107868016946, ring[1]);
        AssertPoint(192.4682536492124, 604.4691035393022, ring[2]);
        AssertPoint(95.69601727085679, 664.1612753341458, ring[3]);
    }

    [Fact]
    public void LabelStudio_Polygon_HasAllItsPoints()
    {
        var polygon = Assert.IsType<Polygon>(
            Assert.Single(
                Import("label-studio", "label-studio-sdk", "test_export_yolo", "data_polygons.json")
                .Annotations[0].Shapes));
        Assert.Equal(("Airplane", 37), (polygon.Class, polygon.Rings[0].Count));
        AssertPoint(384, 83.32231404958677, polygon.Rings[0][0]);
    }

    [Fact]
    public void LabelStudio_TasksWithoutImage_AreListed()
    {
        var text = Import("label-studio", "label-studio-sdk", "test_export_csv", "csv_test_history.json");
        Assert.Empty(text.Annotations);
        Assert.Equal("task 6141, annotation 1: has no image among its data", Assert.Single(text.Problems).ToString());
        var cars = Import("label-studio", "label-studio-sdk", "test_export_csv", "csv_test.json");
        Assert.Equal(
            [("https://data.heartex.net/open-images/train_0/mini/0030019819f25b28.jpg", "hakan@heartex.com", 1),
            ("https://data.heartex.net/open-images/train_0/mini/00155094b7acc33b.jpg", "hakan@heartex.com", 2)],
            cars.Annotations.Select(a => (a.Image, a.Annotator, a.Shapes.Count)));
    }
}
