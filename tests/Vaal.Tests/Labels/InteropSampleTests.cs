using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Genuine exports of other tools. The expected values were taken from the same files with other
/// means.</summary>
public sealed partial class InteropSampleTests
{
    private static ImportResult Import(string format, params string[] parts)
    {
        var path = InteropSamples.Folder(parts);
        Assert.Equal(format, LabelFormats.Detect(path).Name);
        return LabelFormats.Import(path, null, new ImportContext(_ => (640, 329)));
    }

    private static void AssertBox(Shape shape, string? @class, double x, double y, double width, double height)
    {
        var box = Assert.IsType<Box>(shape);
        Assert.Equal(@class, box.Class);
        Assert.Equal(x, box.X, 1e-3);
        Assert.Equal(y, box.Y, 1e-3);
        Assert.Equal(width, box.Width, 1e-3);
        Assert.Equal(height, box.Height, 1e-3);
    }

    private static void AssertPoint(double x, double y, Point point)
    {
        Assert.Equal(x, point.X, 1e-6);
        Assert.Equal(y, point.Y, 1e-6);
    }

    [Fact]
    public void Coco_LabelStudioInput_HasItsPolygons()
    {
        var result = Import("coco", "label-studio-sdk", "test_import_coco");
        Assert.Empty(result.Problems);
        Assert.Equal(
            [("image1.jpg", (4022, 6033)), ("image2.jpg", (7050, 4702))],
            result.Annotations.Select(a => (a.Image, a.Size!.Value)));
        var (first, second) = ((Polygon)result.Annotations[0].Shapes[0], (Polygon)result.Annotations[1].Shapes[0]);
        Assert.Equal(("Class_1", 160), (first.Class, first.Rings[0].Count));
        Assert.Equal(("Class_2", 134, 122), (second.Class, second.Rings[0].Count, second.Rings[1].Count));
        Assert.Equal(9981, Shapes.Area(first));
        Assert.Equal(12103, Shapes.Area(second));
        AssertBox(Shapes.Bounds(second), "Class_2", 4787, 1362, 341, 412);
    }

