using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Names of images and of classes, and files that are said to be something else.</summary>
public sealed partial class UnclearLabelsTests
{
    /// <summary>Label Studio puts eight letters and digits before a name, and a name may begin so by itself.</summary>
    [Theory]
    [InlineData("deadbeef-c.png,cat\n", "", "line 2: no image 'deadbeef-c.png' in the workspace")]
    [InlineData("deadbeef-c.png,cat\na.png,dog\n", "a.png: dog",
        "line 2: no image 'deadbeef-c.png' in the workspace")]
    [InlineData("deadbeef-c.png,cat\n0badcafe-a.png,dog\n", "a.png: dog | c.png: cat", "")]
    [InlineData("/data/upload/3/deadbeef-c.png,cat\na.png,dog\n", "a.png: dog | c.png: cat", "")]
    public void Upload_PrefixInATable_CountsWhereAllNamesHaveIt(string rows, string labels, string problems)
    {
        Pictures("a.png", "c.png");
        Assert.Equal((labels, problems), Imported(_folder.Write("in/t.csv", "path,label\n" + rows)));
    }

    [Fact]
    public void Upload_YoloOfLabelStudio_MeansTheImage()
    {
        Pictures("c.png");
        _folder.Write("in/classes.txt", "cat\n");
        _folder.Write("in/labels/deadbeef-c.txt", "0 0.5 0.5 0.5 0.5\n");
        Assert.Equal(("", "labels/deadbeef-c.txt: no image 'images/deadbeef-c' in the workspace"),
            Imported(_folder["in"]));
        _folder.Write("in/notes.json", """{"categories": [{"id": 0, "name": "cat"}], "info": {"year": 2024}}""");
        using var workspace = Vaal.Workspaces.Workspace.Open(_folder["data"]);
        workspace.Import(_folder["in"], new());
        Assert.Equal("c.png: box cat 16 16 32 32", LabelCasesTests.Said(workspace));
    }

    /// <summary>Where Label Studio keeps uploads on its own computer.</summary>
    [Theory]
    [InlineData(@"..\\..\\label-studio\\media\\upload\\1\\3f2a1b4c-a.png")]
    [InlineData("/label-studio/data/media/upload/12/3f2a1b4c-a.png")]
    public void Upload_PathOfTheServerInCoco_MeansTheImage(string name)
    {
        Pictures("a.png", "b.png");
        Assert.Equal(("a.png: box cat 1 2 3 4", ""), Imported(_folder.Write("in/c.json", $$"""
            {"images":[{"id":1,"file_name":"{{name}}"}],"categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]}]}
            """)));
    }

    [Theory]
    [InlineData("media/upload/1/../../b.png")]
    [InlineData("../media/upload/1/x/3f2a1b4c-b.png")]
    public void Upload_PathThatIsNone_LeavesTheFolder(string name) => Assert.NotNull(ImageNames.Unsafe(name));

    /// <summary>They differ only in how the accent is composed; the label file lies beside them or elsewhere.</summary>
    [Theory]
    [InlineData("caf\u00e9.jpg", "/w")]
    [InlineData("cafe\u0301.jpg", "/w/out")]
    [InlineData("cafe\u0301.jpg", "/elsewhere")]
    [InlineData("pool/caf\u00e9.jpg", "/elsewhere")]
    public void Names_TwinsThatDifferInAccents_AreThoseThatAreSpeltSo(string name, string folder)
    {
        var names = new ImageNames(["caf\u00e9.jpg", "cafe\u0301.jpg"], "/w");
        Assert.Equal(name[(name.IndexOf('/', StringComparison.Ordinal) + 1)..],
            names.Resolve(name, folder, out var problem));
        Assert.Null(problem);
    }

