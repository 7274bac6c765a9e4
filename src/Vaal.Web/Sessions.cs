using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>Who sends a request: by the cookie of a browser, or by the bearer token of a script.</summary>
internal sealed class Sessions(LiveWorkspace live, TimeProvider clock, bool secure)
{
    /// <summary>Wrong secrets that one address may try in a minute.</summary>
    public const int TriesPerMinute = 10;

    // cookies are shared by all ports of a host: each workspace has a name of its own
    private readonly string _cookie = "vaal-" + Convert.ToHexStringLower(
        System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(live.Folder)), 0, 6);

    private readonly ConcurrentDictionary<string, (DateTimeOffset Since, int Tries)> _wrong = [];
    private readonly ConcurrentDictionary<string, (Workspace.Admitted Person, DateTimeOffset Until)> _known = [];

    /// <summary>The person behind a request; null: nobody that is known.</summary>
    public Workspace.Admitted? PersonOf(HttpContext http)
    {
        if (BearerOf(http.Request) is { } token)
        {
            if (IsTooMany(http)) return null;
            if (Known(Workspace.AccessKinds.Token, token) is { } script) return script;
            CountWrong(http);
            return null;
        }
        return http.Request.Cookies.TryGetValue(_cookie, out var session)
            ? Known(Workspace.AccessKinds.Session, session) : null;
    }

    /// <summary>The bearer token that a request brings; a web page cannot make a browser send one.</summary>
    /// <remarks>Label Studio sends a name and a password instead: the password is the token.</remarks>
    public static string? BearerOf(HttpRequest request)
    {
        if (request.Headers.Authorization.ToString().Split(' ', 2) is not [var scheme, var token]) return null;
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)) return token.Trim();
        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)) return null;
        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token.Trim(), bytes, out var length)
            && System.Text.Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2) is [_, var password]
            ? password : "";
    }

    /// <summary>Turns a link that serves once into a cookie, with a page that goes on to ours.</summary>
    public IResult Enter(HttpContext http, string kind, string secret)
    {
        if (IsTooMany(http)) return WaitAMinute();
        if (live.With((w, _) => w.Enter(kind, secret)) is { } session)
        {
            http.Response.Cookies.Append(_cookie, session, new CookieOptions
            {
                HttpOnly = true,
                SameSite = SameSiteMode.Strict,
                Secure = secure,
                Path = "/",
                MaxAge = TimeSpan.FromDays(30),
            });
            return SignedIn();
        }
        if (PersonOf(http) is not null) return SignedIn();                           // the same browser, again
        CountWrong(http);
        return NotSignedIn("This link was used already, or it is not the newest one. Use the browser that opened it "
            + "first, or " + (kind == Workspace.AccessKinds.Invitation
                ? "ask the owner for a new invitation. The owner makes it with <code>vaal annotator add NAME</code>."
                : "start <code>vaal serve</code> again for a new link."));
    }

    /// <summary>A page that says so, and leads on where only the cookie is missing, as after a click on another
    /// site.</summary>
    /// <param name="why">HTML</param>
    public static IResult NotSignedIn(string why) => Page($"<p>{why}<p>Has this browser signed in before? "
        + "<a href='/'>Go on to the page</a>.", StatusCodes.Status401Unauthorized);

    // A browser withholds a strict cookie from a link on another site, and from all that it redirects to. It sends the
    // cookie where a page of ours leads.
    private static IResult SignedIn() => Page("<meta http-equiv=refresh content='0;url=/'>"
        + "<p>You are signed in. <a href='/'>Go on to the page</a>.", StatusCodes.Status200OK);

    private static IResult Page(string rest, int status) => Results.Text(
        "<!doctype html><html lang=en><meta charset=utf-8><title>Vaal</title>"
        + "<meta name=viewport content='width=device-width'><meta name=color-scheme content='light dark'>"
        + $"<h1>Vaal</h1>{rest}", "text/html; charset=utf-8", statusCode: status);

    public bool IsTooMany(HttpContext http) => _wrong.TryGetValue(AddressOf(http), out var wrong)
        && wrong.Tries >= TriesPerMinute && clock.GetUtcNow() - wrong.Since < TimeSpan.FromMinutes(1);

    public static IResult TooMany() => Problems.Because(StatusCodes.Status429TooManyRequests,
        "too many wrong tokens from this address; wait a minute");

    /// <summary>The same as a page, for links.</summary>
    public static IResult WaitAMinute() => Page("<p>This address has opened too many wrong links. Wait a minute, and "
        + "open your link again.", StatusCodes.Status429TooManyRequests);

    private void CountWrong(HttpContext http)
    {
        var now = clock.GetUtcNow();
        _wrong.AddOrUpdate(AddressOf(http), (now, 1), (_, old) =>
            now - old.Since < TimeSpan.FromMinutes(1) ? (old.Since, old.Tries + 1) : (now, 1));
    }

    // a second's memory: a page asks for many thumbnails at once, and a removed person is out within the second
    private Workspace.Admitted? Known(string kind, string secret)
    {
        if (secret.Length != 43) return null;
        var key = $"{kind} {secret}";
        if (_known.TryGetValue(key, out var known) && known.Until > clock.GetUtcNow()) return known.Person;
        if (live.With((w, _) => w.Who(kind, secret)) is not { } person)
        {
            _known.TryRemove(key, out _);
            return null;
        }
        _known[key] = (person, clock.GetUtcNow() + TimeSpan.FromSeconds(1));
        return person;
    }

    private static string AddressOf(HttpContext http) =>
        (http.Connection.RemoteIpAddress ?? IPAddress.None).MapToIPv6().ToString();
}
