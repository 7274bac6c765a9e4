using Vaal.Data;
using Vaal.Experiments;
using Vaal.Models;
using Vaal.Oracles;
using Vaal.Scoring;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Experiments;

/// <summary>What differs between the rounds of Algorithm 2, and between its seeds.</summary>
public sealed class LoopRoundsTests : IDisposable
{
    private static readonly LoopOptions Tiny = new()
    {
        Initial = 12,
        Budget = 6,
        Rounds = 3,
        Vaal = TinyImages.Vaal,
        Task = TinyImages.Task,
    };

    private readonly DataSet _data = TinyImages.Data(40);
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _data.Dispose();
        _folder.Dispose();
    }

    private RunFolder Open(LoopOptions options) =>
        RunFolder.Open(_folder["run"], options, _data.Name, _data.Fingerprint);

    /// <summary>The learning rates change no weight, so the saved weights are the initial ones.</summary>
    [Fact]
    public void Run_EachRound_BeginsWithWeightsOfItsOwn()
    {
        var options = new LoopOptions(Tiny)
        {
            Vaal = new(Tiny.Vaal) { VaeLearningRate = 1e-30, DiscriminatorLearningRate = 1e-30 },
            Task = new(Tiny.Task) { LearningRate = 1e-30 },
        };
        using var folder = Open(options);
        folder.SaveModels = true;
        new ActiveLearningLoop(options, _data, folder).Run();
        Assert.Equal(3, Distinct("task.safetensors", "", rounds: 3));
        Assert.Equal(2, Distinct("vaal.safetensors", "vae.encoder", rounds: 2));

        int Distinct(string file, string prefix, int rounds) => Enumerable.Range(0, rounds).Select(round =>
        {
            using var scope = NewDisposeScope();
            var saved = Safetensors.Load(Path.Combine(folder.Models(round), file));
            var kernel = saved.First(w => w.Key.StartsWith(prefix, StringComparison.Ordinal) && w.Value.dim() == 4);
            return Convert.ToHexString(kernel.Value.contiguous().bytes);
        }).Distinct().Count();
    }

    /// <summary>Labels that the strategy chose say nothing of whether the first ones were a fair sample.</summary>
    [Fact]
    public void Run_Verdict_ComparesTheFirstImagesOnly_InEveryRound()
    {
        var rounds = new ActiveLearningLoop(Tiny, _data).Run();
        Assert.Equal([12, 18, 24], rounds.Select(r => r.Labelled));
        Assert.Equal([12, 12], rounds.Select(r => r.Health).OfType<RankingHealth>().Select(h => h.Sample!.Labelled));
        Assert.All(rounds.Take(2), r =>
            Assert.Matches("^(informative|weak|no better than random|cannot be judged): ", r.Health?.Verdict));
        Assert.Null(rounds[2].Health?.Verdict);
    }

    /// <summary>Both train the VAE and D on pixels. The one compares images by the VAE's latent, and the other ranks by
    /// a discriminator of its own on that latent.</summary>
    [Theory]
    [InlineData("typiclust"), InlineData("vaal-features")]
    public void Run_StrategyThatDDoesNotRankFor_HasNoVerdict(string strategy)
    {
        var first = new ActiveLearningLoop(new(Tiny) { Strategy = strategy, Rounds = 2 }, _data).Run()[0];
        Assert.NotNull(first.Health);
        Assert.Null(first.Health.Verdict);
    }

    /// <summary>Every seed begins with the same images, all of one class; only the draws differ.</summary>
    [Fact]
    public void Run_OtherSeed_DrawsOtherImages()
    {
        var options =
            new LoopOptions(Tiny) { Strategy = "random", Initial = 10, WithoutClasses = [1, 2, 3], Rounds = 2 };
        Assert.Equal(3, new long[] { 1, 2, 3 }.Select(Picks).Distinct().Count());

        string Picks(long seed) =>
            string.Join(' ', new ActiveLearningLoop(new(options) { Seed = seed }, _data).Run()[0].Picks);
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Run_FirstImages_AreDrawnAsAskedFor(bool stratified)
    {
        var draw = stratified ? InitialDraw.Stratified : InitialDraw.Uniform;
        var options = new LoopOptions(Tiny) { Strategy = "random", Rounds = 1, Draw = draw, Initial = 16, Seed = 3 };
        var loop = new ActiveLearningLoop(options, _data);
        loop.Run();
        Assert.Equal(InitialPool.Draw(_data.Pool, 16, draw, 3), loop.Pool.Labelled);
        var perClass = loop.Pool.Labelled.CountBy(id => _data.Pool.Classes[id]).Select(c => c.Value).Distinct();
        Assert.Equal(stratified, perClass.Count() == 1);
    }

    /// <summary>What an oracle answers wrongly is drawn by the seed of the run.</summary>
    [Fact]
    public void Run_NoisyOracleOfOtherSeeds_ErrsOtherwise()
    {
        Assert.Equal(3, new long[] { 1, 2, 3 }.Select(Answers).Distinct().Count());

        string Answers(long seed)
        {
            var oracle = new Simulation(new(Tiny) { Noise = 0.5, Seed = seed }, _data, CPU).Oracle();
            return string.Join(' ', Enumerable.Range(0, 40).Select(oracle.Label));
        }
    }

    private sealed class Person(int[] classes, CancellationTokenSource leaves) : IOracle
    {
        public int Asked { get; private set; }

        public int Label(int id)
        {
            if (++Asked == 3) leaves.Cancel();
            return classes[id];
        }
    }

    /// <summary>A person answers, and stops after three of the twelve first images.</summary>
    [Fact]
    public void Run_CancelledWhileTheOracleIsAsked_AsksNoMore()
    {
        using var leaves = new CancellationTokenSource();
        var person = new Person([.. _data.Pool.Classes], leaves);
        var loop = new ActiveLearningLoop(Tiny, _data) { Oracle = person };
        Assert.Throws<OperationCanceledException>(() => loop.Run(cancel: leaves.Token));
        Assert.Equal((3, 3), (person.Asked, loop.Pool.Labelled.Count));
    }

    [Fact]
    public void Run_DataSetIsDisposed_SaysSo()
    {
        var data = TinyImages.Data(20);
        var loop = new ActiveLearningLoop(Tiny, data);
        data.Dispose();
        Assert.Throws<ObjectDisposedException>(() => loop.Run());
    }

    [Fact]
    public void Networks_OfARound_HaveTheOptionsOfTheRun()
    {
        var options = new LoopOptions(Tiny) { PixelReduction = PixelReduction.Top, TopPixels = 0.3 };
        var simulation = new Simulation(options, _data, CPU);
        using var networks =
            simulation.Networks(new Pool(_data.Pool), 0, new RunObserver(), firstRounds: null, report: null, default);
        Assert.Equal((PixelReduction.Top, 0.3), (networks.PixelReduction, networks.TopPixels));
        Assert.Equal((options.Vaal, options.Task, 4), (networks.VaalOptions, networks.TaskOptions, networks.Classes));
    }

    [Fact]
    public void Run_Accuracy_IsThatOfTheRoundsModelOnTheTestImages()
    {
        using var folder = Open(Tiny);
        folder.SaveModels = true;
        var rounds = new ActiveLearningLoop(Tiny, _data, folder).Run();
        foreach (var round in rounds)
        {
            using var scope = NewDisposeScope();
            using var model = TaskModels.Create(Tiny.Task.Model, 1, 4);
            var file = Path.Combine(folder.Models(round.Round), "task.safetensors");
            var saved = Safetensors.Load(file);
            model.load_state_dict(saved.ToDictionary(p => p.Key, p => p.Value));
            Assert.Equal(TaskTrainer.Accuracy(model, _data.Test!), round.Accuracy);
        }
    }
}
