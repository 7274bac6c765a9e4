using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Vaal.Web.Tests;

/// <summary>Each by real HTTP on the loopback interface.</summary>
public sealed class SafetyTests
{
    private static object Ops(int image) => new
    {
        ops = new[] { new { op = Guid.NewGuid().ToString(), kind = "label", image, classes = new[] { "cat" } } },
    };

    [Theory]
    [InlineData("/")]
    [InlineData("/assets/index.html")]
    [InlineData("/api/v1/project")]
    [InlineData("/images/1/full")]
    [InlineData("/images/1/full?token=x")]
    [InlineData("/openapi.json")]
    public async Task Request_WithoutACookie_IsRefused(string path)
    {
        await using var served = await ServedFolder.Start(2);
        using var stranger = new Caller(served.Url);
        using var answer = await stranger.Send(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task LaunchLink_WorksOnce_AndTheCookieIsOutOfReachOfScripts()
    {
        await using var served = await ServedFolder.Start(2);                         // the owner has used the link
        using var second = new Caller(served.Url);
        using var answer = await second.Send(HttpMethod.Get, served.Url.PathAndQuery);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        var cookie = served.Owner.Cookies.GetAllCookies().Single();
        Assert.True(cookie.HttpOnly);
        var earlier = served.Url;
        await served.Restart();
        Assert.Equal(earlier.Port, served.Url.Port);                                 // an open page goes on
        using var old = await second.Send(HttpMethod.Get, earlier.PathAndQuery);
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        using var raw = await new Caller(served.Url).Send(HttpMethod.Get, "/join/nobody");
        Assert.Equal(HttpStatusCode.Unauthorized, raw.StatusCode);
    }

    [Fact]
    public async Task Cookie_IsStrict_AndOutlivesTheServer()
    {
        await using var served = await ServedFolder.Start(2);
        var old = served.Owner.Cookies;
        await served.Stop();
        await using (var server = await WorkspaceServer.Start(served.Open(), new()))
        {
            using var back = new Caller(server.Url, old);
            await back.Get("/api/v1/project");
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
            using var answer = await http.GetAsync(server.Url);
            var set = answer.Headers.GetValues("Set-Cookie").Single();
            Assert.Contains("samesite=strict", set, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("httponly", set, StringComparison.OrdinalIgnoreCase);
        }
        await served.Restart();
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("vaal.localhost.evil.example:80")]
    [InlineData("192.168.1.5")]
    public async Task Host_OfAnotherName_IsRefused_WhateverTheCookie(string host)
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Get, "/api/v1/project", headers: ("Host", host));
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("http://evil.example", null, true)]
    [InlineData("http://127.0.0.1:1", null, true)]                 // another program's page on this machine
    [InlineData("null", null, true)]
    [InlineData(null, "cross-site", true)]
    [InlineData(null, "same-site", true)]
    [InlineData(null, null, false)]
    public async Task Write_FromAnotherPage_IsRefused_AndChangesNothing(string? origin, string? site, bool own)
    {
        await using var served = await ServedFolder.Start(2);
        var headers = new List<(string, string)>();
        if (origin is not null) headers.Add(("Origin", origin));
        if (site is not null) headers.Add(("Sec-Fetch-Site", site));
        using var answer = await served.Owner.Send(HttpMethod.Post, "/api/v1/labels", Ops(1), own, [.. headers]);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using var w = served.Open();
        Assert.Empty(w.Labels());
    }

    [Fact]
    public async Task Write_FromThePageItself_IsTaken()
    {
        await using var served = await ServedFolder.Start(2);
        var origin = served.Url.GetLeftPart(UriPartial.Authority);
        using var answer = await served.Owner.Send(HttpMethod.Post, "/api/v1/labels", Ops(1), true,
            ("Origin", origin), ("Sec-Fetch-Site", "same-origin"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Page_ForbidsInlineScript_AndFrames()
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Get, "/");
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/images/../../etc/passwd")]
    [InlineData("/images/..%2f..%2fetc%2fpasswd/full")]
    [InlineData("/images/000.png/full")]
    [InlineData("/assets/../Vaal.Web.dll")]
    [InlineData("/assets/..%2f..%2f..%2fetc/passwd")]
    [InlineData("/assets//etc/passwd")]
    [InlineData("/images/999/full")]
    public async Task Path_NeverReachesTheFileSystem(string path)
    {
        await using var served = await ServedFolder.Start(2);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port);
        await using var stream = client.GetStream();
        var cookie = served.Owner.Cookies.GetAllCookies().Single();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.Url.Port}\r\n"
            + $"Cookie: {cookie.Name}={cookie.Value}\r\nConnection: close\r\n\r\n"));
        var answer = await new StreamReader(stream).ReadToEndAsync();
        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongTokens_TooMany_AreNotEvenLookedAt()
    {
        await using var served = await ServedFolder.Start(2);
        string token;
        using (var w = served.Open()) token = w.AddAnnotator("ann", owner: false).Token;
        using var guesser = new Caller(served.Url, bearer: "x");
        for (var i = 0; i < Sessions.TriesPerMinute; i++)
        {
            using var wrong = await guesser.Send(HttpMethod.Get, "/api/v1/project");
            Assert.True(wrong.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests);
        }
        using var right = new Caller(served.Url, bearer: token);
        using var answer = await right.Send(HttpMethod.Get, "/api/v1/project");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        await served.Owner.Get("/api/v1/project");                                   // a cookie is not slowed down
    }

