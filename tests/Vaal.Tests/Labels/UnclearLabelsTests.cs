using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>
/// Files that could be read in two ways, beside pictures of 64×64: what is not certain gives no label and one line.
/// </summary>
public sealed partial class UnclearLabelsTests : IDisposable
{
    private const string DogBox = """
        [{"x":25,"y":25,"width":50,"height":50,"rotation":0,"rectanglelabels":["dog"],"original_width":64,
          "original_height":64}]
        """;

    private readonly TemporaryFolder _folder = new();
    private int _pictures;

    public void Dispose() => _folder.Dispose();

    /// <summary>JSON-MIN does not say what a control is.</summary>
    [Theory]
    [InlineData("\"caption\":\"two dogs\",\"rating\":4,\"bbox\":BOX", "a.png: box dog 16 16 32 32",
        "task 1: not read: 1 'caption', 1 'rating'", 0)]
    [InlineData("\"animal\":[[\"Animal\",\"Dog\"]]", "", "task 1: not read: 1 'animal'", 1)]
    [InlineData("\"animal\":[{\"taxonomy\":[[\"Animal\"]]}]", "", "task 1: not read: 1 'animal'", 1)]
    [InlineData("\"animal\":\"dog\",\"Note\":[\"seen\",\"twice\"]", "a.png: dog", "task 1: not read: 2 'Note'", 0)]
    [InlineData("\"anything\":\"dog\"", "a.png: dog", "", 0)]
    [InlineData("\"kind\":{\"choices\":[\"cat\"]},\"remarks\":\"x\",\"more\":\"y\"", "a.png: cat",
        "task 1: not read: 1 'remarks', 1 'more'", 0)]
    public void LabelStudio_JsonMin_OnlyAChoiceIsAClass(string fields, string labels, string problems, int leftOut)
    {
        var given = fields.Replace("BOX", DogBox, StringComparison.Ordinal);
        _folder.Write("in/min.json", $$"""[{"image":"a.png","id":1,{{given}},"annotator":1,"annotation_id":2}]""");
        Pictures("a.png");
        using var workspace = Made();
        var report = workspace.Import(_folder["in/min.json"], new());
        Assert.Equal((labels, problems, leftOut),
            (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems), report.LeftOut));
    }

    /// <summary>Also where the second field has text in another task.</summary>
    [Theory]
    [InlineData("min.json", """
        [{"image":"a.png","id":1,"quality":"sharp","annotator":1,"annotation_id":2},
         {"image":"b.png","id":2,"animal":"dog","annotator":1,"annotation_id":3}]
        """)]
    [InlineData("t.csv", "image,id,quality,animal,annotator,annotation_id\na.png,1,sharp,,1,2\nb.png,2,,dog,1,3\n")]
    public void LabelStudio_TextOfSeveralControls_AsksForTheJsonExport(string file, string text)
    {
        _folder.Write("in/" + file, text);
        Pictures("a.png", "b.png");
        Assert.Equal($"expected one field of classes in {file}, found text in 'animal' and 'quality'; give the JSON "
            + "export of Label Studio, which says what is a class", Refused(_folder["in/" + file]));
    }

    [Theory]
    [InlineData("image,id,caption,choice,annotator,annotation_id\na.png,8,only text,,1,2\n", "",
        "line 2: not read: 1 'caption'")]
    [InlineData("image,id,caption,choice,annotator,annotation_id\na.png,8,some text,cat,1,2\n", "a.png: cat",
        "line 2: not read: 1 'caption'")]
    [InlineData("image,id,kind,annotator,annotation_id\na.png,8,\"[[\"\"Animal\"\"]]\",1,2\n", "",
        "line 2: not read: 1 'kind'")]
    public void LabelStudio_Table_OnlyAChoiceIsAClass(string text, string labels, string problems)
    {
        Pictures("a.png");
        Assert.Equal((labels, problems), Imported(_folder.Write("in/t.csv", text)));
    }

    /// <summary>Tags are classes only where no image of the project has an object, and parts of a data set never
    /// are.</summary>
    [Theory]
    [InlineData(true, "one/img/a.png: box cat 2 3 10 6 | two/img/b.png: nothing",
        "two, ann/c.png.json: 'img/c.png', not read: 1 'tag'")]
    [InlineData(false, "two/img/c.png: mask",
        "one, ann/a.png.json: no class was chosen | two, ann/b.png.json: no class was chosen")]
    public void Supervisely_Tags_AreClassesWhereThereAreNoObjects(bool objects, string labels, string problems)
    {
        Pictures("one/img/a.png", "two/img/b.png", "two/img/c.png");
        Write("meta.json", """{"classes": [], "tags": []}""");
        void Ann(string path, string tag, string items) => Write(path, $$$"""
            {"tags": [{"name": "{{{tag}}}"}], "size": {"height": 64, "width": 64}, "objects": [{{{items}}}]}
            """);
        Ann("one/ann/a.png.json", "train", objects ? """
            {"classTitle": "cat", "geometryType": "rectangle", "points": {"exterior": [[2, 3], [12, 9]]}}
            """ : "");
        Ann("two/ann/b.png.json", "val", "");
        Ann("two/ann/c.png.json", "mask", "");                       // a name of folders, and here a class
        Assert.Equal((labels, problems), Imported(_folder["data"]));
    }

    [Fact]
    public void Yolo_TwoImagesOfOneStem_AreListedWithBothNames()
    {
        Pictures("images/a.jpg", "images/a.png", "images/b.png");
        Write("data.yaml", "names: [cat]\n");
        Write("labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        Write("labels/b.txt", "0 0.5 0.5 0.5 0.5\n");
        Assert.Equal(("images/b.png: box cat 16 16 32 32",
            "labels/a.txt: may be of 'images/a.jpg' or 'images/a.png'; rename one of them"), Imported(_folder["data"]));
    }

    [Theory]
    [InlineData(20, "images/a.png: mask dark 0 20 20, mask bright 20 20", "")]
    [InlineData(64, "", "masks/a.png: may be of 'images/a.jpg' or 'images/a.png'; rename one of them")]
    public void Masks_TwoImagesOfOneStem_TheSizeDecides(int width, string labels, string problems)
    {
        var height = width == 20 ? 2 : 64;
        Pictures("images/a.jpg");
        _folder.Write("data/images/a.png", TestImages.Grey(width, height, (x, y) => x + y));
        _folder.Write("data/masks/a.png", TestImages.Grey(width, height, (_, y) => y));
        Write("classes.csv", "id,name\n" + string.Concat(Enumerable.Range(0, height)
            .Select(i => $"{i},{(i == 0 ? "dark" : i == 1 ? "bright" : $"level {i}")}\n")));
        Assert.Equal((labels, problems), Imported(_folder["data"]));
    }

    [Fact]
    public void Coco_ImagesWithoutAnnotation_AreCountedAndNotLabelled()
    {
        Pictures("a.png", "b.png");
        var file = _folder.Write("in/c.json", """
            {"images":[{"id":1,"file_name":"a.png"},{"id":2,"file_name":"b.png"}],
             "categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":1,"category_id":1,"bbox":[1,2,3,4]}]}
            """);
        using var workspace = Made();
        var report = workspace.Import(file, new());
        Assert.Equal("images: 1 image has no annotation, and so no label: COCO does not say whether somebody looked",
            Assert.Single(report.Problems).ToString());
        Assert.Equal(("a.png: box cat 1 2 3 4", 0), (LabelCasesTests.Said(workspace), report.LeftOut));
    }

    /// <summary>Two bad annotations of one image leave out one image, and so does a bad name with its
    /// annotations.</summary>
    [Fact]
    public void Coco_ImagesLeftOut_CountOnce()
    {
        Pictures("a.png");
        var file = _folder.Write("in/c.json", """
            {"images":[{"id":1,"file_name":"a.png"},{"id":2,"file_name":"../b.png"}],
             "categories":[{"id":1,"name":"cat"}],
             "annotations":[{"id":1,"image_id":1,"category_id":7,"bbox":[1,2,3,4]},
              {"id":2,"image_id":1,"category_id":1,"bbox":[1,2,-3,4]},
              {"id":3,"image_id":2,"category_id":1,"bbox":[1,2,3,4]}]}
            """);
        using var workspace = Made();
        var report = workspace.Import(file, new());
        Assert.Equal((3, 2), (report.Problems.Count, report.LeftOut));
    }

    private void Pictures(params string[] names)
    {
        foreach (var name in names) _folder.Write("data/" + name, Tests.Pictures.Random(++_pictures));
    }

    private void Write(string name, string text) => _folder.Write("data/" + name, text);

    private Workspace Made()
    {
        var workspace = Workspace.Create(_folder["data"]);
        workspace.Index(new() { NearDuplicates = 0 });
        return workspace;
    }

    /// <summary>Every label, and every problem.</summary>
    private (string Labels, string Problems) Imported(string path)
    {
        using var workspace = Made();
        var report = workspace.Import(path, new());
        return (LabelCasesTests.Said(workspace), string.Join(" | ", report.Problems));
    }

    private string Refused(string path)
    {
        using var workspace = Made();
        var message = Assert.Throws<InputException>(() => workspace.Import(path, new())).Message;
        Assert.Empty(workspace.Labels());
        return message;
    }
}
