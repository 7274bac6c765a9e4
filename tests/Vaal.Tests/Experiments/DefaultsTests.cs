using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Heads;
using Vaal.Strategies;
using Vaal.Training;
using Vaal.Workspaces;

namespace Vaal.Tests.Experiments;

/// <summary>
/// The defaults are those under which the published results were measured, and the presets those of the pages. Another
/// default would change what a command of an earlier version does.
/// </summary>
public sealed class DefaultsTests
{
    /// <summary>The bench whose rows are in docs/results has every default of version 0.1.0 written out. What its
    /// configuration set is left out of the comparison.</summary>
    [Fact]
    public void Options_LeftAsTheyAre_AreThoseOfTheCommittedBench()
    {
        string[] set = ["initial", "budget", "rounds", "vaal.iterations"];
        var file = Path.Combine(Repository.Root, "docs", "results", "fashion-mnist-again", "bench.json");
        var then = JsonNode.Parse(File.ReadAllText(file))!["pools"]!["pool"]!["options"]!.AsObject();
        var now = JsonSerializer.SerializeToNode(new LoopOptions(), Json.Options)!.AsObject();
        Assert.DoesNotContain(Differences(then, now, ""), d => !set.Contains(d.Split(' ')[0]));

        static IEnumerable<string> Differences(JsonObject then, JsonObject now, string above) =>
            then.SelectMany(p => p.Value is JsonObject of
                ? Differences(of, now[p.Key]!.AsObject(), $"{above}{p.Key}.")
                : Text(p.Value) == Text(now[p.Key]) ? Array.Empty<string>()
                    : [$"{above}{p.Key} was {Text(p.Value)}, is {Text(now[p.Key])}"]);

        static string Text(JsonNode? value) => value?.ToJsonString() ?? "null";
    }

    /// <summary>The table of docs/strategies/vaal.md; <c>official</c> has the numbers of the authors' code.</summary>
    [Fact]
    public void Presets_OfVaal_AreThoseOfThePage()
    {
        Same(VaalOptions.Balanced, new VaalOptions());
        Assert.Equal((16, 64, 600, 0.1),
            (VaalOptions.Balanced.Width, VaalOptions.Balanced.BatchSize, VaalOptions.Balanced.Iterations,
                VaalOptions.Balanced.HoldOut));
        Assert.Equal((1, 1), (VaalOptions.Balanced.VaeSteps, VaalOptions.Balanced.DiscriminatorSteps));
        var official = VaalOptions.Official;
        Assert.Equal((128, 32, 128, 100, null, 0),
            (official.Width, official.LatentDim, official.BatchSize, official.Epochs, official.Iterations,
                official.HoldOut));
        Assert.Equal((2, 1, 1.0, 1.0, 1.0, 5e-4, 5e-4),
            (official.VaeSteps, official.DiscriminatorSteps, official.Beta, official.Lambda1, official.Lambda2,
                official.VaeLearningRate, official.DiscriminatorLearningRate));
        Assert.Equal((ElboScale.Released, DiscriminatorInput.Train, RankingMode.Train, false, true),
            (official.Scale, official.DiscriminatorInput, official.Ranking, official.JointForward, official.Flip));
        // docs/segmentation.md
        Same(new VaalOptions(official) { LatentDim = 128, Lambda2 = 25, BatchSize = 8 },
            VaalOptions.ByPreset["segmentation"]);
    }

    [Fact]
    public void Presets_OfTheTaskModel_AreThoseOfTheReleasedCodeAndTheDrnsAuthors()
    {
        var vgg = TaskOptions.Official;
        Assert.Equal(("vgg16", 100, 50_000, 128), (vgg.Model, vgg.Epochs, vgg.ImagesPerEpoch, vgg.BatchSize));
        Assert.Equal((0.01, 0.9, 5e-4, false), (vgg.LearningRate, vgg.Momentum, vgg.WeightDecay, vgg.Nesterov));
        Assert.Equal((Schedule.QuarterSteps, true, 0, false),
            (vgg.Schedule, vgg.Flip, vgg.Shift, vgg.FrozenBatchNorm));
        var drn = TaskOptions.For("drn");
        Assert.Equal((8, 0.01, 0.9, 1e-4, Schedule.Poly),
            (drn.BatchSize, drn.LearningRate, drn.Momentum, drn.WeightDecay, drn.Schedule));
        // docs/segmentation.md: a shift mirrors image and mask
        Assert.Equal((16, Border.Reflect), (TaskOptions.SmallSeg.Shift, TaskOptions.SmallSeg.Border));
    }

