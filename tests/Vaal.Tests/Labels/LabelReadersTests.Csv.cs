using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>Tables of classes and of boxes.</summary>
public sealed partial class LabelReadersTests
{
    [Theory]
    [InlineData("image_name,label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_width,image_height\na.png,cat,2,3,10,"
        + "6,64,64\n")]
    [InlineData("cat,2,3,10,6,a.png,64,64\n")]                                          // MakeSense, older
    [InlineData("image_id,class_name,x_min,y_min,x_max,y_max\na.png,cat,2,3,12,9\n")]
    [InlineData("TRAIN,a.png,cat,0.03125,0.046875,,,0.1875,0.140625,,\n")]              // AutoML
    [InlineData("image;label;x1;y1;x2;y2\na.png;cat;2;3;12;9\n")]
    [InlineData("filename,class,x_center,y_center,width,height\na.png,cat,7,6,10,6\n")]
    public void Csv_LayoutsOfBoxes_GiveTheSameBox(string text)
    {
        _folder.Write("in/t.csv", text);
        var result = Read("csv", "in/t.csv");
        Assert.Empty(result.Problems);
        Assert.Equal(new Box("cat", 2, 3, 10, 6),
            Rounded((Box)Assert.Single(Assert.Single(result.Annotations).Shapes)));
    }

    [Theory]
    [InlineData("image_id,bbox\na.png,\"[1, 2, 3, 4]\"\n")]
    [InlineData("ImageId,EncodedPixels\na.png,1 3 10 5\n")]
    [InlineData("image,label,points\na.png,cat,1 2 3 4 5 6\n")]
    [InlineData("a.png,1,2,3\n")]
    public void Csv_TableThatIsNotImageAndClass_IsRefused(string text)
    {
        _folder.Write("in/t.csv", text);
        Assert.Throws<InputException>(() => Read("csv", "in/t.csv"));
    }

    [Theory]
    [InlineData("path,label\na.png,cat|dog\n")]
    [InlineData("path,label\na.png,\"cat,dog\"\n")]
    [InlineData("path,label\na.png,cat,dog\n")]
    [InlineData("path,label\na.png,cat; dog\n")]
    [InlineData("path,label\na.png,\"[\"\"cat\"\",\"\"dog\"\"]\"\n")]
    [InlineData("path,label\na.png,\"['cat', 'dog']\"\n")]
    [InlineData("path,label\na.png,\"{\"\"class\"\": \"\"cat\"\"}\"\n")]
    public void Csv_SeveralClassesInACell_AreRefused(string text)
    {
        _folder.Write("in/t.csv", text);
        var result = Read("csv", "in/t.csv");
        Assert.Empty(result.Annotations);
        Assert.Single(result.Problems);
    }

    [Theory]
    [InlineData("label,label\n")]
    [InlineData("path,label,path\n")]
    public void Csv_ColumnTwice_IsRefused(string header)
    {
        _folder.Write("in/t.csv", header + "a.png,cat,b.png\n");
        Assert.Contains("twice", Assert.Throws<InputException>(() => Read("csv", "in/t.csv")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train/metadata.csv", "file_name,label\na.png,cat\n")]                   // Hugging Face
    [InlineData("train/_annotations.csv", "filename,width,height,class,xmin,ymin,xmax,ymax\na.png,64,64,cat,1,2,4,6\n")]
    public void Csv_InTheFolderOfItsPictures_IsRead(string file, string text)
    {
        Picture("train/a.png");
        _folder.Write("in/" + file, text);
        var label = Assert.Single(Read("csv").Annotations);
        Assert.Equal("cat", label.Class ?? label.Shapes.Single().Class);
    }
}
