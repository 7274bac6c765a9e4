using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>What a set of images takes, and what it refuses before it takes memory.</summary>
public sealed class ImageSetTests
{
    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1, 0, 1)]
    [InlineData(1, 1, -2)]
    [InlineData(1, -2, -2)]
    [InlineData(2, 1, 1)]
    [InlineData(1, 65_537, 65_536)]                                              // 2^32 + 2^16 bytes
    [InlineData(3, int.MaxValue, int.MaxValue)]
    public void ImageSet_StrangeSizes_AreRefused(int channels, int height, int width) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ImageSet(new byte[4], channels, height, width));

    [Fact]
    public void ImageSet_ArgumentsThatDoNotFit_AreRefused()
    {
        Assert.Throws<ArgumentNullException>(() => new ImageSet((byte[])null!, 1, 1, 1));
        Assert.Equal("3 bytes are no whole number of images of 2",
            Assert.Throws<ArgumentException>(() => new ImageSet(new byte[3], 1, 1, 2)).Message);
        Assert.Equal("1 classes for 2 images",
            Assert.Throws<ArgumentException>(() => new ImageSet(new byte[4], 1, 1, 2, [0])).Message);
        Assert.Equal("3 paths for 2 images", Assert.Throws<ArgumentException>(
            () => new ImageSet(new byte[4], 1, 1, 2, paths: ["a", "b", "c"])).Message);
        Assert.StartsWith("expected the classes of 2 images, found those of 1", Assert.Throws<ArgumentException>(
            () => new ImageSet(new byte[4], 1, 1, 2) { ClassSets = [[0]] }).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2), InlineData(-1), InlineData(int.MinValue)]
    public void Indexer_NoSuchImage_NamesItAndTheCount(int id)
    {
        using var images = new ImageSet([1, 2, 3, 4], 1, 1, 2);
        Assert.Equal(new byte[] { 3, 4 }, images[1].ToArray());
        Assert.StartsWith(FormattableString.Invariant($"expected the id of one of 2 images, found {id}"),
            Assert.Throws<ArgumentOutOfRangeException>(() => images[id].ToArray()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ImageSet_NoImages_IsEmpty()
    {
        using var images = new ImageSet([], 3, 2, 2);
        Assert.Equal(0, images.Count);
    }

    [Fact]
    public void ImageSet_ClassBelowMinusOne_IsRefused()
    {
        using var images = new ImageSet(new byte[2], 1, 1, 1, [-1, 0]);
        Assert.StartsWith("expected a class from 0, or -1 where none is known, found -2 of image 1",
            Assert.Throws<ArgumentOutOfRangeException>(() => new ImageSet(new byte[2], 1, 1, 1, [0, -2])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DataSet_ClassNamesNullOrTwice_AreRefused()
    {
        using var images = new ImageSet([1], 1, 1, 1);
        Assert.StartsWith("expected a name of its own for each class, found 'a' again for class 2",
            Assert.Throws<ArgumentException>(() => new DataSet("x", images, null, ["a", "b", "a"], [], "")).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("expected a name of its own for each class, found null for class 1",
            Assert.Throws<ArgumentException>(() => new DataSet("x", images, null, ["a", null!], [], "")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void DataSet_Null_IsRefused()
    {
        using var images = new ImageSet([1], 1, 1, 1);
        Assert.Throws<ArgumentNullException>(() => new DataSet(null!, images, null, [], [], ""));
        Assert.Throws<ArgumentNullException>(() => new DataSet("a", null!, null, [], [], ""));
        Assert.Throws<ArgumentNullException>(() => new DataSet("a", images, null, null!, [], ""));
        Assert.Throws<ArgumentNullException>(() => new DataSet("a", images, null, [], null!, ""));
        Assert.Throws<ArgumentNullException>(() => new DataSet("a", images, null, [], [], null!));
    }
}
