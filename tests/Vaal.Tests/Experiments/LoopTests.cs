using System.Text.Json;
using TorchSharp;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Models;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Tests.Experiments;

/// <summary>Algorithm 2 on 40 small pictures.</summary>
[Trait("Category", "Slow")]
public sealed partial class LoopTests : IDisposable
{
    private static readonly LoopOptions Tiny = new(TinyLoop.Options) { Rounds = 4 };
    private readonly DataSet _data = TinyImages.Data(40);
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    private IReadOnlyList<RoundResult> Run(LoopOptions options) => new ActiveLearningLoop(options, _data).Run();

    private RunFolder Open(LoopOptions options) =>
        RunFolder.Open(Path.Combine(_folder.Path, "run"), options, _data.Name, _data.Fingerprint);

    [Theory]
    [InlineData("vaal")]
    [InlineData("entropy")]
    public void Run_Candidates_BatchIsThinnedOutOfTheBest(string strategy)
    {
        int[] Picks(LoopOptions options) => [.. Run(new(options) { Strategy = strategy, Rounds = 2 })[0].Picks];
        var (best6, best24, thinned) =
            (Picks(Tiny), Picks(new(Tiny) { Budget = 24 }), Picks(new(Tiny) { Candidates = 4 }));
        Assert.Equal(best6, Picks(new(Tiny) { Candidates = 1 }));
        Assert.Equal(best6, best24[..6]);
        Assert.Equal(6, thinned.Distinct().Count());
        Assert.Subset(best24.ToHashSet(), thinned.ToHashSet());
        Assert.NotEqual(best6.Order(), thinned.Order());
    }

    [Fact]
    public void Run_CandidatesOfAStrategyThatMakesABatch_ChangeNothing() =>
        Assert.Equal(
            Run(new(Tiny) { Strategy = "core-set" }).Select(r => string.Join(' ', r.Picks)),
            Run(new(Tiny) { Strategy = "core-set", Candidates = 4 }).Select(r => string.Join(' ', r.Picks)));

    /// <summary>A batch in slices, or drawn by odds, is made as it is meant.</summary>
    [Theory]
    [InlineData(3, false), InlineData(1, true)]
    public void Run_CandidatesOfABatchInSlicesOrByOdds_ChangeNothing(int slices, bool odds)
    {
        var vaal = new LoopOptions(Tiny)
        {
            Strategy = "vaal",
            Rounds = 2,
            Vaal = new(Tiny.Vaal) { MiniQueries = slices, BatchDraw = odds ? BatchDraw.Odds : BatchDraw.Lowest },
        };
        Assert.Equal(Run(vaal)[0].Picks, Run(new(vaal) { Candidates = 4 })[0].Picks);
    }

    [Theory]
    [InlineData(0, false, "candidates are 0 times the budget; it must be 1 to 1000 times")]
    [InlineData(1_001, false, "candidates are 1001 times the budget")]
    [InlineData(5, true, "candidates need a budget in images, and the budget is a cost")]
    public void Options_CandidatesThatCannotBe_AreRefused(int candidates, bool costs, string problem) =>
        Assert.StartsWith(
            problem, Assert.Single(
                new LoopOptions(Tiny)
                {
                    Candidates = candidates,
                    CostsFrom = costs ? "costs.csv" : null,
                    BudgetCost = costs ? 5 : null,
                }.Problems()), StringComparison.Ordinal);

    [Theory, MemberData(nameof(TinyLoop.Strategies), MemberType = typeof(TinyLoop))]
    public void Run_EachRound_LabelsABudgetMoreAndNoImageTwice(string strategy)
    {
        var (rounds, pool) = TinyLoop.Of(strategy);
        Assert.Equal([0, 1, 2], rounds.Select(r => r.Round));
        Assert.Equal([12, 18, 24], rounds.Select(r => r.Labelled));
        Assert.Equal([6, 6, 0], rounds.Select(r => r.Picks.Count));
        int[] picks = [.. rounds.SelectMany(r => r.Picks)];
        Assert.Equal(12, picks.Distinct().Count());
        var initial = InitialPool.Draw(_data.Pool, 12, InitialDraw.Stratified, Tiny.Seed);
        Assert.Equal(initial.Concat(picks).Order(), pool.Labelled);
        Assert.Equal(16, pool.Unlabelled.Count);
        Assert.All(pool.Labelled, id => Assert.Equal(_data.Pool.Classes[id], pool.ClassOf(id)));
        Assert.All(rounds, r => Assert.InRange(r.Accuracy, 0, 1));
    }

