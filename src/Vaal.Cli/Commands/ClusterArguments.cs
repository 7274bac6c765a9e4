using System.CommandLine;
using System.Globalization;
using Vaal.Cli.Terminal;
using Vaal.Cluster;
using Vaal.Data.Learning;
using Vaal.Encoders;
using Vaal.Experiments;

namespace Vaal.Cli.Commands;

/// <summary>Options that say how the cluster is reached; the same in every command of it.</summary>
internal sealed class ClusterArguments
{
    private readonly Option<string> _name = new("--cluster-name")
    {
        Description = "name of the cluster, where several share one Redis",
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

    private readonly Option<string?> _log = new("--log")
    {
        Description = "what Orleans says: error, warning, information; default: the errors of a silo that runs",
    };

    /// <summary>Of the Redis that keeps who is a member.</summary>
    public Option<string> Redis { get; } = new("--redis")
    {
        Description = "address of Redis, host:port; ',ssl=true' behind it for TLS; the password is in "
            + "VAAL_REDIS_PASSWORD",
        DefaultValueFactory = _ => "127.0.0.1:6379",
    };

    public Option[] Advanced => [_name, _certificate, _authority, _redisAuthority, _log];

    /// <summary>For commands that a cluster may help.</summary>
    /// <param name="what">is done there</param>
    public static Option<string?> Cluster(string what) => new("--cluster")
    {
        Description = $"{what} on the cluster whose Redis is at this address, host:port; the result is the same",
    };

    /// <summary>Makes features here, or on the cluster that the option names.</summary>
    public IFeatureMaker Maker(ParseResult parsed, Option<string?> cluster) => parsed.GetValue(cluster) is { } address
        ? new ClusterFeatureMaker(Of(parsed, address)) : new FeatureMaker();

    /// <summary>Does the runs of a bench elsewhere; null: here.</summary>
    public IBenchRunner? Runner(ParseResult parsed, Option<string?> cluster) =>
        parsed.GetValue(cluster) is { } address ? new ClusterBench(Of(parsed, address)) : null;

    /// <summary>Refuses an address that can be none, and an option that says how a cluster is reached where none is
    /// named.</summary>
    public void CheckHeeded(ParseResult parsed, Option<string?> cluster)
    {
        if (parsed.GetValue(cluster) is { } address) CheckForm(cluster.Name, address);
        else if (CommonOptions.FirstGiven(parsed, Advanced) is { } idle)
            throw new InputException($"expected --cluster with {idle}, found none; leave {idle} out");
    }

    /// <param name="address">null: that of <see cref="Redis"/></param>
    public ClusterConnection Of(ParseResult parsed, string? address = null)
    {
        if (address is null) CheckForm(Redis.Name, parsed.GetValue(Redis)!);
        return new(
            address ?? parsed.GetValue(Redis)!,
            parsed.GetValue(_name)!,
            parsed.GetValue(_certificate),
            parsed.GetValue(_authority),
            parsed.GetValue(_redisAuthority),
            Environment.GetEnvironmentVariable("VAAL_REDIS_PASSWORD"),
            Variables.OfTelemetry(Environment.GetEnvironmentVariables()),
            parsed.GetValue(_log));
    }

    // around an @ and behind a comma there may be secrets
    private static void CheckForm(string option, string address)
    {
        if (address.Contains('@'))
            throw new InputException($"expected host:port with {option}, found a user or a password in it; give the "
                + "password in VAAL_REDIS_PASSWORD");
        var place = address.Split(',')[0];
        var (colon, start) = (place.LastIndexOf(':'), place.StartsWith("redis://", StringComparison.Ordinal) ? 8 : 0);
        if (colon <= start || !ushort.TryParse(place.AsSpan(colon + 1), NumberStyles.None,
            CultureInfo.InvariantCulture, out var port) || port == 0)
            throw new InputException($"expected host:port with {option}, found '{(place.Contains('=') ? "…" : place)}'"
                + "; give the address of Redis, such as redis1:6379");
    }
}
