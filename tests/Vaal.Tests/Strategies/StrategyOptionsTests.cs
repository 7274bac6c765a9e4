using Vaal.Data.Learning;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Strategies;

/// <summary>
/// Which options that somebody gave <c>vaal next</c> takes: those of networks that the strategy trains, and no other.
/// Over the whole table.
/// </summary>
public sealed class StrategyOptionsTests
{
    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    [Theory, MemberData(nameof(Names)), Trait("Category", "Slow")]
    public void Strategy_OptionsOfNetworks_AreRefusedExactlyWhereNoneIsTrained(string name)
    {
        using var images = TinyImages.Set(24);
        var pool = TinyImages.Pool(images, 8);
        var (features, _) = MadeFeatures.Of(24, 6, 4, seed: 1);
        foreach (var encoder in new[] { true, false })
        {
            var task = false;
            using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4)
            {
                Report = e => task |= e.Phase == "training task model",
            };
            var strategy = QueryStrategies.Create(name);
            DiverseBatch.Select(strategy, new Query
            {
                Pool = pool,
                Budget = 3,
                Seed = 1,
                Networks = networks,
                Features = encoder ? new FeatureSource(features, 6) : FeatureSource.Latent,
            }, candidates: 5);
            // that one trains its own on features
            var pair = networks.TrainedLatent is not null || name == "vaal-features";
            Assert.Equal((!pair, !task, !pair && !task, !strategy.JudgesAlone),
                (Refuses("--iterations"), Refuses("--task-epochs"), Refuses("--no-flip"), Refuses("--candidates")));
            Assert.Equal(!task, Refuses("--task-min-iterations"));

            bool Refuses(string option) =>
                new NextOptions { Strategy = name }.Unheeded(name, encoder, given: [option]) is not null;
        }
    }

    [Fact]
    public void Problems_OptionsThatAreNull_AreNamed()
    {
        Assert.Equal(["expected a value of Vaal, found null"], new LoopOptions { Vaal = null! }.Problems());
        Assert.Equal(
            [
                "expected a value of Features, found null", "expected a value of WithoutClasses, found null",
                "expected a value of Task, found null",
            ],
            new LoopOptions { Features = null!, WithoutClasses = null!, Task = null! }.Problems());
        Assert.Equal(["expected a value of Strategy, found null", "expected a value of Vaal, found null"],
            new NextOptions { Strategy = null!, Vaal = null! }.Problems());
        Assert.Equal(["expected a value of Model, found null"],
            new LoopOptions { Task = new() { Model = null! } }.Problems());
        Assert.Throws<ArgumentNullException>(() => new BatchChooser(null!));
        Assert.Throws<ArgumentNullException>(() => new TaskLearner(null!));
    }

    [Theory]
    [InlineData("linear"), InlineData("mlp"), InlineData("transductive")]
    public void TaskLearner_ModelOnFeatures_SaysWhoTrainsIt(string model)
    {
        ILearner learner = new TaskLearner(TaskOptions.For(model));
        Assert.Equal([$"expected a network as task model, found {model}, a head on features; train it with a "
            + "LinearLearner"], learner.Problems());
    }

    /// <summary>The same command is given round after round.</summary>
    [Fact]
    public void Unheeded_OptionsOfAnotherRound_AreTaken()
    {
        string[] given = ["--iterations", "--task-epochs"];
        var auto = new NextOptions();
        Assert.Null(auto.Unheeded("typiclust", encoder: false, given: given));
        Assert.Null(auto.Unheeded("badge", encoder: false, given: given));
        Assert.Equal("expected a strategy that trains a VAE and a discriminator with --iterations, found coverage; "
            + "leave out --iterations, or add --strategy vaal", auto.Unheeded("coverage", encoder: true, given: given));
        var entropy = new NextOptions { Strategy = "entropy" };
        Assert.Null(entropy.Unheeded("entropy", encoder: false, cold: true, given: given));
        Assert.NotNull(entropy.Unheeded("entropy", encoder: false, given: given));
    }
}
