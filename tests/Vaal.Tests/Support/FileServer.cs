using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Vaal.Tests;

/// <summary>What was asked: the file, from which byte on, and only if it still is this version.</summary>
internal sealed record Asked(int Number, string Name, int? From, string? IfRange);

/// <summary>What is answered. The connection is closed after <see cref="CutAfter"/> bytes; after
/// <see cref="PauseAfter"/> bytes it stays open and silent.</summary>
internal sealed record Answer(int Status, byte[] Body, params string[] Headers)
{
    public int? CutAfter { get; init; }
    public bool TellsLength { get; init; } = true;
    public int? PauseAfter { get; init; }

    /// <summary>Between bytes, which come one by one.</summary>
    public TimeSpan? Drip { get; init; }
}

/// <summary>A web server on this machine that can be as bad as real ones.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ManualResetEventSlim _end = new();
    private readonly Func<Asked, Answer> _answer;
    private int _count;

    public FileServer(Func<Asked, Answer> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = Task.Run(AcceptAsync);
    }

    public string Address => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>In order of arrival.</summary>
    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Set when an answer has come to its pause.</summary>
    public ManualResetEventSlim Paused { get; } = new();

    /// <summary>As RFC 9110 has it: the whole file, or the rest where it is asked for and the version is still the
    /// same.</summary>
    public static Answer Proper(Asked asked, byte[] file, string version = "\"1\"") =>
        asked.From is not { } from || (asked.IfRange is { } wanted && wanted != version)
            ? new(200, file, $"ETag: {version}")
        : from >= file.Length ? new(416, [], $"Content-Range: bytes */{file.Length}")
        : new(206, file[from..], $"ETag: {version}", $"Content-Range: bytes {from}-{file.Length - 1}/{file.Length}");

    public void Dispose()
    {
        _end.Set();
        _listener.Stop();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = Task.Run(() => Serve(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException) { }
    }

    private void Serve(TcpClient client)
    {
        using (client)
        {
            try
            {
                using var stream = client.GetStream();
                var asked = Read(stream);
                Requests.Enqueue(asked);
                Write(stream, _answer(asked));
            }
            catch (IOException) { }                                                   // the other side has gone
        }
    }

    private Asked Read(NetworkStream stream)
    {
        var text = new StringBuilder();
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            text.Append(stream.ReadByte() is var b and >= 0 ? (char)b : throw new IOException("it has gone"));
        var lines = text.ToString().Split("\r\n");
        string? Header(string name) =>
            lines.FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(
                name.Length + 1)..].Trim();
        var range = Header("Range");
        return new(Interlocked.Increment(ref _count), lines[0].Split(' ')[1].TrimStart('/'), range is null
            ? null
            : int.Parse(range["bytes=".Length..^1]), Header("If-Range"));
    }

    private void Write(NetworkStream stream, Answer answer)
    {
        var head = $"HTTP/1.1 {answer.Status} As told\r\nConnection: close\r\n"
            + string.Concat(answer.Headers.Select(h => h + "\r\n"))
            + (answer.TellsLength ? $"Content-Length: {answer.Body.Length}\r\n" : "") + "\r\n";
        stream.Write(Encoding.ASCII.GetBytes(head));
        var body = answer.Body.AsSpan(0, Math.Min(answer.CutAfter ?? int.MaxValue, answer.Body.Length));
        if (answer.PauseAfter is { } some && some <= body.Length)
        {
            stream.Write(body[..some]);
            stream.Flush();
            Paused.Set();
            _end.Wait(TimeSpan.FromMinutes(1));
            return;
        }
        if (answer.Drip is { } pause)
        {
            foreach (var b in body)
            {
                stream.WriteByte(b);
                stream.Flush();
                if (_end.Wait(pause)) return;
            }
            return;
        }
        stream.Write(body);
    }
}
