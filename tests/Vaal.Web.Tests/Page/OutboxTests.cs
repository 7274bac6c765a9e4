using System.Text.Json;

namespace Vaal.Web.Tests.Page;

/// <summary>Labels that wait in the browser.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class OutboxTests(PageBrowser browser)
{
    /// <summary>Two people use one browser: what one of them could not send is not sent as the other's.</summary>
    [Fact]
    public async Task Labels_ThatWaitForAnotherPerson_AreNotSentAsMine()
    {
        var invitation = "";
        await using var served = await ServedFolder.Start(4,
            prepare: w => invitation = w.AddAnnotator("ann.b", owner: false).Invitation);
        await using var tab = await browser.Open(new Uri(served.Url, $"/join/{invitation}"));
        await tab.Ready();
        var id = (await served.Owner.Get("/api/v1/project")).GetProperty("id").GetString();
        var theirs = $"vaal.op.{id}.ann.000000000000001.000000.a";
        await Keep(theirs, "a", 1);
        await Keep($"vaal.op.{id}.ann%2Eb.000000000000002.000000.b", "b", 2);         // no name begins another one
        await Keep($"vaal.op.{id}.000000000000003.000000.c", "c", 3);                 // an older page's
        await tab.Page.ReloadAsync();
        await tab.Ready();
        await Until.Answer(served.Owner, "/api/v1/project", p => p.GetProperty("counts").GetProperty("labelled")
            .GetInt32() == 2);
        using var w = served.Open();
        Assert.Equal([(2, "ann.b"), (3, "ann.b")], w.Labels().Select(l => (l.Image, l.Who)).Order());
        Assert.NotNull(await tab.Page.EvaluateAsync<string?>("key => localStorage.getItem(key)", theirs));
        tab.AssertNoFault();

        Task<JsonElement?> Keep(string key, string op, int image) => tab.Page.EvaluateAsync(
            "([key, value]) => localStorage.setItem(key, value)", new[] { key, JsonSerializer.Serialize(
                new { op, image, kind = "label", classes = new[] { "cat" }, shapes = Array.Empty<int>() }) });
    }
}
