using System.Net;
using System.Text;

namespace Vaal.Web.Tests;

/// <summary>Requests that no page sends: none is a fault of the server, and none changes anything.</summary>
public sealed class RequestTests
{
    private static readonly string[] _posts = ["api/v1/labels", "api/v1/undo", "api/v1/classes", "api/v1/settings",
        "api/v1/lease", "api/v1/release", "api/v1/selection", "api/v1/learn", "predict", "setup", "webhook"];

    private static readonly string[] _bodies =
    [
        "", "null", "{", "[]", "3", "\"x\"", "{}", """{"op":null}""", """{"op":""}""", """{"op":3}""",
        """{"op":"d","action":null}""", """{"op":"e","action":"add","name":null}""",
        """{"op":"f","action":"rename","name":"cat"}""", """{"op":"g","action":"color","name":"cat","color":"red;}"}""",
        """{"op":"h","learnEvery":1e99}""", """{"op":"i","learnEvery":0}""", """{"op":"j","strategy":"x"}""",
        """{"op":"k","undoes":"nothing"}""", """{"ops":null}""", """{"ops":[null]}""", """{"ops":[{}]}""",
        """{"ops":[{"op":"a","kind":"label","image":1,"classes":[null]}]}""",
        """{"ops":[{"op":"a","kind":"label","image":99999999999}]}""",
        """{"ops":[{"op":"a","kind":"shapes","image":1,"shapes":[null]}]}""",
        """{"ops":[{"op":"a","kind":"shapes","image":1,"shapes":[{"kind":"box","points":[null,null]}]}]}""",
        """{"ops":[{"op":"a","kind":"shapes","image":1,"shapes":[{"kind":"brush","rings":[null]}]}]}""",
        """{"ops":[{"op":"a","kind":"shapes","image":1,"shapes":[{}]}]}""",
        """{"images":null}""", """{"images":[-1,2147483647]}""", """{"images":["x"]}""",
        """{"tasks":[null,3,{},{"data":3},{"data":{"image":[]}},{"data":{"image":"../../x"}}]}""",
    ];

