using System.Net;
using System.Net.NetworkInformation;
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
        var (request, headers) = (http.Request, http.Response.Headers);
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
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
            await (sessions.IsTooMany(http) ? Sessions.TooMany().ExecuteAsync(http)
                    : request.Path == "/"
                    ? Sessions.NotSignedIn("This page is not signed in. Open the link that <code>vaal serve</code> "
                    + "printed, or your invitation.<p>A link works once. Start <code>vaal serve</code> again for a new "
                    + "one.").ExecuteAsync(http)
                : Refuse(http, StatusCodes.Status401Unauthorized,
                    "expected a person who is known here, found none; open the link that 'vaal serve' printed"));
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

    /// <summary>The person that <see cref="Check"/> let in.</summary>
    public static Workspace.Admitted PersonIn(HttpContext http) =>
        (Workspace.Admitted)http.Items[typeof(Workspace.Admitted)]!;

    private static bool IsRead(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    // links that serve once, and the health of the server, which tells nothing of the workspace
    private static bool IsOpen(HttpRequest request) => HttpMethods.IsGet(request.Method)
        && ((request.Path == "/" && request.Query.ContainsKey("token")) || request.Path.StartsWithSegments("/join")
            || request.Path == "/health");

    // a browser says where a request comes from, and another page can neither change that nor add the header
    private static bool IsOwnPage(HttpRequest request)
    {
        if (request.Headers["X-Vaal"] != "1") return false;
        var origin = request.Headers.Origin.ToString();
        if (origin.Length > 0) return origin == $"{request.Scheme}://{request.Host}";
        return request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin";
    }

    private static IEnumerable<string> OwnNames()
    {
        yield return Dns.GetHostName();
        foreach (var face in NetworkInterface.GetAllNetworkInterfaces())
            foreach (var address in face.GetIPProperties().UnicastAddresses)
                yield return address.Address.ToString() is var text && text.Contains(':') ? $"[{text}]" : text;
    }

    private static Task Refuse(HttpContext http, int status, string sentence) =>
        Problems.Because(status, sentence).ExecuteAsync(http);
}
