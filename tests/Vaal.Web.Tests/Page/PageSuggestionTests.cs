using System.Text.Json.Nodes;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class PageSuggestionTests(PageBrowser browser)
{
    // as if the server suggested a class for every image, test images too
    private static Task SuggestEverywhere(Tab tab) => tab.Page.RouteAsync("**/api/v1/queue*", async route =>
    {
        var answer = await route.FetchAsync();
        var body = JsonNode.Parse(await answer.TextAsync())!;
        foreach (var item in body["items"]!.AsArray())
            item!["suggestion"] = new JsonObject { ["class"] = "dog", ["probability"] = 0.97 };
        await route.FulfillAsync(new() { Response = answer, Body = body.ToJsonString() });
    });

    [Fact]
    public async Task Suggestion_OnATestImage_IsNotShown_EvenIfTheServerGivesOne()
    {
        await using var served = await ServedFolder.Start(20, "30%");
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await SuggestEverywhere(tab);
        await tab.Go("label?split=test");
        await tab.Page.GetByText("test image", new() { Exact = true }).WaitForAsync();
        var image = await tab.Ready();
        Assert.DoesNotContain("dog", await tab.Page.Locator(".given").TextContentAsync(), StringComparison.Ordinal);
        await tab.Press("Enter");                                                // takes no suggestion
        Assert.Equal(image, await tab.Image());
        await tab.PressAndGoOn("1");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((image, "cat", false), w.Labels().Select(l => (l.Image, l.Class, l.Suggested)).Single());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Suggestion_OnAPoolImage_IsTakenByEnter_AndRecordedAsSuggested()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await SuggestEverywhere(tab);
        await tab.Page.ReloadAsync();
        await tab.Ready();
        Assert.Contains("dog 97", await tab.Page.Locator(".given").TextContentAsync(), StringComparison.Ordinal);
        var image = await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((image, "dog", true), w.Labels().Select(l => (l.Image, l.Class, l.Suggested)).Single());
        // another class than the one that was suggested
        var other = await tab.PressAndGoOn("1");
        await tab.Saved();
        Assert.Equal(("cat", false), w.Labels().Where(l => l.Image == other).Select(l => (l.Class, l.Suggested))
            .Single());
        // by a finger
        var third = await tab.Image();
        await tab.Page.Locator("button.suggestion").ClickAsync();
        await tab.Page.Locator($"#stage:not([data-image='{third}'])").WaitForAsync();
        await tab.Saved();
        Assert.Equal(("dog", true), w.Labels().Where(l => l.Image == third).Select(l => (l.Class, l.Suggested))
            .Single());
        tab.AssertNoFault();
    }

    /// <summary>The server has saved the labels and its answer never arrives.</summary>
    [Fact]
    public async Task Labels_WhoseAnswerIsLost_AreSentAgain_AndAreNotDoubled()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var lost = 0;
        await tab.Page.RouteAsync("**/api/v1/labels", async route =>
        {
            await route.FetchAsync();
            if (lost++ < 2) await route.AbortAsync();
            else await route.ContinueAsync();
        });
        var images = new[] { await tab.PressAndGoOn("1"), await tab.PressAndGoOn("2"), await tab.PressAndGoOn("1") };
        await tab.Saved();
        using var w = served.Open();
        Assert.True(lost > 2);
        Assert.Equal(images.Order(), w.Labels().Select(l => l.Image).Order());
        Assert.Equal(3, w.Entries().Count(e => e.What == "label"));
    }

    [Fact]
    public async Task Labels_ThatWait_OutliveAReloadOfThePage()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.RouteAsync("**/api/v1/labels", route => route.AbortAsync());       // the server is away
        var (cat, dog) = (await tab.PressAndGoOn("1"), await tab.PressAndGoOn("2"));
        await tab.Page.ReloadAsync();
        await tab.Page.Locator("#saved[data-state=away]").WaitForAsync();
        await tab.Page.UnrouteAllAsync();
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal([(cat, "cat"), (dog, "dog")], w.Labels().OrderBy(l => l.Class).Select(l => (l.Image, l.Class!)));
    }
}
