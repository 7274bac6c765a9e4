using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>Keys that are given to something else: what had them goes without, and the page still opens.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class OwnKeyTests(PageBrowser browser)
{
    private static ILocator Row(Tab tab, string of) => tab.Page.Locator($"dialog button.key[data-of='{of}']");

    /// <summary>In the dialog of the keys.</summary>
    /// <param name="of">an action, or <c>class:</c> and a name</param>
    private static async Task Give(Tab tab, string of, string key)
    {
        await Row(tab, of).ClickAsync();
        await tab.Page.GetByText("press a key").WaitForAsync();
        await tab.Press(key);
        await tab.Page.GetByText("press a key").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    private static async Task<string> KeyOf(Tab tab, string of) => (await Row(tab, of).TextContentAsync())!.Trim();

    [Fact]
    public async Task KeysOfActions_GivenToClasses_LeaveTheViewsToOpen_WithADashInTheirPlace()
    {
        await using var served = await ServedFolder.Start(12, classes: ["cat", "frog"]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("?");
        await Give(tab, "class:frog", "f");
        await Give(tab, "class:cat", "/");
        Assert.Equal(("–", "–", "F"), (await KeyOf(tab, "fan"), await KeyOf(tab, "find"),
            await KeyOf(tab, "class:frog")));
        await tab.Press("Escape");
        await tab.Page.ReloadAsync();
        await tab.Ready();
        Assert.Equal("–", await tab.Page.Locator(".find kbd").TextContentAsync());
        await tab.Go("grid?by=filter&value=unlabelled");
        await tab.Page.Locator(".tile").Nth(11).WaitForAsync();
        Assert.Contains("– fans out near-duplicates", await tab.Page.Locator(".act .soft").TextContentAsync(),
            StringComparison.Ordinal);
        await tab.Press("f");
        await tab.Page.Locator("button.class[aria-pressed=true]", new() { HasTextString = "frog" }).WaitForAsync();
        tab.AssertNoFault();
    }

    [Fact]
    public async Task KeysOfShapes_GivenAway_LeaveTheToolsToOpen()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("?");
        await Give(tab, "class:cat", "v");
        await Give(tab, "unsure", "Enter");
        Assert.Equal(("–", "–", "↵"), (await KeyOf(tab, "select"), await KeyOf(tab, "confirm"),
            await KeyOf(tab, "unsure")));
        await tab.Press("Escape");
        await tab.Page.ReloadAsync();
        await tab.Ready();
        Assert.Equal("Select", await tab.Page.Locator("button.tool[data-tool=select]").GetAttributeAsync("title"));
        Assert.Equal("–", await tab.Page.Locator(".given .save kbd").TextContentAsync());
        await tab.Press("p");
        Assert.Equal("Click the corners; a double click closes the polygon",
            await tab.Page.Locator(".bar.drawing .hint").TextContentAsync());
        tab.AssertNoFault();
    }

    /// <summary>Keys of classes are the workspace's, and those of actions the browser's. A labeller may give
    /// both.</summary>
    [Fact]
    public async Task KeyOfAClass_GivenInAnotherBrowser_TakesItFromTheAction_AndSaysSo()
    {
        var token = "";
        await using var served = await ServedFolder.Start(
            prepare: w => token = w.AddAnnotator("ann", owner: false).Token);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.Locator("button[title='Undo (Z)']").WaitForAsync();
        using (var ann = new Caller(served.Url, bearer: token))
            await ann.Post("/api/v1/classes", new { op = "z", action = "key", name = "cat", key = "z" });
        await tab.Page.Locator("button[title='Undo (Ctrl Z)']").WaitForAsync();
        await tab.Press("?");
        Assert.Equal(("Ctrl Z", "Z"), (await KeyOf(tab, "undo"), await KeyOf(tab, "class:cat")));
        await Give(tab, "unsure", "z");                           // the class keeps it
        await tab.Toasted("Z is that of the class cat");
        Assert.Equal("U", await KeyOf(tab, "unsure"));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Back to the keys as delivered" }).ClickAsync();
        Assert.Equal("Ctrl Z", await KeyOf(tab, "undo"));
        await tab.Press("Escape");
        await tab.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        var image = await tab.PressAndGoOn("z");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((image, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
        await tab.Press("Control+z");
        await tab.Page.Locator($"#stage[data-image='{image}']").WaitForAsync();
        await tab.Saved();
        Assert.Empty(w.Labels());
        tab.AssertNoFault();
    }

    /// <summary>By the page, as it is no single letter, and by a server that does not answer.</summary>
    [Fact]
    public async Task KeyOfAClass_ThatIsRefused_LeavesTheActionItsKey()
    {
        await using var served = await ServedFolder.Start(prepare: w => w.Index(new() { MultiLabel = true }));
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("?");
        await Give(tab, "class:cat", "Enter");
        await tab.Toasted("expected a single letter or digit as the key of a class");
        await tab.Page.RouteAsync("**/api/v1/classes", route => route.AbortAsync());
        await Give(tab, "class:cat", "u");
        await tab.Toasted("The key was not changed");
        Assert.Equal(("↵", "U", "1"), (await KeyOf(tab, "confirm"), await KeyOf(tab, "unsure"),
            await KeyOf(tab, "class:cat")));
        await Give(tab, "unusable", "q");                         // what the keys do is worked out again, and kept
        await tab.Press("Escape");
        await tab.Page.ReloadAsync();
        await tab.Ready();
        var saved = await tab.PressAndGoOn("Enter");
        var unsure = await tab.PressAndGoOn("u");
        await tab.Saved();
        using var w = served.Open();
        Assert.Empty(w.LabelFor(saved)!.Classes);
        Assert.Equal("unsure", w.MarkOf(unsure));
        tab.AssertNoFault();
    }
}
