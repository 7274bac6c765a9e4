using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Vaal.Cluster.Grains;

namespace Vaal.Cluster.Hosting;

/// <summary>Makes the processes of a cluster: silos, and clients that workers and commands are.</summary>
internal static class ClusterHost
{
    /// <summary>After which the outcome of a call is unknown; no call of ours takes a second.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static IHost Silo(SiloSettings settings)
    {
        var (connection, builder) = (settings.Connection, Builder(settings.Connection));
        var (probe, own) = (settings.Detection / 4, settings.Coordination());
        builder.UseOrleans(silo =>
        {
            silo.ConfigureEndpoints(IPAddress.Parse(settings.Host), settings.Port, settings.GatewayPort,
                listenOnAnyHostAddress: settings.ListenEverywhere);
            silo.UseRedisClustering(o => o.ConfigurationOptions = connection.Redis());
            silo.AddRedisGrainStorage(JobList.Storage, o => o.ConfigurationOptions = connection.Redis());
            silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (connection.Cluster, connection.Cluster));
            silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = Patience);
            silo.Configure<ClusterMembershipOptions>(o =>
            {
                (o.ProbeTimeout, o.NumMissedProbesLimit, o.NumVotesForDeathDeclaration) = (probe, 3, 1);
                o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
                o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(10);
                o.DefunctSiloExpiration = TimeSpan.FromHours(1);
                o.MaxJoinAttemptTime = TimeSpan.FromMinutes(2);
            });
            if (connection.HasTls) silo.UseTls(o => Secure(o, connection));
            silo.AddActivityPropagation();
            silo.Services.AddSingleton(own);
        });
        Telemetry(builder, connection, "vaal-silo");
        return builder.Build();
    }

    public static IHost Client(ConnectionSettings connection, string name, TimeSpan patience)
    {
        var builder = Builder(connection);
        builder.UseOrleansClient(client =>
        {
            client.UseRedisClustering(o => o.ConfigurationOptions = connection.Redis());
            client.Configure<ClusterOptions>(o =>
                (o.ClusterId, o.ServiceId) = (connection.Cluster, connection.Cluster));
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = Patience);
            client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(3));
            var until = DateTime.UtcNow + patience;
            client.UseConnectionRetryFilter(async (_, cancel) =>
            {
                if (DateTime.UtcNow > until) return false;
                await Task.Delay(500, cancel);
                return true;
            });
            if (connection.HasTls) client.UseTls(o => Secure(o, connection));
            client.AddActivityPropagation();
        });
        Telemetry(builder, connection, name);
        return builder.Build();
    }

    private static HostApplicationBuilder Builder(ConnectionSettings connection)
    {
        // no settings from the folder that the command happens to run in
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddFilter(level => level >= (Enum.Parse<LogLevel>(connection.LogLevel, ignoreCase: true)));
        // what keeps a process from starting is said in one line, by whoever started it
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true);
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o =>
            o.LogToStandardErrorThreshold = LogLevel.Trace);
        return builder;
    }

    // the standard variables of OpenTelemetry say where to
    private static void Telemetry(HostApplicationBuilder builder, ConnectionSettings connection, string name)
    {
        if (!connection.Telemetry) return;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService(name))
            .WithTracing(t => t.AddSource(ClusterMetrics.Name, "Microsoft.Orleans.Application").AddOtlpExporter())
            .WithMetrics(m => m.AddMeter(ClusterMetrics.Name, "Microsoft.Orleans").AddOtlpExporter());
    }

    private static void Secure(TlsOptions options, ConnectionSettings connection)
    {
        var (own, root) = connection.Certificates();
        (options.LocalCertificate, options.LocalServerCertificateSelector) = (own, (_, _) => own);
        options.LocalClientCertificateSelector = (_, _, _, _, _) => own;
        (options.RemoteCertificateMode, options.ClientCertificateMode) =
            (RemoteCertificateMode.RequireCertificate, RemoteCertificateMode.RequireCertificate);
        options.SslProtocols = ConnectionSettings.Protocols;
        options.RemoteCertificateValidation = (certificate, _, _) => ConnectionSettings.IsSignedBy(root, certificate);
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = "vaal";
    }
}
