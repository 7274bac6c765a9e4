using Vaal.Models;
using Vaal.Training;
using static TorchSharp.torch;

namespace Vaal.Strategies;

/// <summary>What the task model sees in images.</summary>
internal static class TaskFeatures
{
    /// <summary>Penultimate features in eval mode, (N, F), float32, on the CPU, in the order of
    /// <paramref name="ids"/>.</summary>
    public static Tensor Of(
        Networks networks, Data.ImageSet images, IReadOnlyList<int> ids, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        var task = networks.Task;
        using var eval = task.Evaluating();
        int[] order = [.. ids];
        return tensor(
            PoolPass.Score(images, order, task.Features, networks.Device, report, cancel, task.FeatureDim),
            [order.Length, task.FeatureDim]);
    }
}
