using Vaal.Cli.Commands;
using Vaal.Experiments;

namespace Vaal.Tests.Cli;

/// <summary>What <c>bench</c> and <c>compare</c> print.</summary>
public sealed class BenchOutputTests
{
    /// <summary>The share next below 0.0525 makes 5.2499999999999996 points or so.</summary>
    [Theory]
    [InlineData(0.0525), InlineData(-0.0525), InlineData(0.0004), InlineData(-0.0006), InlineData(-0.05)]
    public void Points_OfADifference_AreThoseOfTheReport(double share)
    {
        foreach (var estimate in new[] { Math.BitDecrement(share), share, Math.BitIncrement(share) })
        {
            Interval d = new(estimate, estimate - 0.0525, estimate + 0.0525);
            Assert.Equal(SignedPoints.Of(d), BenchOutput.Points(d));
        }
    }

    [Fact]
    public void Points_BelowZero_HaveTheMinusOfTheReport() =>
        Assert.Equal("−1.2 (−2.0 to 0.0)", BenchOutput.Points(new(-0.012, -0.02, 0.0001)));

    /// <summary>A mistake of the user has one line, and comes again.</summary>
    [Theory]
    [InlineData("mend what this names, then run the same command again", "initial is 60; it must be less than 60")]
    [InlineData("run the same command to try again", "System.IO.IOException: no space\n   at Vaal.A.B()")]
    [InlineData("run the same command to try again", "initial is 60", "System.IO.IOException: x\n   at Vaal.A.B()")]
    public void Advice_OfFailures_IsToTryAgainOnlyWhereThatMayHelp(string advice, params string[] errors) =>
        Assert.Equal(advice, BenchOutput.Advice([.. errors.Select(e => new BenchFailure("pool", "random", 1, e))]));
}
