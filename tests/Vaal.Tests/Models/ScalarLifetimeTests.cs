using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Vaal.Models;
using static TorchSharp.torch;

namespace Vaal.Tests.Models;

/// <summary>
/// TorchSharp hands libtorch the address of a number and no longer holds the number itself: a garbage collection on
/// another thread at that moment frees it, and libtorch computes with whatever lies there. What runs here has a
/// TorchSharp.dll whose arguments live until the call has ended (build/Torch.targets).
/// </summary>
[Collection(RunsAlone.Name)]
public sealed class ScalarLifetimeTests
{
    [Fact]
    public void TorchSharp_AsBuilt_IsNotOptimised() =>
        Assert.True(
            typeof(TorchSharp.torch).Assembly.GetCustomAttribute<DebuggableAttribute>()!.IsJITOptimizerDisabled);

    [Fact]
    public void TurnOff_AttributeThereOnce_ChangesItsModesOnly()
    {
        byte[] assembly = [7, 8, 1, 0, 2, 0, 0, 0, 0, 0, 9];
        ManagedOptimiser.TurnOff(assembly);
        Assert.Equal([7, 8, 1, 0, 3, 1, 0, 0, 0, 0, 9], assembly);
        Assert.Equal(
            DebuggableAttribute.DebuggingModes.Default
            | DebuggableAttribute.DebuggingModes.IgnoreSymbolStoreSequencePoints
            | DebuggableAttribute.DebuggingModes.DisableOptimizations,
            (DebuggableAttribute.DebuggingModes)BitConverter.ToInt32(assembly, 4));
    }

    [Fact]
    public void TurnOff_AttributeNotThereOrTwice_IsRefused()
    {
        byte[] value = [8, 1, 0, 2, 0, 0, 0, 0, 0];
        Assert.Throws<InvalidDataException>(() => ManagedOptimiser.TurnOff([1, 2, 3]));
        Assert.Throws<InvalidDataException>(() => ManagedOptimiser.TurnOff([.. value, .. value]));
    }

    /// <summary>libtorch copies the tensor before it looks at the number, which leaves a collection much time. What the
    /// allocator writes into a number that was freed is no number.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Number_GarbageIsCollectedBeforeItIsRead_IsStillThere()
    {
        Libtorch.Ready();
        using ManualResetEventSlim begun = new();
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            begun.Wait();
            while (!stop.Token.WaitHandle.WaitOne(1)) GC.Collect(0);                 // the number is young
        });
        collector.Start();
        try
        {
            // called often and left alone for a moment, TorchSharp's method is optimised step by step
            for (var step = 0; step < 4; step++)
            {
                Fill(size: 1, times: 100);
                Thread.Sleep(250);
            }
            begun.Set();
            Fill(size: 1 << 20, times: 200);
        }
        finally
        {
            stop.Cancel();
            begun.Set();
            collector.Join();
        }
    }

    // optimised from the first call on, which holds the number no longer than it must
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Fill(int size, int times)
    {
        using var x = zeros(size);
        using var mask = ones(size, ScalarType.Bool);
        for (var i = 0; i < times; i++)
        {
            using var filled = x.masked_fill(mask, 7);
            Assert.Equal(7, filled[size - 1].item<float>());
        }
    }
}
