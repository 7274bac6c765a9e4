namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class QueueTests(PageBrowser browser)
{
    [Fact]
    public async Task Queue_WhenTheServerHasLearned_IsAskedForAnew_AndWhatIsOnScreenStays()
    {
        await using var served = await ServedFolder.Start(40);
        await served.Learn(0);                                                        // its first choice is made
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        await tab.Page.WaitForFunctionAsync(
            "() => document.querySelectorAll('#stage .sheet.whole:not(.on)').length >= 5");
        string[] before = await Shown(tab);
        var asked = tab.Page.WaitForResponseAsync("**/api/v1/queue*");
        await served.Owner.Post("/api/v1/settings", new { op = "a", strategy = "random" });
        var others = await served.Owner.Queue(4);                                     // from another page of the owner
        await served.Owner.Label("cat", others[..2]);
        await served.Owner.Label("dog", others[2..]);
        await served.Learn(4);
        await asked;
        var round = (await served.Owner.Get("/api/v1/panel")).GetProperty("learned").GetProperty("round").GetInt32();
        await tab.Page.GetByText($"round {round}").WaitForAsync();
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('#stage .sheet').length >= 10");
        Assert.Equal(image, await tab.Image());
        Assert.Equal(before[..3], (await Shown(tab))[..3]);                           // it and the next two
        tab.AssertNoFault();
    }

    private static Task<string[]> Shown(Tab tab) => tab.Page.EvaluateAsync<string[]>(
        "() => [...document.querySelectorAll('#stage .sheet .full')].map(i => i.alt)");
}
