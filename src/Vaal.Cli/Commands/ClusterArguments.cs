using System.CommandLine;
using Vaal.Cluster;
using Vaal.Cluster.Hosting;
using Vaal.Data.Learning;
using Vaal.Encoders;

namespace Vaal.Cli.Commands;

/// <summary>Options that say how the cluster is reached; the same in every command of it.</summary>
internal sealed class ClusterArguments
{
    private readonly Option<string> _name = new("--cluster-name")
    {
        Description = "tells several clusters on one Redis apart",
        DefaultValueFactory = _ => "vaal",
    };

    private readonly Option<string?> _certificate = new("--tls-certificate")
    {
        Description = "PEM file with this process's certificate and key: TLS between silos and workers",
    };

    private readonly Option<string?> _authority = new("--tls-authority")
    {
        Description = "PEM file of the authority that must have signed the others' certificates",
    };

    private readonly Option<string?> _redisAuthority = new("--redis-authority")
    {
        Description = "PEM file of the authority that must have signed the certificate of Redis",
    };

    private readonly Option<string> _log = new("--log")
    {
        Description = "what Orleans says: error, warning, information",
        DefaultValueFactory = _ => "error",
    };

    /// <summary>Of the Redis that keeps who is a member.</summary>
    public Option<string> Redis { get; } = new("--redis")
    {
        Description = "address of Redis, host:port; ',ssl=true' behind it for TLS; the password is in "
            + "VAAL_REDIS_PASSWORD",
        DefaultValueFactory = _ => ConnectionSettings.DefaultAddress,
    };

    public Option[] Advanced => [_name, _certificate, _authority, _redisAuthority, _log];

    /// <summary>For commands that a cluster may help.</summary>
    public static Option<string?> Cluster() => new("--cluster")
    {
        Description = "make missing features on the cluster whose Redis is at this address, host:port; the choice "
            + "is the same",
    };

    /// <summary>Makes features here, or on the cluster that the option names.</summary>
    public IFeatureMaker Maker(ParseResult parsed, Option<string?> cluster) => parsed.GetValue(cluster) is { } address
        ? new ClusterFeatureMaker(Of(parsed, address)) : new FeatureMaker();

    /// <param name="address">null: that of <see cref="Redis"/></param>
    public ConnectionSettings Of(ParseResult parsed, string? address = null) => new()
    {
        Address = address ?? parsed.GetValue(Redis)!,
        Cluster = parsed.GetValue(_name)!,
        Certificate = parsed.GetValue(_certificate),
        Authority = parsed.GetValue(_authority),
        RedisAuthority = parsed.GetValue(_redisAuthority),
        RedisPassword = Environment.GetEnvironmentVariable("VAAL_REDIS_PASSWORD"),
        Telemetry = Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 },
        LogLevel = parsed.GetValue(_log)!,
    };
}
