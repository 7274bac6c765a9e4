using Vaal.Data.Labels;

namespace Vaal.Tests.Workspaces;

/// <summary>Shapes and masks that cannot be used.</summary>
public sealed partial class WorkspaceMasksTests
{
    public static TheoryData<string, string> Bad => new()
    {
        { "size", "1 of 16 labels cannot become masks: a mask of 03.png is 3×2, and the image 24×16" },
        { "class", "1 of 16 labels cannot become masks: a shape of 03.png has no class; a mask is made of classes" },
        { "outside", "1 of 16 labels cannot become masks: the shapes of 03.png cover no pixel of it" },
        { "many",
            "12 of 16 labels cannot become masks: the shapes of 00.png cover no pixel of it; the shapes of 01.png " +
            "cover no pixel of it; the shapes of 02.png cover no pixel of it; the shapes of 03.png cover no pixel " +
            "of it; the shapes of 04.png cover no pixel of it; and 7 more" },
        { "classes only",
            "no label has shapes, and small-seg learns a class for each pixel from them: 'vaal import' takes PNG " +
            "masks, COCO, Label Studio and CVAT. Models that learn from the class of an image: resnet18, " +
            "small-cnn, vgg16 (--task)" },
        { "one class",
            "all shapes are of the class 'dark', and pixels without a shape are ignored, so there is no second " +
            "class; 'vaal init --background NAME' gives these pixels a class" },
        { "no tests",
            "none of the 4 images of the test set has shapes; 'vaal export --what test' lists them for labelling" },
    };

    /// <summary>The program itself: one line, exit code 1, and nothing is recorded.</summary>
    [Theory, MemberData(nameof(Bad))]
    public void Program_TrainOnLabelsThatCannotBeMasks_IsOneLine(string what, string problem)
    {
        using var w = Make();
        foreach (var image in w.Images())
        {
            Shape[]? shapes = what switch
            {
                "size" when Number(image) == 3 => [Mask.FromBitmap("dark", [1, 0, 0, 1, 0, 0], 3, 2)],
                "class" when Number(image) == 3 => [new Box(null, 0, 0, 5, 5)],
                "outside" when Number(image) == 3 => [new Box("dark", 30, 3, 5, 5)],
                "many" when !image.Test => [new Box("dark", 3, 3, 0.2, 0.2)],
                "classes only" => [],
                "one class" => [new Box("dark", 0, 0, 9, 9)],
                "no tests" when image.Test => [],
                _ => null,
            };
            if (shapes is not null) w.Label(image.Id, null, shapes, "ann", "test");
            if (what == "classes only") w.Label(image.Id, "dark", [], "ann", "test");
        }
        var outcome = CommandLine.Run("train", "--task", "small-seg", "--workspace", w.Folder, "--quiet");
        Assert.Equal((1, "", $"vaal: {problem}\n"), (outcome.ExitCode, outcome.Out, outcome.Error));
        Assert.Empty(w.Trainings());
        Assert.False(Directory.Exists(Path.Combine(w.Folder, "next")));
    }

    [Fact]
    public void Program_TrainAClassifierOnShapes_SaysWhatLearnsFromThem()
    {
        using var w = Make();
        var outcome = CommandLine.Run("train", "--workspace", w.Folder, "--quiet");
        Assert.Equal(
            (1, "vaal: expected labels of at least two classes, found no class; label images in 'vaal serve' or with " +
            "'vaal import' (labels that are shapes need 'vaal train --task' with drn, small-seg)\n"),
            (outcome.ExitCode, outcome.Error));
    }

    public static TheoryData<string, string> BadPngs => new()
    {
        { "size", "masks/00.png: is 16×24, and the image 'images/00.png' is 24×16" },
        { "id", "masks/00.png: id 7 at (2, 0) is not in the class list" },
        { "rgb", "masks/00.png: it is in RGB colours, and what they stand for is not known; expected a palette or " +
            "grey PNG of class ids, or colours in classes.csv" },
        { "colour", "masks/00.png: colour #090909 at (0, 0) is not in the class list" },
        { "missing", "images/00.png: has no mask masks/00.png" },
        { "ignored", "masks/00.png: all of its pixels are marked as ignored" },
    };

    /// <summary>The program itself, on a folder that holds nothing else: the file is named, the exit code is 1, and the
    /// workspace is as it was.</summary>
    [Theory, MemberData(nameof(BadPngs))]
    public void Program_ImportOfAMaskThatCannotBe_NamesTheFile(string what, string problem)
    {
        using var w = Make(labelled: 0);
        var log = w.Entries(parts: true);
        _folder.Write("in/classes.csv", what == "colour"
            ? "id,name,red,green,blue\n0,sky,0,0,255\n1,road,1,1,1\n"
            : "id,name\n0,sky\n1,road\n");
        _folder.Write("in/images/00.png", TestImages.Grey(Width, Height, (_, _) => 0));
        Directory.CreateDirectory(_folder["in/masks"]);
        var mask = what switch
        {
            "size" => TestImages.Grey(Height, Width, (_, _) => 0),
            "id" => TestImages.Grey(Width, Height, (x, _) => x == 2 ? 7 : 0),
            "rgb" or "colour" => TestImages.Rgb(Width, Height, 9, 9, 9),
            "ignored" => TestImages.Grey(Width, Height, (_, _) => 255),
            _ => null,
        };
        if (mask is not null) _folder.Write("in/masks/00.png", mask);
        var outcome = CommandLine.Run("import", _folder["in"], "--workspace", w.Folder);
        Assert.Equal((1, $"vaal: {problem}\n"), (outcome.ExitCode, outcome.Error));
        Assert.Equal(log.Select(AsJson.Of), w.Entries(parts: true).Select(AsJson.Of));
    }

    /// <summary>Colours that <c>classes.csv</c> explains are classes.</summary>
    [Fact]
    public void Import_MaskInColoursOfTheTable_IsTakenOver()
    {
        using var w = Make(labelled: 0);
        _folder.Write("in/classes.csv", "id,name,red,green,blue\n0,sky,0,0,255\n1,road,9,9,9\n");
        _folder.Write("in/masks/00.png", TestImages.Rgb(Width, Height, 9, 9, 9));
        Assert.Equal((1, 0), (w.Import(_folder["in"], new()) is var report ? report.Added : 0, report.Problems.Count));
        Assert.Equal("road", Assert.Single(w.Labels().Single(l => l.Image == Id(w, "00.png")).Shapes).Class);
    }
}
