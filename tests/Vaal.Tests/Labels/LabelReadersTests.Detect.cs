using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Labels;

/// <summary>Which format a file or a folder has.</summary>
public sealed partial class LabelReadersTests
{
    [Theory]
    [InlineData("labels.json")]
    [InlineData("labels.xml")]
    [InlineData("labels.txt")]
    public void Detect_EmptyFile_IsSaidToBeEmpty(string file)
    {
        _folder.Write("in/" + file, "");
        Assert.Equal($"'{_folder["in/" + file]}' is empty; expected labels",
            Assert.Throws<InputException>(() => LabelFormats.Detect(_folder["in/" + file])).Message);
    }

    [Theory]
    [InlineData("annotations/a.json", """{"unknown": [1]}""")]
    [InlineData("cats/notes.xml", "<notes/>")]
    [InlineData("labels.csv", "a,b\n")]
    public void Detect_TreeWithFilesOfAnotherForm_NamesThemAndGivesNoClasses(string file, string text)
    {
        Picture("cats/1.png");
        Picture("dogs/2.png");
        _folder.Write("in/" + file, text);
        var problem = Assert.Throws<InputException>(() => LabelFormats.Detect(_folder["in"])).Message;
        Assert.Contains(file, problem, StringComparison.Ordinal);
        Assert.Equal(2, LabelFormats.Import(_folder["in"], "image-folder", ImportContext.Empty).Annotations.Count);
    }

    [Theory]
    [InlineData("train valid test")]
    [InlineData("images/train images/val")]
    [InlineData("JPEGImages")]
    public void Detect_FoldersThatAreNoClasses_AreRefused(string folders)
    {
        foreach (var folder in folders.Split(' ')) Picture($"{folder}/1.png");
        Assert.Contains("say nothing of classes",
            Assert.Throws<InputException>(() => LabelFormats.Detect(_folder["in"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("holiday/1.png", "it has one folder (holiday)")]
    [InlineData("day1/images/1.png day2/images/2.png", "its folders (day1, day2) hold images only")]
    [InlineData("1.png 2.png day1/3.png day2/4.png", "2 of its 4 images lie in no folder")]
    [InlineData("train/1.png trainannot/1.png test/2.png testannot/2.png", "which may be a mask")]
    [InlineData("cat/1.png train/2.png",
        "its folder train says nothing of classes, and lies beside others (cat, train)")]
    [InlineData("leftImg8bit/train/aachen/1.png leftImg8bit/train/bonn/2.png gtFine/train/aachen/1.png",
        "which may be a mask")]
    public void Detect_PicturesOfSomethingElse_AreNoClasses(string files, string problem)
    {
        foreach (var file in files.Split(' ')) Picture(file);
        Assert.Contains(problem, Assert.Throws<InputException>(() => LabelFormats.Detect(_folder["in"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void LabelsFromFolders_OfATreeOfAnotherForm_AreRefused()
    {
        Picture("images/train/1.png");
        Picture("images/val/2.png");
        _folder.Write("in/labels/train/1.txt", "0 0.5 0.5 0.5 0.5\n");
        using var workspace = Workspace.Create(_folder["in"]);
        var problem = Assert.Throws<InputException>(() => workspace.Index(new() { Labels = true })).Message;
        Assert.Contains("labels/train/1.txt, which may be labels", problem, StringComparison.Ordinal);
        Assert.Empty(workspace.Labels());
    }

    /// <summary>No folder is as little a class as one folder, or as folders for masks.</summary>
    [Theory]
    [InlineData("1.png 2.png", "its images lie in no folders; classes need two or more")]
    [InlineData("train/1.png trainannot/1.png", "it holds trainannot/1.png, which may be a mask; its folders "
        + "(train, trainannot) may not be classes")]
    public void LabelsFromFolders_ThatAreNoClasses_AreRefused(string files, string why)
    {
        foreach (var file in files.Split(' ')) Picture(file);
        using var workspace = Workspace.Create(_folder["in"]);
        Assert.Equal($"the folders of {workspace.Root} give no classes: {why}; read labels with 'vaal import'",
            Assert.Throws<InputException>(() => workspace.Index(new() { Labels = true })).Message);
        Assert.Empty(workspace.Labels());
    }

    /// <summary>What tells a format may lie further on than is looked at, as the length of the file says.</summary>
    [Fact]
    public void Detect_LinkToALargeFile_IsThatFile()
    {
        var images = Enumerable.Range(0, 6_000)
            .Select(i => $$"""{ "id": {{i}}, "file_name": "{{i}}.png", "width": 9, "height": 9 }""");
        _folder.Write("in/l", $$"""{ "images": [{{string.Join(',', images)}}], "annotations": [] }""");
        File.CreateSymbolicLink(_folder["in/labels.json"], "l");
        Assert.Equal("coco", LabelFormats.Detect(_folder["in/labels.json"]).Name);
    }

    [Fact]
    public void Detect_LabelsInTwoForms_AsksWhich()
    {
        _folder.Write("in/data.yaml", "names: [cat]");
        _folder.Write("in/labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        _folder.Write("in/_annotations.coco.json", """{"images": [], "annotations": [], "categories": []}""");
        var problem = Assert.Throws<InputException>(() => LabelFormats.Detect(_folder["in"])).Message;
        Assert.Contains("(coco in it, yolo in it)", problem, StringComparison.Ordinal);
        Assert.Single(LabelFormats.Import(_folder["in"], "yolo", new ImportContext(_ => (8, 8))).Annotations);
    }
}
