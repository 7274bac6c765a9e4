using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>Answers that come out of order, or to a view that was left: what was asked for last is what is
/// shown.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class RaceTests(PageBrowser browser)
{
    [Fact]
    public async Task Search_AnswerToAnOlderQuestion_IsNotShown()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=search");
        await tab.Page.GetByText("12 images found").WaitForAsync();
        var older = await HeldAnswer.Of(tab, "**/api/v1/search*",
            url => url.Contains("name=00&", StringComparison.Ordinal));
        await tab.Page.Locator("input[name=name]").FillAsync("00");
        await tab.Page.Locator("input[name=name]").PressAsync("Enter");
        await older.Asked;
        await tab.Page.Locator("input[name=name]").FillAsync("003");
        await tab.Page.Locator("input[name=name]").PressAsync("Enter");
        await tab.Page.GetByText("1 image found").WaitForAsync();
        await older.LetGo();
        Assert.Equal("4", await tab.Page.Locator(".tile").GetAttributeAsync("data-id"));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task ReviewPage_AnswerForATabThatWasLeft_IsNotShown()
    {
        await using var served = await ServedFolder.Start(4);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var older = await HeldAnswer.Of(tab, "**/api/v1/mistakes*");
        await tab.Go("review?page=mistakes");
        await older.Asked;
        await tab.Go("review?page=search");
        await tab.Page.GetByText("4 images found").WaitForAsync();
        await older.LetGo();
        Assert.True(await tab.Page.GetByText("4 images found").IsVisibleAsync());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Map_AnswerFromBeforeAnUndo_DoesNotReplaceALaterOne()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.PressAndGoOn("1");
        await tab.PressAndGoOn("2");
        await tab.Saved();
        await tab.Go("map");
        var legend = tab.Page.Locator(".legend");
        await legend.GetByText("dog").WaitForAsync();
        var older = await HeldAnswer.Of(tab, "**/api/v1/map");
        await tab.Press("z");
        await older.Asked;
        await tab.Press("z");
        await legend.GetByText("cat").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await older.LetGo();
        Assert.Equal(["no label12"], await legend.Locator("li").AllTextContentsAsync());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Grid_NearDuplicatesThatComeAfterThePageWasTurned_AreNotPutIn()
    {
        await using var served = await ServedFolder.Start(8,
            more: [("a.png", Vaal.Tests.Pictures.Random(1, 2)), ("b.png", Vaal.Tests.Pictures.Random(1, 4))]);
        await served.Owner.Label("cat", 5);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        var tiles = tab.Page.Locator(".tile");
        await tiles.Nth(6).WaitForAsync();
        var late = await HeldAnswer.Of(tab, "**/api/v1/grid*",
            url => url.Contains("by=duplicates", StringComparison.Ordinal));
        await tab.Page.Locator(".tile", new() { Has = tab.Page.Locator(".fold") }).FocusAsync();
        await tab.Press("f");
        await late.Asked;
        await tab.Page.RunAndWaitForResponseAsync(() => tab.Page.GetByLabel("Tiles per page").SelectOptionAsync("24"),
            answer => answer.Url.Contains("by=filter", StringComparison.Ordinal));
        await late.LetGo();
        Assert.Equal((7, 0, 0), (await tiles.CountAsync(), await tab.Page.Locator(".tile.fanned").CountAsync(),
            await tab.Page.EvaluateAsync<int>("window.toasted.length")));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Grid_WhileALabelIsOnItsWay_DoesNotOfferItsImage()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.RouteAsync("**/api/v1/labels", route => route.AbortAsync());       // the server is away
        var image = await tab.PressAndGoOn("1");
        await tab.Go("grid?by=filter&value=unlabelled");
        await tab.Page.Locator(".tile").Nth(10).WaitForAsync();
        Assert.Equal((11, 0), (await tab.Page.Locator(".tile").CountAsync(),
            await tab.Page.Locator($".tile[data-id='{image}']").CountAsync()));
        await tab.Page.UnrouteAllAsync();
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(image, w.Labels().Single().Image);
    }

    [Fact]
    public async Task Queue_DoesNotShowWhatTheGridHasLabelled()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        var tiles = tab.Page.Locator(".tile");
        await tiles.Nth(11).WaitForAsync();
        await tab.Press("Control+a");
        var left = int.Parse((await tiles.Nth(7).GetAttributeAsync("data-id"))!,
            System.Globalization.CultureInfo.InvariantCulture);
        await tiles.Nth(7).ClickAsync();
        await tab.Press("1");
        await tab.Press("Enter");
        await tab.Saved();
        await tab.Go("label");
        await tab.Ready();
        if (await tab.Image() != left) await tab.Press("ArrowRight");
        await tab.Page.Locator($"#stage[data-image='{left}']").WaitForAsync();
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Label_TwoImagesAskedForOneAfterTheOther_TheLastIsShown()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var older = await HeldAnswer.Of(tab, "**/api/v1/images/5");
        await tab.Go("label?image=5");
        await older.Asked;
        await tab.Go("label?image=6");
        await tab.Page.Locator("#stage[data-image='6']").WaitForAsync();
        await older.LetGo();
        Assert.Equal(6, await tab.Image());
        Assert.Equal("Image 005.png", await tab.Page.Locator("#stage .sheet.on .full").GetAttributeAsync("alt"));
        await tab.PressAndGoOn("1");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(6, w.Labels().Single().Image);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Class_AddedWhileTheImageChanges_IsNotGivenToTheNextImage()
    {
        await using var served = await ServedFolder.Start(6);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var adding = await HeldAnswer.Of(tab, "**/api/v1/classes");
        await tab.Press("/");
        await tab.Page.Keyboard.TypeAsync("owl");
        var image = await tab.Image();
        await tab.Press("Enter");
        await adding.Asked;
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Skip", Exact = true }).ClickAsync();
        await tab.Page.WaitForFunctionAsync("before => document.querySelector('#stage').dataset.image !== before",
            $"{image}");
        await adding.LetGo();
        await tab.Toasted("Another image is on screen");
        await tab.Saved();
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.Contains("owl", w.DeclaredClasses);
    }

    [Fact]
    public async Task Undo_AnsweredAfterANewerLabel_LeavesTheNewerLabel()
    {
        await using var served = await ServedFolder.Start(6);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var image = await tab.PressAndGoOn("1");
        await tab.Saved();
        var undoing = await HeldAnswer.Of(tab, "**/api/v1/undo");
        await tab.Press("z");
        await undoing.Asked;
        Assert.Equal(image, await tab.PressAndGoOn("2"));
        await tab.PressAndGoOn("Backspace");
        await undoing.LetGo();
        await tab.Saved();
        Assert.Equal(image, await tab.Image());
        Assert.Contains("dog", await tab.Page.Locator(".given").TextContentAsync(), StringComparison.Ordinal);
        using var w = served.Open();
        Assert.Equal("dog", w.Labels().Single().Class);
        tab.AssertNoFault();
    }

    /// <summary>The server tells that classes changed; its answer comes after a class that was added here.</summary>
    [Fact]
    public async Task Project_OlderAnswer_DoesNotTakeANewClassAway()
    {
        await using var served = await ServedFolder.Start(6);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var older = await HeldAnswer.Of(tab, "**/api/v1/project");
        await served.Owner.Post("/api/v1/classes", new { op = "a", action = "add", name = "eel" });
        await older.Asked;
        await tab.Press("/");
        await tab.Page.Keyboard.TypeAsync("owl");
        await tab.PressAndGoOn("Enter");
        await older.LetGo();
        await tab.Page.Locator("button.class", new() { HasText = "eel" }).WaitForAsync();
        await tab.Page.Locator("button.class", new() { HasText = "owl" }).WaitForAsync();
        tab.AssertNoFault();
    }
}
