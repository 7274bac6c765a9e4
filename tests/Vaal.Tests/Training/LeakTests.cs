using System.Runtime.InteropServices;
using TorchSharp;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Training;

namespace Vaal.Tests.Training;

[Collection(RunsAlone.Name)]
[Trait("Category", "Slow")]
public sealed partial class LeakTests : IDisposable
{
    // 32 images as floats are 128 KB, those of 60 steps 8 MB; threads of the case before free up to 4 MB meanwhile
    private const int Before = 20, Counted = 60, Bound = 3 << 20;
    private static readonly VaalOptions Tiny =
        new(TinyImages.Vaal) { BatchSize = 16, Iterations = Before + Counted + 10 };

    private readonly ImageSet _images = TinyImages.Set(64);

    public void Dispose() => _images.Dispose();

    [Theory]
    [InlineData("balanced")]
    [InlineData("official")]
    public void Train_ManySteps_LeavesNoTensorAndNoMemory(string preset)
    {
        var o = VaalOptions.ByPreset[preset];
        var options = new VaalOptions(Tiny)
        {
            Scale = o.Scale,
            JointForward = o.JointForward,
            DiscriminatorInput = o.DiscriminatorInput,
        };
        int[] labelled = [.. Enumerable.Range(0, 20)], unlabelled = [.. Enumerable.Range(20, 44)];
        using var trainer = new VaalTrainer(options, _images, labelled, unlabelled, seed: 1);
        using var vae = trainer.Vae;
        using var d = trainer.D;
        Flat(() => trainer.Iterate(1));
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
            new VaalNetworks(trainer.Vae, trainer.D, new(Tiny) { Ranking = (RankingMode)ranking }, [], [], torch.CPU);
        int[] ids = [.. Enumerable.Range(0, 32)];
        Flat(() => networks.Score(_images, ids, seed: 1));
    }

    private static void Flat(Action work)
    {
        for (var i = 0; i < Before; i++) work();                                  // gradients, caches, compiled code
        var (tensors, memory) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Allocated());
        for (var i = 0; i < Counted; i++) work();
        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        var grown = Allocated() - memory;
        Assert.True(grown < Bound, $"libtorch's memory grew by {grown / 1024} KB");
    }

    // resident memory would not do: a leak first fills what was freed before
    private static long Allocated()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (!OperatingSystem.IsLinux()) return Environment.WorkingSet;
        var info = MallInfo();
        return (long)(info.InBlocks + info.Mapped);
    }

    [LibraryImport("libc", EntryPoint = "mallinfo2")]
    private static partial AllocatorState MallInfo();

    /// <summary>glibc's struct mallinfo2, with its hblkhd and uordblks.</summary>
    private readonly record struct AllocatorState(
        nuint A, nuint B, nuint C, nuint D, nuint Mapped, nuint F, nuint G, nuint InBlocks, nuint I, nuint J);
}
