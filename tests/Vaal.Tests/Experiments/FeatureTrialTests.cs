using Vaal.Experiments;

namespace Vaal.Tests.Experiments;

/// <summary>Active learning on features that are known.</summary>
public sealed class FeatureTrialTests
{
    private static FeatureTask Task(int n = 200)
    {
        var (values, classes) = MadeFeatures.Of(2 * n, 16, 4, seed: 5);
        return new(values[..(n * 16)], classes[..n], values[(n * 16)..], classes[n..], 16, 4);
    }

    private static TrialOptions Options(string strategy) =>
        new() { Strategy = strategy, Batch = 8, Rounds = 3, Seed = 7 };

    [Theory]
    [InlineData("auto"), InlineData("margin"), InlineData("random")]
    public void Run_OfAStrategy_LabelsABatchARoundAndRepeats(string strategy)
    {
        var points = FeatureTrial.Run(Task(), Options(strategy));
        Assert.Equal([8, 16, 24], points.Select(p => p.Labels));
        Assert.Equal(24, points.SelectMany(p => p.Picks).Distinct().Count());
        Assert.InRange(points[^1].Accuracy, 0.7, 1);
        var again = FeatureTrial.Run(Task(), Options(strategy));
        Assert.Equal(points.SelectMany(p => p.Picks), again.SelectMany(p => p.Picks));
    }

    [Fact]
    public void Run_StrategyThatNeedsClasses_BeginsAsRandomDoes()
    {
        var (margin, random) =
            (FeatureTrial.Run(Task(), Options("margin")), FeatureTrial.Run(Task(), Options("random")));
        Assert.Equal(random[0].Picks, margin[0].Picks);
        Assert.NotEqual(random[1].Picks, margin[1].Picks);
    }

    /// <summary>A head needs two classes: with labels of one, the strategy still begins as random does.</summary>
    [Theory]
    [InlineData(1, true), InlineData(2, false)]
    public void Run_LabelsOfFewerThanTwoClasses_BeginsAsRandomDoes(int classes, bool asRandom)
    {
        var task = Task();
        int[] first = [.. Enumerable.Range(0, task.Count).Where(row => task.Classes[row] < classes).Take(6)];
        Assert.Equal(classes, first.Select(row => task.Classes[row]).Distinct().Count());
        int[] Picks(string strategy) => [.. FeatureTrial.Run(task, Options(strategy) with { First = first })[0].Picks];
        Assert.Equal(asRandom, Picks("margin").SequenceEqual(Picks("random")));
    }

    [Fact]
    public void Run_WithFirstLabels_BeginsWithThem()
    {
        var points = FeatureTrial.Run(Task(), Options("random") with { First = [3, 5] });
        Assert.Equal([10, 18, 26], points.Select(p => p.Labels));
        Assert.DoesNotContain(3, points.SelectMany(p => p.Picks));
    }

    [Fact]
    public void Run_OracleThatErrs_TeachesLess()
    {
        var (right, wrong) = (FeatureTrial.Run(Task(), Options("random")),
            FeatureTrial.Run(Task(), Options("random") with { Noise = 0.6 }));
        Assert.Equal(right[0].Picks, wrong[0].Picks);
        Assert.True(wrong[^1].Accuracy < right[^1].Accuracy - 0.1);
    }

    [Fact]
    public void Run_PoolThatIsUsedUp_Ends()
    {
        var points = FeatureTrial.Run(Task(20).Part(0.5, 1), Options("random"));
        Assert.Equal([8, 10], points.Select(p => p.Labels));
    }

    [Fact]
    public void Rows_NamedTwice_AreThereTwice()
    {
        var task = Task().Rows([4, 4, 9]);
        Assert.Equal(3, task.Count);
        Assert.Equal(task.Pool[..16], task.Pool[16..32]);
        Assert.Equal(task.Classes[0], task.Classes[1]);
    }
}
