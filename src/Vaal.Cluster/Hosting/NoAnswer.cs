using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Vaal.Cluster.Hosting;

/// <summary>
/// Why a cluster cannot be reached, in one line with what to do. The drivers' own messages fill a page with counters.
/// </summary>
internal static class NoAnswer
{
    public static string Words(Exception e, ClusterConnection connection)
    {
        var all = Within(e).ToList();
        if (all.OfType<SocketException>().Any(s => s.SocketErrorCode == SocketError.AddressAlreadyInUse))
            return "expected free ports for this silo, found one that is taken; give others with --port, "
                + "--gateway-port and --dashboard";
        if (!all.Exists(IsOfRedis))
            return $"expected a silo of the cluster '{connection.Cluster}' that answers, found none at the addresses "
                + $"in Redis {connection.Address}; start 'vaal cluster silo', or check the address and the "
                + "certificates";
        var found = all.Exists(x => x is AuthenticationException) ? "one with another certificate; give its authority "
                + "with --redis-authority"
            : all.Exists(RefusesPassword) ? "one that refuses the password; set VAAL_REDIS_PASSWORD"
            : "none that answers; start Redis, or give the right address";
        return $"expected Redis at {connection.Address}, found {found}";
    }

    /// <summary>What is said while it is tried again; null: Redis itself does not answer, and the last word says
    /// that.</summary>
    public static string? Meanwhile(Exception e, ClusterConnection connection, TimeSpan patience) =>
        Within(e).Any(IsOfRedis) ? null
            : $"no silo of the cluster '{connection.Cluster}' answers yet; trying for {patience.TotalSeconds:0} s";

    private static bool IsOfRedis(Exception e) => e is RedisException or RedisTimeoutException;

    private static bool RefusesPassword(Exception e) =>
        e.Message.Contains("NOAUTH", StringComparison.Ordinal)
        || e.Message.Contains("WRONGPASS", StringComparison.Ordinal)
        || e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure };

    private static IEnumerable<Exception> Within(Exception e) =>
        (e is AggregateException many ? [.. many.InnerExceptions]
            : e.InnerException is { } inner ? new[] { inner } : []).SelectMany(Within).Prepend(e);
}
