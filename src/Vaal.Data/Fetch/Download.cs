using System.Net;
using System.Net.Http.Headers;

namespace Vaal.Data.Fetch;

/// <summary>
/// Brings files whose length and checksum are known. What has come of one lies in <c>NAME.part</c>, from where the next
/// attempt, or the next start of the program, goes on (RFC 9110, section 14: Range, If-Range); only a file that is
/// right gets its name.
/// </summary>
internal sealed class Download(HttpClient http, FetchOptions options)
{
    /// <summary>So many attempts may bring less than <see cref="Worthwhile"/> bytes each, one after another.</summary>
    private const int Attempts = 5;

    private const long Worthwhile = 1 << 20;

    private const string NeedsNoInternet =
        "give another server that holds the same files, such as --from http://server/folder";

    private bool _answered;

    /// <param name="path">where it goes; what lies there already was verified before it got that name</param>
    /// <exception cref="InputException">the server has no such file, another one, or cannot be reached</exception>
    public void Bring(RemoteFile file, string url, string path)
    {
        if (File.Exists(path)) return;
        var part = path + ".part";
        var pieced = Length(part) > 0;
        pieced |= Receive(file, url, part);
        if (pieced && !IsRight(file, part))
        {
            // its beginning may be another version's
            Forget(part);
            Receive(file, url, part);
        }
        if (!IsRight(file, part))
        {
            Forget(part);
            throw new InputException(
                $"expected {file.Name} with SHA-256 {file.Sha256}, found another file at {url}, which was not kept; "
                + "give another server with --from");
        }
        File.Move(part, path, overwrite: true);
        File.Delete(Validator(part));
    }

    private static bool IsRight(RemoteFile file, string part) => Fingerprint.OfFile(part) == file.Sha256;

    /// <summary>Until the part is as long as the file, waiting longer after each attempt that brought little.</summary>
    /// <returns>whether it took more than one attempt</returns>
    private bool Receive(RemoteFile file, string url, string part)
    {
        for (var (attempts, poor) = (1, 0); ; attempts++)
        {
            var before = Length(part);
            if (Attempt(file, url, part) is not { } problem) return attempts > 1;
            var now = Length(part);
            poor = now - before >= Worthwhile ? 0 : poor + 1;
            if (poor == Attempts)
                throw new InputException(
                    $"{url}: {problem}, {Attempts} times in a row; {now:N0} of {file.Bytes:N0} bytes are here, and " +
                    $"the same command continues from there; {NeedsNoInternet}");
            options.Wait(TimeSpan.FromSeconds(1 << Math.Max(0, poor - 1)), options.Cancel);
            options.Cancel.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One connection.</summary>
    /// <returns>null: the part is complete; otherwise why it is not, where another attempt may do better</returns>
    private string? Attempt(RemoteFile file, string url, string part)
    {
        if (Length(part) == file.Bytes) return null;
        if (Length(part) > file.Bytes) Forget(part);
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(options.Cancel);
        var (response, problem) = Ask(url, part, stalled);
        if (response is null) return problem;
        using (response)
        {
            var have = response.StatusCode == HttpStatusCode.PartialContent ? Length(part) : 0;
            var range = response.Content.Headers.ContentRange;
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable || (have > 0 && range?.From != have))
            {
                Forget(part);
                return "the server has no such rest of the file";
            }
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
                return Refused(url, response);
            if ((have > 0 ? range?.Length : response.Content.Headers.ContentLength) is { } length
                && length != file.Bytes)
                throw new InputException(
                    $"expected {file.Name} of {file.Bytes:N0} bytes, found {length:N0} bytes at {url}; "
                    + "give another server with --from");
            return Save(file, url, part, have, response, stalled);
        }
    }

    private (HttpResponseMessage? Response, string? Problem) Ask(
        string url, string part, CancellationTokenSource stalled)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (Length(part) is var have and > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            if (File.Exists(Validator(part)))
                request.Headers.TryAddWithoutValidation("If-Range", RegularFile.ReadAllText(Validator(part)));
        }
        HttpResponseMessage? response = null;
        var problem = OfNetwork(
            stalled, () => response = http.Send(request, HttpCompletionOption.ResponseHeadersRead, stalled.Token));
        _answered |= response is not null;
        return (response, problem);
    }

    private static string Refused(string url, HttpResponseMessage response)
    {
        var answer = $"the server answers {(int)response.StatusCode} {response.ReasonPhrase}";
        return response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
            ? answer
            : throw new InputException($"{url}: {answer}; give another server with --from");
    }

    private string? Save(
        RemoteFile file, string url, string part, long have, HttpResponseMessage response,
        CancellationTokenSource stalled)
    {
        using var to = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, bufferSize: 0);
        to.SetLength(have);
        to.Position = have;
        if (have == 0) Remember(part, response);
        Stream? body = null;
        var (buffer, count) = (new byte[1 << 16], 0);
        var problem = OfNetwork(stalled, () => body = response.Content.ReadAsStream(stalled.Token));
        for (var since = to.Position; problem is null;)
        {
            options.Report?.Invoke(new($"fetching {file.Name}, kB", to.Position / 1_000, file.Bytes / 1_000));
            // the clock restarts only when enough has come
            var anew = to.Position == since || to.Position - since >= options.LeastBytes;
            if (anew) since = to.Position;
            problem = OfNetwork(
                stalled, () => count = body!.ReadAsync(buffer, stalled.Token).AsTask().GetAwaiter().GetResult(), anew);
            if (problem is not null || count == 0) break;
            if (to.Position + count > file.Bytes)
                throw new InputException(
                    $"{url} has more than the {file.Bytes:N0} bytes of {file.Name}, so it is another file; give " +
                    $"another server with --from");
            to.Write(buffer, 0, count);
        }
        return to.Length == file.Bytes ? null : problem ?? "the connection ended early";
    }

    // What tells this version of the file from another; a weak ETag may not be asked for.
    private static void Remember(string part, HttpResponseMessage response)
    {
        var tag = response.Headers.ETag is { IsWeak: false } strong
            ? strong.Tag
            : response.Content.Headers.LastModified?.ToString("R");
        if (tag is null) File.Delete(Validator(part));
        else AtomicFile.WriteAllText(Validator(part), tag);
    }

    /// <summary>Does something on the network, for as long as <see cref="FetchOptions.Patience"/>.</summary>
    /// <returns>what went wrong, where another attempt may do better</returns>
    private string? OfNetwork(CancellationTokenSource stalled, Action act, bool anew = true)
    {
        try
        {
            if (anew) stalled.CancelAfter(options.Patience);
            act();
            return null;
        }
        // after an answer it is the network that dropped
        catch (HttpRequestException e) when (!_answered
            && e.HttpRequestError is HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            throw new InputException($"the server cannot be reached: {e.Message}; {NeedsNoInternet}", e);
        }
        // the address, or one that it leads to, is neither http nor https
        catch (Exception e) when (e is NotSupportedException or UriFormatException)
        {
            throw new InputException($"the server leads to an address that is not fetched: {e.Message}; "
                + "give another server with --from", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return $"the connection broke ({e.Message.TrimEnd('.')})";
        }
        catch (OperationCanceledException) when (!options.Cancel.IsCancellationRequested)
        {
            return $"the server sent nothing, or hardly anything, for {options.Patience.TotalSeconds:0} s";
        }
    }

    private static void Forget(string part)
    {
        File.Delete(part);
        File.Delete(Validator(part));
    }

    private static string Validator(string part) => part + ".version";

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
