using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;
using Vaal.Cluster.Hosting;

namespace Vaal.Cluster.Tests;

public sealed class NoAnswerTests
{
    private static readonly ClusterConnection Connection = new("redis1:6379,password=hidden", "farm");

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

    public static TheoryData<Exception, string> CausesOfASilo => new()
    {
        { new IOException("bind", new SocketException((int)SocketError.AddressNotAvailable)), "expected an address of "
            + "this machine with --host, found another; give one of its own, or add --listen-everywhere" },
        { new IOException("bind", new SocketException((int)SocketError.AccessDenied)), "expected ports that this user "
            + "may open, found one that is refused; give ports from 1024 on with --port, --gateway-port and "
            + "--dashboard" },
        { new TimeoutException("no other silo answers"), "expected to join the silos of the cluster 'farm', found no "
            + "other silo answers; check --host and the certificates, and '--log information' says more" },
    };

    [Theory, MemberData(nameof(CausesOfASilo), DisableDiscoveryEnumeration = true)]
    public void Words_OfASilo_NeverTellItToStartOne(Exception cause, string expected) =>
        Assert.Equal(expected, NoAnswer.Words(cause, Connection, silo: true));

    [Fact]
    public void Meanwhile_WithoutRedisOrASilo_SaysWhatIsMissing()
    {
        var (time, away) = (TimeSpan.FromMinutes(5), new RedisTimeoutException("…", CommandStatus.WaitingInBacklog));
        Assert.Equal("Redis at redis1:6379 does not answer yet; trying for 300 s",
            NoAnswer.Meanwhile(away, Connection, time));
        Assert.Equal("no silo of the cluster 'farm' answers yet; trying for 300 s",
            NoAnswer.Meanwhile(new TimeoutException(), Connection, time));
        var refused = new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, "WRONGPASS");
        Assert.Null(NoAnswer.Meanwhile(refused, Connection, time));
        Assert.True(NoAnswer.IsFinal(refused));
        Assert.False(NoAnswer.IsFinal(away));
    }

    [Fact]
    public void Problems_OfAConnection_NameNoSecret()
    {
        var connection = new ClusterConnection("redis://u:hidden@redis1:6379");
        Assert.Equal("expected the address of Redis as host:port, found a user or a password in it; give the password "
            + "in VAAL_REDIS_PASSWORD", Assert.Single(connection.Problems()));
        Assert.Equal("expected a log level of error, warning, information, found 'loud'",
            Assert.Single(new ClusterConnection(logLevel: "loud").Problems()));
        Assert.Empty(new ClusterConnection(logLevel: "Warning").Problems());
        Assert.DoesNotContain("hidden", Assert.Throws<InputException>(() =>
            new ClusterConnection("redis1:6379,pass_word=hidden").Redis()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11_111, 11_111, null, "expected two ports, found 11111 for both --port and --gateway-port")]
    [InlineData(11_111, 30_000, 30_000,
        "expected another port with --dashboard, found 30000, which the silo has already")]
    [InlineData(11_111, 30_000, 11_111,
        "expected another port with --dashboard, found 11111, which the silo has already")]
    public void Problems_OfASiloWithOnePortTwice_NameIt(int port, int gateway, int? dashboard, string expected) =>
        Assert.Equal(expected, Assert.Single(new SiloSettings
        {
            Connection = Connection,
            Host = "127.0.0.1",
            Port = port,
            GatewayPort = gateway,
            Dashboard = dashboard,
            Lease = TimeSpan.FromSeconds(30),
            Detection = TimeSpan.FromSeconds(12),
        }.Problems()));

    [Theory, MemberData(nameof(Causes), DisableDiscoveryEnumeration = true)]
    public void Words_OfWhatTheDriversSay_AreOneShortLine(Exception cause, string expected) =>
        Assert.Equal(expected, NoAnswer.Words(cause, Connection));
}
