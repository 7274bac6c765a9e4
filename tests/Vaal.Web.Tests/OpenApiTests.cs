using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vaal.Web.Tests;

/// <summary>What <c>/openapi.json</c> says is what the server does.</summary>
public sealed partial class OpenApiTests
{
    [GeneratedRegex("-d '(.*)'")]
    private static partial Regex Sent();

    private static JsonElement Operation(JsonElement api, string path, string method) =>
        api.GetProperty("paths").GetProperty(path).GetProperty(method);

    private static JsonElement Schema(JsonElement api, string name) =>
        api.GetProperty("components").GetProperty("schemas").GetProperty(name);

    private static JsonElement Field(JsonElement api, string schema, string name) =>
        Schema(api, schema).GetProperty("properties").GetProperty(name);

    private static IEnumerable<string?> Texts(JsonElement array) => array.EnumerateArray().Select(t => t.GetString());

    /// <summary>Where a value is not as its schema says: fields that lack or that nobody knows, types and
    /// words.</summary>
    private static List<string> Faults(JsonElement api, JsonElement schema, JsonElement value, string at)
    {
        if (schema.TryGetProperty("$ref", out var to))
            return Faults(api, Schema(api, to.GetString()!.Split('/')[^1]), value, at);
        if (schema.TryGetProperty("oneOf", out var kinds))
            return kinds.EnumerateArray().Any(k => Faults(api, k, value, at).Count == 0) ? [] : [$"{at}: of no kind"];
        var faults = new List<string>();
        if (schema.TryGetProperty("type", out var type))
        {
            var types = type.ValueKind == JsonValueKind.Array ? Texts(type) : [type.GetString()];
            if (!types.Intersect(TypesOf(value)).Any()) faults.Add($"{at}: {value.ValueKind}");
        }
        if (schema.TryGetProperty("enum", out var words) && value.ValueKind == JsonValueKind.String
            && !Texts(words).Contains(value.GetString())) faults.Add($"{at}: {value}");
        if (value.ValueKind == JsonValueKind.Array && schema.TryGetProperty("items", out var items))
            faults.AddRange(value.EnumerateArray().SelectMany((v, i) => Faults(api, items, v, $"{at}[{i}]")));
        if (value.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var fields))
            return faults;
        if (schema.TryGetProperty("required", out var required))
            faults.AddRange(Texts(required).Where(r => !value.TryGetProperty(r!, out _)).Select(r => $"{at}: no {r}"));
        foreach (var given in value.EnumerateObject())
            if (fields.TryGetProperty(given.Name, out var field))
                faults.AddRange(Faults(api, field, given.Value, $"{at}.{given.Name}"));
            else faults.Add($"{at}: unknown {given.Name}");
        return faults;
    }

    private static string[] TypesOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out _) ? ["integer", "number"] : ["number"],
        JsonValueKind.True or JsonValueKind.False => ["boolean"],
        _ => [value.ValueKind.ToString().ToLowerInvariant()],
    };

    [Fact]
    public async Task Example_OfTheDocuments_FitsTheSchema_AndIsTaken()
    {
        await using var served = await ServedFolder.Start(12);
        var api = await served.Owner.Get("/openapi.json");
        var body = Operation(api, "/api/v1/labels", "post").GetProperty("requestBody").GetProperty("content")
            .GetProperty("application/json").GetProperty("schema");
        List<string> Of(string text)
        {
            using var sent = JsonDocument.Parse(text);
            return Faults(api, body, sent.RootElement, "$");
        }
        var text = Sent().Match(File.ReadAllText(Path.Combine(Vaal.Tests.Repository.Root, "docs", "serve.md")))
            .Groups[1].Value;
        Assert.Empty(Of(text));
        using var example = JsonDocument.Parse(text);
        var answer = await served.Owner.Post("/api/v1/labels", example.RootElement);
        Assert.True(answer.GetProperty("results")[0].GetProperty("saved").GetBoolean(), answer.ToString());
        Assert.NotEmpty(Of("""{"ops":[{"op":"a","kind":"clear"}]}"""));
        Assert.NotEmpty(Of("""{"ops":[{"op":"a","kind":"unsure","image":"1"}]}"""));
        Assert.NotEmpty(Of("""{"ops":[{"op":"a","kind":"skip","image":1}]}"""));
        Assert.Empty(Of("""{"ops":[{"op":"a","kind":"shapes","image":1,"shapes":[{"kind":"box","class":"cat","""
            + """ "points":[[1.5,2],[3,4]]}]}]}"""));
    }

    [Fact]
    public async Task Requests_NeedNoMoreThanTheServerDoes_AndSayWhichWordsTheyTake()
    {
        await using var served = await ServedFolder.Start(2);
        var api = await served.Owner.Get("/openapi.json");
        Assert.Equal(["image", "kind", "op"], Texts(Schema(api, "OpJson").GetProperty("required")).Order());
        Assert.Equal(["ops"], Texts(Schema(api, "OpsJson").GetProperty("required")));
        Assert.Equal(["op"], Texts(Schema(api, "SettingsChange").GetProperty("required")));
        Assert.Equal(["op"], Texts(Schema(api, "UndoRequest").GetProperty("required")));
        Assert.Equal("integer", Field(api, "OpJson", "image").GetProperty("type").GetString());
        Assert.Equal(["label", "shapes", "unsure", "unusable", "clear"],
            Texts(Field(api, "OpJson", "kind").GetProperty("enum")));
        Assert.Equal(["add", "rename", "merge", "color", "key", null],                 // null for unset
            Texts(Field(api, "ClassChange", "action").GetProperty("enum")));
        Assert.Contains("two opposite corners",
            Field(api, "ShapeJson", "points").GetProperty("description").GetString(), StringComparison.Ordinal);
        var by = Operation(api, "/api/v1/grid", "get").GetProperty("parameters").EnumerateArray()
            .Single(p => p.GetProperty("name").GetString() == "by").GetProperty("schema").GetProperty("enum");
        Assert.Equal(["cluster", "class", "search", "filter", "selection", "similar", "duplicates"], Texts(by));
    }

    [Theory]
    [InlineData("/api/v1/release", "post", "204")]
    [InlineData("/api/v1/learn", "post", "202")]
    [InlineData("/webhook", "post", "201")]
    [InlineData("/api/v1/labels", "post", "200")]
    [InlineData("/api/v1/project", "get", "200")]
    [InlineData("/images/{id}/full", "get", "200")]
    public async Task Answers_HaveTheStatusThatTheServerGives(string path, string method, string status)
    {
        await using var served = await ServedFolder.Start(2);
        var answers = Operation(await served.Owner.Get("/openapi.json"), path, method).GetProperty("responses");
        Assert.Equal([status], answers.EnumerateObject().Select(a => a.Name).Where(n => n[0] == '2'));
        if (method == "get") return;
        using var answer = await served.Owner.Send(HttpMethod.Post, path, new
        {
            ops = new[] { new { op = "a", kind = "label", image = 1, classes = new[] { "cat" } } },
        });
        Assert.Equal(status, $"{(int)answer.StatusCode}");
    }

    [Fact]
    public async Task Refusals_AreDescribed_AndHowAScriptSignsIn()
    {
        await using var served = await ServedFolder.Start(2);
        var api = await served.Owner.Get("/openapi.json");
        foreach (var (path, method, statuses) in new[]
        {
            ("/api/v1/labels", "post", "400 401 403 409 413 415 421 429"),
            ("/api/v1/queue", "get", "400 401 404 421 429"),
            ("/api/v1/map", "get", "400 401 421 429 503"), ("/api/v1/grid", "get", "400 401 403 421 429"),
        })
        {
            var answers = Operation(api, path, method).GetProperty("responses").EnumerateObject()
                .Where(a => a.Name[0] is '4' or '5').ToList();
            Assert.Equal(statuses.Split(' '), answers.Select(a => a.Name).Order());
            Assert.All(answers, a => Assert.EndsWith("/ErrorJson", a.Value.GetProperty("content")
                .GetProperty("application/json").GetProperty("schema").GetProperty("$ref").GetString(),
                StringComparison.Ordinal));
        }
        Assert.Equal("string", Field(api, "ErrorJson", "error").GetProperty("type").GetString());
        Assert.Equal("bearer", api.GetProperty("components").GetProperty("securitySchemes").GetProperty("token")
            .GetProperty("scheme").GetString());
        Assert.True(api.GetProperty("security")[0].TryGetProperty("token", out _));
    }
}
