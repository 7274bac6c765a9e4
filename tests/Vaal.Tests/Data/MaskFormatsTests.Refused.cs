using Vaal.Data;
using Vaal.Data.Formats;

namespace Vaal.Tests.Data;

/// <summary>Masks and tables that cannot be used.</summary>
public sealed partial class MaskFormatsTests
{
    /// <summary>The list, each beside a good pair.</summary>
    public static TheoryData<string, string> Bad => new()
    {
        { "size", "masks/b.png is 16×18 pixels and its image 16×16" },
        { "id", "masks/b.png: id 2 at (5, 7) is not in the class list" },
        { "rgb", "masks/b.png: it is in RGB colours, and what they stand for is not known; expected a palette or " +
            "grey PNG of class ids, or colours in classes.csv" },
        { "missing", "images/b.png has no mask masks/b.png" },
        { "ignored", "masks/b.png: all of its pixels are marked as ignored" },
        { "vanishes", "masks/b.png: at 16×16 no pixel of it has a class" },
        { "damaged", "masks/b.png: the file is cut short" },
        { "picture", "images/b.png: not a JPEG, PNG, WebP, BMP or GIF file" },
    };

    [Theory, MemberData(nameof(Bad))]
    public void Load_BadMask_IsNamedAndLeftOutOrStopsTheRun(string what, string problem)
    {
        Table("id,name\n0,sky\n1,road\n");
        foreach (var name in new[] { "a", "b", "c" }) Pair(name, 16, 16, (x, y) => (x + y) % 2);
        var mask = what switch
        {
            "size" => TestImages.Grey(16, 18, (_, _) => 0),
            "id" => TestImages.Grey(16, 16, (x, y) => x == 5 && y == 7 ? 2 : 0),
            "rgb" => TestImages.Rgb(16, 16, 0, 0, 0),
            "ignored" => TestImages.Grey(16, 16, (_, _) => 255),
            // nearest neighbour takes odd pixels
            "vanishes" => TestImages.Grey(32, 32, (x, y) => x == 4 && y == 4 ? 0 : 255),
            "damaged" => TestImages.Grey(16, 16, (_, _) => 0)[..50],
            _ => null,
        };
        if (mask is not null) _folder.Write("masks/b.png", mask);
        if (what == "vanishes") _folder.Write("images/b.png", TestImages.Grey(32, 32, (_, _) => 98));
        if (what == "missing") File.Delete(_folder["masks/b.png"]);
        if (what == "picture") _folder.Write("images/b.png", "no picture");
        // decoded, and from the cache
        for (var time = 0; time < 2; time++)
        {
            using var data = DataFormats.Load(_folder.Path, Options);
            Assert.Equal(["images/a.png", "images/c.png"], data.Pool.Paths);
            Assert.Contains($"{problem}: it is left out", data.Notes);
            for (var id = 0; id < 2; id++) Assert.Equal([0, 1, 0, 1], data.Pool.Masks![id][..4].ToArray());
            // the pictures of a and c, not of b
            Assert.Equal([97, 99], Enumerable.Range(0, 2).Select(id => (int)data.Pool[id][0]));
        }
        var e = Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, new(Options) { Strict = true }));
        Assert.Equal($"1 of 3 images cannot be used with their masks: {problem}", e.Message);
    }

    [Fact]
    public void ImageMasks_TableInAnotherEncoding_IsRefused()
    {
        Pair("a", 16, 16, (_, _) => 0);
        _folder.Write("classes.csv", [.. "id,name\n0,stra"u8, 0xdf, .. "e\n"u8]);             // Latin-1
        Assert.EndsWith("classes.csv, line 2: is not valid UTF-8; save the table as UTF-8", Refusal());
    }

    // folders that only say where pictures and masks lie are no classes
    [Fact]
    public void ImagesAndMasksWithoutATable_AreNamedAsWhatTheyLack()
    {
        Pair("town/a", 16, 16, (_, _) => 0);
        Assert.EndsWith(
            " holds images and masks, and no classes.csv that says what the ids in masks mean; expected its " +
            "columns id and name", Refusal());
        File.Move(_folder["masks/town/a.png"], _folder["masks/town/b.png"]);                    // no mask of a picture
        _folder.Write("images/town/c.png", TestImages.Grey(16, 16, (_, _) => 3));
        using var data = DataFormats.Load(_folder.Path, new(Options) { Size = 32 });
        Assert.Empty(data.ClassNames);
    }

    [Fact]
    public void Load_RgbMaskWhereNoTableIsRead_SaysWhichFormatKnowsColours()
    {
        var e = Assert.Throws<InvalidDataException>(
            () => MaskIds.InOrder(2)
            .Classes(IndexedPng.Read(_folder.Write("rgb.png", TestImages.Rgb(16, 16, 0, 0, 0)), 1_000)));
        Assert.EndsWith(
            "expected a palette or grey PNG of class ids; the format image-masks knows colours, by classes.csv",
            e.Message);
    }

    [Fact]
    public void Load_ManyBadMasks_AreCounted()
    {
        Table("id,name\n0,sky\n1,road\n");
        for (var i = 0; i < 8; i++) Pair($"{i}", 16, 16, (_, _) => i < 7 ? 7 : 0);
        Assert.EndsWith(
            "; and 2 more",
            Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, new(Options) { Strict = true }))
            .Message);
    }

    [Fact]
    public void Load_NoUsableMask_IsOneLine()
    {
        Table("id,name\n0,sky\n");
        Pair("a", 16, 16, (_, _) => 255);
        Assert.EndsWith(
            "holds no training image that can be used with its mask; masks/a.png: all of its pixels are " +
            "marked as ignored", Refusal());
        File.Delete(_folder["masks/a.png"]);
        Assert.EndsWith("holds no image with a mask; images/a.png has no mask masks/a.png", Refusal());
    }

    [Theory]
    [InlineData("id\n0\n", "has the columns id; expected id and name")]
    [InlineData("id,name\n0,sky\n0,road\n", "line 3: id 0 stands there twice")]
    [InlineData("id,name\n0,sky, blue\n", "line 2: has 3 cells; expected 2, as in the first line; a cell that holds a "
        + "separator must stand in quotes")]
    [InlineData("id,name\n0,sky\n1,road\n2,sky\n", "line 4: a class named 'sky' is there already")]
    [InlineData("id,name\n256,sky\n", "line 2: id is '256'; it must be 0..255")]
    [InlineData("id,name\n-1,sky\n", "line 2: id is '-1'; it must be 0..255")]
    [InlineData("id,name\n3,\n", "line 2: class 3 has no name")]
    [InlineData("id,name\n255,void\n", "names no class")]
    [InlineData("id,name\n0,background\n255,object\n", "line 3: 255 marks pixels without a class, so 'object' needs "
        + "another id")]
    [InlineData("id,name,red,green,blue\n0,a,1,2,3\n1,b,1,2,3\n", "line 3: the colour of class 1 is another's already")]
    public void ImageMasks_BadTable_SaysWhere(string table, string problem)
    {
        Table(table);
        Pair("a", 16, 16, (_, _) => 0);
        Assert.EndsWith(problem, Refusal());
    }

    /// <summary>Sets of another name would leave the images that are to be tested on in the pool.</summary>
    [Theory]
    [InlineData("train", "val")]
    [InlineData("training", "validation")]
    [InlineData("Train", "Test")]
    public void ImageMasks_SetsOfAnyName_AreKeptApart(string train, string test)
    {
        Table("id,name\n0,sky\n");
        Pair($"{train}/a", 16, 16, (_, _) => 0);
        Pair($"{test}/b", 16, 16, (_, _) => 0);
        using var data = DataFormats.Load(_folder.Path, Options);
        Assert.Equal([$"images/{train}/a.png"], data.Pool.Paths);
        Assert.Equal([$"images/{test}/b.png"], data.Test!.Paths);
    }

    /// <summary>Nobody can tell which of them are to be learned from.</summary>
    [Theory]
    [InlineData("Training train test", "Training, test, train")]
    [InlineData("train test Testing", "Testing, test, train")]
    public void ImageMasks_TwoFoldersOfOneSet_AreRefused(string folders, string found)
    {
        Table("id,name\n0,sky\n");
        foreach (var folder in folders.Split(' ')) Pair($"{folder}/a", 16, 16, (_, _) => 0);
        Assert.Equal($"expected the folder train, and test or val beside it, found {found}; rename the folders",
            Refusal());
    }

    private string Refusal() => Assert.Throws<InputException>(() => DataFormats.Load(_folder.Path, Options)).Message;
}
