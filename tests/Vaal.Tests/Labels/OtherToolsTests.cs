using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>
/// Data sets as other tools and well-known downloads lay them out, beside pictures of 64×64: with marks of byte order,
/// line ends and paths of Windows, extensions in capitals, and files that look like labels of another format.
/// </summary>
public sealed class OtherToolsTests : IDisposable
{
    private const string Bom = "\uFEFF";
    private readonly TemporaryFolder _folder = new();
    private int _pictures;

    public void Dispose() => _folder.Dispose();

    /// <summary>Its classes.txt and its lists are no YOLO; the folders are the classes.</summary>
    [Fact]
    public void Cub200_ListsBesideTheFolders_AreNoYolo()
    {
        Pictures("images/001.Albatross/a_1.jpg", "images/001.Albatross/a_2.jpg", "images/002.Auklet/b_1.jpg");
        Write("classes.txt", "1 001.Albatross\n2 002.Auklet\n");
        Write("images.txt", "1 001.Albatross/a_1.jpg\n2 001.Albatross/a_2.jpg\n3 002.Auklet/b_1.jpg\n");
        Write("image_class_labels.txt", "1 1\n2 1\n3 2\n");
        Write("bounding_boxes.txt", "1 60.0 27.0 325.0 304.0\n2 139.0 30.0 153.0 264.0\n3 14.0 112.0 388.0 186.0\n");
        Assert.Equal(("images/001.Albatross/a_1.jpg: 001.Albatross | images/001.Albatross/a_2.jpg: 001.Albatross | "
            + "images/002.Auklet/b_1.jpg: 002.Auklet", ""), Imported());
    }

    /// <summary>As CVAT writes it for Darknet.</summary>
    [Fact]
    public void Darknet_NamesBesideAndLabelsAtThePictures()
    {
        Pictures("obj_train_data/one.PNG", "obj_train_data/two.PNG", "obj_Validation_data/three.PNG");
        Write("obj.names", "cat\r\ndog\r\n");
        Write("obj.data", "classes = 2\r\ntrain = data/train.txt\r\nnames = data/obj.names\r\n");
        Write("train.txt", "data/obj_train_data/one.PNG\r\ndata/obj_train_data/two.PNG\r\n");
        Write("obj_train_data/one.txt", "0 0.5 0.5 0.25 0.5\r\n1 0.25 0.25 0.125 0.125\r\n");
        Write("obj_train_data/two.txt", "");
        Write("obj_Validation_data/three.txt", "1 0.5 0.5 0.5 0.5\r\n");
        Assert.Equal(("obj_Validation_data/three.PNG: box dog 16 16 32 32 | obj_train_data/one.PNG: box cat 24 16 16 "
            + "32, box dog 12 12 8 8 | obj_train_data/two.PNG: nothing", ""), Imported());
    }

    [Fact]
    public void Roboflow_Yolov8OfWindows_ThreePicturesOfOneName()
    {
        const string name = "IMG_1_jpg.rf.0a1b2c";
        Pictures($"train/images/{name}.JPG", $"valid/images/{name}.JPG", $"test/images/{name}.JPG");
        Write("data.yaml", Bom + "train: ../train/images\r\nval: ../valid/images\r\n\r\nnc: 2\r\n"
            + "names: ['a cat', \"dog's\"]\r\n\r\nroboflow:\r\n  workspace: w\r\n");
        Write("README.roboflow.txt", "exported");
        Write($"train/labels/{name}.txt", "0 0.5 0.5 0.5 0.25");
        Write($"valid/labels/{name}.txt", "");
        Write($"test/labels/{name}.txt", "1 0.25 0.25 0.75 0.25 0.75 0.75\r\n");
        Assert.Equal(($"test/images/{name}.JPG: polygon dog's 16 16 48 16 48 48 | "
            + $"train/images/{name}.JPG: box a cat 16 24 32 16 | valid/images/{name}.JPG: nothing", ""), Imported());
    }

    /// <summary>labelImg writes the path of its own computer, and keeps the name when the folder is renamed.</summary>
    [Fact]
    public void Voc_PathsOfWindows_TwinsBesideTheirFiles()
    {
        Pictures("monday/DSC_0001.JPG", "tuesday/DSC_0001.JPG");
        Write("monday/DSC_0001.xml", Voc("monday", "DSC_0001.JPG", "cat"));
        Write("tuesday/DSC_0001.xml", Voc("monday", "DSC_0001", "dog"));
        Assert.Equal(("monday/DSC_0001.JPG: box cat 11 11 39 29 | tuesday/DSC_0001.JPG: box dog 11 11 39 29", ""),
            Imported());
    }

    [Fact]
    public void TensorFlow_TableOfWindows()
    {
        Pictures("images/a.JPG", "images/sub/b.JPG");
        Write("train_labels.csv", Bom + "filename,width,height,class,xmin,ymin,xmax,ymax\r\n"
            + "images\\a.JPG,64,64,cat,10,10,50,40\r\nimages\\a.JPG,64,64,dog,0,0,10,10\r\n"
            + "images\\sub\\b.JPG,64,64,cat,1,2,3,4\r\n");
        Assert.Equal(("images/a.JPG: box cat 10 10 40 30, box dog 0 0 10 10 | images/sub/b.JPG: box cat 1 2 2 2", ""),
            Imported("train_labels.csv"));
    }

    [Fact]
    public void Table_DecimalCommas_AreListedOnceEach()
    {
        Pictures("a.jpg");
        Write("t.csv", "path;label;xmin;ymin;xmax;ymax\r\na.jpg;cat;10,5;10,5;50,5;40,5\r\n");
        Assert.Equal(("", "line 2: a coordinate is '10,5'; it must be a number; 'a.jpg' is left out"),
            Imported("t.csv"));
    }

