using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class SettingsTests(PageBrowser browser)
{
    private static async Task Save(Tab tab, Func<IPage, Task> change)
    {
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Settings", Exact = true }).ClickAsync();
        await change(tab.Page);
        await tab.Page.Locator("dialog").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await tab.Page.Locator("dialog").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    [Fact]
    public async Task Settings_AreKept_AndWhatWasNotChangedStaysAsItWas()
    {
        await using var served = await ServedFolder.Start(6);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await Save(tab, async page =>
        {
            await page.GetByLabel("Learn after so many labels").FillAsync("7");
            await page.GetByLabel("Strategy").SelectOptionAsync("margin");
            await page.GetByLabel("Images that two people label").FillAsync("25");
        });
        async Task<(int, string?, double, double)> Kept()
        {
            var project = await served.Owner.Get("/api/v1/project");
            var settings = project.GetProperty("settings");
            return (project.GetProperty("learnEvery").GetInt32(), settings.GetProperty("strategy").GetString(),
                project.GetProperty("overlap").GetDouble(), settings.GetProperty("suggestAbove").GetDouble());
        }
        Assert.Equal((7, "margin", 0.25, 0), await Kept());
        await Save(tab, page => page.GetByLabel("Show suggestions above").FillAsync("90"));
        Assert.Equal((7, "margin", 0.25, 0.9), await Kept());
        await Save(tab, page => page.GetByLabel("Show suggestions above").FillAsync(""));
        await served.Restart();
        Assert.Equal((7, "margin", 0.25, 0), await Kept());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Settings_OfALabeller_CannotBeChanged()
    {
        var invitation = "";
        await using var served = await ServedFolder.Start(4,
            prepare: w => invitation = w.AddAnnotator("ann", owner: false).Invitation);
        await using var tab = await browser.Open(new Uri(served.Url, $"/join/{invitation}"));
        await tab.Ready();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Settings", Exact = true }).ClickAsync();
        Assert.True(await tab.Page.GetByLabel("Strategy").IsDisabledAsync());
        Assert.Equal(0, await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).CountAsync());
    }

    [Fact]
    public async Task Colour_OfAClass_IsShownEverywhere_AndKept()
    {
        await using var served = await ServedFolder.Start(4);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await tab.Page.GetByLabel("Colour of cat").FillAsync("#123456");
        const string shown = """
            () => {
                const cat = [...document.querySelectorAll("button.class")].find(b => b.textContent.includes("cat"));
                return getComputedStyle(cat.querySelector(".swatch")).getPropertyValue("--c") === "#123456";
            }
            """;
        await tab.Page.WaitForFunctionAsync(shown);
        await tab.Page.ReloadAsync();
        await tab.Ready();
        await tab.Page.WaitForFunctionAsync(shown);
        using var w = served.Open();
        Assert.Contains(w.Entries(), e => e.What == "classes");
        tab.AssertNoFault();
    }

    /// <summary>Each kind has views and tools of its own: every open page starts anew.</summary>
    [Fact]
    public async Task Kind_ChangedWhileAnImageIsOnScreen_GivesEachOpenPageItsTools()
    {
        await using var served = await ServedFolder.Start(40);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var other = await tab.Another(new(served.Url, "/"));
        await other.Locator("#stage .sheet.on.whole").WaitForAsync();
        foreach (var (kind, tools) in new[] { ("shapes", 1), ("classes", 0), ("multi", 0) })
        {
            await Save(tab, page => page.GetByLabel("Labels are").SelectOptionAsync(kind));
            foreach (var page in new[] { tab.Page, other })
            {
                await page.WaitForFunctionAsync(
                    """
                    async kind => (await import("/assets/store.js")).project?.kind === kind
                        && document.querySelector("#stage .sheet.on.whole") !== null
                    """, kind);
                await Assertions.Expect(page.GetByRole(AriaRole.Toolbar, new() { Name = "Shapes" }))
                    .ToHaveCountAsync(tools);
                await Assertions.Expect(page.Locator(".given .save")).ToHaveCountAsync(kind == "classes" ? 0 : 1);
            }
        }
        tab.AssertNoFault();
    }
}