    [Fact]
    public void Coco_Instances_BoxPolygonAndColumnMask()
    {
        var result = Import("coco", "datumaro", "coco_dataset", "coco_instances");
        Assert.Equal(
            [("a.jpg", "image 5"), ("b.jpg", "image 40")],
            result.Annotations.Select(a => (a.Image, a.Where.Split(", ")[1])));
        AssertBox(Assert.Single(result.Annotations[0].Shapes), "b", 2, 2, 3, 1);
        Assert.Equal(
            [new Point(0, 0), new Point(1, 0), new Point(1, 2), new Point(0, 2)],
            ((Polygon)result.Annotations[1].Shapes[0]).Rings[0]);
        // 20 pixels down from the top left, 10 a column: the two left columns of five
        var mask = (Mask)result.Annotations[1].Shapes[1];
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (byte)(i % 5 < 2 ? 1 : 0)), mask.ToBitmap());
        AssertBox(Shapes.Bounds(mask), "b", 0, 0, 2, 10);
    }

    [Fact]
    public void Coco_AnnotationsWithoutShape_AreClassesOfTheImage()
    {
        var one = Assert.Single(
            Import("coco", "datumaro", "coco_dataset", "coco", "annotations", "labels_train.json").Annotations);
        Assert.Equal(("a.jpg", "b", 0), (one.Image, one.Class, one.Shapes.Count));
        var two = Import("coco", "datumaro", "coco_dataset", "coco", "annotations", "labels_val.json");
        Assert.Empty(two.Annotations);
        Assert.Equal(
            $"image 40: 'b.jpg' has the classes 'a', 'b'; {Text.OneOnly}", Assert.Single(two.Problems).ToString());
    }

    [Fact]
    public void Coco_WholeFolder_ReadsInstancesLabelsAndStuff()
    {
        var result = Import("coco", "datumaro", "coco_dataset", "coco");
        Assert.Equal(
            ["instances_train.json", "instances_val.json", "labels_train.json", "stuff_train.json", "stuff_val.json"],
            result.Annotations.Select(a => a.Where.Split(',')[0]));
        // counts 10 10 5 10 15 down columns of 5: columns 2, 3 and 5, 6 of ten
        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => (byte)(i % 10 is 2 or 3 or 5 or 6 ? 1 : 0)),
            ((Mask)result.Annotations[3].Shapes[0]).ToBitmap());
    }

    [Fact]
    public void Cvat_Task_HasBoxAndPolygonAndListsTheRest()
    {
        var result = Import("cvat", "datumaro", "cvat_dataset", "for_images", "export_task");
        Assert.Equal(
            [("img0.jpg", (8, 8)), ("img1.jpg", (10, 10))], result.Annotations.Select(a => (a.Image, a.Size!.Value)));
        AssertBox(Assert.Single(result.Annotations[0].Shapes), "label1", 0, 2, 4, 2);
        var polygon = Assert.IsType<Polygon>(Assert.Single(result.Annotations[1].Shapes));
        Assert.Null(polygon.Class);
        Assert.Equal([new Point(1, 2), new Point(3, 4), new Point(6, 5)], polygon.Rings[0]);
        Assert.Equal(
            ["line 43: 'img0.jpg', not read: 1 'polyline'", "line 52: 'img1.jpg', not read: 1 'points'"],
            result.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Cvat_Project_HasAllSubsets()
        => Assert.Equal(["img0.jpg", "img1.jpg", "img0.jpg", "img1.jpg", "img0.jpg", "img1.jpg"],
            Import("cvat", "datumaro", "cvat_dataset", "for_images", "export_project")
                .Annotations.Select(a => a.Image));

    [Fact]
    public void Voc_Folder_HasBoxesAndClassFromLists()
    {
        var result = Import("voc", "datumaro", "voc_dataset", "voc_dataset1");
        var annotation = Assert.Single(result.Annotations);
        Assert.Equal(
            ("2007_000001.jpg", (20, 10), "Annotations/2007_000001.xml"),
            (annotation.Image, annotation.Size!.Value, annotation.Where));
        AssertBox(annotation.Shapes[0], "cat", 1, 2, 2, 2);
        AssertBox(annotation.Shapes[1], "person", 4, 5, 2, 2);
        Assert.Equal("SegmentationClass: 1 palette masks are not read", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void Voc_ExportOfAnotherTool_HasEmptyImagesToo()
    {
        var result = Import("voc", "datumaro", "voc_dataset", "voc_dataset2");
        Assert.Equal(
            [("@.jpg", 0, null), ("a.jpg", 1, "background"), ("b.jpg", 1, "aeroplane"), ("c.jpg", 1, "bicycle"),
                ("d.jpg", 1, "bird")],
            result.Annotations.Select(a => (a.Image, a.Shapes.Count, a.Shapes.FirstOrDefault()?.Class)));
        AssertBox(result.Annotations[3].Shapes[0], "bicycle", 3, 1, 8, 5);
    }

    [Fact]
    public void Yolo_LabelStudioExport_RelativeBecomesPixels()
    {
        var result = Import("yolo", "label-studio-sdk", "test_import_yolo_data");
        Assert.Empty(result.Problems);
        Assert.Equal(
            ["images/img_1.jpg", "images/img_2", "images/img_3", "images/img_4", "images/img_5", "images/img_6",
                "images/img_7"], result.Annotations.Select(a => a.Image));
        Assert.Equal([4, 4, 4, 4, 3, 4, 2], result.Annotations.Select(a => a.Shapes.Count));
        // 0.49765625 0.46200607902735563 0.9640625 0.8693009118541033 of 640 x 329
        AssertBox(result.Annotations[0].Shapes[0], "bus", 10, 9, 617, 286);
    }

    [Theory]
    [InlineData("strict", "obj_train_data/1.jpg")]
    [InlineData("annotations", "Images/1.jpg")]
    [InlineData("labels", "images/train/1.jpg")]
    public void Yolo_LayoutsOfOtherTools_FindLabelsAndPictures(string layout, string image)
    {
        var path = InteropSamples.Folder("datumaro", "yolo_dataset", layout);
        var result = LabelFormats.Import(path, null, new ImportContext(_ => (15, 10)));
        Assert.Empty(result.Problems);
        Assert.Equal(layout == "labels" ? 2 : 1, result.Annotations.Count);
        Assert.Equal(image, result.Annotations[0].Image);
        AssertBox(result.Annotations[0].Shapes[0], "label_2", 0, 2, 4, 2);
        AssertBox(result.Annotations[0].Shapes[1], "label_4", 3, 3, 2, 3);
    }

    [Fact]
    public void Yolo_ImageOfUnknownSize_IsListed()
    {
        var result = LabelFormats.Import(
            InteropSamples.Folder("datumaro", "yolo_dataset", "strict"), "yolo", ImportContext.Empty);
        Assert.Equal(
            "obj_train_data/1.txt: the size of image 'obj_train_data/1.jpg' is not known; is it in the workspace?",
            Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void ImageFolder_ClassFolders_TopOneIsTheClass()
    {
        var result = Import("image-folder", "datumaro", "imagenet_dataset");
        Assert.Equal(
            [("label_0/label_0_1.jpg", "label_0"), ("label_1/label_1_1.jpg", "label_1"),
                ("label_1/label_1_1/label_1_1.jpg", "label_1")],
            result.Annotations.Select(a => (a.Image, a.Class)));
        Assert.Equal("label_0_2.jpg: lies in no class folder", Assert.Single(result.Problems).ToString());
    }

    [Fact]
    public void ImageFolder_SetsOnTop_AreLookedThrough()
    {
        var result = Import("image-folder", "datumaro", "imagenet_subsets_dataset");
        Assert.Equal(9, result.Annotations.Count);
        Assert.Equal(["label_0", "label_1"], result.Annotations.Select(a => a.Class).Distinct());
        Assert.Equal(3, result.Problems.Count);
    }
}
