using System.CommandLine;
using Vaal.Cluster.Hosting;

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

    /// <summary>Of the Redis that keeps who is a member.</summary>
    public Option<string> Redis { get; } = new("--redis")
    {
        Description = "address of Redis, host:port; ',ssl=true' behind it for TLS; the password is in "
            + "VAAL_REDIS_PASSWORD",
        DefaultValueFactory = _ => ConnectionSettings.DefaultAddress,
    };

    public Option[] Advanced => [_name, _certificate, _authority, _redisAuthority];

    /// <param name="address">null: that of <see cref="Redis"/></param>
    public ConnectionSettings Of(ParseResult parsed, string? address = null) => new()
    {
        Address = address ?? parsed.GetValue(Redis)!,
        Cluster = parsed.GetValue(_name)!,
        Certificate = parsed.GetValue(_certificate),
        Authority = parsed.GetValue(_authority),
        RedisAuthority = parsed.GetValue(_redisAuthority),
    };
}
