using System.Globalization;
using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class GridTests(PageBrowser browser)
{
    [Fact]
    public async Task Grid_TakeOutTheOddOnes_EnterLabelsTheRest_UndoIsOneStep()
    {
        await using var served = await ServedFolder.Start(30);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        var tiles = tab.Page.Locator(".tile");
        await tiles.Nth(29).WaitForAsync();
        await tiles.Nth(3).ClickAsync();                                                   // one out
        await tiles.Nth(10).ClickAsync();                                                  // a range out
        await tiles.Nth(14).ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        var odd = new List<int>();
        foreach (var i in new[] { 3, 10, 11, 12, 13, 14 })
            odd.Add(int.Parse((await tiles.Nth(i).GetAttributeAsync("data-id"))!, CultureInfo.InvariantCulture));
        await tab.Press("1");
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(24, w.Labels().Count);
        Assert.Empty(w.Labels().Select(l => l.Image).Intersect(odd));
        Assert.Equal(6, await tiles.CountAsync());

        await tab.Press("z");
        await tab.Saved();
        Assert.Empty(w.Labels());
        await tiles.Nth(29).WaitForAsync();
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Grid_AllOrNone_TakesEachTile()
    {
        await using var served = await ServedFolder.Start(30);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        await tab.Page.Locator(".tile").Nth(29).WaitForAsync();
        await tab.Press("Control+a");
        Assert.Equal(0, await tab.Page.Locator(".tile[aria-selected=true]").CountAsync());
        await tab.Press("Control+a");
        Assert.Equal(30, await tab.Page.Locator(".tile[aria-selected=true]").CountAsync());
    }

    [Fact]
    public async Task Grid_NearDuplicates_AreFolded_AndFannedOutByAKey()
    {
        await using var served = await ServedFolder.Start(8,
            more: [("a.png", Vaal.Tests.Pictures.Random(1, 2)), ("b.png", Vaal.Tests.Pictures.Random(1, 4))]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        var tiles = tab.Page.Locator(".tile");
        await tiles.Nth(7).WaitForAsync();
        Assert.Equal(8, await tiles.CountAsync());
        await tab.Page.Locator(".tile", new() { Has = tab.Page.Locator(".fold") }).FocusAsync();
        await tab.Press("f");
        await tiles.Nth(9).WaitForAsync();
        Assert.Equal(2, await tab.Page.Locator(".tile.fanned").CountAsync());
        await tab.Press("f");
        Assert.Equal(8, await tiles.CountAsync());
        tab.AssertNoFault();
    }

    /// <summary>From the link to a labelled image, a class of one's own, the grid and undo: no mouse.</summary>
    [Fact]
    public async Task KeyboardOnly_FromStartToEnd()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("/");
        await tab.Page.Keyboard.TypeAsync("owl");
        var owl = await tab.PressAndGoOn("Enter");
        var cat = await tab.PressAndGoOn("1");
        await tab.Saved();
        await tab.Page.Keyboard.PressAsync("Tab");                    // to the views at the top, as a reader would
        while (await tab.Page.EvaluateAsync<string?>("document.activeElement.getAttribute('href')") != "#grid")
            await tab.Press("Tab");
        await tab.Press("Enter");
        await tab.Page.GetByLabel("Group by").FocusAsync();
        await tab.Page.GetByLabel("Group by").SelectOptionAsync("filter");
        await tab.Go("grid?by=filter&value=unlabelled");
        await tab.Page.Locator(".tile").Nth(9).WaitForAsync();
        await tab.Page.Locator(".tile[tabindex='0']").FocusAsync();
        await tab.Press("Space");                                     // the first is odd
        await tab.Press("ArrowRight");
        await tab.Press("ArrowRight");
        await tab.Press("Space");                                     // and the third
        await tab.Press("2");
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(8, w.Labels().Count(l => l.Class == "dog"));
        Assert.Equal(("owl", "cat"), (w.Labels().Single(l => l.Image == owl).Class,
            w.Labels().Single(l => l.Image == cat).Class));
        await tab.Press("z");
        await tab.Saved();
        Assert.Equal(2, w.Labels().Count);
        tab.AssertNoFault();
    }
}
