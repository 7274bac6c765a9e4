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

    // the last crosses itself: its two halves run contrary ways, and their sum is 0
    [Theory]
    [InlineData("5 5 5 5 5 5", false)]
    [InlineData("1 1 2 2 3 3", false)]
    [InlineData("0.1 0.1 0.2 0.2 0.3 0.3", false)]
    [InlineData("1 1 2 2 3 3.01", true)]
    [InlineData("0 0 10 10 10 0 0 10", true)]
    public void Polygon_WithoutAnArea_IsRefused(string points, bool fits)
    {
        Point[] ring = [.. points.Split(' ').Chunk(2).Select(p => new Point(Number(p[0]), Number(p[1])))];
        Assert.Equal(fits ? null : "a polygon has no area: all its points lie on one line",
            Geometry.Problem(new Polygon("cat", [ring]), null));
    }

    [Fact]
    public void Mask_WithoutAPixel_IsRefused() =>
        Assert.Equal("a mask has no pixel", Geometry.Problem(new Mask("cat", [6], 3, 2), (3, 2)));

    /// <summary>The triangle crosses the left border at y = 21.5 and 54: a trapezium of (32.5 + 65) / 2 × 20.</summary>
    [Fact]
    public void Clipped_TriangleOverTheEdge_IsWhatLiesInTheImage()
    {
        var clipped = Geometry.Clipped([new(-20, 38), new(20, 5), new(20, 70)], (33, 77));
        Point[] expected = [new(0, 54), new(0, 21.5), new(20, 5), new(20, 70)];
        Assert.Equal(expected, clipped);
        Assert.Equal(975, Shapes.Area(new Polygon("cat", [clipped])));
    }

    // the box around it reaches into the image, and it does not
    [Fact]
    public void Polygon_BesideACornerOfTheImage_IsRefused()
    {
        Point[] ring = [new(-30, 20), new(20, -30), new(-30, -30)];
        Assert.Equal("a polygon lies outside its image of 100×100",
            Geometry.Problem(new Polygon("cat", [ring]), (100, 100)));
    }

    private static double Number(string text) =>
        double.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

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
