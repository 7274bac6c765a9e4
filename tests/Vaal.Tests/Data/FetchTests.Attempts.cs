using Vaal.Data.Fetch;

namespace Vaal.Tests.Data;

/// <summary>Which failures are tried again, and how often.</summary>
public sealed partial class FetchTests
{
    /// <summary>A machine that has lost its network finds no names.</summary>
    [Fact]
    public void Fetch_NameIsNotFoundMeanwhile_IsTriedAgain()
    {
        using var server =
            new FileServer(a => FileServer.Proper(a, Bytes) with { CutAfter = a.Number == 1 ? 30_000 : null });
        using var http = new HttpClient(new NameIsNotFound(2));
        new Download(http, Options()).Bring(Of("a.bin", Bytes), $"{server.Address}a.bin", _folder["a.bin"]);
        Assert.Equal(Bytes, File.ReadAllBytes(_folder["a.bin"]));
        Assert.Equal([null, 30_000], server.Requests.Select(r => r.From));
        Assert.Equal([1, 2], _waits);
    }

    [Fact]
    public void Fetch_NameIsNotFoundAtFirst_SaysSoAtOnce()
    {
        using var http = new HttpClient(new NameIsNotFound(1));
        Assert.StartsWith("the server cannot be reached: no such name; give another server",
            Assert.Throws<InputException>(() => new Download(http, Options())
                .Bring(Of("a.bin", Bytes), "http://nowhere.invalid/a.bin", _folder["a.bin"])).Message,
            StringComparison.Ordinal);
        Assert.Empty(_waits);
    }

    /// <param name="at">which request finds no name</param>
    private sealed class NameIsNotFound(int at) : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _sent;

        protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken) =>
            ++_sent == at
                ? throw new HttpRequestException(HttpRequestError.NameResolutionError, "no such name")
                : base.Send(request, cancellationToken);
    }

    [Fact]
    public void Fetch_ManyBytesThenHardlyAny_HasFiveMoreAttempts()
    {
        var large = Noise(2 << 20, 3);
        using var server = new FileServer(
            a => FileServer.Proper(a, large) with { CutAfter = a.Number == 1 ? 1 << 20 : 1_000 });
        Assert.Contains(", 5 times in a row; ", Assert.Throws<InputException>(
            () => Store.Fetch(Source(server, Of("a.bin", large)), Options())).Message, StringComparison.Ordinal);
        Assert.Equal(6, server.Requests.Count);
        Assert.Equal([1, 1, 2, 4, 8], _waits);
    }
}
