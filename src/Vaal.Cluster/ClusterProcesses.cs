using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster;

/// <summary>A worker.</summary>
public sealed record WorkerSettings
{
    public ConnectionSettings Connection { get; init; } = new();

    /// <summary>Images that are decoded and encoded at once.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Shards at once, 1 or 2.</summary>
    public int Leases { get; init; } = 2;

    /// <summary>Works on this job alone; null: on every job.</summary>
    public string? Job { get; init; }

    /// <summary>Ends when there is nothing left to do.</summary>
    public bool UntilDone { get; init; }

    public string? S3Endpoint { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var problem in Connection.Problems()) yield return problem;
        if (Threads is < 1 or > 1_024) yield return $"expected 1..1024 threads, found {Threads}";
        if (Leases is not (1 or 2)) yield return $"expected 1 or 2 leases, found {Leases}";
    }
}

/// <summary>The processes of a cluster, each until it is stopped: <c>vaal cluster silo</c> and <c>worker</c>.</summary>
public static class ClusterProcesses
{
    /// <param name="ready">called when the silo is a member of the cluster</param>
    /// <exception cref="InputException">an option cannot be used, a port is taken, or Redis does not answer</exception>
    public static void Silo(SiloSettings settings, Action<string> ready, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(settings);
        using var host = ClusterJobs.Started(ClusterHost.Silo(ClusterJobs.Valid(settings.Problems(), settings)),
            settings.Connection);
        ready($"silo of '{settings.Connection.Cluster}' at {settings.Host}:{settings.Port}, for workers at "
            + $"{settings.Host}:{settings.GatewayPort}");
        // also when the cluster takes this silo for dead: then it ends, and who started it starts it again
        var ended = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, ended);
        either.Token.WaitHandle.WaitOne();
        host.StopAsync(TimeSpan.FromSeconds(10)).Wait(TimeSpan.FromSeconds(15), CancellationToken.None);
        if (!stop.IsCancellationRequested)
            throw new InputException("the cluster took this silo for dead; start it again");
    }

    /// <param name="say">receives a line for what people should know</param>
    public static void Work(WorkerSettings settings, Action<string> say, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var connection = ClusterJobs.Valid(settings.Problems(), settings).Connection;
        using var host = ClusterJobs.Started(
            ClusterHost.Client(connection, "vaal-worker", TimeSpan.FromMinutes(5)), connection);
        using var worker = new Worker(host.Services.GetRequiredService<IClusterClient>(), new WorkerOptions
        {
            Threads = settings.Threads,
            Leases = settings.Leases,
            Job = settings.Job,
            UntilDone = settings.UntilDone,
            S3 = settings.S3Endpoint is null ? new() : new() { Endpoint = settings.S3Endpoint },
        }, say);
        say($"worker of '{connection.Cluster}' with {settings.Threads} threads");
        worker.Run(stop).GetAwaiter().GetResult();
        host.StopAsync(TimeSpan.FromSeconds(2)).Wait(TimeSpan.FromSeconds(5), CancellationToken.None);
        say($"worker ends; {worker.Done} shards done");
    }
}