    /// <summary>5% of the images a round after 10%, and at most the paper's 2,500 and 5,000 (section 4.1).</summary>
    [Theory]
    [InlineData(50_000, 5_000, 2_500), InlineData(1_000_000, 5_000, 2_500), InlineData(2_000, 200, 100)]
    [InlineData(15, 2, 1)]
    public void ForPool_AnyPool_HasThePapersShares(int images, int initial, int budget)
    {
        var options = LoopOptions.ForPool(images);
        Assert.Equal((initial, budget, 7), (options.Initial, options.Budget, options.Rounds));
    }

    /// <summary>docs/workspace.md, and the heads of every result since.</summary>
    [Fact]
    public void Options_OfNextAndOfTheHeads_AreThoseThatWereMeasured()
    {
        var next = new NextOptions();
        Assert.Equal((null, "auto", 5, true, true, false, null),
            (next.Budget, next.Strategy, next.Candidates, next.Diverse, next.UseFeatures, next.Thorough,
                next.Minutes));
        Assert.Equal((VaalOptions.Balanced, TaskOptions.Default, 1), (next.Vaal, next.Task, next.Seed));
        var linear = new LinearHeadOptions();
        Assert.Equal((30, false, false, 1e-4), (linear.C, linear.Balanced, linear.MultiLabel, linear.Tolerance));
        var mlp = new MlpHeadOptions();
        Assert.Equal((256, 400, 128, 3e-3, 0.01),
            (mlp.Hidden, mlp.Iterations, mlp.BatchSize, mlp.LearningRate, mlp.WeightDecay));
    }

    /// <summary>A user's program makes options by the constructors that take values.</summary>
    [Fact]
    public void Options_MadeByAConstructor_HaveTheSameDefaults()
    {
        Same(VaalOptions.Balanced, new VaalOptions(preset: "balanced"));
        Same(VaalOptions.Official, new VaalOptions("official"));
        Same(new VaalOptions(VaalOptions.Official) { Epochs = 3 }, new VaalOptions("official", epochs: 3));
        // passes over the pool take the place of the preset's iterations
        Same(new VaalOptions(VaalOptions.Balanced) { Epochs = 3, Iterations = null },
            new VaalOptions(epochs: 3));
        Same(TaskOptions.Default, new TaskOptions(model: "small-cnn"));
        Same(TaskOptions.Drn, new TaskOptions("drn"));
        Same(TaskOptions.Official, new TaskOptions("vgg16", "official"));
        Same(new LoopOptions(), new LoopOptions(strategy: "vaal"));
        Same(new LoopOptions { Draw = InitialDraw.Uniform }, new LoopOptions(stratified: false));
        Same(new VaalOptions { BatchDraw = BatchDraw.Odds }, new VaalOptions(byOdds: true));
        Same(LoopOptions.ForPool(2_000), new LoopOptions(pool: 2_000));
        Same(new LoopOptions(LoopOptions.ForPool(2_000)) { Budget = 7 }, new LoopOptions(budget: 7, pool: 2_000));
        Same(new NextOptions(), new NextOptions(strategy: "auto"));
        Assert.Equal(Values(new LoadOptions()), Values(new LoadOptions(size: 64)));
        Assert.Equal(Values(new LoadOptions { Frame = (240, 180) }), Values(new LoadOptions(frame: "240x180")));
    }

    [Fact]
    public void Options_OfAnUnknownPreset_NameThoseThatThereAre()
    {
        Assert.Equal("no preset 'best'; there are: balanced, official, segmentation",
            Assert.Throws<InputException>(() => new VaalOptions("best")).Message);
        Assert.Equal("no task preset 'best'; there are: default, official",
            Assert.Throws<InputException>(() => new TaskOptions(preset: "best")).Message);
    }

    /// <summary>The numbers that docs/results/health.md, docs/bench.md and docs/workspace.md name.</summary>
    [Fact]
    public void Thresholds_OfTheVerdictAndOfStatistics_AreThoseOfThePages()
    {
        Assert.Equal((0.5, 0.56, 0.003, 0.2),
            (HealthVerdict.Chance, HealthVerdict.WorthHaving, HealthVerdict.Unlikely, HealthVerdict.NothingAtTheTop));
        Assert.Equal((1, 0.2, 20, 50), (HealthVerdict.CollapsedKl, HealthVerdict.SeedsDisagree,
            HealthVerdict.EnoughHeldOut, FairSample.Enough));
        Assert.Equal((0.05, 20, 4, 0.005),
            (BenchSummary.Level, PairedTests.ExactPairs, LabelsWorth.Lately, LabelsWorth.HardlyWorth));
        Assert.Equal((5, 5, 5, 1.4),
            (LinearHead.Folds, ConfidentLearning.LeastLabels, CrossFitted.Folds, CrossFitted.Widening));
    }