    [Theory, MemberData(nameof(TinyLoop.Strategies), MemberType = typeof(TinyLoop))]
    public void Run_BudgetLargerThanWhatIsLeft_TakesItAndEnds(string strategy)
    {
        var rounds = Run(new(Tiny) { Strategy = strategy, Budget = 30 });
        Assert.Equal([28, 0], rounds.Select(r => r.Picks.Count));
        Assert.Equal([12, 40], rounds.Select(r => r.Labelled));
    }

    [Theory, MemberData(nameof(TinyLoop.Strategies), MemberType = typeof(TinyLoop))]
    public void Run_SameSeed_IsTheSame(string strategy) =>
        AssertSame(TinyLoop.Of(strategy).Rounds, Run(new(TinyLoop.Options) { Strategy = strategy }));

    [Fact]
    public void Run_OtherSeed_BeginsWithOtherImages()
    {
        var options = new LoopOptions(Tiny) { Strategy = "random", Rounds = 1 };
        Assert.NotEqual(First(options), First(new(options) { Seed = 2 }));

        int[] First(LoopOptions o)
        {
            var loop = new ActiveLearningLoop(o, _data);
            loop.Run();
            return [.. loop.Pool.Labelled.Order()];
        }
    }

    [Fact]
    public void Run_FirstRound_IsTheSameForEveryStrategy()
    {
        var first = QueryStrategies.Names.Select(name => Run(new(Tiny) { Strategy = name, Rounds = 1 })[0]).ToList();
        Assert.All(first, r => Assert.Equal((first[0].Labelled, first[0].Accuracy), (r.Labelled, r.Accuracy)));
    }

    [Fact]
    public void Loop_ImagesSetApart_RefusesAFileThatNumbersThem()
    {
        using var whole = TinyImages.Data(40);
        using var split = whole.With(whole.Pool, null, []).WithTest(1);
        var options =
            new LoopOptions(Tiny)
            {
                LabelsFrom = _folder.Write(
                "labels.csv", "index,label\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"{i},0\n")))
            };
        Assert.Contains(
            "numbers the images of the unchanged pool",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(options, split)).Message,
            StringComparison.Ordinal);
        _ = new ActiveLearningLoop(options, _data);
    }

    [Fact]
    public void Loop_TooFewImagesOfTheOtherClasses_SaysHowManyThereAre() =>
        Assert.Contains(
            $"only {_data.Pool.Classes.Count(c => c == 0)} images of",
            Assert.Throws<InputException>(
                () => new ActiveLearningLoop(
                    new(Tiny) { WithoutClasses = [.. Enumerable.Range(1, _data.ClassNames.Count - 1)] }, _data))
                    .Message, StringComparison.Ordinal);

    [Fact]
    public void Run_NoisyOracle_LabelsAsItAnswers()
    {
        var loop = new ActiveLearningLoop(new(Tiny) { Strategy = "random", Rounds = 2, Noise = 1 }, _data);
        loop.Run();
        Assert.All(loop.Pool.Labelled, id => Assert.NotEqual(_data.Pool.Classes[id], loop.Pool.ClassOf(id)));
    }

