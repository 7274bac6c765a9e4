using Vaal.Data;
using Vaal.Experiments;
using Vaal.Strategies;
using Vaal.Training;

namespace Vaal.Bench;

/// <summary>What a network learns from scratch from the images that a strategy chose by their features.</summary>
internal static class StudyNetwork
{
    /// <param name="points">of a run on the features: what was chosen after how many labels</param>
    /// <returns>the same points with the network's accuracy</returns>
    public static IReadOnlyList<TrialPoint> Test(
        string network, IReadOnlyList<TrialPoint> points, StudyPool run, StudyImages images, long seed)
    {
        var (pool, tested) = (new Pool(images.Pool), new List<TrialPoint>());
        foreach (var row in run.First) Label(row);
        foreach (var point in points)
        {
            foreach (var row in point.Picks) Label(row);
            using var networks = new Networks(pool, task: new(TaskOptions.Default) { Model = network },
                classes: images.Classes, seed: seed);
            tested.Add(point with { Accuracy = TaskTrainer.Accuracy(networks.Task, images.Test) });
        }
        return tested;

        void Label(int row) => pool.Label(run.Task.Ids[row], images.Pool.Classes[run.Task.Ids[row]]);
    }
}
