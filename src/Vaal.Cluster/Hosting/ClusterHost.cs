using System.Net;
using Microsoft.Extensions.Configuration;
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
        var (connection, web) = (settings.Connection, settings.Dashboard is { } port ? Dashboard.Builder(port) : null);
        var builder = Builder(connection, web);
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
            if (web is not null) Dashboard.AddTo(silo);
        });
        Telemetry(builder, connection, "vaal-silo");
        return web is not null ? Dashboard.Built(web) : ((HostApplicationBuilder)builder).Build();
    }

    /// <param name="patience">for how long a silo is looked for; it is tried three times at least</param>
    /// <param name="tell">is told once that it takes longer</param>
    public static IHost Client(
        ClusterConnection connection, string name, TimeSpan patience, Action<string>? tell = null)
    {
        var builder = Builder(connection);
        builder.UseOrleansClient(client =>
        {
            client.UseRedisClustering(o => o.ConfigurationOptions = connection.Redis());
            client.Configure<ClusterOptions>(o =>
                (o.ClusterId, o.ServiceId) = (connection.Cluster, connection.Cluster));
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = Patience);
            client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(3));
            var (until, tries) = (DateTime.UtcNow + patience, 0);
            client.UseConnectionRetryFilter(async (problem, cancel) =>
            {
                if (NoAnswer.IsFinal(problem) || ++tries >= 3 && DateTime.UtcNow > until) return false;
                if (tries == 1 && NoAnswer.Meanwhile(problem, connection, patience) is { } line) tell?.Invoke(line);
                await Task.Delay(500, cancel);
                return true;
            });
            if (connection.HasTls) client.UseTls(o => Secure(o, connection));
            client.AddActivityPropagation();
        });
        Telemetry(builder, connection, name);
        return ((HostApplicationBuilder)builder).Build();
    }

    /// <exception cref="InputException">there are problems</exception>
    public static T Valid<T>(IEnumerable<string> problems, T value)
    {
        InputException.ThrowIfAny(problems);
        return value;
    }

    /// <param name="silo">it is a silo</param>
    /// <exception cref="InputException">no silo or no Redis answers, or a port is taken</exception>
    public static IHost Started(IHost host, ClusterConnection connection, bool silo = false)
    {
        try
        {
            host.StartAsync().GetAwaiter().GetResult();
            return host;
        }
        catch (Exception e) when (e is not InputException)
        {
            host.Dispose();
            throw new InputException(NoAnswer.Words(e, connection, silo), e);
        }
    }

    /// <param name="from">null: one that takes no settings from the folder that the command happens to run
    /// in</param>
    internal static IHostApplicationBuilder Builder(ClusterConnection connection, IHostApplicationBuilder? from = null)
    {
        var builder = from
            ?? new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var voice = new OrleansVoice();
        builder.Services.AddSingleton(voice);
        LogLevel? asked = connection.LogLevel is { } text ? Enum.Parse<LogLevel>(text, ignoreCase: true) : null;
        builder.Logging.AddFilter(level => asked is { } least ? level >= least
            : voice.IsOn && level >= LogLevel.Error);
        // what keeps a process from starting is said in one line, by whoever started it
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Logging.AddSimpleConsole(o => o.SingleLine = true);
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o =>
            o.LogToStandardErrorThreshold = LogLevel.Trace);
        return builder;
    }

    /// <summary>Sends traces and metrics where the connection says.</summary>
    internal static void Telemetry(IHostApplicationBuilder builder, ClusterConnection connection, string name)
    {
        if (connection.Telemetry.Count == 0) return;
        // the exporter reads its variables from here, and without defaults the environment is not in it
        builder.Configuration.AddInMemoryCollection(connection.Telemetry);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(r => r.AddService(name))
            .WithTracing(t => t.AddSource(ClusterMetrics.Name, "Microsoft.Orleans.Application").AddOtlpExporter())
            .WithMetrics(m => m.AddMeter(ClusterMetrics.Name, "Microsoft.Orleans").AddOtlpExporter());
    }

    private static void Secure(TlsOptions options, ClusterConnection connection)
    {
        var (own, root) = connection.Certificates();
        (options.LocalCertificate, options.LocalServerCertificateSelector) = (own, (_, _) => own);
        options.LocalClientCertificateSelector = (_, _, _, _, _) => own;
        (options.RemoteCertificateMode, options.ClientCertificateMode) =
            (RemoteCertificateMode.RequireCertificate, RemoteCertificateMode.RequireCertificate);
        options.SslProtocols = ClusterConnection.Protocols;
        options.RemoteCertificateValidation = (certificate, _, _) => ClusterConnection.IsSignedBy(root, certificate);
        options.OnAuthenticateAsClient = (_, client) => client.TargetHost = "vaal";
    }
}
