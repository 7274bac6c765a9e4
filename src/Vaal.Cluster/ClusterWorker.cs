using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster;

/// <summary>A worker: it asks for shards and does them. <c>vaal cluster worker</c>.</summary>
public static class ClusterWorker
{
    /// <summary>Runs until it is stopped.</summary>
    /// <param name="threads">images that are decoded and encoded at once</param>
    /// <param name="say">receives a line for what people should know</param>
    /// <param name="leases">shards at once, 1 or 2</param>
    /// <param name="job">works on this job alone; null: on every job</param>
    /// <param name="untilDone">ends when there is nothing left to do</param>
    /// <param name="s3Endpoint">address of a server of S3's protocol that is not Amazon's</param>
    /// <exception cref="InputException">an option cannot be used, or no silo answers</exception>
    public static void Run(
        ClusterConnection connection, int threads, Action<string> say, int leases = 2, string? job = null,
        bool untilDone = false, string? s3Endpoint = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(say);
        ClusterHost.Valid(Problems(connection, threads, leases), connection);
        using var host = ClusterHost.Started(
            ClusterHost.Client(connection, "vaal-worker", TimeSpan.FromMinutes(5), say), connection);
        using var worker = new Worker(host.Services.GetRequiredService<IClusterClient>(), new WorkerOptions
        {
            Threads = threads,
            Leases = leases,
            Job = job,
            UntilDone = untilDone,
            S3 = Stores.S3Options.At(s3Endpoint),
        }, say);
        say($"worker of '{connection.Cluster}' with {Counted.Of(threads, "thread")}");
        worker.Run(stop).GetAwaiter().GetResult();
        host.StopAsync(TimeSpan.FromSeconds(2)).Wait(TimeSpan.FromSeconds(5), CancellationToken.None);
        say($"worker ends; {Counted.Of(worker.Done, "shard")} done");
    }

    private static IEnumerable<string> Problems(ClusterConnection connection, int threads, int leases)
    {
        foreach (var problem in connection.Problems()) yield return problem;
        if (threads is < 1 or > 1_024) yield return $"expected 1..1024 threads, found {threads}";
        if (leases is not (1 or 2)) yield return $"expected 1 or 2 leases, found {leases}";
    }
}
