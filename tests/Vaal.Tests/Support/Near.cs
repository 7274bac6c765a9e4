using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>Comparisons with a stated tolerance.</summary>
internal static class Near
{
    /// <summary>|actual − expected| ≤ relative · max(1, |expected|).</summary>
    public static void Relative(double expected, double actual, double relative, string what = "")
    {
        var tolerance = relative * Math.Max(1, Math.Abs(expected));
        Assert.True(
            Math.Abs(actual - expected) <= tolerance,
            $"{what}: expected {expected:R}, was {actual:R}, off by {Math.Abs(actual - expected):G3} > {tolerance:G3}");
    }

    /// <summary>max |actual − expected| ≤ tolerance · max(1, largest |expected|).</summary>
    public static void Relative(Tensor expected, Tensor actual, double relative, string what = "")
    {
        using var scope = NewDisposeScope();
        var scale = expected.numel() == 0 ? 1 : Math.Max(1, expected.to(ScalarType.Float64).abs().max().item<double>());
        Absolute(expected, actual, relative * scale, what);
    }

    /// <summary>max |actual − expected| ≤ tolerance, shapes equal.</summary>
    public static void Absolute(Tensor expected, Tensor actual, double tolerance, string what = "")
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.shape, actual.shape);
        if (expected.numel() == 0) return;
        var off = (expected.to(ScalarType.Float64) - actual.detach().to(ScalarType.Float64)).abs().max().item<double>();
        Assert.True(off <= tolerance, $"{what}: off by {off:G3} > {tolerance:G3}");
    }
}
