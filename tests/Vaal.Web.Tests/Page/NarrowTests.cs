using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>Windows between a phone and a desk, and a page that is enlarged.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class NarrowTests(PageBrowser browser)
{
    private static async Task<LocatorBoundingBoxResult> Box(Tab tab, string part) =>
        (await tab.Page.Locator(part).First.BoundingBoxAsync())!;

    [Theory]
    [InlineData(780)]
    [InlineData(900)]
    [InlineData(1000)]
    public async Task Bar_BesideItsTools_ShowsItsTexts(int width)
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served, width: width, height: 700);
        await tab.Ready();
        foreach (var (view, filled) in new[] { ("label", "#stage .sheet.on.whole"),
            ("grid?by=filter&value=unlabelled", ".tile") })
        {
            await tab.Go(view);
            await tab.Page.Locator(filled).First.WaitForAsync();
            var (texts, tools) = (await Box(tab, ".bar .texts"), await Box(tab, ".bar .stage-tools"));
            Assert.InRange(texts.Width, 200, width);
            Assert.InRange(texts.Height, 20, 70);                                    // a title, and two lines at most
            Assert.True(texts.X + texts.Width <= tools.X + 1 || texts.Y + texts.Height <= tools.Y + 1,
                $"{view}: the tools lie over the texts");
        }
        tab.AssertNoFault();
    }

    /// <summary>A window of 1280×800 at 200%.</summary>
    [Fact]
    public async Task Groups_OnAnEnlargedPage_AreNotCut()
    {
        await using var served = await ServedFolder.Start(60, classes: ["cat", "dog", "owl"],
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));
        await served.Learn(0);
        await using var tab = await browser.Open(served, width: 640, height: 400);
        await tab.Ready();
        await tab.Go("grid");
        await tab.Page.Locator(".tile").First.WaitForAsync();
        Assert.True(await tab.Page.Locator(".groups").EvaluateAsync<bool>("e => e.scrollHeight <= e.clientHeight + 1"));
        var (link, tiles) = (await Box(tab, ".groups a"), await Box(tab, ".tiles"));
        Assert.True(link.Y + link.Height <= tiles.Y + 1, "the tiles lie over the groups");
        tab.AssertNoFault();
    }

    /// <summary>24 pixels, as WCAG 2.2 has it; and what the window is named after.</summary>
    [Fact]
    public async Task Phone_Tools_AreBroadEnoughForAFinger_AndTheTitleNamesTheView()
    {
        await using var served = await ServedFolder.Start(4);
        await using var tab = await browser.Open(served, width: 360, height: 740);
        await tab.Ready();
        foreach (var (view, title) in new[] { ("label", "Label · images · Vaal"), ("map", "Map · images · Vaal"),
            ("review", "Review · images · Vaal") })
        {
            await tab.Go(view);
            Assert.Equal(title, await tab.Page.TitleAsync());
            if (view == "review") continue;
            await tab.Page.Locator(".stage-tools button").First.WaitForAsync();
            Assert.True(await tab.Page.Locator(".stage-tools button:visible").EvaluateAllAsync<double>(
                "tools => Math.min(...tools.map(t => t.getBoundingClientRect().width))") >= 24, view);
        }
        tab.AssertNoFault();
    }

    /// <summary>A list of the others in every row would be a million entries.</summary>
    [Fact]
    public async Task Classes_AThousand_AreFoundAndChangedInTheDialog()
    {
        string[] classes = [.. Enumerable.Range(0, 1_000).Select(i => $"class {i:000}")];
        await using var served = await ServedFolder.Start(4, classes: classes);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true }).ClickAsync();
        Assert.Equal(classes.Length, await tab.Page.Locator("dialog option").CountAsync());
        await tab.Page.GetByLabel("Find a class to change").FillAsync("class 00");
        Assert.Equal(10, await tab.Page.Locator(".class-rows li:visible").CountAsync());
        await tab.Page.EvaluateAsync("document.querySelectorAll('.class-rows li')"
            + ".forEach((row, i) => { row.dataset.before = i; })");
        await tab.Page.GetByLabel("Colour of class 007").FillAsync("#123456");
        await tab.Page.Locator(".class-rows li[data-before='7']").WaitForAsync(
            new() { State = WaitForSelectorState.Detached });
        Assert.Equal(classes.Length - 1, await tab.Page.Locator(".class-rows li[data-before]").CountAsync());
        tab.Page.Dialog += (_, asked) => _ = asked.AcceptAsync();
        var merge = tab.Page.GetByLabel("Merge class 007 into another class");
        await merge.FocusAsync();
        Assert.Equal(classes.Length, await merge.Locator("option").CountAsync());
        await merge.SelectOptionAsync("class 008");
        await merge.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        using var w = served.Open();
        Assert.Equal(classes.Where(c => c != "class 007"), w.DeclaredClasses);
        tab.AssertNoFault();
    }
}
