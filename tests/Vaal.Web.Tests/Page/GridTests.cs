using System.Globalization;
using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed partial class GridTests(PageBrowser browser)
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
        await tab.Press("Control+a");
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
        await Says(tab, "24 of 30 selected");                         // as before: another class can be given at once
        await tab.Press("2");
        await tab.Press("Enter");
        await tab.Saved();
        Assert.Equal(24, w.Labels().Count(l => l.Class == "dog"));
        tab.AssertNoFault();
    }

    private static Task Says(Tab tab, string text) =>
        tab.Page.Locator(".said", new() { HasTextString = text }).WaitForAsync();

    /// <summary>What a search finds is labelled as a group is: no key but Enter changes anything.</summary>
    [Theory]
    [InlineData("grid?by=search&value=00", 10)]
    [InlineData("grid?by=similar&value=12", 11)]
    public async Task Grid_OfASearch_SelectsAll_AndOnlyEnterLabelsThem(string view, int found)
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go(view);
        await Says(tab, $"{found} of {found} selected");
        foreach (var key in new[] { "u", "x", "1" }) await tab.Press(key);
        await tab.Page.GetByText($"Label {found} as cat").WaitForAsync();
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.Equal((0, 0), (w.Status().Unsure, w.Status().Unusable));
        await tab.Page.Locator(".tile").Nth(2).ClickAsync();
        await tab.Press("Enter");
        await tab.Saved();
        Assert.Equal(found - 1, w.Labels().Count(l => l.Class == "cat"));
        tab.AssertNoFault();
    }

    /// <summary>What a filter finds need not be alike: neither a class nor a mark and Enter change anything before
    /// tiles are selected.</summary>
    [Fact]
    public async Task Grid_OfAFilter_SelectsNothingAtFirst()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        await Says(tab, "0 of 12 selected");
        foreach (var key in new[] { "1", "Enter", "u", "Enter", "x", "Enter", "1" }) await tab.Press(key);
        await tab.Page.GetByText("Select tiles").WaitForAsync();
        var tile = tab.Page.Locator(".tile").Nth(2);
        var image = int.Parse((await tile.GetAttributeAsync("data-id"))!, CultureInfo.InvariantCulture);
        await tile.ClickAsync();
        await tab.Page.GetByText("Label 1 as cat").WaitForAsync();
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((image, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
        Assert.Equal((0, 0), (w.Status().Unsure, w.Status().Unusable));
        tab.AssertNoFault();
    }

    /// <summary>In a group all tiles are selected: no key alone may change them.</summary>
    [Fact]
    public async Task Grid_MarkAndClass_AreGivenByEnter_TheLastOneCounts()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var selection = (await served.Owner.Post("/api/v1/selection", new { images = new[] { 2, 5, 7 } }))
            .GetProperty("id").GetString();
        await tab.Go($"grid?by=selection&value={selection}");
        await Says(tab, "3 of 3 selected");
        await tab.Press("u");
        await tab.Page.GetByText("Mark 3 as unsure").WaitForAsync();
        await tab.Press("1");
        await tab.Page.GetByText("Label 3 as cat").WaitForAsync();
        await tab.Press("x");
        await tab.Page.GetByText("Mark 3 as unusable").WaitForAsync();
        await tab.Page.Locator(".tile[data-id='5']").ClickAsync();
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.Equal((0, 2), (w.Status().Unsure, w.Status().Unusable));
        Assert.Single(w.Entries(), e => e.What == "label");
        tab.AssertNoFault();
    }

    /// <summary>An answer that comes while somebody selects tiles changes nothing that was selected.</summary>
    [Fact]
    public async Task Grid_LoadedAgain_KeepsWhatIsSelected()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        await Says(tab, "0 of 12 selected");
        var answer = await HeldAnswer.Of(tab, "**/api/v1/grid*");
        await tab.Page.GetByLabel("Tiles per page").SelectOptionAsync("24");
        await answer.Asked;
        foreach (var i in new[] { 3, 8 }) await tab.Page.Locator(".tile").Nth(i).ClickAsync();
        await answer.LetGo();
        Assert.Equal(2, await tab.Page.Locator(".tile[aria-selected=true]").CountAsync());
        await Says(tab, "2 of 12 selected");
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
        Assert.Equal(30, await tab.Page.Locator(".tile[aria-selected=true]").CountAsync());
        await tab.Press("Control+a");
        Assert.Equal(0, await tab.Page.Locator(".tile[aria-selected=true]").CountAsync());
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
        await Says(tab, "0 of 10 selected");
        await tab.Press("f");
        Assert.Equal(8, await tiles.CountAsync());
        await tab.Press("Space");
        await tab.Press("f");
        await Says(tab, "3 of 10 selected");                          // they are as the one that they are like
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
        await tab.Press("Control+a");
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

    /// <summary>Two groups of thirty: Enter labels the tiles, goes on to the next page, and then to the next
    /// group.</summary>
    [Fact]
    public async Task Groups_ByEnterAlone_AreLabelledPageByPage_AndTheNextOneFollows()
    {
        const int all = 60;
        using var folder = new Vaal.Tests.TemporaryFolder();
        var table = folder["features.npy"];
        Vaal.Tests.MadeTable.Write(table, [.. Enumerable.Range(0, all).Select(i => $"{i:000}.png")], i =>
            [.. Enumerable.Range(0, 8).Select(k => (k % 2 == i % 2 ? 1 : 0) + 0.1f * new Random(i).NextSingle())]);
        await using var served = await ServedFolder.Start(all, options: new() { LearnEvery = 1_000 }, encoder: table);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid");
        ILocator Chosen() => tab.Page.Locator(".tile[aria-selected=true]");
        Task Title(string text) => tab.Page.Locator(".title", new() { HasTextString = text }).WaitForAsync();
        await Title("Group 1");
        await tab.Page.GetByLabel("Tiles per page").SelectOptionAsync("24");
        await tab.Page.Locator(".said", new() { HasTextString = "24 of 24 selected, 30 images in all" }).WaitForAsync();
        await tab.Press("1");
        await tab.Press("Enter");
        Task Rest() =>
            tab.Page.Locator(".said", new() { HasTextString = "6 of 6 selected, 30 images in all" }).WaitForAsync();
        await Rest();
        await tab.Press("z");                                        // back to the page of the tiles
        await tab.Page.Locator(".said", new() { HasTextString = "24 of 24 selected, 30 images in all" }).WaitForAsync();
        await tab.Press("Enter");
        await Rest();
        await tab.Press("Enter");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Next group" }).WaitForAsync();
        await tab.Page.Locator(".groups a.none .count", new() { HasTextString = "0" }).WaitForAsync();
        await tab.Page.Locator(".groups .mostly", new() { HasTextString = "mostly cat" }).WaitForAsync();
        Assert.Equal(0, await Chosen().CountAsync());
        await tab.Press("Enter");
        await Title("Group 2");
        await Chosen().Nth(23).WaitForAsync();
        using var w = served.Open();
        Assert.Equal(30, w.Labels().Count(l => l.Class == "cat"));
        Assert.Single(w.Labels().Select(l => l.Image % 2).Distinct());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Similar_SaysWhichImageTheTilesAreLike_AndShowsIt()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=similar&value=5");
        await tab.Page.Locator(".title", new() { HasTextString = "Images like 004.png" }).WaitForAsync();
        await tab.Page.Locator(".groups a[href='#label?image=5'] img").WaitForAsync();
        await tab.Page.Locator(".tile").Nth(10).WaitForAsync();
        Assert.Equal(0, await tab.Page.Locator(".tile[data-id='5']").CountAsync());
        tab.AssertNoFault();
    }
}