    [Fact]
    public async Task Posts_ThatAreMalformed_AreRefused_AndChangeNothing()
    {
        await using var served = await ServedFolder.Start(4);
        var found = new List<string>();
        foreach (var path in _posts)
            foreach (var body in _bodies)
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, $"/{path}")
                {
                    Content = new StringContent(body, Encoding.UTF8, "application/json"),
                };
                request.Headers.Add("X-Vaal", "1");
                using var answer = await served.Owner.Http.SendAsync(request);
                if (answer.StatusCode >= HttpStatusCode.InternalServerError)
                    found.Add($"{path} {body}: {answer.StatusCode}");
            }
        Assert.Empty(found);
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
        Assert.DoesNotContain(w.Entries(), e => e.What is "label" or "classes" or "undo");
        Assert.Empty(w.Problems());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"op":""}""")]
    [InlineData("""{"op":"12345678901234567890123456789012345678901234567890123456789012345"}""")]
    public async Task Undo_WithoutAnIdThatCanBeKept_TakesNothingBack(string body)
    {
        await using var served = await ServedFolder.Start(2);
        await served.Owner.Label("cat", 1);
        using var answer = await served.Owner.Send(HttpMethod.Post, "/api/v1/undo",
            System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("expected an operation id of 1 to 64 characters", await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
        using var w = served.Open();
        Assert.Single(w.Labels());
    }

    [Theory]
    [InlineData("""{"op":"a","learnEvery":0}""", "expected to learn after 1 to 10000 labels, found 0")]
    [InlineData("""{"op":"a","learnEvery":10001}""", "expected to learn after 1 to 10000 labels, found 10001")]
    [InlineData("""{"op":"a","strategy":"badge"}""", "expected one of auto, uncertainty-coverage, coverage, margin, ")]
    [InlineData("""{"op":"a","kind":"masks"}""", "expected labels to be classes, multi or shapes, found ")]
    [InlineData("""{"op":"a","suggestAbove":1.5}""", "expected a probability from 0 to 1 to suggest above, found 1.5")]
    [InlineData("""{"op":"a","overlap":-0.1}""", "expected an overlap from 0 to 1, found -0.1")]
    [InlineData("""{"op":"a","overlap":0.1,"kind":"shapes"}""", "expected no overlap where labels are shapes, found ")]
    [InlineData("""{"op":"a","kind":"multi","learnEvery":0}""", "expected to learn after 1 to 10000 labels, found 0")]
    public async Task Settings_OutOfRange_AreRefused_AndNotKept(string body, string why)
    {
        await using var served = await ServedFolder.Start(2);
        var before = (await served.Owner.Get("/api/v1/project")).GetProperty("settings").GetRawText();
        using var answer = await served.Owner.Send(HttpMethod.Post, "/api/v1/settings",
            System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith(why, System.Text.Json.JsonDocument.Parse(await answer.Content.ReadAsStringAsync())
            .RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        var project = await served.Owner.Get("/api/v1/project");
        Assert.Equal((before, "classes"),
            (project.GetProperty("settings").GetRawText(), project.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Settings_MeantForAnotherWorkspace_AreRefused()
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Post, "/api/v1/settings",
            new { op = "a", learnEvery = 7, project = "another" });
        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal(20, (await served.Owner.Get("/api/v1/project")).GetProperty("learnEvery").GetInt32());
    }

    [Theory]
    [InlineData("labels", "", "expected a body of JSON as /openapi.json describes it, found none")]
    [InlineData("labels", "null", "expected a body of JSON as /openapi.json describes it, found none")]
    [InlineData("labels", "{", "expected JSON as /openapi.json describes it, found something else at $")]
    [InlineData("labels", "[]", "found something else at $")]
    [InlineData("labels", """{"ops":[{"op":"a","kind":"label","image":"a"}]}""", "at $.ops[0].image")]
    [InlineData("labels", """{"ops":[{"op":"a","kind":"label","image":"1","classes":["cat"]}]}""", "at $.ops[0].image")]
    [InlineData("labels",
        """{"ops":[{"op":"a","kind":"shapes","image":1,"shapes":[{"kind":"box","points":[["a",1],[2,3]]}]}]}""",
        "at $.ops[0].shapes[0].points")]
    [InlineData("settings", """{"op":"a","overlap":"0.5"}""", "at $.overlap")]
    [InlineData("queue?count=abc", null, "expected count as /openapi.json describes it, found 'abc'")]
    [InlineData("grid", null, "expected by, found none")]
    [InlineData("nowhere", null, "there is no such page")]
    public async Task Request_ThatIsMalformed_IsToldWhere(string path, string? body, string why)
    {
        await using var served = await ServedFolder.Start(2);
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, $"/api/v1/{path}");
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        request.Headers.Add("X-Vaal", "1");
        using var answer = await served.Owner.Http.SendAsync(request);
        Assert.Equal(path == "nowhere" ? HttpStatusCode.NotFound : HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(why, await ErrorOf(answer), StringComparison.Ordinal);
    }

    private static async Task<string> ErrorOf(HttpResponseMessage answer) => System.Text.Json.JsonDocument.Parse(
        await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString()!;

    [Fact]
    public async Task Request_OfAnotherMethodOrType_IsToldWhichIsExpected()
    {
        await using var served = await ServedFolder.Start(2);
        using var get = await served.Owner.Send(HttpMethod.Post, "/api/v1/queue", new { });
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "GET"), (get.StatusCode, get.Content.Headers.Allow.Single()));
        Assert.Equal("expected GET, found POST", await ErrorOf(get));
        using var post = await served.Owner.Send(HttpMethod.Delete, "/api/v1/labels");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (post.StatusCode, post.Content.Headers.Allow.Single()));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/labels");
        request.Content = new StringContent("{}");
        request.Headers.Add("X-Vaal", "1");
        using var text = await served.Owner.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
        Assert.StartsWith("expected the content type application/json, found text/plain", await ErrorOf(text),
            StringComparison.Ordinal);
        using var none = await served.Owner.Send(HttpMethod.Get, "/assets/");
        Assert.Equal((HttpStatusCode.NotFound, "there is no such file"), (none.StatusCode, await ErrorOf(none)));
    }

    [Fact]
    public async Task Head_IsAnsweredAsGet_WithoutABody()
    {
        await using var served = await ServedFolder.Start(2);
        foreach (var path in new[] { "/", "/assets/app.js", "/api/v1/project", "/images/1/full", "/health" })
        {
            using var get = await served.Owner.Send(HttpMethod.Get, path);
            using var head = await served.Owner.Send(HttpMethod.Head, path);
            Assert.Equal((HttpStatusCode.OK, get.Content.Headers.ContentType), (head.StatusCode,
                head.Content.Headers.ContentType));
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }
        foreach (var path in new[] { "/api/v1/events", "/api/v1/events/" })                       // they never end
        {
            using var events = await served.Owner.Send(HttpMethod.Head, path);
            Assert.Equal(HttpStatusCode.MethodNotAllowed, events.StatusCode);
        }
    }

    [Fact]
    public async Task Request_ThatIsTooLarge_IsToldTheLimit()
    {
        await using var served = await ServedFolder.Start(2);
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, served.Url.Port);
        await using var stream = client.GetStream();
        var cookie = served.Owner.Cookies.GetAllCookies().Single();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /api/v1/labels HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + $"Cookie: {cookie.Name}={cookie.Value}\r\nX-Vaal: 1\r\nContent-Type: application/json\r\n"
            + "Content-Length: 20000000\r\n\r\n"));
        var (found, buffer) = ("", new byte[4_096]);
        for (var read = -1; read != 0 && !found.Contains('}', StringComparison.Ordinal);)
        {
            read = await stream.ReadAsync(buffer);
            found += Encoding.UTF8.GetString(buffer, 0, read);
        }
        Assert.StartsWith("HTTP/1.1 413", found, StringComparison.Ordinal);
        Assert.Contains("expected a request of at most 16 MiB, found a larger one", found, StringComparison.Ordinal);
    }

    /// <summary>The image would count as labelled and have no shape.</summary>
    [Fact]
    public async Task Label_OfAClassAlone_WhereLabelsAreShapes_IsRefused_AndNothingDrawnIsKept()
    {
        await using var served = await ServedFolder.Start(4);
        await served.Owner.Post("/api/v1/settings", new { op = "kind", kind = "shapes" });
        object[] box = [new { kind = "box", @class = "dog", points = new[] { new[] { 1.0, 2 }, [3, 4] } }];
        var results = (await served.Owner.Post("/api/v1/labels", new
        {
            ops = new object[]
            {
                new { op = "a", kind = "label", image = 1, classes = new[] { "cat" } },
                new { op = "b", kind = "shapes", image = 2, shapes = Array.Empty<object>() },
                new { op = "c", kind = "label", image = 3, shapes = box },
                new { op = "d", kind = "unsure", image = 4 },
            },
        })).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal([false, true, true, true], results.Select(r => r.GetProperty("saved").GetBoolean()));
        Assert.StartsWith("expected shapes, as this workspace labels by shapes, found a class alone;",
            results[0].GetProperty("why").GetString(), StringComparison.Ordinal);
        using var w = served.Open();
        Assert.Equal([2, 3], w.Labels().Select(l => l.Image).Order());
    }

    [Theory]
    [InlineData("queue?count=x")]
    [InlineData("queue?count=-1&skip=a,,-3&selection=none")]
    [InlineData("grid")]
    [InlineData("grid?by=cluster&value=x")]
    [InlineData("grid?by=nothing")]
    [InlineData("grid?by=similar&value=999")]
    [InlineData("search?round=x")]
    [InlineData("search?offset=-5&count=2147483647")]
    [InlineData("similar/999")]
    [InlineData("images/99999999999")]
    [InlineData("disagreements?offset=-5&count=-5")]
    [InlineData("groups?by=nothing")]
    [InlineData("suspects?count=0")]
    public async Task Gets_ThatAreMalformed_AreNoFault(string path)
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Get, $"/api/v1/{path}");
        Assert.True(answer.StatusCode < HttpStatusCode.InternalServerError, $"{answer.StatusCode}");
    }
}
