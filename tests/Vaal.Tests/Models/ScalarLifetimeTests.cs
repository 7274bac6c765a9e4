using System.Diagnostics;
using System.Reflection;
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

    [Fact]
    [Trait("Category", "Slow")]
    public void ArithmeticWithNumbers_GarbageIsCollectedAllTheTime_StaysRight()
    {
        Libtorch.Ready();
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested) GC.Collect(0);                     // the number is young
        });
        collector.Start();
        try
        {
            using var x = zeros(1, ScalarType.Int64);
            for (var i = 0; i < 50_000; i++) x.add_(1);
            Assert.Equal(50_000, x.item<long>());
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }
}
