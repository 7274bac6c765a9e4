using System.Net;
using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>What the API answers where an operation id is used a second time.</summary>
public sealed class OperationIdApiTests
{
    private const string Other = "this operation id was used for something else; use a new one";

    private static object Label(string op, string @class) =>
        new { ops = new[] { new { op, kind = "label", image = 1, classes = new[] { @class } } } };

    private static async Task<string> Refused(Caller who, string path, object body)
    {
        using var answer = await who.Send(HttpMethod.Post, $"/api/v1/{path}", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.GetProperty("error").GetString()!;
    }

    [Fact]
    public async Task Id_OfSomethingElse_IsRefusedInASentence()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Owner.Post("/api/v1/labels", Label("a", "cat"));
        await served.Owner.Post("/api/v1/settings", new { op = "s", learnEvery = 7 });
        await served.Owner.Post("/api/v1/settings", new { op = "t", learnEvery = 9 });
        Assert.Equal(Other, await Refused(served.Owner, "undo", new { op = "a" }));
        Assert.Equal(Other, await Refused(served.Owner, "settings", new { op = "s", learnEvery = 8 }));
        Assert.Equal(Other, await Refused(served.Owner, "settings", new { op = "a", learnEvery = 8 }));
        Assert.Equal(Other, await Refused(served.Owner, "classes", new { op = "a", action = "add", name = "owl" }));
        Assert.StartsWith("expected a label or a change of classes to take back, found a change of settings",
            await Refused(served.Owner, "undo", new { op = "u", undoes = "s" }), StringComparison.Ordinal);
        foreach (var body in new[] { Label("a", "dog"), Label("s", "dog") })
        {
            var result = (await served.Owner.Post("/api/v1/labels", body)).GetProperty("results")[0];
            Assert.False(result.GetProperty("saved").GetBoolean());
            Assert.Equal(Other, result.GetProperty("why").GetString());
        }
        using var w = served.Open();
        Assert.Equal("cat", w.Labels().Single().Class);
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
    }

    /// <summary>Labels that are sent again are none to learn from.</summary>
    [Fact]
    public async Task Labels_SentAgain_AreCountedOnce()
    {
        await using var served = await ServedFolder.Start(6);
        await served.Learn(0);                                                        // its first choice is made
        var since = 0;
        for (var i = 0; i < 5; i++)
        {
            var answer = await served.Owner.Post("/api/v1/labels", Label("a", "cat"));
            since = answer.GetProperty("sinceLearned").GetInt32();
        }
        Assert.Equal(1, since);
    }
}
