using System.Globalization;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class PanelPageTests(PageBrowser browser)
{
    [Fact]
    public async Task Panel_AfterAChoice_SaysHowMuchOfThePoolTheLabelsCover()
    {
        await using var served = await ServedFolder.Start(110);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var line = tab.Page.Locator(".fact", new() { HasText = "Covered: like a labelled image" });
        Assert.Equal(0, await line.CountAsync());                                    // nothing is labelled
        await served.Owner.Label("cat", [.. Enumerable.Range(1, 12)]);
        await served.Learn(12);
        await line.WaitForAsync();
        var covered = (await served.Owner.Get("/api/v1/panel")).GetProperty("covered").GetDouble();
        Assert.InRange(covered, 0.01, 0.99);
        Assert.Equal($"{(100 * covered).ToString("0", CultureInfo.InvariantCulture)}%",
            await line.Locator("strong").TextContentAsync());
        tab.AssertNoFault();
    }
}