    [Fact]
    public void Run_LabelsOfPeople_LabelsAsTheyDid()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write(
            "labels.csv", "index,ann\n" +
            string.Concat(Enumerable.Range(0, _data.Pool.Count).Select(i => $"{i},{i / 2 % 4}\n")));
        var loop = new ActiveLearningLoop(
            new(Tiny) { Strategy = "random", Rounds = 2, LabelsFrom = file, LabelsColumn = "ann" }, _data);
        loop.Run();
        Assert.All(loop.Pool.Labelled, id => Assert.Equal(id / 2 % 4, loop.Pool.ClassOf(id)));
    }

    [Fact]
    public void Run_NoiseWithinSuperClasses_StaysThereAndNeedsThem()
    {
        var options =
            new LoopOptions(Tiny) { Strategy = "random", Rounds = 1, Noise = 1, NoiseWithinSuperClass = true };
        Assert.Contains(
            "has no super-classes", Assert.Throws<InputException>(() => new ActiveLearningLoop(options, _data).Run())
            .Message, StringComparison.Ordinal);
        var loop = new ActiveLearningLoop(
            options, new DataSet(_data.Name, _data.Pool, _data.Test, _data.ClassNames, _data.Notes,
            _data.Fingerprint)
            { SuperClasses = [7, 7, 8, 8] });
        loop.Run();
        Assert.All(loop.Pool.Labelled, id => Assert.Equal(_data.Pool.Classes[id] ^ 1, loop.Pool.ClassOf(id)));
    }

    [Fact]
    public void Run_Afterwards_LeavesNoTensor()
    {
        Run(new(Tiny) { Rounds = 2 });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Run(new(Tiny) { Rounds = 2 });
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Run_WithSaveModels_KeepsTheNetworksOfEveryRound()
    {
        using var folder = Open(new(Tiny) { Rounds = 2 });
        folder.SaveModels = true;
        new ActiveLearningLoop(new(Tiny) { Rounds = 2 }, _data, folder).Run();
        using var scope = torch.NewDisposeScope();
        var saved = Safetensors.Load(Path.Combine(folder.Models(0), "vaal.safetensors"));
        Assert.Equal([16, 1, 4, 4], saved["vae.encoder.0.weight"].shape);
        Assert.Contains("disc.net.4.bias", saved.Keys);
        Assert.True(File.Exists(Path.Combine(folder.Models(1), "task.safetensors")));
        Assert.False(
            File.Exists(Path.Combine(folder.Models(1), "vaal.safetensors")), "no choice is made after the last round");
    }

    public static TheoryData<LoopOptions, string> Bad => new()
    {
        { new() { Strategy = "bald?" }, "no query strategy 'bald?'; there are: " },
        { new() { Budget = 0 }, "budget is 0" },
        { new() { Budget = -3 }, "budget is -3" },
        { new() { Initial = 0 }, "initial is 0" },
        { new() { Rounds = 0 }, "rounds are 0" },
        { new() { Noise = 1.5 }, "noise is 1.5" },
        { new() { Vaal = new() { Width = 0 } }, "width is 0" },
        { new() { Task = new() { Model = "lenet" } }, "no task model 'lenet'" },
    };

    [Theory, MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Loop_OptionOutOfRange_IsRefusedAndNamed(LoopOptions options, string problem) =>
        Assert.StartsWith(
            problem, Assert.Throws<InputException>(() => new ActiveLearningLoop(options, _data)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(40)]
    [InlineData(41)]
    public void Loop_NothingLeftToChooseFrom_IsRefused(int initial) =>
        Assert.Contains(
            $"initial is {initial}; it must be less than the 40 images",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(new(Tiny) { Initial = initial }, _data))
            .Message);

    [Fact]
    public void Loop_NoTestImages_IsRefused()
    {
        Assert.Contains(
            "has no test images",
            Assert.Throws<InputException>(() => new ActiveLearningLoop(
                Tiny, _data.With(_data.Pool, null, []))).Message);
    }

    [Fact]
    public void Options_SavedAndRead_AreEqual()
    {
        var options =
            new LoopOptions(Tiny) { WithoutClasses = [1, 2], Draw = InitialDraw.Uniform, Vaal = VaalOptions.Official };
        var read =
            JsonSerializer.Deserialize<LoopOptions>(JsonSerializer.Serialize(options, Json.Options), Json.Options)!;
        Assert.Equal(AsJson.Of(options), AsJson.Of(read));
    }

    // records compare lists by reference
    private static (int, int, double, object?, string) Comparable(RoundResult r) =>
        (r.Round, r.Labelled, r.Accuracy, r.Health is null
            ? null
            : r.Health with { KlPerUnit = [] }, string.Join(' ', r.Health?.KlPerUnit ?? []));
}
