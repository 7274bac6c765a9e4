using System.Globalization;
using System.Net;
using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Pools;

/// <summary>What an entry's location means.</summary>
internal static class ImageLocation
{
    public static bool IsAddress(string location) =>
        location.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || location.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>It is no file of its own in a folder.</summary>
    public static bool IsElsewhere(string location) =>
        IsAddress(location) || S3Address.Recognises(location) || InArchive(location) is not null;

    /// <summary>The archive, and which of its bytes; null: it is no part of one.</summary>
    public static (string Archive, long Offset, int Length)? InArchive(string location)
    {
        var parts = location.Split('#', 3);
        if (parts.Length < 3 || !parts[0].EndsWith(".tar", StringComparison.OrdinalIgnoreCase)) return null;
        var numbers = parts[1].Split('+');
        return numbers.Length == 2
            && long.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? (parts[0], offset, length) : null;
    }
}

/// <summary>An image's bytes, or why it has none for good.</summary>
internal readonly record struct ImageBytes(byte[]? Bytes, string? Problem = null);

/// <summary>
/// Reads images from wherever they lie, with bounded memory. What an image lacks for good is a problem of that image;
/// what does not answer for now is an <see cref="IOException"/>, what this machine does not see is an
/// <see cref="ImagesAwayException"/>, and what a bucket refuses is a <see cref="BucketException"/>, so that none
/// becomes part of a result.
/// </summary>
/// <param name="root">folder of relative paths</param>
internal sealed class ImageReader(string? root, S3Options s3) : IDisposable
{
    /// <summary>Larger ones are left out.</summary>
    public const int MostBytes = 256 << 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        MaxConnectionsPerServer = 16,
    })
    { Timeout = s3.Patience };

    private readonly Dictionary<string, S3Bucket> _buckets = [];

    public ImageBytes Read(PoolEntry entry, CancellationToken cancel = default)
    {
        var location = entry.Location;
        var part = ImageLocation.InArchive(location);
        try
        {
            if (part is { } p)
                return S3Address.Recognises(p.Archive) ? OfBucket(p.Archive, (p.Offset, p.Length)) : OfArchive(p);
            if (S3Address.Recognises(location)) return OfBucket(location, null);
            return ImageLocation.IsAddress(location) ? OfServer(location, cancel) : OfFile(Full(location));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            if (part is { } p) throw new ImagesAwayException($"the archive {Full(p.Archive)}", "none", e);
            return new(null, OfItself(Full(location), e, "there is no such file"));
        }
        catch (UnauthorizedAccessException e)
        {
            if (part is { } p)
                throw new ImagesAwayException($"the archive {Full(p.Archive)}", "one that this user may not read", e);
            return new(null, OfItself(Full(location), e, "it may not be read"));
        }
        catch (InputException e) when (e is not BucketException)
        {
            return new(null, e.Message);
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        foreach (var bucket in _buckets.Values) bucket.Dispose();
    }

    /// <summary>What is said of a file without bytes.</summary>
    public static string Empty(string path) =>
        RegularFile.Is(path) ? "the file is empty" : "it is a pipe or a device";

    private string Full(string path) => Path.Combine(root ?? "", path);

    // A share that is not mounted is an empty folder, or none. Only beside other files is a file missing by itself.
    private string OfItself(string path, Exception e, string problem)
    {
        if (root is not null && path.StartsWith(root, StringComparison.Ordinal) && !Directory.Exists(root))
            throw new ImagesAwayException($"the folder {root}", "none", e);
        // a link is here, and what is missing lies where it leads to
        var place = new FileInfo(path) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;
        var folder = Path.GetDirectoryName(Path.GetFullPath(place))!;
        var found = Listed(folder);
        if (found is not null) throw new ImagesAwayException($"images in the folder {folder}", found, e);
        if (e is not UnauthorizedAccessException && File.Exists(place))
            throw new ImagesAwayException($"the image {path}", "none for a moment", e);
        return problem;
    }

    // null: it holds something
    private static string? Listed(string folder)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(folder).Any() ? null : "an empty one";
        }
        catch (DirectoryNotFoundException)
        {
            return "no such folder";
        }
        catch (UnauthorizedAccessException)
        {
            return "one that this user may not read";
        }
    }

    private static ImageBytes OfFile(string path)
    {
        var file = new FileInfo(path);
        var length = (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length;
        if (length > MostBytes) return new(null, $"it has {length:N0} bytes; the limit is {MostBytes:N0}");
        // also what keeps pipes and devices from being opened
        return length == 0 ? new(null, Empty(path)) : new(RegularFile.ReadAllBytes(path));
    }

    private ImageBytes OfArchive((string Archive, long Offset, int Length) part)
    {
        if (part.Length > MostBytes) return new(null, $"it has {part.Length:N0} bytes; the limit is {MostBytes:N0}");
        using var file = File.OpenHandle(Full(part.Archive));
        var bytes = new byte[part.Length];
        for (var read = 0; read < bytes.Length;)
        {
            var more = RandomAccess.Read(file, bytes.AsSpan(read), part.Offset + read);
            if (more == 0) return new(null, "the archive ends before it");
            read += more;
        }
        return new(bytes);
    }

    private ImageBytes OfBucket(string location, (long Offset, int Length)? part)
    {
        if (part?.Length == 0) return new(null, "the file is empty");                  // no range has no bytes
        var address = S3Address.Parse(location);
        S3Bucket? bucket;
        lock (_buckets)
        {
            if (!_buckets.TryGetValue(address.Bucket, out bucket))
                _buckets.Add(address.Bucket, bucket = new(address.Bucket, s3));
        }
        if (bucket.Get(address.Key, part, MostBytes) is not { } bytes) return new(null, "there is no such object");
        return bytes.Length < part?.Length ? new(null, "the archive ends before it") : new(bytes);
    }

    private ImageBytes OfServer(string address, CancellationToken cancel)
    {
        for (var (tries, pause) = (1, s3.Pause); ; tries++, pause *= 2)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                using var response = _http.Send(new HttpRequestMessage(HttpMethod.Get, address),
                    HttpCompletionOption.ResponseHeadersRead, cancel);
                if ((int)response.StatusCode >= 500 || response.StatusCode is HttpStatusCode.RequestTimeout
                    or HttpStatusCode.TooManyRequests)
                    throw new HttpRequestException($"the server answered {(int)response.StatusCode}");
                if (!response.IsSuccessStatusCode)
                    return new(null, $"the server answered {(int)response.StatusCode}");
                return Body(response, s3.Patience, cancel);
            }
            catch (Exception e) when (e is HttpRequestException or IOException
                || e is OperationCanceledException && !cancel.IsCancellationRequested)
            {
                if (tries >= s3.Tries)
                    throw new IOException($"{address}: no answer after {tries} tries ({e.Message})", e);
                cancel.WaitHandle.WaitOne(pause);
            }
            catch (Exception e) when (e is UriFormatException or InvalidOperationException or NotSupportedException)
            {
                return new(null, "it is no address");
            }
        }
    }

    // the client's own time ends with the headers; a server that stalls in the body is given as long for each piece
    private static ImageBytes Body(HttpResponseMessage response, TimeSpan patience, CancellationToken cancel)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var bytes = new MemoryStream();
        using var body = response.Content.ReadAsStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = Next()) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MostBytes) return new(null, $"it has more than {MostBytes:N0} bytes");
        }
        if (response.Content.Headers.ContentLength is { } told && told != bytes.Length)
            throw new IOException($"the server promised {told:N0} bytes and sent {bytes.Length:N0}");
        return new(bytes.ToArray());

        int Next()
        {
            late.CancelAfter(patience);
            return body.ReadAsync(buffer, late.Token).AsTask().GetAwaiter().GetResult();
        }
    }
}