    [Fact]
    public async Task Secrets_AreKeptAsHashesOnly()
    {
        await using var served = await ServedFolder.Start(2);
        var (invitation, token, _) = served.Open().AddAnnotator("ann", owner: false);
        var cookie = served.Owner.Cookies.GetAllCookies().Single().Value;
        var launch = served.Url.Query["?token=".Length..];
        await served.Stop();
        var everything = string.Concat(Directory.EnumerateFiles(served[Path.Combine("images", ".vaal")], "*",
            SearchOption.AllDirectories).Select(f => Encoding.Latin1.GetString(File.ReadAllBytes(f))));
        Assert.All([invitation, token, cookie, launch], secret =>
            Assert.DoesNotContain(secret, everything, StringComparison.Ordinal));
        Assert.Contains("ann", everything, StringComparison.Ordinal);
        await served.Restart();
    }

    /// <summary>Labellers get it too.</summary>
    [Fact]
    public async Task Project_WithATableOfFeatures_NamesNoFolderOfThisMachine()
    {
        using var elsewhere = new Vaal.Tests.TemporaryFolder();
        Vaal.Tests.MadeTable.Write(elsewhere["features.npy"], ["000.png", "001.png"], i => [i, 1]);
        await using var served = await ServedFolder.Start(2, encoder: elsewhere["features.npy"]);
        var project = await served.Owner.Get("/api/v1/project");
        Assert.Equal("features.npy", project.GetProperty("encoder").GetString());
        Assert.DoesNotContain(elsewhere.Path, project.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lan_WithoutAnnotators_IsRefused_AndWithThemSaysWhatIsExposed()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        var refused = await Assert.ThrowsAsync<InputException>(() =>
            WorkspaceServer.Start(served.Open(), new() { Lan = true }));
        Assert.Contains("vaal annotator add", refused.Message, StringComparison.Ordinal);
        using (var w = served.Open()) w.AddAnnotator("ann", owner: false);
        await using (var server = await WorkspaceServer.Start(served.Open(), new() { Lan = true }))
        {
            Assert.Contains(server.Warnings, l => l.Contains("ann", StringComparison.Ordinal));
            Assert.Contains(server.Warnings, l => l.Contains("--certificate", StringComparison.Ordinal));
        }
        await served.Restart();
    }

    [Fact]
    public async Task Server_ListensOnLoopbackOnly()
    {
        await using var served = await ServedFolder.Start(2);
        var here = IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners()
            .Where(l => l.Port == served.Url.Port).ToList();
        Assert.NotEmpty(here);
        Assert.All(here, l => Assert.True(IPAddress.IsLoopback(l.Address), $"it listens on {l.Address}"));
    }

    /// <summary>And the workspace is free for the next try.</summary>
    [Fact]
    public async Task Port_OfAnotherProgram_IsRefusedInOneLine()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        using (var other = new TcpListener(IPAddress.Loopback, 0))
        {
            other.Start();
            var port = ((IPEndPoint)other.LocalEndpoint).Port;
            using var w = served.Open();
            var refused = await Assert.ThrowsAsync<InputException>(() =>
                WorkspaceServer.Start(w, new() { Port = port }));
            Assert.Equal($"expected port {port} to be free, found another program on it; give another --port",
                refused.Message);
        }
        await served.Restart();
        await served.Owner.Get("/api/v1/project");
    }

