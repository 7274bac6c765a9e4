using Vaal.Data;

namespace Vaal.Tests.Data;

/// <summary>Which images are labelled, with what, and which are not.</summary>
public sealed class PoolTests : IDisposable
{
    private readonly ImageSet _images = TinyImages.Set(5);

    public void Dispose() => _images.Dispose();

    [Fact]
    public void Label_AnImage_MovesItBetweenTheLists()
    {
        var pool = new Pool(_images);
        Assert.Equal([0, 1, 2, 3, 4], pool.Unlabelled);
        Assert.Empty(pool.Labelled);
        pool.Label(3, 7);
        pool.Label(1, 2);
        Assert.Equal([0, 2, 4], pool.Unlabelled);
        Assert.Equal([1, 3], pool.Labelled);
        Assert.Equal((2, 7), (pool.ClassOf(1), pool.ClassOf(3)));
        Assert.Equal((true, false), (pool.IsLabelled(3), pool.IsLabelled(4)));
    }

    [Fact]
    public void Label_TwiceOrOutsideThePool_IsRefusedAndChangesNothing()
    {
        var pool = new Pool(_images, [4, 2, 0]);
        pool.Label(2, 1);
        Assert.Throws<InvalidOperationException>(() => pool.Label(2, 0));
        Assert.Throws<ArgumentException>(() => pool.Label(3, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Label(5, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Label(-1, 0));
        Assert.Equal([0, 4], pool.Unlabelled);
        Assert.Equal([2], pool.Labelled);
        Assert.Equal(1, pool.ClassOf(2));
    }

    [Fact]
    public void Label_ClassBelowMinusOne_IsRefused()
    {
        var pool = new Pool(_images);
        pool.Label(0, -1);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Label(1, -5));
        Assert.Equal([0], pool.Labelled);
    }

    [Fact]
    public void ClassOf_ImageWithoutALabel_SaysSo() => Assert.Equal(
        "expected an image with a label, found image 3 without one",
        Assert.Throws<InvalidOperationException>(() => new Pool(_images).ClassOf(3)).Message);

    /// <summary>The lists are the pool's own.</summary>
    [Fact]
    public void Lists_CastToOnesThatChange_CannotBeChanged()
    {
        var pool = new Pool(_images);
        pool.Label(3, 0);
        Assert.All([pool.Labelled, pool.Unlabelled], list =>
        {
            Assert.False(list is int[]);
            Assert.Throws<NotSupportedException>(() => ((IList<int>)list)[0] = 7);
        });
    }

    /// <summary>There are five images, 0..4.</summary>
    [Theory]
    [InlineData(new[] { 0, 5 }, "expected ids of 5 images, found 5")]
    [InlineData(new[] { 3, -1 }, "expected ids of 5 images, found -1")]
    [InlineData(new[] { 2, 0, 2 }, "expected each image once, found 2 twice")]
    public void Pool_MembersOutsideOfTheSetOrTwice_AreRefused(int[] members, string said) => Assert.StartsWith(
        said, Assert.Throws<ArgumentException>(() => new Pool(_images, members)).Message, StringComparison.Ordinal);
}
