using TorchSharp;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Tests;

[Collection(TorchCollection.Name)]
public sealed class LeakTests : IDisposable
{
    private const long Megabyte = 1 << 20;
    private static readonly VaalOptions Tiny = TinyImages.Vaal with { BatchSize = 16, Iterations = 710 };
    private readonly ImageSet _images = TinyImages.Set(64);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("balanced")]
    [InlineData("official")]
    public void Train_FiveHundredSteps_LeavesNoTensorAndNoMemory(string preset)
    {
        var o = VaalOptions.Presets[preset];
        using var trainer = new VaalTrainer(Tiny with { Scale = o.Scale, JointForward = o.JointForward, DiscriminatorInput = o.DiscriminatorInput },
            _images, [.. Enumerable.Range(0, 20)], [.. Enumerable.Range(20, 44)], seed: 1);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        // 2 × 16 images as floats are 128 KB, 500 steps' inputs alone 64 MB; measured: under 1 MB
        Flat(() => trainer.Iterate(1), bound: 40 * Megabyte);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        trainer.Train(_ => { });                                                  // and with the losses read
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(710, trainer.Iteration);
    }

    [Theory]
    [InlineData(RankingMode.Eval)]
    [InlineData(RankingMode.Train)]
    public void Score_FiveHundredBatches_LeavesNoTensorAndNoMemory(RankingMode ranking)
    {
        using var trainer = new VaalTrainer(Tiny, _images, [0, 1], [2, 3], seed: 1);
        using var networks = new VaalNetworks(trainer.Vae, trainer.D, Tiny with { Ranking = ranking }, [], [], torch.CPU);
        int[] ids = [.. Enumerable.Range(0, 32)];
        // 32 images as floats are 128 KB, 500 batches of them 64 MB
        Flat(() => networks.Score(_images, ids, seed: 1), bound: 40 * Megabyte);
    }

    private static void Flat(Action work, long bound)
    {
        for (var i = 0; i < 200; i++) work();                                     // gradients, caches and the compiler come into being
        var (tensors, memory) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Resident());
        for (var i = 0; i < 500; i++) work();
        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var grown = Resident() - memory;
        Assert.True(grown < bound, $"resident memory grew by {grown / Megabyte} MB");
    }

    private static long Resident()
    {
        GC.Collect();                                                             // what the managed side keeps is not what is measured
        GC.WaitForPendingFinalizers();
        return Environment.WorkingSet;
    }
}
