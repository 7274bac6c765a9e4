using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>
/// Label files as other tools write them, beside pictures of 64×64: twins of one name, ids that are text, paths of
/// another computer. What is right is either the label or one line that says what is not read.
/// </summary>
public sealed class ToolLayoutTests : IDisposable
{
    private const string CocoHead = """{"info": {}, "licenses": [], "images": [""";
    private readonly TemporaryFolder _folder = new();
    private int _pictures;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("instances_train2017.json", "images/train/x.png: box tin 2 3 10 6")]
    [InlineData("val.json", "images/val/x.png: box tin 2 3 10 6")]
    public void Coco_TwoImagesOfOneName_TheSplitInTheFilesNameTells(string file, string labels)
    {
        Pictures("images/train/x.png", "images/val/x.png");
        _folder.Write("data/annotations/" + file, CocoHead + """
            {"id": 1, "file_name": "x.png", "width": 64, "height": 64}], "categories": [{"id": 0, "name": "tin"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [2, 3, 10, 6], "segmentation": []}]}
            """);
        Assert.Equal((labels, ""), Imported());
    }

    [Fact]
    public void Coco_TwoImagesOfOneName_NothingTells_NamesBoth()
    {
        Pictures("images/train/x.png", "images/val/x.png");
        _folder.Write("data/annotations/instances.json", CocoHead + """
            {"id": 1, "file_name": "x.png", "width": 64, "height": 64}], "categories": [{"id": 0, "name": "tin"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [2, 3, 10, 6]}]}
            """);
        Assert.Equal(("", "image 1: 'x.png' may be 'images/train/x.png' or 'images/val/x.png'; give the path from the "
            + "image folder"), Imported());
    }

    /// <summary>Categories from 0 with gaps; a list of rings whose only one is empty means a box.</summary>
    [Fact]
    public void Coco_IdsThatAreText_AndRingsThatAreEmpty()
    {
        Pictures("a.png", "b.png");
        _folder.Write("data/labels.json", CocoHead + """
            {"id": "7f-a", "file_name": "a.png", "width": 64, "height": 64},
            {"id": 12, "file_name": "b.png", "width": 64, "height": 64}],
             "categories": [{"id": 0, "name": "tin"}, {"id": "17", "name": "jar"}],
             "annotations": [
              {"id": "x1", "image_id": "7f-a", "category_id": 17, "bbox": [2, 3, 10, 6], "segmentation": [[]]},
              {"id": "x2", "image_id": "12", "category_id": "0", "bbox": [1, 1, 4, 4]},
              {"id": "x3", "image_id": "none", "category_id": "0", "bbox": [1, 1, 4, 4]}]}
            """);
        Assert.Equal(("a.png: box jar 2 3 10 6 | b.png: box tin 1 1 4 4", "annotation x3: there is no image none"),
            Imported());
    }

    /// <summary>Projects of CVAT hold one name in several subsets; ellipses are turned about their centre.</summary>
    [Fact]
    public void Cvat_SubsetsFoldersAndEllipses()
    {
        Pictures("images/Train/x.png", "images/Validation/x.png", "images/Train/day 1/y.png");
        _folder.Write("data/annotations.xml", """
            <?xml version="1.0" encoding="utf-8"?>
            <annotations><version>1.1</version><meta><project><name>p</name></project></meta>
              <image id="0" name="x.png" subset="Validation" task_id="2" width="64" height="64">
                <box label="tin" source="manual" occluded="0" xtl="2.00" ytl="3.00" xbr="12.00" ybr="9.00" z_order="0">
                  <attribute name="open">true</attribute></box></image>
              <image id="1" name="day 1/y.png" subset="Train" task_id="1" width="64" height="64">
                <ellipse label="lid" source="manual" occluded="0" cx="20.00" cy="30.00" rx="8.00" ry="4.00"
                  rotation="90.00" z_order="0"></ellipse>
                <polyline label="edge" source="manual" occluded="0" points="1,1;5,5" z_order="0"></polyline></image>
            </annotations>
            """);
        using var workspace = Workspace();
        var report = workspace.Import(_folder["data/annotations.xml"], new());
        Assert.Equal("line 6: 'day 1/y.png', not read: 1 'polyline'", Assert.Single(report.Problems).ToString());
        var paths = workspace.Images().ToDictionary(i => i.Id, i => i.Path);
        var labels = workspace.Labels().OrderBy(l => paths[l.Image], StringComparer.Ordinal).ToArray();
        Assert.Equal(["images/Train/day 1/y.png", "images/Validation/x.png"], labels.Select(l => paths[l.Image]));
        var ellipse = Vaal.Data.Labels.Shapes.Bounds(Assert.Single(labels[0].Shapes));
        Assert.Equal((16, 22, 8, 16), (Math.Round(ellipse.X, 6), Math.Round(ellipse.Y, 6),
            Math.Round(ellipse.Width, 6), Math.Round(ellipse.Height, 6)));
    }

    /// <summary>The folders of pictures and of labels are alike, and the file names another computer's path.</summary>
    [Fact]
    public void Voc_FoldersBesideFolders_TwinsAreToldApart()
    {
        Pictures("VOC/JPEGImages/monday/1.png", "VOC/JPEGImages/tuesday/1.png");
        foreach (var (day, name) in new[] { ("monday", "tin"), ("tuesday", "jar") })
            _folder.Write($"data/VOC/Annotations/{day}/1.xml", $"""
                <annotation><folder>JPEGImages</folder><filename>1.png</filename>
                 <path>D:\photos\{day}\1.png</path><size><width>64</width><height>64</height><depth>3</depth></size>
                 <segmented>0</segmented><object><name> {name} </name><pose>Unspecified</pose><truncated>0</truncated>
                 <difficult>0</difficult><bndbox><xmin>2</xmin><ymin>3</ymin><xmax>12</xmax><ymax>9</ymax></bndbox>
                 </object></annotation>
                """);
        Assert.Equal(("VOC/JPEGImages/monday/1.png: box tin 2 3 10 6 | VOC/JPEGImages/tuesday/1.png: box jar 2 3 10 6",
            ""), Imported());
    }

    /// <summary>As LabelImg writes it: the list of classes lies among the labels, and these among pictures.</summary>
    [Fact]
    public void Yolo_ClassesBeside_AnEmptyFileSaysNothingIsThere()
    {
        Pictures("shelf/a.png", "shelf/b.png", "shelf/c.png");
        _folder.Write("data/shelf/classes.txt", "tin\r\njar\r\n");
        _folder.Write("data/shelf/a.txt", "1 0.5 0.25 0.25 0.125\r\n");
        _folder.Write("data/shelf/b.txt", "");
        _folder.Write("data/shelf/c.txt", "2 0.5 0.25 0.25 0.125\n");
        Assert.Equal(("shelf/a.png: box jar 24 12 16 8 | shelf/b.png: nothing",
            "shelf, c.txt: line 1: there is no class 2; the names end at 1; 'c.png' is left out"), Imported());
    }

    /// <summary>Storage of local files, by an address with a server's name, and with Windows' separators.</summary>
    [Theory]
    [InlineData("/data/local-files/?d=photos/monday/1.png")]
    [InlineData("http://localhost:8080/data/local-files/?d=photos/monday/1.png")]
    [InlineData("https://host/label-studio/data/local-files/?d=photos%5Cmonday%5C1.png")]
    [InlineData("/data/local-files/?d=D%3A/photos/monday/1.png", "task 3, annotation 1: '/data/local-files/?d=D%3A/"
        + "photos/monday/1.png' is an absolute path outside of the image folder; give the path from the image folder")]
    public void LabelStudio_LocalFiles(string url, string problem = "")
    {
        Pictures("monday/1.png", "tuesday/1.png");
        _folder.Write("labels.json", $$$"""
            [{"id": 3, "data": {"image": "{{{url}}}"}, "annotations": [{"id": 1, "result": [
              {"type": "rectanglelabels", "original_width": 64, "original_height": 64, "image_rotation": 0,
               "value": {"x": 25, "y": 50, "width": 12.5, "height": 25, "rotation": 0, "rectanglelabels": ["tin"]}}]}]}]
            """);
        Assert.Equal((problem.Length == 0 ? "monday/1.png: box tin 16 32 8 16" : "", problem),
            Imported("../labels.json"));
    }

    /// <summary>Windows' separators, a path one folder up, and the picture itself inside of the file.</summary>
    [Fact]
    public void LabelMe_PathsOfWindows_AndPicturesInside()
    {
        Pictures("images/monday/1.png", "images/tuesday/1.png", "images/monday/2.png", "old/2.png");
        void Write(string file, string path, string @class) => _folder.Write("data/json/" + file, $$$"""
            {"version": "5.1.1", "flags": {}, "shapes": [{"label": "{{{@class}}}", "points": [[2, 3], [12, 9]],
             "group_id": null, "shape_type": "rectangle", "flags": {}}], "imagePath": "{{{path}}}",
             "imageData": "{{{Convert.ToBase64String(new byte[600_000])}}}", "imageHeight": 64, "imageWidth": 64}
            """);
        Write("a.json", @"..\\images\\tuesday\\1.png", "tin");
        Write("monday/1.json", @"1.png", "jar");
        Write("b.json", @"C:\\Users\\me\\shelf\\2.png", "lid");
        Assert.Equal(("images/monday/1.png: box jar 2 3 10 6 | images/tuesday/1.png: box tin 2 3 10 6",
            "b.json: '2.png' may be 'images/monday/2.png' or 'old/2.png'; give the path from the image folder"),
            Imported("json"));
    }

    [Fact]
    public void Via_ProjectOfVersion3()
    {
        Pictures("a.png", "b.png", "c.png");
        _folder.Write("data/via_project.json", """
            {"project": {"pid": "__VIA_PROJECT_ID__", "rev": "1", "pname": "shelf", "vid_list": ["1", "2", "3"]},
             "config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}},
             "attribute": {
              "1": {"aname": "class", "anchor_id": "FILE1_Z0_XY1", "type": 4, "options": {"0": "tin", "1": "jar"}},
              "2": {"aname": "note", "anchor_id": "FILE1_Z0_XY1", "type": 1, "options": {}},
              "3": {"aname": "label", "anchor_id": "FILE1_Z0_XY0", "type": 3, "options": {"0": "full", "1": "empty"}}},
             "file": {"1": {"fid": 1, "fname": "a.png", "type": 2, "loc": 1, "src": ""},
              "2": {"fid": 2, "fname": "b.png", "type": 2, "loc": 1, "src": ""},
              "3": {"fid": 3, "fname": "c.png", "type": 2, "loc": 1, "src": ""}},
             "metadata": {
              "1_aa": {"vid": "1", "flg": 0, "z": [], "xy": [2, 2, 3, 10, 6], "av": {"1": "1", "2": "dented"}},
              "1_ab": {"vid": "1", "flg": 0, "z": [], "xy": [7, 1, 1, 9, 1, 9, 9], "av": {"1": "0"}},
              "1_ac": {"vid": "1", "flg": 0, "z": [], "xy": [1, 4, 4], "av": {"1": "0"}},
              "2_ba": {"vid": "2", "flg": 0, "z": [], "xy": [], "av": {"3": "1"}},
              "3_ca": {"vid": "3", "flg": 0, "z": [], "xy": [2, 2, 3, 10, 6], "av": {"1": "9"}}},
             "view": {"1": {"fid_list": ["1"]}, "2": {"fid_list": ["2"]}, "3": {"fid_list": ["3"]}}}
            """);
        Assert.Equal(("a.png: box jar 2 3 10 6, polygon tin 1 1 9 1 9 9 | b.png: empty",
            "view '1': 'a.png', not read: 1 'point' | view '3': the attribute 'class' has no option '9'"), Imported());
    }

    [Fact]
    public void OpenImages_CodesWithoutNames_AreRefused()
    {
        Pictures("train/0001eeaf4aed83f9.png");
        _folder.Write("data/train-annotations-bbox.csv",
            "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,"
                + "IsInside\n0001eeaf4aed83f9,xclick,/m/0cmf2,1,0.25,0.75,0.125,0.5,0,0,0,0,0\n");
        Assert.Equal(("", "line 2: '/m/0cmf2' is a code, and no class-descriptions file names its class; put the file "
            + "of Open Images beside the table"), Imported("train-annotations-bbox.csv"));
    }

    /// <summary>A list of labels that is null says that nobody has looked.</summary>
    [Fact]
    public void Bdd100k_FileOfASplit_TwinsAndEmptyLists()
    {
        Pictures("images/100k/train/x.png", "images/100k/val/x.png", "images/100k/val/y.png", "images/100k/val/z.png");
        _folder.Write("data/labels/bdd100k_labels_images_val.json", """
            [{"name": "x.png", "attributes": {"weather": "rainy"}, "timestamp": 10000, "labels": [
               {"category": "car", "attributes": {"occluded": false}, "manualShape": true, "id": 0,
                "box2d": {"x1": 2, "y1": 3, "x2": 12, "y2": 9}}]},
             {"name": "y.png", "timestamp": 10000, "labels": null},
             {"name": "z.png", "timestamp": 10000, "labels": []}]
            """);
        Assert.Equal(("images/100k/val/x.png: box car 2 3 11 7 | images/100k/val/z.png: nothing", ""), Imported());
    }

    /// <summary>A tag may have a value, and is no class then.</summary>
    [Fact]
    public void Supervisely_TwinsOfDataSets_AndTagsWithValues()
    {
        Pictures("one/img/x.png", "two/img/x.png");
        _folder.Write("data/meta.json", """
            {"classes": [{"title": "tin", "shape": "rectangle", "color": "#0F8A12", "id": 5}],
             "tags": [{"name": "weather", "value_type": "any_string"}, {"name": "full", "value_type": "none"}]}
            """);
        void Write(string set, string tags) => _folder.Write($"data/{set}/ann/x.png.json", $$$"""
            {"description": "", "tags": [{{{tags}}}], "size": {"height": 64, "width": 64}, "objects": []}
            """);
        Write("one", """{"name": "weather", "value": "sunny"}""");
        Write("two", """{"name": "full", "value": null}""");
        Assert.Equal(("two/img/x.png: full", "one, ann/x.png.json: 'img/x.png', not read: 1 'tag with a value'"),
            Imported());
    }

    private void Pictures(params string[] names)
    {
        foreach (var name in names) _folder.Write("data/" + name, Tests.Pictures.Random(++_pictures));
    }

    private Workspace Workspace()
    {
        var workspace = Vaal.Workspaces.Workspace.Create(_folder["data"]);
        workspace.Index(new() { NearDuplicates = 0 });
        return workspace;
    }

    /// <summary>Every label, and every problem.</summary>
    private (string Labels, string Problems) Imported(string path = "")
    {
        using var workspace = Workspace();
        var report = workspace.Import(Path.Combine(_folder["data"], path), new());
        return (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems));
    }
}
