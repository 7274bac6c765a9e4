using System.Net;

namespace Vaal.Web.Tests;

/// <summary>Links, cookies and tokens: each opens what it is for, and nothing else.</summary>
public sealed class SecretTests
{
    private static async Task<HttpStatusCode> Status(Caller who, string path)
    {
        using var answer = await who.Send(HttpMethod.Get, path);
        return answer.StatusCode;
    }

    [Fact]
    public async Task Secret_OfOneKind_IsNoneOfAnother()
    {
        await using var served = await ServedFolder.Start(2);
        string invitation, token;
        using (var w = served.Open()) (invitation, token, _) = w.AddAnnotator("ann", owner: false);
        var cookie = served.Owner.Cookies.GetAllCookies().Single();
        foreach (var bearer in new[] { invitation, cookie.Value })
        {
            using var script = new Caller(served.Url, bearer: bearer);
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(script, "/api/v1/project"));
        }
        using var stranger = new Caller(served.Url);
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(stranger, $"/join/{token}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(stranger, $"/?token={invitation}"));
        var cookies = new CookieContainer();
        cookies.Add(served.Url, new Cookie(cookie.Name, token));
        using var disguised = new Caller(served.Url, cookies);
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(disguised, "/api/v1/project"));
        using var ann = new Caller(served.Url, bearer: token);
        Assert.Equal(HttpStatusCode.OK, await Status(ann, "/api/v1/project"));
    }

    [Fact]
    public async Task Link_ThatNobodyUsed_EndsWithItsServer()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        Uri unused;
        await using (var first = await WorkspaceServer.Start(served.Open(), new())) unused = first.Url;
        await using (var second = await WorkspaceServer.Start(served.Open(), new()))
        {
            using var late = new Caller(second.Url);
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(late, unused.PathAndQuery));
            Assert.Equal(HttpStatusCode.OK, await Status(late, second.Url.PathAndQuery));
        }
        await served.Restart();
    }

    [Fact]
    public async Task WrongLinks_TooMany_MakeTheAddressWait_ForAMinute()
    {
        var clock = new StoppedClock();
        await using var served = await ServedFolder.Start(2, clock: clock);
        string token;
        using (var w = served.Open()) token = w.AddAnnotator("ann", owner: false).Token;
        using var guesser = new Caller(served.Url);
        for (var i = 0; i < Sessions.TriesPerMinute; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(guesser, $"/join/{i}"));
        Assert.Equal(HttpStatusCode.TooManyRequests, await Status(guesser, "/join/more"));
        using var ann = new Caller(served.Url, bearer: token);
        Assert.Equal(HttpStatusCode.TooManyRequests, await Status(ann, "/api/v1/project"));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.OK, await Status(ann, "/api/v1/project"));
    }

    /// <summary>Whoever follows a link is answered by a page, and an open page whose person was removed is told so: it
    /// would wait for a server that is away.</summary>
    [Fact]
    public async Task WrongLinks_TooMany_AreAnsweredByAPage_AndARemovedPersonIsTold()
    {
        var clock = new StoppedClock();
        await using var served = await ServedFolder.Start(2, clock: clock);
        using var w = served.Open();
        var invitation = w.AddAnnotator("ann", owner: false).Invitation;
        using var ann = await Caller.Enter(new(served.Url, $"/join/{invitation}"));
        w.RemoveAnnotator("ann");
        clock.Advance(TimeSpan.FromSeconds(2));
        using var guesser = new Caller(served.Url);
        for (var i = 0; i < Sessions.TriesPerMinute; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(guesser, $"/join/{i}"));
        foreach (var path in new[] { "/join/more", "/", served.Url.PathAndQuery })
        {
            using var page = await guesser.Send(HttpMethod.Get, path);
            Assert.Equal((HttpStatusCode.TooManyRequests, "text/html"),
                (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
            Assert.Contains("Wait a minute", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.Unauthorized, await Status(ann, "/api/v1/project"));
    }

    [Fact]
    public async Task Invitation_ThatWasUsed_SaysHowTheOwnerMakesANewOne()
    {
        await using var served = await ServedFolder.Start(2);
        string invitation;
        using (var w = served.Open()) invitation = w.AddAnnotator("ann", owner: false).Invitation;
        using (await Caller.Enter(new(served.Url, $"/join/{invitation}"))) { }
        using var late = new Caller(served.Url);
        using var answer = await late.Send(HttpMethod.Get, $"/join/{invitation}");
        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("vaal annotator add NAME", page, StringComparison.Ordinal);
        Assert.DoesNotContain("vaal serve", page, StringComparison.Ordinal);
    }

    // the resolver may know a machine by a name that is not its own
    [Theory]
    [InlineData("pc", "pc.example.org.", "pc pc.local pc.example.org")]
    [InlineData("pc.example.org", null, "pc.example.org pc pc.local")]
    [InlineData("pc", "localhost", "pc pc.local")]
    [InlineData("pc", "pcs.example.org", "pc pc.local")]
    public void Names_OfAHost_AreAlsoThoseOfItsNetwork(string host, string? full, string names) =>
        Assert.Equal(names.Split(' '), Guard.NamesOf(host, full).Distinct());

    /// <summary>Cookies are shared by all ports of a host.</summary>
    [Fact]
    public async Task Cookies_OfTwoWorkspaces_HaveNamesOfTheirOwn()
    {
        await using var one = await ServedFolder.Start(2);
        await using var two = await ServedFolder.Start(2);
        Assert.NotEqual(one.Owner.Cookies.GetAllCookies().Single().Name,
            two.Owner.Cookies.GetAllCookies().Single().Name);
    }

    [Fact]
    public async Task Lan_TakesThisMachinesNames_AndNoOthers()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        using (var w = served.Open()) w.AddAnnotator("ann", owner: false);
        await using (var server = await WorkspaceServer.Start(served.Open(), new() { Lan = true }))
        {
            using var caller = new Caller(new($"http://127.0.0.1:{server.Url.Port}/"));
            async Task<HttpStatusCode> Asked(string host)
            {
                using var answer = await caller.Send(HttpMethod.Get, "/health", headers: ("Host", host));
                return answer.StatusCode;
            }
            Assert.Equal(HttpStatusCode.OK, await Asked(Dns.GetHostName()));
            Assert.Equal(HttpStatusCode.OK, await Asked("127.0.0.1"));
            Assert.Equal(HttpStatusCode.OK, await Asked($"{Dns.GetHostName().Split('.')[0]}.local"));
            foreach (var address in Guard.LanAddresses())
            {
                Assert.Equal(HttpStatusCode.OK, await Asked(address));
                Assert.Contains(server.Warnings, line => line.Contains(address, StringComparison.Ordinal));
            }
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await Asked("evil.example"));
            Assert.Equal(HttpStatusCode.MisdirectedRequest, await Asked("203.0.113.7"));
        }
        await served.Restart();
    }

    /// <summary>Only the page's own files are loaded; what a browser is told besides.</summary>
    [Theory]
    [InlineData("/")]
    [InlineData("/nowhere")]
    [InlineData("/api/v1/images/999")]
    [InlineData("/api/v1/queue?count=abc")]
    public async Task Policy_NamesNoOtherSource(string path)
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Get, path);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single().Split(';')
            .Select(rule => rule.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .ToDictionary(r => r[0], r => r[1..]);
        Assert.Equal(["'none'"], policy["default-src"]);
        Assert.All(["base-uri", "form-action", "frame-ancestors"], rule => Assert.Equal(["'none'"], policy[rule]));
        Assert.Equal(["'self'"], policy["script-src"]);
        Assert.All(policy.Where(rule => rule.Key != "img-src").SelectMany(rule => rule.Value),
            source => Assert.Contains(source, new[] { "'none'", "'self'" }));
        Assert.Subset(new HashSet<string> { "'self'", "blob:", "data:" }, policy["img-src"].ToHashSet());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
    }
}
