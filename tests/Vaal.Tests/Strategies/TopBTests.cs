using CsCheck;
using Vaal.Scoring;

namespace Vaal.Tests.Strategies;

public sealed class TopBTests
{
    private static readonly Gen<(int[] Ids, float[] Scores, int Budget)> Case =
        from ids in Gen.Int[0, 1_000].ArrayUnique[0, 60]
        from scores in Gen.OneOf(
            Gen.Int[-2, 2].Select(i => (float)i), Gen.Single[-1, 1], Gen.Int[0, 2]
            .Select(i => new[] { float.PositiveInfinity, float.NegativeInfinity, -0f }[i])).Array[ids.Length]
        from budget in Gen.Int[0, 70]
        select (ids, scores, budget);

    [Fact]
    public void Highest_AnyScores_EqualsSortingAndTakingTheFirst() => Case.Sample(c =>
    {
        var expected = c.Ids.Zip(c.Scores).OrderByDescending(p => p.Second).ThenBy(p => p.First)
            .Take(c.Budget).ToList();
        var chosen = TopB.Highest(c.Ids, c.Scores, c.Budget);
        Assert.Equal(expected.Select(p => p.First), chosen.Ids);
        Assert.Equal(expected.Select(p => p.Second), chosen.Scores);
    });

    [Fact]
    public void Highest_EqualScores_PrefersTheLowerId() =>
        Assert.Equal([9, 2, 5], TopB.Highest([7, 9, 5, 2], [1, 3, 1, 1], 3).Ids);

    [Fact]
    public void Highest_BudgetOfNothing_ChoosesNothing() => Assert.Empty(TopB.Highest([1, 2], [1, 2], 0).Ids);

    [Fact]
    public void Highest_BudgetAboveTheNumber_GivesAllBestFirst() =>
        Assert.Equal([2, 1], TopB.Highest([1, 2], [1, 2], 3).Ids);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Highest_NaN_IsRefusedAndNamed(int budget)
    {
        var e = Assert.Throws<ArgumentException>(() => TopB.Highest([7, 8], [1, float.NaN], budget));
        Assert.Equal("the score of image 8 is not a number", e.Message);
    }

    [Fact]
    public void Highest_UnequalLengths_AreRefused() =>
        Assert.Throws<ArgumentException>(() => TopB.Highest([7], [1, 2], 1));
}
