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

    /// <summary>Of two classes a wrong answer is the other one: with wrong answers alone, everything is.</summary>
    [Fact]
    public void Run_OracleThatAlwaysErrs_TeachesTheOpposite()
    {
        var (values, classes) = MadeFeatures.Of(200, 16, 2, seed: 5, spread: 0.2);
        var task = new FeatureTask(values[..1_600], classes[..100], values[1_600..], classes[100..], 16, 2);
        Assert.InRange(FeatureTrial.Run(task, Options("random"))[^1].Accuracy, 0.95, 1);
        Assert.InRange(FeatureTrial.Run(task, Options("random") with { Noise = 1 })[^1].Accuracy, 0, 0.05);
    }

    /// <summary>Test images of one class only are less the pool's mean, and not less their own.</summary>
    [Fact]
    public void Run_TestImagesOfOneClass_AreSeenAsThePoolsAre()
    {
        var task = Task();
        int[] of = [.. Enumerable.Range(0, 200).Where(row => task.TestClasses[row] == 2)];
        var one = task with
        {
            Test = [.. of.SelectMany(row => task.Test[(row * 16)..((row + 1) * 16)])],
            TestClasses = [.. of.Select(_ => 2)],
        };
        Assert.InRange(FeatureTrial.Run(one, Options("random") with { Rounds = 6 })[^1].Accuracy, 0.9, 1);
    }

    /// <summary>Each round draws by a seed of its own.</summary>
    [Fact]
    public void Run_EachRound_DrawsByItsOwnSeed()
    {
        var points = FeatureTrial.Run(Task(), Options("random"));
        int[] left = [.. Enumerable.Range(0, 200).Except(points[0].Picks)];
        new Random((int)Seeds.Derive(7, "round", 1)).Shuffle(left);
        Assert.Equal(left[..8], points[1].Picks);
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
