using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster;

/// <summary>A silo: it leases shards to workers and computes nothing. <c>vaal cluster silo</c>.</summary>
public static class ClusterSilo
{
    /// <summary>Runs until it is stopped.</summary>
    /// <param name="host">address that others reach this silo at, and that it listens on</param>
    /// <param name="port">for other silos</param>
    /// <param name="gatewayPort">where workers connect</param>
    /// <param name="lease">a worker that does not renew its lease for so long has lost it</param>
    /// <param name="detection">a silo that does not answer for about so long is taken for dead</param>
    /// <param name="ready">called with a line when the silo is a member of the cluster</param>
    /// <param name="listenEverywhere">listens on every address of the machine, for containers</param>
    /// <param name="s3Endpoint">address of a server of S3's protocol that is not Amazon's</param>
    /// <param name="dashboard">port of Orleans' dashboard, on loopback; null: none</param>
    /// <exception cref="InputException">an option cannot be used, a port is taken, Redis does not answer, or the silo
    /// is no member any more</exception>
    public static void Run(
        ClusterConnection connection, string host, int port, int gatewayPort, TimeSpan lease, TimeSpan detection,
        Action<string> ready, bool listenEverywhere = false, string? s3Endpoint = null, int? dashboard = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(ready);
        var settings = new SiloSettings
        {
            Connection = connection,
            Host = host,
            Port = port,
            GatewayPort = gatewayPort,
            Lease = lease,
            Detection = detection,
            ListenEverywhere = listenEverywhere,
            S3Endpoint = s3Endpoint,
            Dashboard = dashboard,
        };
        var silo = ClusterHost.Started(
            ClusterHost.Silo(ClusterHost.Valid(settings.Problems(), settings)), connection, silo: true);
        var voice = silo.Services.GetRequiredService<OrleansVoice>();
        voice.IsOn = true;
        ready($"silo of '{connection.Cluster}' at {host}:{port}, for workers at {host}:{gatewayPort}");
        if (dashboard is not null) ready($"dashboard at http://127.0.0.1:{dashboard}/");
        // also when the cluster takes this silo for dead: then it ends, and who started it starts it again
        var ended = silo.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, ended);
        var table = silo.Services.GetRequiredService<IMembershipTable>();
        var row = new OwnRow(silo.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress,
            () => table.ReadAllAsync(either.Token));
        var isLost = false;
        while (!isLost && !either.Token.WaitHandle.WaitOne(OwnRow.Period))
            isLost = row.IsLost().GetAwaiter().GetResult();
        voice.IsOn = !isLost;
        // one that is no member has nobody to say good-bye to
        if (!isLost) silo.StopAsync(TimeSpan.FromSeconds(10)).Wait(TimeSpan.FromSeconds(15), CancellationToken.None);
        try
        {
            Task.Run(silo.Dispose).Wait(TimeSpan.FromSeconds(15), CancellationToken.None);
        }
        catch (AggregateException)
        {
            // what it cannot end goes with the process
        }
        if (isLost)
            throw new InputException($"expected this silo among the members in Redis {connection.Place}, found it no "
                + "more, because Redis lost them; start it again");
        if (!stop.IsCancellationRequested)
            throw new InputException("the cluster took this silo for dead; start it again");
    }
}
