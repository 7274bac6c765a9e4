using Vaal.Workspaces;

namespace Vaal.Web.Tests;

/// <summary>The flag of an odd size, among nine pictures of 100×100 pixels.</summary>
public sealed class OddityTests
{
    // the median has 10,000 pixels and is as wide as high: odd is above 80,000 or below 1,250 pixels, or an aspect
    // above 2 or below 1/2
    [Theory]
    [InlineData(283, 283, true)]                                                      // 80,089 pixels
    [InlineData(282, 282, false)]                                                     // 79,524
    [InlineData(35, 35, true)]                                                        // 1,225
    [InlineData(36, 36, false)]                                                       // 1,296
    [InlineData(201, 100, true)]
    [InlineData(200, 100, false)]
    [InlineData(100, 201, true)]
    [InlineData(100, 200, false)]
    [InlineData(0, 0, false)]                                                         // not known
    public void OddSize_BySizeAndByAspect_EachAlone(int width, int height, bool odd)
    {
        static ImageRow Row(int id, int width, int height) =>
            new(id, $"{id}.png", 1, 1, width, height, ImageState.Ok, null, null, null, false);
        ImageRow[] rows = [.. Enumerable.Range(1, 9).Select(id => Row(id, 100, 100)), Row(10, width, height)];
        var bits = Oddity.Of(rows, new Dictionary<int, PictureQuality>());
        Assert.All(bits[..9], b => Assert.Equal(0, b));
        Assert.Equal(odd ? Oddity.OddSize : 0, bits[9]);
        Assert.Equal(odd ? ["odd-size"] : [], Oddity.Names(bits[9]));
    }
}
