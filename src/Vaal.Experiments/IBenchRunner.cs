namespace Vaal.Experiments;

/// <summary>Does the runs of a bench elsewhere: on a cluster.</summary>
public interface IBenchRunner
{
    /// <summary>Does the runs that have rounds left.</summary>
    /// <param name="folder">of the bench</param>
    /// <param name="tasks">every run of the grid; a number below is a place in this list</param>
    /// <param name="finished">called for each new round of a run, in order</param>
    /// <param name="failed">called once for a run that cannot be finished, with the reason</param>
    internal void Run(string folder, IReadOnlyList<BenchTask> tasks, Action<int, RoundResult> finished,
        Action<int, string> failed, Action<TrainEvent>? report, CancellationToken cancel);
}
