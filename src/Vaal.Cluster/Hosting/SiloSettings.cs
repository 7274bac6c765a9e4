using System.Net;
using Vaal.Cluster.Grains;

namespace Vaal.Cluster.Hosting;

/// <summary>One silo.</summary>
internal sealed record SiloSettings
{
    public required ClusterConnection Connection { get; init; }

    /// <summary>Address that others reach this silo at, and that it listens on.</summary>
    public required string Host { get; init; }

    /// <summary>Listens on every address of the machine, for containers.</summary>
    public bool ListenEverywhere { get; init; }

    public required int Port { get; init; }

    /// <summary>Where workers connect.</summary>
    public required int GatewayPort { get; init; }

    /// <summary>A worker that does not renew its lease for so long has lost it.</summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>A silo that does not answer for about so long is taken for dead.</summary>
    public required TimeSpan Detection { get; init; }

    /// <summary>Port of Orleans' dashboard; null: there is none.</summary>
    public int? Dashboard { get; init; }

    /// <summary>Address of a server of S3's protocol that is not Amazon's.</summary>
    public string? S3Endpoint { get; init; }

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var problem in Connection.Problems()) yield return problem;
        if (!IPAddress.TryParse(Host, out _)) yield return $"expected an IP address as --host, found '{Host}'";
        if (Port is < 1 or > 65_535 || GatewayPort is < 1 or > 65_535)
            yield return $"expected ports 1..65535, found {Port} and {GatewayPort}";
        if (Port == GatewayPort)
            yield return $"expected two ports, found {Port} for both --port and --gateway-port";
        if (Dashboard == Port || Dashboard == GatewayPort)
            yield return $"expected another port with --dashboard, found {Dashboard}, which the silo has already";
        if (Dashboard is < 1 or > 65_535) yield return $"expected --dashboard 1..65535, found {Dashboard}";
        if (Lease < TimeSpan.FromSeconds(1))
            yield return $"expected a lease of at least 1 s, found {Lease.TotalSeconds}";
        if (Detection < TimeSpan.FromSeconds(2))
            yield return $"expected a detection of at least 2 s, found {Detection.TotalSeconds}";
    }

    internal CoordinationOptions Coordination() =>
        new() { Lease = Lease, S3 = Stores.S3Options.At(S3Endpoint) };
}
