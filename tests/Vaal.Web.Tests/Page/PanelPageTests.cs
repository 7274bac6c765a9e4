using System.Globalization;
using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class PanelPageTests(PageBrowser browser)
{
    /// <summary>Labels of somebody else, an undo, and a rename that another process makes.</summary>
    [Fact]
    public async Task Progress_CountsWhatOthersLabel()
    {
        var invitation = "";
        await using var served = await ServedFolder.Start(20,
            prepare: w => invitation = w.AddAnnotator("ann", owner: false).Invitation);
        await served.Learn(0);
        await using var ann = await browser.Open(new Uri(served.Url, $"/join/{invitation}"));
        await ann.Ready();
        await ann.Page.GetByText("0 of 20 images labelled").WaitForAsync();
        await served.Owner.Label("cat", 1, 2, 3);
        await ann.Page.GetByText("3 of 20 images labelled").WaitForAsync();
        await Labelled("cat", 3);
        await served.Owner.Undo();
        await ann.Page.GetByText("2 of 20 images labelled").WaitForAsync();
        await Labelled("cat", 2);
        using (var w = served.Open()) w.RenameClass("cat", "feline");
        await served.Owner.Get("/api/v1/project");                                   // the server sees it with this
        await Labelled("feline", 2);
        ann.AssertNoFault();

        Task Labelled(string name, int images) => ann.Page.Locator("button.class", new()
        {
            Has = ann.Page.Locator($".what[title={name}]"),
        }).Locator($".count[title='{images} labelled']").WaitForAsync(new() { State = WaitForSelectorState.Attached });
    }

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
