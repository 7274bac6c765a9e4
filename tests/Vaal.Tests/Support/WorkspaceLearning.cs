using Vaal.Training;
using Vaal.Workspaces;
using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>Choosing and training in a workspace, with the options at hand.</summary>
internal static class WorkspaceLearning
{
    public static NextReport Next(
        this Workspace workspace, NextOptions options, Action<TrainEvent>? report = null, Device? device = null,
            CancellationToken cancel = default) =>
        workspace.Next(new BatchChooser(options, device), report: report, cancel: cancel);

    public static TrainingRow Train(
        this Workspace workspace, TaskOptions options, long seed = 1, Action<TrainEvent>? report = null,
            Device? device = null, CancellationToken cancel = default) =>
        workspace.Train(new TaskLearner(options, seed, device), report, cancel);
}
