using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>A change of the classes is a step of its own, between those of labels.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class ClassUndoTests(PageBrowser browser)
{
    private static ILocator Class(Tab tab, string name) =>
        tab.Page.Locator("button.class", new() { HasTextString = name });

    [Fact]
    public async Task Undo_AfterAMerge_TakesTheMergeBack_ThenTheLabelBeforeIt()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var (first, second) = (await tab.PressAndGoOn("1"), await tab.PressAndGoOn("2"));
        var third = await tab.Image();
        await tab.Saved();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        tab.Page.Dialog += (_, asked) => _ = asked.AcceptAsync();
        var merge = tab.Page.GetByLabel("Merge dog into another class");
        await merge.FocusAsync();                                 // it offers the other classes from then on
        await merge.SelectOptionAsync("cat");
        await merge.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await tab.Press("Escape");
        await tab.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        using var w = served.Open();
        Assert.Equal(["cat"], w.DeclaredClasses);
        await using var other = await browser.Open(served);
        await other.Ready();
        Assert.Equal(0, await Class(other, "dog").CountAsync());

        await tab.Press("z");
        await tab.Saved();
        Assert.Equal(new Dictionary<int, string?> { [first] = "cat", [second] = "dog" },
            w.Labels().ToDictionary(l => l.Image, l => l.Class));
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
        await Class(tab, "dog").WaitForAsync();                   // the page has them again, too
        await Class(other, "dog").WaitForAsync();                 // and so has another one
        await tab.Toasted("Undone: a change of the classes was taken back");
        Assert.Equal(third, await tab.Image());

        await tab.Press("z");
        await tab.Page.Locator($"#stage[data-image='{second}']").WaitForAsync();
        await tab.Saved();
        Assert.Equal(first, w.Labels().Single().Image);
        Assert.Empty(w.Problems());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Undo_AfterANewKeyOfAClass_TakesTheKeyBack_AndNoLabel()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var image = await tab.PressAndGoOn("1");
        await tab.Saved();
        await tab.Press("?");
        await tab.Page.Locator("dialog button.key[data-of='class:cat']").ClickAsync();
        await tab.Press("k");
        await tab.Page.Locator("button.class[aria-keyshortcuts=k]").WaitForAsync();
        await tab.Press("Escape");
        await tab.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await tab.Press("z");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((image, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
        await tab.Page.Locator("button.class[aria-keyshortcuts='1']", new() { HasTextString = "cat" }).WaitForAsync();
        tab.AssertNoFault();
    }
}
