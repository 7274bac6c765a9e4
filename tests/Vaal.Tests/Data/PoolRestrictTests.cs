using Vaal.Data;

namespace Vaal.Tests.Data;

public sealed class PoolRestrictTests
{
    [Fact]
    public void Restrict_SomeUnlabelled_KeepsTheLabelsAndLeavesThePoolAsItWas()
    {
        using var images = TinyImages.Set(10);
        var pool = new Pool(images, [0, 1, 2, 3, 4, 5, 6]);
        pool.Label(5, 3);
        pool.Label(1, 2);
        var restricted = pool.Restrict([6, 2]);
        Assert.Equal([1, 5], restricted.Labelled);
        Assert.Equal([2, 6], restricted.Unlabelled);
        Assert.Equal([2, 3], restricted.Labelled.Select(restricted.ClassOf));
        restricted.Label(2, 0);
        Assert.Equal([0, 2, 3, 4, 6], pool.Unlabelled);
        Assert.Throws<ArgumentException>(() => restricted.Label(3, 0));
    }

    [Fact]
    public void Restrict_ToALabelledImage_IsRefused()
    {
        using var images = TinyImages.Set(4);
        var pool = TinyImages.Pool(images, 2);
        var e = Assert.Throws<ArgumentException>(() => pool.Restrict([1, 2]));
        Assert.StartsWith("expected images without a label, found image 1", e.Message, StringComparison.Ordinal);
    }
}
