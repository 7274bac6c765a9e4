using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Hosting;

/// <summary>How a worker works.</summary>
internal sealed record WorkerOptions
{
    /// <summary>For people and logs; a worker that starts again has another one.</summary>
    public string Name { get; init; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>Images that are decoded and encoded at once.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Shards at once: the second keeps the threads busy while the first ends.</summary>
    public int Leases { get; init; } = 2;

    /// <summary>Works on this job alone; null: on every job.</summary>
    public string? Job { get; init; }

    /// <summary>Ends when there is nothing left to do.</summary>
    public bool UntilDone { get; init; }

    public S3Options S3 { get; init; } = new();

    /// <summary>After an answer that there is no work.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Takes the place of the work, to measure what coordination alone takes; null: the work is done.
    /// </summary>
    internal Func<JobManifest, Stage, int, ShardResult>? Emulated { get; init; }
}
