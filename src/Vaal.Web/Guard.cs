using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// What every request must pass: a host name that is this machine's own (against DNS rebinding), a known person, and
/// for a write the page's own origin (against requests that another page makes the browser send).
/// </summary>
internal sealed class Guard(Sessions sessions, bool lan)
{
    /// <summary>Nothing but the page's own files is loaded or run; no page frames it.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        + "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'none'";

    private static readonly string[] _here = ["localhost", "127.0.0.1", "[::1]"];
    private readonly HashSet<string> _hosts = new(lan ? [.. _here, .. OwnNames()] : _here,
        StringComparer.OrdinalIgnoreCase);

    public async Task Check(HttpContext http, Func<Task> next)
    {
        var request = http.Request;
        Protect(http.Response.Headers);
        if (!_hosts.Contains(request.Host.Host))
        {
            await Refuse(http, StatusCodes.Status421MisdirectedRequest,
                "expected the address that 'vaal serve' printed, found another host name");
            return;
        }
        if (IsOpen(request))
        {
            await next();
            return;
        }
        if (sessions.PersonOf(http) is not { } person)
        {
            await Stranger(http).ExecuteAsync(http);
            return;
        }
        if (!IsRead(request) && Sessions.BearerOf(request) is null && !IsOwnPage(request))
        {
            await Refuse(http, StatusCodes.Status403Forbidden,
                "expected a write from vaal's own page, found one from elsewhere");
            return;
        }
        http.Items[typeof(Workspace.Admitted)] = person;
        await next();
    }

    /// <summary>What a browser is told with every answer.</summary>
    public static void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    // whoever brings no token guesses none: a page whose person was removed is told so, and does not wait
    private IResult Stranger(HttpContext http)
    {
        if (http.Request.Path == "/")
            return sessions.IsTooMany(http) ? Sessions.WaitAMinute() : Sessions.NotSignedIn("This page is not signed "
                + "in. Open the link that <code>vaal serve</code> printed, or your invitation.<p>A link works once. "
                + "Start <code>vaal serve</code> again for a new one. The owner makes a new invitation with "
                + "<code>vaal annotator add NAME</code>.");
        return Sessions.BearerOf(http.Request) is not null && sessions.IsTooMany(http) ? Sessions.TooMany()
            : Problems.Because(StatusCodes.Status401Unauthorized,
                "expected a person who is known here, found none; open the link that 'vaal serve' printed");
    }

    /// <summary>The person that <see cref="Check"/> let in.</summary>
    public static Workspace.Admitted PersonIn(HttpContext http) =>
        (Workspace.Admitted)http.Items[typeof(Workspace.Admitted)]!;

    private static bool IsRead(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    // links that serve once, and the health of the server, which tells nothing of the workspace
    private static bool IsOpen(HttpRequest request) => request.Path == "/health"
            && (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        || HttpMethods.IsGet(request.Method) && ((request.Path == "/" && request.Query.ContainsKey("token"))
            || request.Path.StartsWithSegments("/join"));

    // a browser says where a request comes from, and another page can neither change that nor add the header
    private static bool IsOwnPage(HttpRequest request)
    {
        if (request.Headers["X-Vaal"] != "1") return false;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0) return origin == $"{request.Scheme}://{request.Host}";
        return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";
    }

    /// <summary>IPv4 addresses of this machine on its networks.</summary>
    public static IReadOnlyList<string> LanAddresses() => [.. NetworkInterface.GetAllNetworkInterfaces()
        .Where(face => face.OperationalStatus is OperationalStatus.Up or OperationalStatus.Unknown)
        .SelectMany(face => face.GetIPProperties().UnicastAddresses).Select(a => a.Address)
        .Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a))
        .Select(a => a.ToString()).Distinct()];

    /// <summary>The ways to write a host's name: as it is, alone, in its domain, and as mDNS has it.</summary>
    /// <param name="full">as the resolver knows it; null: it does not</param>
    internal static IEnumerable<string> NamesOf(string host, string? full)
    {
        var alone = host.Split('.')[0];
        return full is null || !full.StartsWith($"{alone}.", StringComparison.OrdinalIgnoreCase)
            ? [host, alone, $"{alone}.local"] : [host, alone, $"{alone}.local", full.TrimEnd('.')];
    }

    // a resolver that is away may take its time
    private static string? FullName(string host)
    {
        try
        {
            var asked = Dns.GetHostEntryAsync(host);
            return asked.Wait(TimeSpan.FromSeconds(2)) ? asked.Result.HostName : null;
        }
        catch (AggregateException e) when (e.InnerException is SocketException)
        {
            return null;
        }
    }

    private static IEnumerable<string> OwnNames()
    {
        var host = Dns.GetHostName();
        foreach (var name in NamesOf(host, FullName(host))) yield return name;
        foreach (var face in NetworkInterface.GetAllNetworkInterfaces())
            foreach (var address in face.GetIPProperties().UnicastAddresses)
                yield return address.Address.ToString() is var text && text.Contains(':') ? $"[{text}]" : text;
    }

    private static Task Refuse(HttpContext http, int status, string sentence) =>
        Problems.Because(status, sentence).ExecuteAsync(http);
}