    /// <summary>The numbers of the strategies' pages.</summary>
    [Fact]
    public void Constants_OfStrategies_AreThoseOfTheirPages()
    {
        Assert.Equal((5, 20, 100), (CommitteeStrategy.Members, DropoutStrategy.Passes, BatchBaldStrategy.Passes));
        Assert.Equal((65_536, 1_000), (CoveringStrategy.MostCandidates, DiverseBatch.MostCandidates));
    }
    /// <summary>Bytes of a run.json and of a round of version 0.1.0: a run or a choice that was begun goes on only with
    /// the same names in the same order.</summary>
    [Fact]
    public void Options_InFiles_KeepTheirNamesAndOrder()
    {
        const string Vaal = """
            {"width":16,"size":null,"latentDim":32,"scale":"summed","beta":1,"lambda1":1,"lambda2":1,
            "jointForward":true,"vaeSteps":1,"discriminatorSteps":1,"discriminatorInput":"eval",
            "vaeLearningRate":0.0005,"discriminatorLearningRate":0.0005,"batchSize":64,"epochs":10,"iterations":600,
            "flip":true,"ranking":"eval","miniQueries":1,"batchDraw":"lowest","precision":"auto","holdOut":0.1}
            """;
        const string Task = """
            {"model":"small-cnn","epochs":10,"imagesPerEpoch":null,"minIterations":200,"batchSize":32,
            "learningRate":0.1,"momentum":0.9,"nesterov":true,"weightDecay":0.0005,"schedule":"oneCycle","flip":true,
            "shift":4,"crop":null,"border":"reflect","labelSmoothing":0,"frozenBatchNorm":false}
            """;
        const string Run = """
            {"strategy":"random","features":"x.npy","initial":20,"draw":"stratified","withoutClasses":[],"budget":10,
            "costsFrom":null,"budgetCost":null,"perCost":false,"candidates":null,"rounds":1,"noise":0,
            "noiseWithinSuperClass":false,"labelsFrom":null,"labelsColumn":"label","seed":1,
            """;
        const string Next = """
            {"budget":10,"strategy":"coverage","useFeatures":true,"diverse":true,"candidates":5,"seed":1,
            "minutes":null,"thorough":false,"pixelReduction":"mean","topPixels":0.05,"regions":null,
            """;
        Assert.Equal(
            (Run + $"\"vaal\":{Vaal},\"task\":{Task},\"pixelReduction\":\"mean\",\"topPixels\":0.05,"
                + "\"numbersImages\":\"x.npy\"}").Replace("\n", ""),
            AsJson.Of(new LoopOptions("random", "x.npy", 20, 10, rounds: 1)));
        Assert.Equal((Next + $"\"vaal\":{Vaal},\"task\":{Task}}}").Replace("\n", ""),
            AsJson.Of(new NextOptions(10, "coverage")));
    }

    /// <summary>Every problem at once, as the command line prints them.</summary>
    [Fact]
    public void Options_MadeWithWrongValues_AreRefused()
    {
        Assert.Equal("budget is 0; it must be at least 1; batch size is 1; it must be 2..65536",
            Assert.Throws<InputException>(() => new LoopOptions(budget: 0, vaal: new(batchSize: 1))).Message);
        Assert.Equal("image size is 50; it must be 32, 64, 128 or 256; "
            + "near-duplicates is -1 bits; it must be between 0 and 11",
            Assert.Throws<InputException>(() => new IndexOptions(size: 50, nearDuplicates: -1)).Message);
    }

    /// <summary>A new option is copied too, whatever it is.</summary>
    [Fact]
    public void Options_Copied_HaveEveryValue()
    {
        Assert.All<(object Of, object Copy)>(
        [
            (VaalOptions.Official, new VaalOptions(VaalOptions.Official)),
            (TaskOptions.Drn, new TaskOptions(TaskOptions.Drn)),
            (LoopOptions.ForPool(2_000), new LoopOptions(LoopOptions.ForPool(2_000))),
            (new NextOptions { Minutes = 3 }, new NextOptions(new NextOptions { Minutes = 3 })),
            (new LoadOptions { Frame = (240, 180) }, new LoadOptions(new LoadOptions { Frame = (240, 180) })),
        ], pair => Assert.Equal(Values(pair.Of), Values(pair.Copy)));
        Assert.Equal(128, new VaalOptions(VaalOptions.Official) { Epochs = 3 }.Width);
    }

    private static void Same<T>(T expected, T found) => Assert.Equal(AsJson.Of(expected), AsJson.Of(found));

    private static string[] Values(object options) => [.. options.GetType()
        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Select(p => $"{p.Name} {p.GetValue(options)}")];
}