    /// <summary>Standard error may be closed: whoever hears the warnings fails.</summary>
    [Fact]
    public async Task Start_ThatFailsAtItsEnd_LeavesNothingRunning()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        Uri? reached = null;
        using (var w = served.Open())
        {
            w.AddAnnotator("ann", owner: true);
            await Assert.ThrowsAsync<IOException>(() => WorkspaceServer.Start(w, new() { Lan = true }, warn: _ =>
            {
                reached = w.ServedAt is { } at ? new Uri(at) : null;
                throw new IOException("closed");
            }));
        }
        Assert.DoesNotContain(IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners(),
            l => l.Port == reached!.Port);
        await served.Restart();
        await served.Owner.Get("/api/v1/project");
    }

    [Fact]
    public async Task Certificate_ServesByTls_AndTheCookieIsSecure()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllBytes(served["own.pfx"], certificate.Export(X509ContentType.Pfx));
        var pem = certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem();
        File.WriteAllText(served["own.pem"], pem);
        foreach (var file in new[] { "own.pfx", "own.pem" })
        {
            await using var server = await WorkspaceServer.Start(served.Open(), new() { Certificate = served[file] });
            Assert.Equal("https", server.Url.Scheme);
            using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false };
            handler.SslOptions.RemoteCertificateValidationCallback = (_, found, _, _) =>
                found!.GetCertHashString() == certificate.GetCertHashString();
            using var http = new HttpClient(handler);
            using var answer = await http.GetAsync(server.Url);
            Assert.Contains("; secure", answer.Headers.GetValues("Set-Cookie").Single(),
                StringComparison.OrdinalIgnoreCase);
        }
        await served.Restart();
    }

    [Theory]
    [InlineData("no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("")]
    public async Task Certificate_ThatIsNone_IsRefusedInOneLine(string text)
    {
        await using var served = await ServedFolder.Start(2);
        await served.Stop();
        foreach (var name in new[] { "bad.pfx", "bad.pem" })
        {
            File.WriteAllText(served[name], text);
            var refused = await Assert.ThrowsAsync<InputException>(() =>
                WorkspaceServer.Start(served.Open(), new() { Certificate = served[name] }));
            Assert.StartsWith("expected a certificate with its private key", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
        }
        await served.Restart();
    }

    [Fact]
    public async Task RemovedAnnotator_IsOut()
    {
        var clock = new StoppedClock();
        await using var served = await ServedFolder.Start(2, clock: clock);
        using var w = served.Open();
        var (invitation, token, _) = w.AddAnnotator("ann", owner: false);
        using var ann = await Caller.Enter(new(served.Url, $"/join/{invitation}"));
        Assert.Equal("ann", (await ann.Get("/api/v1/project")).GetProperty("me").GetProperty("name").GetString());
        w.RemoveAnnotator("ann");
        clock.Advance(TimeSpan.FromSeconds(2));
        using var page = await ann.Send(HttpMethod.Get, "/api/v1/project");
        using var script = await new Caller(served.Url, bearer: token).Send(HttpMethod.Get, "/api/v1/project");
        Assert.Equal((HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized), (page.StatusCode, script.StatusCode));
    }
}
