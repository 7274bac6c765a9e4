using Parquet;
using Parquet.Schema;
using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Tables and lists of names.</summary>
public sealed partial class MisreadingTests
{
    /// <summary>The class of a box is not that of its image.</summary>
    [Theory]
    [InlineData("bbox")]
    [InlineData("xmin")]
    [InlineData("segmentation")]
    [InlineData("objects")]
    public void Json_PlacesThatAreNotRead_AreListed(string field) => Assert.Equal(
        ("b.png: cat", $"image 1: has the field '{field}', which is not read; expected boxes and polygons in 'shapes'"),
        Imported("l.json", $$"""
            [{"image":"a.png","label":"cat","{{field}}":[1,2,3,4]},{"image":"b.png","label":"cat","w":64,"h":64}]
            """));

    [Theory]
    [InlineData("bbox", false)]
    [InlineData("x_min", false)]
    [InlineData("size", true)]
    public async Task Parquet_PlacesThatAreNotRead_AreRefused(string column, bool isRead)
    {
        var (path, label, other) = (new DataField<string>("path"), new DataField<string>("label"),
            new DataField<string>(column));
        using (var stream = File.Create(_folder["t.parquet"]))
        {
            await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema(path, label, other), stream);
            using var group = writer.CreateRowGroup();
            await group.WriteAsync(path, new[] { "a.png" });
            await group.WriteAsync(label, new[] { "cat" });
            await group.WriteAsync(other, new[] { "[1, 2, 3, 4]" });
        }
        ImportResult Read() => LabelFormats.Import(_folder["t.parquet"], null, ImportContext.Empty);
        if (isRead) Assert.Equal("cat", Assert.Single(Read().Annotations).Class);
        else Assert.Equal($"t.parquet has shapes in a layout that is not read (column '{column}'); save it as CSV with "
            + "the columns xmin, ymin, xmax, ymax", Assert.Throws<InputException>(() => { Read(); }).Message);
        // as images of a workspace, it names the images and not their classes
        Assert.Equal(isRead ? "cat" : null,
            Assert.Single(Manifest.Read(_folder["t.parquet"], ImportContext.Empty)).Class);
    }

    /// <summary>The images of a table are in the column with their paths, whatever a column of ids says.</summary>
    [Fact]
    public void Csv_IdsBesidePaths_AreNoNames() => Assert.Equal(("b.png: cat", ""),
        Imported("t.csv", "image_id,file_path,label\na,b.png,cat\n"));

    [Theory]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,cat,0.25,0.25,0.5,0.5\nb.png,cat,0,0.25,1.0000001,0.5\n",
        "a.png: box cat 16 16 16 16 | b.png: box cat 0 16 64 16", "")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,cat,0.25,0.25,0.5,0.5\nb.png,cat,10,20,50,60\n",
        "b.png: box cat 10 20 40 40", "line 2: the box is in fractions of the image, and other rows are in pixels; "
        + "expected pixels in every row; 'a.png' is left out")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,cat,0.25,0.25,0.5,0.5\nb.png,cat,0,0.25,1.5,0.5\n",
        "", "line 2: the box is in fractions of the image, and other rows are in pixels; expected pixels in every row; "
        + "'a.png' is left out | line 3: the box is in fractions of the image, and other rows are in pixels; expected "
        + "pixels in every row; 'b.png' is left out")]
    [InlineData("filename,class,xmin,ymin,xmax,ymax\na.png,cat,0,0,1,2\nb.png,cat,0,0,9,9\n",
        "a.png: box cat 0 0 1 2 | b.png: box cat 0 0 9 9", "")]
    [InlineData("filename,class,cx,cy,w,h,angle\na.png,cat,32,32,20,10,0\nb.png,cat,32,32,20,10,45\n",
        "a.png: box cat 22 27 20 10", "line 3: the box is turned by 45; expected 0: turned boxes of a table are not "
        + "read; 'b.png' is left out")]
    public void Csv_BoxesThatMayMeanSomethingElse_AreRightOrListed(string text, string labels, string problems) =>
        Assert.Equal((labels, problems), Imported("t.csv", text));

    /// <summary>Four corners are not the box of the first two.</summary>
    [Theory]
    [InlineData("filename,class,x1,y1,x2,y2,x3,y3,x4,y4\na.png,cat,10,10,60,20,50,50,5,40\n",
        "'x3', 'y3', 'x4', 'y4'")]
    [InlineData("filename,class,x0,y0,x1,y1,x2,y2,x3,y3\na.png,cat,10,10,60,20,50,50,5,40\n",
        "'x0', 'y0', 'x3', 'y3'")]
    public void Csv_FourCorners_AreRefused(string text, string columns)
    {
        var path = _folder.Write("in/t.csv", text);
        Assert.Equal($"t.csv has shapes in a layout that is not read (columns {columns}); boxes are read from the "
            + "columns xmin, ymin, xmax, ymax",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message);
    }

    /// <summary>The place of a line is the number of its class.</summary>
    [Fact]
    public void Yolo_BlankLineAmongTheNames_IsRefused()
    {
        _folder.Write("in/classes.txt", "cat\r\n\r\ndog\r\n\r\n");
        _folder.Write("in/labels/a.txt", "1 0.5 0.5 0.5 0.5\n");
        Assert.Equal("classes.txt, line 2: expected the name of class 1, found a blank line; delete the line or name "
            + "the class", Assert.Throws<InputException>(() => LabelFormats.Import(_folder["in"], null,
                ImportContext.Empty)).Message);
    }

    [Theory]
    [InlineData("classes.txt", "dog\ncat\n",
        "class 0 is 'dog' in classes.txt and 'cat' in data.yaml; keep one of the two files")]
    [InlineData("dataset.yaml", "names: {0: cat, 1: cow}",
        "class 1 is 'cow' in dataset.yaml and 'dog' in data.yaml; keep one of the two files")]
    public void Yolo_TwoListsInOneFolder_MustAgree(string file, string names, string problem)
    {
        _folder.Write("in/data.yaml", "names: [cat, dog]\n");
        _folder.Write("in/" + file, names);
        _folder.Write("in/labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        Assert.Equal(problem, Assert.Throws<InputException>(
            () => LabelFormats.Import(_folder["in"], null, new ImportContext(_ => (64, 64)))).Message);
    }

    [Theory]
    [InlineData("dog\ncat\n",
        "class 0 is 'dog' in labels/classes.txt and 'cat' in data.yaml; keep one of the two files")]
    [InlineData("cat\n", null)]
    public void Yolo_TwoListsOfNames_MustAgree(string list, string? problem)
    {
        _folder.Write("in/data.yaml", "names: [cat, dog]\n");
        _folder.Write("in/labels/classes.txt", list);
        _folder.Write("in/labels/a.txt", "0 0.5 0.5 0.5 0.5\n");
        ImportResult Read() => LabelFormats.Import(_folder["in"], null, new ImportContext(_ => (64, 64)));
        if (problem is null) Assert.Equal("cat", Read().Annotations.Single().Shapes.Single().Class);
        else Assert.Equal(problem, Assert.Throws<InputException>(Read).Message);
    }

    /// <summary>A name with a comma would lose its end without a word.</summary>
    [Theory]
    [InlineData("path,label\na.png,cat, big\n", "m.csv line 2: has 3 cells; expected 2, as in the first line; a cell "
        + "that holds a separator must stand in quotes")]
    [InlineData("path,label\na.png;cat\n",
        "m.csv line 2: has 1 cell; expected 2, as in the first line; the row is separated by ';'")]
    public void Manifest_RowOfAnotherLength_IsRefused(string text, string problem)
    {
        var path = _folder.Write("m.csv", text);
        Assert.Equal(problem,
            Assert.Throws<InputException>(() => Manifest.Read(path, ImportContext.Empty)).Message);
    }

    /// <summary>The table of masks has a class for each mask, as it comes from the site.</summary>
    [Fact]
    public void OpenImages_TableOfMasks_GivesNoClassesOfImages()
    {
        var path = _folder.Write("m.csv", "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,"
            + "PredictedIoU,Clicks\na_m01.png,a,Cat,1,0.1,0.2,0.1,0.2,0.9,\n");
        Assert.StartsWith("m.csv has shapes in a layout that is not read (column 'MaskPath')",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void OpenImages_NameWithACommaAndNoQuotes_IsRefused()
    {
        _folder.Write("in/class-descriptions.csv", "/m/1,Cat\n/m/2,Dog, big\n");
        var path = _folder.Write("in/labels.csv", "ImageID,Source,LabelName,Confidence\na,verification,/m/2,1\n");
        Assert.StartsWith("class-descriptions.csv line 2: has 3 cells; expected 2",
            Assert.Throws<InputException>(() => LabelFormats.Import(path, null, ImportContext.Empty)).Message,
            StringComparison.Ordinal);
    }
}
