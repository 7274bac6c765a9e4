using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Vaal.Cluster.Hosting;

/// <summary>How a silo or a worker finds the cluster, and how both prove who they are.</summary>
public sealed record ConnectionSettings
{
    public const string DefaultAddress = "127.0.0.1:6379";

    /// <summary>Of the Redis that keeps who is a member: <c>host:port</c>, with options of StackExchange.Redis behind
    /// commas, such as <c>ssl=true</c>.</summary>
    public string Address { get; init; } = DefaultAddress;

    /// <summary>Tells several clusters on one Redis apart.</summary>
    public string Cluster { get; init; } = "vaal";

    /// <summary>
    /// PEM file with a certificate and its key: TLS between silos and workers, on both sides. Null: none.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file of the authority that must have signed the other side's certificate.</summary>
    public string? Authority { get; init; }

    /// <summary>PEM file of the authority that must have signed the certificate of Redis; null: one of the
    /// system's.</summary>
    public string? RedisAuthority { get; init; }

    /// <summary>Password of Redis; null: none.</summary>
    public string? RedisPassword { get; init; }

    /// <summary>Sends traces and metrics where the standard variables of OpenTelemetry say.</summary>
    public bool Telemetry { get; init; }

    /// <summary>
    /// What Orleans says is printed from this level on: <c>Information</c>, <c>Warning</c>, <c>Error</c>.
    /// </summary>
    public string LogLevel { get; init; } = "Error";

    /// <summary>Every problem, not only the first.</summary>
    public IEnumerable<string> Problems()
    {
        if (Certificate is null != Authority is null)
            yield return "expected --tls-certificate and --tls-authority together, found one of them";
        foreach (var file in new[] { Certificate, Authority, RedisAuthority }.OfType<string>())
            if (!File.Exists(file)) yield return $"expected a PEM file, found no '{file}'";
        if (!Enum.TryParse<LogLevel>(LogLevel, ignoreCase: true, out _))
            yield return $"expected a log level of {string.Join(", ", Enum.GetNames<LogLevel>())}, found '{LogLevel}'";
        if (Cluster.Length == 0) yield return "expected a name of the cluster, found none";
    }

    internal bool HasTls => Certificate is not null;

    internal ConfigurationOptions Redis()
    {
        ConfigurationOptions options;
        try
        {
            options = ConfigurationOptions.Parse(Address.Replace("redis://", "", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InputException($"expected the address of a Redis, host:port, found '{Address}': {e.Message}", e);
        }
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = options.SyncTimeout = options.AsyncTimeout = 2_000;
        options.ConnectRetry = 2;
        if (RedisPassword is { Length: > 0 } password) options.Password = password;
        if (RedisAuthority is { } authority)
        {
            var root = X509CertificateLoader.LoadCertificateFromFile(authority);
            options.CertificateValidation += (_, certificate, _, errors) =>
                (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == 0 && IsSignedBy(root, certificate);
        }
        return options;
    }

    /// <exception cref="InputException">a file holds no certificate, or one without a key</exception>
    internal (X509Certificate2 Own, X509Certificate2 Root) Certificates()
    {
        try
        {
            using var pem = X509Certificate2.CreateFromPemFile(Certificate!);
            // as a server takes it: with its key, in memory
            var own = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pfx), null);
            return (own, X509CertificateLoader.LoadCertificateFromFile(Authority!));
        }
        catch (System.Security.Cryptography.CryptographicException e)
        {
            throw new InputException($"expected certificates in {Certificate} and {Authority}, with the key of the "
                + $"first: {e.Message}", e);
        }
    }

    /// <summary>Only the given authority counts, none of the system's.</summary>
    internal static bool IsSignedBy(X509Certificate2 root, X509Certificate? certificate)
    {
        if (certificate is null) return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(certificate as X509Certificate2 ?? new X509Certificate2(certificate));
    }

    internal const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;
}
