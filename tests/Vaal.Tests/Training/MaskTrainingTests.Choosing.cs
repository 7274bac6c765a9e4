using TorchSharp;
using Vaal.Experiments;
using Vaal.Scoring;
using Vaal.Strategies;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Tests.Training;

/// <summary>Strategies and runs on images with masks.</summary>
public sealed partial class MaskTrainingTests
{
    [Trait("Category", "Slow")]
    [Theory, MemberData(nameof(Strategies))]
    public void Strategy_ImagesWithMasks_ChoosesRepeatablyAndLeavesNoTensor(string name)
    {
        using var networks = Networks();
        var query = new Query { Pool = _pool, Budget = 4, Seed = 1, Networks = networks };
        var first = QueryStrategies.Create(name).Select(query);
        Assert.Equal(4, first.Ids.Distinct().Count());
        Assert.All(first.Ids, id => Assert.InRange(id, 10, 19));
        Assert.Equal(first.Scores.OrderDescending(), first.Scores);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var second = QueryStrategies.Create(name).Select(query);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(first.Ids, second.Ids);
        Assert.Equal(first.Scores, second.Scores);
    }

    // by other words: image by image, pixel by pixel
    [Theory]
    [InlineData(PixelReduction.Mean)]
    [InlineData(PixelReduction.Top)]
    public void Entropy_ImagesWithMasks_IsThatOfTheirPixels(PixelReduction how)
    {
        using var networks = Networks(how);
        var chosen = QueryStrategies.Create("entropy")
            .Select(new Query { Pool = _pool, Budget = 10, Seed = 1, Networks = networks });
        using var scope = NewDisposeScope();
        using var noGrad = inference_mode();
        networks.Task.eval();
        var expected = new Dictionary<int, double>();
        foreach (var id in _pool.Unlabelled)
        {
            var logits = networks.Task.call(Augment.Normalise(_images.Batch([id]))).data<float>().ToArray();
            double[] pixels = [.. logits.Chunk(2).Select(l =>
            {
                var p = 1 / (1 + Math.Exp((double)l[1] - l[0]));
                return -p * Math.Log(p) - (1 - p) * Math.Log(1 - p);
            }).OrderDescending()];
            // 5% of 1,536 pixels
            expected[id] = how == PixelReduction.Mean ? pixels.Average() : pixels.Take(77).Average();
        }
        for (var i = 0; i < 10; i++) Assert.Equal(expected[chosen.Ids[i]], chosen.Scores[i], 1e-4);
        Assert.Equal(expected.Values.OrderDescending().First(), chosen.Scores[0], 1e-4);
    }

    /// <summary>A head on an encoder's features learns classes of images, and masks have none.</summary>
    [Theory]
    [InlineData("entropy"), InlineData("margin"), InlineData("least-confidence"), InlineData("badge")]
    [InlineData("suggestive-annotation")]
    public void Select_MasksWithAnEncodersFeatures_AsksTheTaskModel(string name)
    {
        using var networks = Networks();
        var query = new Query { Pool = _pool, Budget = 2, Seed = 1, Networks = networks };
        var byFeatures = query.With(features: new FeatureSource(MadeFeatures.Of(20, 6, 3, seed: 1).Values, 6));
        var strategy = QueryStrategies.Create(name);
        Assert.Equal(strategy.Select(query).Ids, strategy.Select(byFeatures).Ids);
        Assert.Equal(DiverseBatch.Select(strategy, query, 4).Ids, DiverseBatch.Select(strategy, byFeatures, 4).Ids);
    }

    [Fact]
    public void Loop_StoppedAndContinued_GivesTheSameRounds()
    {
        using var folder = new TemporaryFolder();
        using var data = TinyMasks.Data(20);
        var options = new LoopOptions
        {
            Strategy = "margin",
            Initial = 6,
            Budget = 3,
            Rounds = 3,
            Task = TinyMasks.Task,
            Vaal = new(TinyImages.Vaal) { Size = 32 }
        };
        IReadOnlyList<RoundResult> Run(string name, int rounds)
        {
            using var run = RunFolder.Open(folder[name], options, data.Name, data.Fingerprint);
            using var stop = new CancellationTokenSource();
            try
            {
                return new ActiveLearningLoop(options, data, run)
                    .Run(finished: r => { if (r.Round == rounds - 1) stop.Cancel(); }, cancel: stop.Token);
            }
            catch (OperationCanceledException)
            {
                return [];
            }
        }
        var whole = Run("a", 9);
        Run("b", 1);
        var continued = Run("b", 9);
        Assert.Equal([6, 9, 12], whole.Select(r => r.Labelled));
        Assert.Equal(whole.Select(r => r.Picks), continued.Select(r => r.Picks));
        Assert.Equal(whole.Select(r => r.Masks!.ClassIou), continued.Select(r => r.Masks!.ClassIou));
        Assert.All(whole, r => Assert.Equal(r.Masks!.ClassIou.Average(), r.Accuracy, 1e-12));
    }

    [Fact]
    public void LoopOptions_WhatIsAboutImageClasses_IsRefusedForMasks()
    {
        var options =
            new LoopOptions { Task = TaskOptions.SmallSeg, Strategy = "batch-bald", Noise = 0.1, TopPixels = 0 };
        Assert.Equal(
            ["the strategy batch-bald chooses by the class of an image, and small-seg gives a class to each pixel",
            "noise, labels from a file and missing classes need one class per image, and these images have masks",
            "the share of the highest pixels is 0; it must be over 0 and at most 1"], options.Problems());
    }

    private Networks Networks(PixelReduction how = PixelReduction.Mean) =>
        new(_pool, new(TinyImages.Vaal) { Size = 32 }, TinyMasks.Task, classes: 2) { PixelReduction = how };
}
