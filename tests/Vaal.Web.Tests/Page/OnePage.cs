using System.Net;
using System.Net.Sockets;

namespace Vaal.Web.Tests.Page;

/// <summary>One HTML page on a port of its own: another origin.</summary>
internal sealed class OnePage : IDisposable
{
    private readonly HttpListener _listener = new();

    public OnePage(string html)
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = new($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
        }
        _listener.Prefixes.Add(Url.AbsoluteUri);
        _listener.Start();
        _ = Answer(System.Text.Encoding.UTF8.GetBytes(html));
    }

    public Uri Url { get; }

    public void Dispose() => _listener.Close();

    private async Task Answer(byte[] html)
    {
        try
        {
            while (true)
            {
                var http = await _listener.GetContextAsync();
                http.Response.ContentType = "text/html";
                await http.Response.OutputStream.WriteAsync(html);
                http.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException) { }
    }
}
