using Vaal.Data;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Strategies;

/// <summary>What the table of strategies says of each, for help texts and pages.</summary>
public sealed class StrategyTableTests
{
    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    [Fact]
    public void Create_UnknownName_ListsThoseThereAre()
    {
        var e = Assert.Throws<InputException>(() => QueryStrategies.Create("bald?"));
        Assert.Equal($"no query strategy 'bald?'; there are: {string.Join(", ", QueryStrategies.Names)}", e.Message);
        Assert.EndsWith("; did you mean 'badge'?",
            Assert.Throws<InputException>(() => QueryStrategies.Create("bagde")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_UnknownName_IsRefusedAsByCreate() => Assert.Equal(
        Assert.Throws<InputException>(() => QueryStrategies.Create("nope")).Message,
        Assert.Throws<InputException>(() => QueryStrategies.Describe("nope")).Message);

    [Fact]
    public void Describe_EveryName_IsOneLine() =>
        Assert.All(QueryStrategies.Names, name => Assert.DoesNotContain('\n', QueryStrategies.Describe(name)));

    /// <summary>Coverage needs no class; what weighs by a head or a network needs two.</summary>
    [Theory]
    [InlineData(true, 0, "coverage"), InlineData(true, 1, "coverage"), InlineData(true, 2, "uncertainty-coverage")]
    [InlineData(false, 0, "typiclust"), InlineData(false, 1, "typiclust"), InlineData(false, 2, "badge")]
    public void Default_FeaturesAndLabelledClasses_Decide(bool features, int classes, string strategy) =>
        Assert.Equal(strategy, new NextOptions().StrategyFor(LearningTask.For(LabelForm.Class), features, classes));

    [Theory, MemberData(nameof(Names))]
    public void Strategy_HasAPageThatBeginsWithItsName(string name)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "strategies", $"{name}.md"));
        Assert.StartsWith($"# {name}\n", page, StringComparison.Ordinal);
    }
}
