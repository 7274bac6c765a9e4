namespace Vaal.Tests.Core;

public sealed class SignedPointsTests
{
    [Theory]
    [InlineData(0.0123, "+1.2"), InlineData(-0.0034, "−0.3"), InlineData(0, "0.0"), InlineData(0.0004, "0.0")]
    [InlineData(-0.0004, "0.0"), InlineData(-0.0006, "−0.1"), InlineData(1, "+100.0")]
    public void Of_Difference_HasASignUnlessItRoundsToNothing(double difference, string words) =>
        Assert.Equal(words, SignedPoints.Of(difference));

    [Fact]
    public void Of_Interval_NamesItsEnds() =>
        Assert.Equal("0.0 (−2.1 to +2.0)", SignedPoints.Of(new Interval(-0.0003, -0.021, 0.02)));
}
