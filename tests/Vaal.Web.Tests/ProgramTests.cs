using System.Net;
using System.Text;
using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>Programs that talk to the server: scripts by OpenAPI, Label Studio by its protocol.</summary>
public sealed class ProgramTests
{
    private const string Config =
        """
        <View><Image name="img" value="$picture"/>
        <Choices name="kind" toName="img"><Choice value="cat"/></Choices></View>
        """;

    private static async Task<ServedFolder> Learned()
    {
        var served = await ServedFolder.Start(60, "20%", new ServeOptions { LearnEvery = 30 }, ["cat", "dog"],
            picture: i => ServedFolder.OfClass(i % 2, i));
        var pool = await served.Owner.Queue(30);
        foreach (var id in pool) await served.Owner.Label(id % 2 == 0 ? "cat" : "dog", id);
        await Until.Learned(served.Owner, learned => learned.GetProperty("labels").GetInt32() == 30);
        return served;
    }

    [Fact]
    public async Task OpenApi_DescribesEveryEndpointOfTheApi()
    {
        await using var served = await ServedFolder.Start(2);
        var api = await served.Owner.Get("/openapi.json");
        Assert.StartsWith("3.", api.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var paths = api.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();
        Assert.All(new[] { "/api/v1/project", "/api/v1/queue", "/api/v1/labels", "/api/v1/undo", "/api/v1/panel",
            "/api/v1/disagreements", "/images/{id}/full", "/predict", "/setup", "/health" },
            path => Assert.Contains(path, paths));
        Assert.True(api.GetProperty("components").GetProperty("schemas").TryGetProperty("OpJson", out var op));
        Assert.True(op.GetProperty("properties").TryGetProperty("op", out _));
    }

    [Fact]
    public async Task Bearer_LabelsWithoutACookie()
    {
        await using var served = await ServedFolder.Start(4);
        string token;
        using (var w = served.Open()) token = w.AddAnnotator("robot", owner: false).Token;
        using var script = new Caller(served.Url, bearer: token);
        using var answer = await script.Send(HttpMethod.Post, "/api/v1/labels", new
        {
            ops = new[] { new { op = "1", kind = "label", image = 1, classes = new[] { "cat" } } },
        }, own: false);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var after = served.Open();
        Assert.Equal("robot", after.Labels().Single().Who);
    }

    /// <summary>The requests that Label Studio sends (label_studio/ml/api_connector.py, and the back end's
    /// README).</summary>
    [Fact]
    public async Task LabelStudio_HealthSetupPredict_AreAnsweredAsItExpects()
    {
        await using var served = await Learned();
        string token;
        int test;
        string[] names;
        using (var w = served.Open())
        {
            token = w.AddAnnotator("label-studio", owner: false).Token;
            test = w.Images().First(i => i.Test).Id;
            names = [.. w.Images().Where(i => !i.Test).OrderBy(i => i.Id).Select(i => i.Path).Take(2)];
        }
        using var studio = new HttpClient { BaseAddress = new(served.Url.GetLeftPart(UriPartial.Authority)) };
        Assert.Equal("UP", Json(await studio.GetStringAsync("/health")).GetProperty("status").GetString());
        studio.DefaultRequestHeaders.Authorization =
            new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"vaal:{token}")));
        var setup = await Post(studio, "/setup", new
        {
            project = "1.1700000000",
            schema = Config,
            hostname = "http://localhost:8080",
            access_token = "x",
            extra_params = (string?)null
        });
        Assert.StartsWith("vaal-", setup.GetProperty("model_version").GetString(), StringComparison.Ordinal);

        var answer = await Post(studio, "/predict", new
        {
            tasks = new object[]
            {
                new { id = 1, data = new { picture = $"/data/local-files/?d=images/{names[0]}" } },
                new { id = 2, data = new { picture = names[1] } },
                new { id = 3, data = new { picture = "/data/local-files/?d=images/none.png" } },
                new { id = 4, data = new { picture = $"{test - 1:000}.png" } },
            },
            model_version = "vaal-30",
            project = "1.1700000000",
            label_config = Config,
            @params = new { login = (string?)null, password = (string?)null, context = (string?)null },
        });
        var results = answer.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(4, results.Count);
        var made = results[0].GetProperty("result")[0];
        Assert.Equal(("kind", "img", "choices"), (made.GetProperty("from_name").GetString(),
            made.GetProperty("to_name").GetString(), made.GetProperty("type").GetString()));
        var even = int.Parse(names[0].AsSpan(0, 3)) % 2 == 1;                          // id is the number + 1
        Assert.Equal(even ? "cat" : "dog", made.GetProperty("value").GetProperty("choices")[0].GetString());
        Assert.InRange(results[0].GetProperty("score").GetDouble(), 0.5, 1);
        Assert.Equal(1, results[1].GetProperty("result").GetArrayLength());
        Assert.Equal(0, results[2].GetProperty("result").GetArrayLength());
        Assert.Equal(0, results[3].GetProperty("result").GetArrayLength());           // a test image
    }

    [Fact]
    public async Task LabelStudio_WithoutAToken_IsRefused()
    {
        await using var served = await ServedFolder.Start(2);
        using var http = new HttpClient { BaseAddress = new(served.Url.GetLeftPart(UriPartial.Authority)) };
        using var answer =
            await http.PostAsync("/predict", new StringContent("""{"tasks":[]}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    /// <summary>Of several questions of a labelling interface, the one that is about the image.</summary>
    [Theory]
    [InlineData(null, "label", "image", "image")]
    [InlineData("<View/>", "label", "image", "image")]
    [InlineData("""
        <View><Text name="t" value="$words"/><Choices name="mood" toName="t"/>
        <Image name="i" value="$photo"/><Choices name="kind" toName="i"/></View>
        """, "kind", "i", "photo")]
    public void LabelStudio_Interface_NamesWhatIsAsked(string? config, string from, string to, string key) =>
        Assert.Equal((from, to, key), LabelStudioApi.TagsIn(config));

    [Theory]
    [InlineData("""{"tasks":3}""")]
    [InlineData("""{"tasks":[],"label_config":"<View>"}""")]
    [InlineData(
        """{"tasks":[],"label_config":"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><View>&e;</View>"}""")]
    public async Task LabelStudio_RequestThatIsNone_IsRefusedInOneLine(string body)
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Post, "/predict", Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = Json(await answer.Content.ReadAsStringAsync()).GetProperty("error").GetString();
        Assert.StartsWith("expected ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LabelStudio_Webhook_IsAnsweredAsItExpects()
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Send(HttpMethod.Post, "/webhook", new { action = "ANNOTATION_CREATED" });
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static JsonElement Json(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static async Task<JsonElement> Post(HttpClient http, string path, object body)
    {
        using var answer = await http.PostAsync(path,
            new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {text}");
        return Json(text);
    }

    /// <summary>A browser's EventSource gives its listener the data of events that have no name.</summary>
    [Fact]
    public async Task Events_AreTold_AsDataWithoutAName()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Learn(0);
        using var answer = await served.Owner.Http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        async Task<string?> Next()
        {
            var line = await reader.ReadLineAsync();
            while (line is "") line = await reader.ReadLineAsync();
            return line;
        }
        Assert.Equal("data: hello", await Next());
        await served.Owner.Post("/api/v1/classes", new { op = "a", action = "add", name = "eel" });
        var told = await Next();
        while (told is "data: panel" or "data: learned") told = await Next();         // it may just have learned
        Assert.Equal("data: classes", told);
    }

    /// <summary>What anybody labels is told to every page, which asks for its counts then.</summary>
    [Fact]
    public async Task Events_OfLabels_AreTold()
    {
        await using var served = await ServedFolder.Start(6, options: new() { LearnEvery = 1_000 });
        await served.Learn(0);
        using var answer = await served.Owner.Http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        async Task<int> PanelsUntilClassesChange(string name)
        {
            await served.Owner.Post("/api/v1/classes", new { op = name, action = "add", name });
            for (var panels = 0; ;)
            {
                var line = await reader.ReadLineAsync();
                if (line == "data: classes") return panels;
                if (line == "data: panel") panels++;
            }
        }
        await PanelsUntilClassesChange("eel");
        for (var image = 1; image <= 5; image++) await served.Owner.Label("eel", image);
        Assert.InRange(await PanelsUntilClassesChange("newt"), 5, 16);
    }

    /// <summary>Pages listen for ever: the server tells them that it goes, and does not wait for them.</summary>
    [Fact]
    public async Task Events_WhenTheServerStops_SayGone_AndEnd()
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await reader.ReadLineAsync() != "data: hello") { }
        var ending = served.End();
        var rest = await reader.ReadToEndAsync();
        await ending;
        Assert.Contains("data: gone", rest, StringComparison.Ordinal);
    }
}
