using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster.Tests;

public sealed class NoAnswerTests
{
    private static readonly ClusterConnection Connection = new("redis1:6379", "farm");

    public static TheoryData<Exception, string> Causes => new()
    {
        { new RedisTimeoutException("The message timed out in the backlog, command=ZADD, mgr: 10 of 10 available",
            CommandStatus.WaitingInBacklog), "expected Redis at redis1:6379, found none that answers; start Redis, "
                + "or give the right address" },
        { new InvalidOperationException("outer", new RedisConnectionException(ConnectionFailureType.UnableToConnect,
            "It was not possible to connect, serverSelectionStrategy=…")), "expected Redis at redis1:6379, found none "
                + "that answers; start Redis, or give the right address" },
        { new AggregateException(new RedisConnectionException(ConnectionFailureType.AuthenticationFailure,
            "WRONGPASS invalid username-password pair")), "expected Redis at redis1:6379, found one that refuses the "
                + "password; set VAAL_REDIS_PASSWORD" },
        { new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "TLS",
            new AuthenticationException("The remote certificate was rejected")), "expected Redis at redis1:6379, found "
                + "one with another certificate; give its authority with --redis-authority" },
        { new IOException("bind", new SocketException((int)SocketError.AddressAlreadyInUse)), "expected free ports for "
            + "this silo, found one that is taken; give others with --port, --gateway-port and --dashboard" },
        { new TimeoutException("Response did not arrive on time in 00:00:05 for message: Request [sys.client/…]"),
            "expected a silo of the cluster 'farm' that answers, found none at the addresses in Redis redis1:6379; "
                + "start 'vaal cluster silo', or check the address and the certificates" },
    };

    [Theory, MemberData(nameof(Causes), DisableDiscoveryEnumeration = true)]
    public void Words_OfWhatTheDriversSay_AreOneShortLine(Exception cause, string expected) =>
        Assert.Equal(expected, NoAnswer.Words(cause, Connection));
}
