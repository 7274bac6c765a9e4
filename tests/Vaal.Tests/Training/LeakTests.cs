using TorchSharp;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Tests.Training;

[Collection(RunsAlone.Name)]
[Trait("Category", "Slow")]
public sealed class LeakTests : IDisposable
{
    private const long Megabyte = 1 << 20;
    private const int Before = 40, Counted = 120, Rounds = 3;
    private static readonly VaalOptions Tiny =
        TinyImages.Vaal with { BatchSize = 16, Iterations = Before + Rounds * Counted + 10 };

    private readonly ImageSet _images = TinyImages.Set(64);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("balanced")]
    [InlineData("official")]
    public void Train_ManySteps_LeavesNoTensorAndNoMemory(string preset)
    {
        var o = VaalOptions.Presets[preset];
        var options = Tiny with
        {
            Scale = o.Scale,
            JointForward = o.JointForward,
            DiscriminatorInput = o.DiscriminatorInput,
        };
        int[] labelled = [.. Enumerable.Range(0, 20)], unlabelled = [.. Enumerable.Range(20, 44)];
        using var trainer = new VaalTrainer(options, _images, labelled, unlabelled, seed: 1);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        // 2 × 16 images as floats are 128 KB, 120 steps' inputs alone 15 MB; measured: under 1 MB
        Flat(() => trainer.Iterate(1), bound: 10 * Megabyte);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        trainer.Train(_ => { });                                                  // and with the losses read
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(options.Iterations, trainer.Iteration);
    }

    [Theory]
    [InlineData(RankingMode.Eval)]
    [InlineData(RankingMode.Train)]
    public void Score_ManyBatches_LeavesNoTensorAndNoMemory(Enum ranking)
    {
        using var trainer = new VaalTrainer(Tiny, _images, [0, 1], [2, 3], seed: 1);
        using var networks =
            new VaalNetworks(trainer.Vae, trainer.D, Tiny with { Ranking = (RankingMode)ranking }, [], [], torch.CPU);
        int[] ids = [.. Enumerable.Range(0, 32)];
        // 32 images as floats are 128 KB, 120 batches of them 15 MB
        Flat(() => networks.Score(_images, ids, seed: 1), bound: 10 * Megabyte);
    }

    private static void Flat(Action work, long bound)
    {
        for (var i = 0; i < Before; i++) work();                                  // gradients, caches, compiled code
        var (tensors, grown) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, long.MaxValue);
        // a leak grows each time; what the allocator keeps for itself does not
        for (var round = 0; round < Rounds && grown >= bound; round++)
        {
            var memory = Resident();
            for (var i = 0; i < Counted; i++) work();
            Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            grown = Resident() - memory;
        }
        Assert.True(grown < bound, $"resident memory grew by {grown / Megabyte} MB");
    }

    private static long Resident()
    {
        // what the managed side keeps is not what is measured
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }
}
