using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;

namespace Vaal.Cluster;

/// <summary>How a silo or a worker finds the cluster, and how both prove who they are.</summary>
/// <param name="address">of the Redis that keeps who is a member: <c>host:port</c>, with options of StackExchange.Redis
/// behind commas, such as <c>ssl=true</c></param>
/// <param name="cluster">tells several clusters on one Redis apart</param>
/// <param name="certificate">PEM file with a certificate and its key: TLS between silos and workers, on both sides;
/// null: none</param>
/// <param name="authority">PEM file of the authority that must have signed the other side's certificate</param>
/// <param name="redisAuthority">PEM file of the authority that must have signed the certificate of Redis; null: one of
/// the system's</param>
/// <param name="redisPassword">null: none</param>
/// <param name="telemetry">the standard variables of OpenTelemetry, such as <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>: where
/// traces and metrics are sent; null or empty: nowhere</param>
/// <param name="logLevel">what Orleans says is printed from this level on: <c>Information</c>, <c>Warning</c>,
/// <c>Error</c>; null: the errors of a silo that runs, and nothing else</param>
public sealed class ClusterConnection(
    string address = "127.0.0.1:6379", string cluster = "vaal", string? certificate = null,
    string? authority = null, string? redisAuthority = null, string? redisPassword = null,
    IReadOnlyDictionary<string, string?>? telemetry = null, string? logLevel = null)
{
    private static readonly string[] Levels = ["error", "warning", "information"];

    internal const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Host and port of Redis, for people: behind them there may be secrets.</summary>
    internal string Place => address.Contains('@') ? "…"
        : address.Replace("redis://", "", StringComparison.Ordinal).Split(',')[0];

    internal string Cluster => cluster;

    internal string? LogLevel => logLevel;

    internal IReadOnlyDictionary<string, string?> Telemetry { get; } = telemetry ?? new Dictionary<string, string?>();

    internal bool HasTls => certificate is not null;

    /// <summary>Every problem, not only the first.</summary>
    internal IEnumerable<string> Problems()
    {
        if (certificate is null != authority is null)
            yield return "expected --tls-certificate and --tls-authority together, found one of them";
        foreach (var file in new[] { certificate, authority, redisAuthority }.OfType<string>())
            if (!File.Exists(file)) yield return $"expected a PEM file, found no '{file}'";
        if (address.Contains('@'))
            yield return "expected the address of Redis as host:port, found a user or a password in it; give the "
                + "password in VAAL_REDIS_PASSWORD";
        if (logLevel is not null && !Levels.Contains(logLevel, StringComparer.OrdinalIgnoreCase))
            yield return $"expected a log level of {string.Join(", ", Levels)}, found '{logLevel}'";
        if (cluster.Length == 0) yield return "expected a name of the cluster, found none";
    }

    internal ConfigurationOptions Redis()
    {
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(address.Replace("redis://", "", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InputException("expected the address of a Redis, host:port, with options of StackExchange.Redis "
                + $"behind commas, found other options behind {Place}; leave them out", e);
        }
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = 2_000;
        options.ConnectRetry = 2;
        if (redisPassword is { Length: > 0 }) options.Password = redisPassword;
        if (redisAuthority is not null)
        {
            var root = X509CertificateLoader.LoadCertificateFromFile(redisAuthority);
            options.CertificateValidation += (_, shown, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && IsSignedBy(root, shown);
        }
        return options;
    }

    /// <exception cref="InputException">a file holds no certificate, or one without a key</exception>
    internal (X509Certificate2 Own, X509Certificate2 Root) Certificates()
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(certificate!);
            // as a server takes it: with its key, in memory
            var own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
            return (own, X509CertificateLoader.LoadCertificateFromFile(authority!));
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new InputException($"expected certificates in {certificate} and {authority}, with the key of the "
                + $"first: {e.Message}", e);
        }
    }

    /// <summary>Only the given authority counts, none of the system's.</summary>
    internal static bool IsSignedBy(X509Certificate2 root, X509Certificate? shown)
    {
        if (shown is null) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(shown as X509Certificate2 ?? new X509Certificate2(shown));
    }
}