    /// <summary>Python writes no quotes around blanks at the ends of a name.</summary>
    [Theory]
    [InlineData("path,label\n lead.png,cat\na.png , dog\n", " lead.png: cat | a.png: dog")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\n lead.png,cat,1,2,4,6\n a.png, dog, 1, 2, 4, 6\n",
        " lead.png: box cat 1 2 3 4 | a.png: box dog 1 2 3 4")]
    [InlineData("filename,cat,dog\n lead.png,1,0\n a.png, 0, 1\n", " lead.png: cat | a.png: dog")]
    public void Table_BlanksAroundAName_ArePartOfItWhereAnImageIsCalledSo(string text, string labels)
    {
        Pictures(" lead.png", "a.png");
        Assert.Equal((labels, ""), Imported(_folder.Write("in/t.csv", text)));
    }

    /// <summary>A folder may be missing in the workspace, so that a blank before one would fit any image.</summary>
    [Fact]
    public void Table_BlankBeforeAFolder_IsNoPartOfTheName()
    {
        Pictures("a.png", "x/a.png");
        Assert.Equal(("x/a.png: cat", ""), Imported(_folder.Write("in/t.csv", "label,path\ncat, x/a.png\n")));
    }

    [Fact]
    public void OneHot_ClassThatIsANumber_ComesBack()
    {
        var row = new ExportRow("a.png", "", 64, 64) { Class = "7" };
        LabelFormats.Export(new([row], ["cat", "7"]), "one-hot", _folder["o.csv"]);
        Assert.Equal("filename,cat,7\na.png,0,1\n", File.ReadAllText(_folder["o.csv"]));
        Assert.Equal("7", Assert.Single(
            LabelFormats.Import(_folder["o.csv"], null, ImportContext.Empty).Annotations).Class);
    }

    [Theory]
    [InlineData("label")]
    [InlineData("path")]
    [InlineData("Filename")]
    public void OneHot_ClassThatCannotHeadAColumn_IsTheOnlyOneNamed(string name)
    {
        var row = new ExportRow("a.png", "", 64, 64) { Class = "cat" };
        Assert.Equal($"expected classes whose names can head the columns of a table, found '{name}'; export as csv",
            Assert.Throws<InputException>(
                () => LabelFormats.Export(new([row], ["cat", name, "7"]), "one-hot", _folder["o.csv"])).Message);
    }

    [Fact]
    public void Yolo_ClassWrittenAsAFraction_MustBeWhole()
    {
        Pictures("images/a.png", "images/b.png");
        Write("data.yaml", "names: [cat, dog]\n");
        Write("labels/a.txt", "1.0 0.5 0.5 0.5 0.5\n0.000000 0.25 0.25 0.5 0.5\n");
        Write("labels/b.txt", "0.5 0.5 0.5 0.5 0.5\n");
        Assert.Equal(("images/a.png: box dog 16 16 32 32, box cat 0 0 32 32",
            "labels/b.txt: line 1: the class is '0.5'; it must be a whole number; 'images/b.png' is left out"),
            Imported(_folder["data"]));
    }

    [Fact]
    public void HuggingFace_MetadataInAFolder_IsRead()
    {
        Pictures("train/1.png", "train/2.png");
        Write("metadata.jsonl", """
            {"file_name": "train/1.png", "label": "cat"}
            {"file_name": "train/2.png", "label": "dog", "objects": {"bbox": [[1, 1, 2, 2]]}}
            """);
        Assert.Equal(("train/1.png: cat", "line 2: has the field 'objects', which is not read; expected boxes and "
            + "polygons in 'shapes'"), Imported(_folder["data"]));
    }

    [Fact]
    public void OpenImages_AsFiftyOneWritesIt_HasItsNamesInMetadata()
    {
        Pictures("data/a.png", "data/b.png");
        Write("metadata/classes.csv", "/m/01g317,Person\n");
        Write("labels/detections.csv", "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsGroupOf\n"
            + "a,x,/m/01g317,1,0.25,0.75,0.5,1.0001,1\nb,x,/m/01g317,1,0,1,0,1.5,0\n");
        Assert.Equal(("data/a.png: box Person 16 32 32 32.006", "labels, line 3: a side is not between 0 and 1 | "
            + "labels, detections.csv: 1 region is marked as a group; the mark is not read, the shape is"),
            Imported(_folder["data"]));
    }

    [Fact]
    public void Csv_Empty_IsSaidToBeEmpty()
    {
        Pictures("a.png");
        Assert.Equal("t.csv is empty; expected a first line such as 'path,label'",
            Refused(_folder.Write("in/t.csv", "")));
    }

    /// <summary>As Excel saves "Unicode Text".</summary>
    [Fact]
    public void Table_UnicodeTextOfExcel_IsRead()
    {
        Pictures("a.png");
        byte[] text = [0xFF, 0xFE, .. System.Text.Encoding.Unicode.GetBytes("path\tlabel\r\na.png\tça\r\n")];
        Assert.Equal(("a.png: ça", ""), Imported(_folder.Write("in/t.txt", text)));
    }

    [Theory]
    [InlineData("labels")]
    [InlineData("labels/train/a.txt")]
    public void Yolo_LabelsApartFromTheirNames_AreNamed(string path)
    {
        Pictures("images/train/a.png");
        Write("data.yaml", "names: [cat]\n");
        Write("labels/train/a.txt", "0 0.5 0.5 0.5 0.5\n");
        var given = Path.Combine(_folder["data"], path);
        Assert.Equal($"'{given}' looks like YOLO labels; give the folder that holds data.yaml or classes.txt",
            Refused(given));
    }

    [Theory]
    [InlineData("""{"info": {}, "categories": {"label": {}}, "items": [{"id": "a", "annotations": []}]}""",
        "Datumaro's own JSON", "export as COCO there")]
    [InlineData("""{"classes": ["cat"], "labels": {"a": 0}}""", "FiftyOne's own JSON",
        "export boxes as COCO there, and classes as a table or as folders")]
    [InlineData("""[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}]""",
        "predictions in COCO's form for results", "give a COCO file with images and categories")]
    public void Json_OfAnotherTool_IsNamed(string text, string what, string instead)
    {
        Pictures("a.png");
        var file = _folder.Write("in/x.json", text);
        Assert.Equal($"expected labels in a format that is read, found {what} in '{file}'; {instead}", Refused(file));
    }
}
