using Vaal.Data.Labels;

namespace Vaal.Tests.Labels;

/// <summary>How far shapes may reach out of their image.</summary>
public sealed class GeometryTests
{
    // 5% of a side, and at least one pixel
    [Theory]
    [InlineData(100, 200, -5, -10, 110, 220, true)]
    [InlineData(100, 200, -6, 0, 50, 50, false)]
    [InlineData(100, 200, 0, -11, 50, 50, false)]
    [InlineData(100, 200, 56, 0, 50, 50, false)]
    [InlineData(100, 200, 0, 161, 50, 50, false)]
    [InlineData(10, 10, -1, -1, 12, 12, true)]
    [InlineData(10, 10, -1.5, 0, 5, 5, false)]
    [InlineData(100, 200, 10, 10, 0, 5, false)]
    [InlineData(100, 200, 10, 10, 5, -1, false)]
    public void Box_OverTheEdge_MayReachALittle(
        int width, int height, double x, double y, double w, double h, bool fits) =>
        Assert.Equal(fits, Geometry.Problem(new Box("cat", x, y, w, h), (width, height)) is null);

    [Fact]
    public void Mask_OfAnotherSizeThanItsImage_IsRefused()
    {
        var mask = new Mask("cat", [0, 6], 3, 2);
        Assert.Null(Geometry.Problem(mask, (3, 2)));
        Assert.Null(Geometry.Problem(mask, null));
        Assert.Equal("a mask is 3×2, and its image 2×3", Geometry.Problem(mask, (2, 3)));
    }

    // a turned rectangle may reach out by the image's own size, and must lie in it somewhere
    [Theory]
    [InlineData(-100, 0, true)]
    [InlineData(-101, 0, false)]
    [InlineData(-120, -110, false)]
    [InlineData(100, 0, false)]
    public void Polygon_OverTheEdge_MustLieInTheImageSomewhere(double left, double top, bool fits)
    {
        var polygon = new Polygon("cat", [[new(left, top), new(left + 110, top), new(left, top + 110)]]);
        Assert.Equal(fits, Geometry.Problem(polygon, (100, 100)) is null);
    }
}
