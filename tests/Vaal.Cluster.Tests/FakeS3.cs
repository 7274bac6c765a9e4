using System.Net;
using System.Text;
using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Tests;

/// <summary>
/// A server of as much of S3's protocol as a job uses, with a bucket <c>there</c>, that can be slow, busy or refuse.
/// </summary>
internal sealed class FakeS3 : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    static FakeS3()
    {
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", "test");
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "test");
    }

    public FakeS3()
    {
        Endpoint = $"http://127.0.0.1:{Bench.LocalCluster.FreePort()}";
        _listener.Prefixes.Add(Endpoint + "/");
        _listener.Start();
        new Thread(Serve) { IsBackground = true }.Start();
    }

    public string Endpoint { get; }

    /// <summary>To reach it, with short pauses.</summary>
    public S3Options Options => new()
    {
        Endpoint = Endpoint,
        Tries = 3,
        Pause = TimeSpan.FromMilliseconds(5),
        Patience = TimeSpan.FromMinutes(1),
    };

    /// <summary>So many requests are answered with 503 first.</summary>
    public int Busy { get; set; }

    /// <summary>The answer to every request after <see cref="Granted"/> ones; null: none is refused.</summary>
    public (int Status, string Code)? Refusal { get; set; }

    /// <summary>So many requests are answered before <see cref="Refusal"/>.</summary>
    public int Granted { get; set; }

    /// <summary>Before each answer.</summary>
    public TimeSpan Delay { get; set; }

    public int Requests { get; private set; }

    /// <summary>Which part of an object was asked for last; null: all of it.</summary>
    public string? Range { get; private set; }

    public byte[]? this[string key]
    {
        get { lock (_lock) return _objects.GetValueOrDefault(key); }
        set { lock (_lock) _objects[key] = value!; }
    }

    public void Dispose() => _listener.Close();

    private void Serve()
    {
        try
        {
            while (true)
            {
                var context = _listener.GetContext();
                ThreadPool.QueueUserWorkItem(_ => Answer(context));
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // closed
        }
    }

    private void Answer(HttpListenerContext context)
    {
        try
        {
            Thread.Sleep(Delay);
            var (status, body) = Answered(context.Request, context.Response);
            context.Response.StatusCode = status;
            context.Response.ContentLength64 = body.Length;
            context.Response.OutputStream.Write(body);
            context.Response.Close();
        }
        catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException
            or InvalidOperationException)
        {
            // the caller gave up
        }
    }

    private (int, byte[]) Answered(HttpListenerRequest request, HttpListenerResponse response)
    {
        using var sent = new MemoryStream();
        request.InputStream.CopyTo(sent);
        lock (_lock)
        {
            Requests++;
            Range = request.Headers["Range"];
            if (Busy-- > 0) return (503, Error("SlowDown"));
            if (Refusal is { } refusal && Granted-- <= 0) return (refusal.Status, Error(refusal.Code));
            var parts = Uri.UnescapeDataString(request.Url!.AbsolutePath).TrimStart('/').Split('/', 2);
            if (parts[0] != "there") return (404, Error("NoSuchBucket"));
            var key = parts.Length > 1 ? parts[1] : "";
            if (key.Length == 0) return (200, Listing(request.QueryString["prefix"] ?? ""));
            if (request.HttpMethod == "PUT")
            {
                if (request.Headers["If-None-Match"] == "*" && _objects.ContainsKey(key))
                    return (412, Error("PreconditionFailed"));
                _objects[key] = sent.ToArray();
                response.Headers["ETag"] = "\"x\"";
                return (200, []);
            }
            if (request.HttpMethod == "DELETE")
            {
                _objects.Remove(key);
                return (204, []);
            }
            if (!_objects.TryGetValue(key, out var found)) return (404, Error("NoSuchKey"));
            response.Headers["Last-Modified"] = "Thu, 01 Jan 2026 00:00:00 GMT";
            if (Range is not { } range) return (200, found);
            var ends = range["bytes=".Length..].Split('-');
            var (from, to) = (int.Parse(ends[0]), Math.Min(int.Parse(ends[1]), found.Length - 1));
            if (from >= found.Length) return (416, Error("InvalidRange"));
            response.Headers["Content-Range"] = $"bytes {from}-{to}/{found.Length}";
            return (206, found[from..(to + 1)]);
        }
    }

    private byte[] Listing(string prefix)
    {
        var text = new StringBuilder("<?xml version=\"1.0\"?><ListBucketResult>")
            .Append("<Name>there</Name><IsTruncated>false</IsTruncated>");
        foreach (var (key, bytes) in _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal)))
            text.Append($"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>")
                .Append($"<Size>{bytes.Length}</Size><StorageClass>STANDARD</StorageClass></Contents>");
        return Encoding.UTF8.GetBytes(text.Append("</ListBucketResult>").ToString());
    }

    private static byte[] Error(string code) => Encoding.UTF8.GetBytes(
        $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{code}</Message></Error>");
}
