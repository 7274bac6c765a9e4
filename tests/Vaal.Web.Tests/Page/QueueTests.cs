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
        await served.Learn(0);
        await asked;
        await tab.Page.WaitForFunctionAsync("() => document.querySelectorAll('#stage .sheet').length >= 10");
        Assert.Equal(image, await tab.Image());
        Assert.Equal(before[..3], (await Shown(tab))[..3]);                           // it and the next two
        tab.AssertNoFault();
    }

    private static Task<string[]> Shown(Tab tab) => tab.Page.EvaluateAsync<string[]>(
        "() => [...document.querySelectorAll('#stage .sheet .full')].map(i => i.alt)");
}
