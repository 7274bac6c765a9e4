using Vaal.Experiments;

namespace Vaal.Tests.Cli;

/// <summary>What <c>bench</c> and <c>compare</c> print.</summary>
public sealed class BenchOutputTests
{
    [Fact]
    public void Points_BelowZero_HaveAMinus() =>
        Assert.Equal("−1.2 (−2.0 to 0.0)", BenchSummary.Points(new(-0.012, -0.02, 0.0001)));

    /// <summary>A mistake of the user has one line, and comes again.</summary>
    [Theory]
    [InlineData("mend what this names, then run the same command again", "initial is 60; it must be less than 60")]
    [InlineData("run the same command to try again", "System.IO.IOException: no space\n   at Vaal.A.B()")]
    [InlineData("run the same command to try again", "initial is 60", "System.IO.IOException: x\n   at Vaal.A.B()")]
    public void Advice_OfFailures_IsToTryAgainOnlyWhereThatMayHelp(string advice, params string[] errors) =>
        Assert.Equal(advice, BenchSummary.Advice([.. errors.Select(e => new BenchFailure("pool", "random", 1, e))]));
}