    [Fact]
    public void LabelMe_FolderOfItsOwn_PathOfWindowsAndCornersTheOtherWay()
    {
        Pictures("pics/a.JPG");
        Write("ann_json/a.json", Bom + """
            {"version": "5.2.1", "flags": {}, "imagePath": "..\\pics\\a.JPG", "imageData": null, "imageHeight": 64,
             "imageWidth": 64, "shapes": [{"label": "cat", "points": [[50, 40], [10, 10]], "group_id": null,
             "description": "", "shape_type": "rectangle", "flags": {}}]}
            """);
        Assert.Equal(("pics/a.JPG: box cat 10 10 40 30", ""), Imported());
    }

    /// <summary>Pictures beside labels in a form that is not read get no class from their folders.</summary>
    [Theory]
    [InlineData("dota", "images/P1.png", "labelTxt/P1.txt",
        "imagesource:GoogleEarth\ngsd:0.146\n1 1 9 1 9 9 1 9 plane 0\n", "it holds labelTxt/P1.txt")]
    [InlineData("kitti", "training/image_2/000000.png", "training/label_2/000000.txt",
        "Car 0.00 0 -1.58 5.0 7.3 14.1 20.1 1.65 1.67 3.64 -0.65 1.71 46.7 -1.59\n",
        "it holds training/label_2/000000.txt")]
    [InlineData("hugging face", "train/1.png", "train/metadata.jsonl",
        """{"file_name": "1.png", "objects": {"bbox": [[1.0, 1.0, 2.0, 2.0]], "categories": [0]}}""",
        "it holds train/metadata.jsonl")]
    [InlineData("darwin", "images/a.png", "annotations/a.json", """
        {"version": "2.0", "item": {"name": "a.png", "path": "/", "slots": [{"slot_name": "0", "width": 64}]},
         "annotations": [{"bounding_box": {"h": 2, "w": 3, "x": 1, "y": 1}, "id": "u", "name": "cat"}]}
        """, "it holds annotations/a.json")]
    [InlineData("datumaro", "images/train/a.png", "annotations/train.json", """
        {"info": {}, "categories": {"label": {"labels": [{"name": "cat", "parent": ""}]}}, "items": [{"id": "a",
         "annotations": [{"id": 0, "type": "label", "label_id": 0}], "image": {"path": "a.png"}}]}
        """, "it holds annotations/train.json")]
    [InlineData("class above the split", "cats/train/a.png", "dogs/README.txt", "no labels",
        "its folders (cats, dogs) hold test, train only")]
    public void Folder_LabelsInAFormThatIsNotRead_IsRefused(string name, string picture, string file, string text,
        string why)
    {
        Pictures(picture);
        if (name == "class above the split") Pictures("cats/test/b.png", "dogs/train/c.png", "dogs/test/d.png");
        Write(file, text);
        Assert.Contains($"has no known label format: {why}", Refused());
    }

    [Theory]
    [InlineData("output.manifest", """
        {"source-ref": "s3://b/a.png", "label": 0, "label-metadata": {"class-name": "cat", "confidence": 0.9}}
        """, "has no known label format")]                                               // SageMaker Ground Truth
    [InlineData("export.ndjson", """
        {"data_row": {"id": "c", "external_id": "a.png"}, "projects": {"p": {"labels": [{"annotations": {}}]}}}
        """, "has no known label format")]                                               // Labelbox
    [InlineData("t.json", """{"a.png": "cat"}""", "has no known label format")]
    [InlineData("t.txt", "a.png 0\n", "has no known label format")]
    [InlineData("train_v2.csv", "image_name,tags\na,haze primary\n",
        "train_v2.csv has no column for the class; name one 'label' (found: 'image_name', 'tags')")]
    public void File_OfAFormThatIsNotRead_IsRefused(string file, string text, string why)
    {
        Pictures("a.png");
        Write(file, text);
        Assert.Contains(why, Refused(file));
    }

    private static string Voc(string folder, string name, string @class) => Bom + $"""
        <annotation verified="yes">
          <folder>{folder}</folder><filename>{name}</filename><path>C:\Users\ann\Desktop\{folder}\{name}</path>
          <source><database>Unknown</database></source>
          <size><width>64</width><height>64</height><depth>3</depth></size><segmented>0</segmented>
          <object><name>{@class}</name><pose>Unspecified</pose><truncated>0</truncated><difficult>0</difficult>
            <bndbox><xmin>11</xmin><ymin>11</ymin><xmax>50</xmax><ymax>40</ymax></bndbox></object>
        </annotation>
        """.ReplaceLineEndings("\r\n");

    private void Pictures(params string[] names)
    {
        foreach (var name in names) Write(name, Tests.Pictures.Random(++_pictures));
    }

    private void Write(string name, string text) => _folder.Write("data/" + name, text);

    private void Write(string name, byte[] bytes) => _folder.Write("data/" + name, bytes);

    private Workspace Made()
    {
        var workspace = Workspace.Create(_folder["data"]);
        workspace.Index(new() { NearDuplicates = 0 });
        return workspace;
    }

    /// <summary>Every label, and every problem.</summary>
    private (string Labels, string Problems) Imported(string path = "")
    {
        using var workspace = Made();
        var report = workspace.Import(Path.Combine(_folder["data"], path), new());
        return (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems));
    }

    private string Refused(string path = "")
    {
        using var workspace = Made();
        var message = Assert.Throws<InputException>(
            () => workspace.Import(Path.Combine(_folder["data"], path), new())).Message;
        Assert.Empty(workspace.Labels());
        return message;
    }
}
