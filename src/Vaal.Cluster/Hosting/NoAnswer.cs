using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Vaal.Cluster.Hosting;

/// <summary>
/// Why a cluster cannot be reached, in one line with what to do. The drivers' own messages fill a page with counters.
/// </summary>
internal static class NoAnswer
{
    private const int LongestReason = 200;

    /// <param name="silo">it is a silo that does not start</param>
    public static string Words(Exception e, ClusterConnection connection, bool silo = false)
    {
        var all = Within(e).ToList();
        bool Says(SocketError error) => all.OfType<SocketException>().Any(s => s.SocketErrorCode == error);
        if (Says(SocketError.AddressAlreadyInUse))
            return "expected free ports for this silo, found one that is taken; give others with --port, "
                + "--gateway-port and --dashboard";
        if (silo && Says(SocketError.AddressNotAvailable))
            return "expected an address of this machine with --host, found another; give one of its own, or add "
                + "--listen-everywhere";
        if (silo && Says(SocketError.AccessDenied))
            return "expected ports that this user may open, found one that is refused; give ports from 1024 on with "
                + "--port, --gateway-port and --dashboard";
        if (OfRedis(all) is { } found) return $"expected Redis at {connection.Place}, found {found}";
        if (!silo)
            return $"expected a silo of the cluster '{connection.Cluster}' that answers, found none at the addresses "
                + $"in Redis {connection.Place}; start 'vaal cluster silo', or check the address and the certificates";
        var reason = e.GetBaseException().Message;
        return $"expected to join the silos of the cluster '{connection.Cluster}', found "
            + $"{(reason.Length > LongestReason ? reason[..LongestReason] + "…" : reason)}; check --host and the "
            + "certificates, and '--log information' says more";
    }

    /// <summary>What is said while it is tried again; null: nothing, as <see cref="IsFinal"/>.</summary>
    public static string? Meanwhile(Exception e, ClusterConnection connection, TimeSpan patience)
    {
        if (IsFinal(e)) return null;
        var missing = Within(e).Any(IsOfRedis) ? $"Redis at {connection.Place} does not answer yet"
            : $"no silo of the cluster '{connection.Cluster}' answers yet";
        return $"{missing}; trying for {patience.TotalSeconds:0} s";
    }

    /// <summary>Redis answers, and refuses: it would refuse again.</summary>
    public static bool IsFinal(Exception e)
    {
        var all = Within(e).ToList();
        return all.Exists(IsOfRedis) && all.Exists(x => x is AuthenticationException || RefusesPassword(x));
    }

    private static string? OfRedis(List<Exception> all) =>
        !all.Exists(IsOfRedis) ? null
        : all.Exists(x => x is AuthenticationException) ? "one with another certificate; give its authority with "
            + "--redis-authority"
        : all.Exists(RefusesPassword) ? "one that refuses the password; set VAAL_REDIS_PASSWORD"
        : "none that answers; start Redis, or give the right address";

    private static bool IsOfRedis(Exception e) => e is RedisException or RedisTimeoutException;

    private static bool RefusesPassword(Exception e) =>
        e.Message.Contains("NOAUTH", StringComparison.Ordinal)
        || e.Message.Contains("WRONGPASS", StringComparison.Ordinal)
        || e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure };

    private static IEnumerable<Exception> Within(Exception e) =>
        (e is AggregateException many ? [.. many.InnerExceptions]
            : e.InnerException is { } inner ? new[] { inner } : []).SelectMany(Within).Prepend(e);
}
