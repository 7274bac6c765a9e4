using System.Net;
using System.Net.Sockets;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Tests;

/// <summary>A server that begins to answer and then says nothing more.</summary>
public sealed class StalledServerTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> _held = [];
    private int _asked;

    public StalledServerTests()
    {
        _listener.Start();
        _ = Task.Run(Answer);
    }

    public void Dispose()
    {
        _listener.Dispose();
        lock (_held) _held.ForEach(c => c.Dispose());
    }

    [Fact]
    public void Read_OfABodyThatStalls_IsTriedAgainAndGivenUp()
    {
        var options = new S3Options
        {
            Tries = 2,
            Pause = TimeSpan.FromMilliseconds(1),
            Patience = TimeSpan.FromMilliseconds(300),
        };
        using var reader = new ImageReader(null, options);
        var address = $"http://{_listener.LocalEndpoint}/a.png";
        Assert.Contains("no answer after 2 tries",
            Assert.Throws<IOException>(() => reader.Read(new(address))).Message);
        Assert.Equal(2, Volatile.Read(ref _asked));
    }

    private async Task Answer()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                lock (_held) _held.Add(client);
                Interlocked.Increment(ref _asked);
                await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"u8.ToArray());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
        }
    }
}
