using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class LookTests(PageBrowser browser)
{
    private static AxeRunOptions All => new()
    {
        RunOnly = new()
        {
            Type = "tag",
            Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        },
    };

    // the other theme has the same names and the same structure
    private static AxeRunOptions Contrast => new() { RunOnly = new() { Type = "rule", Values = ["color-contrast"] } };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task EveryView_PassesAxe(bool dark)
    {
        await using var served = await ServedFolder.Start(20, "30%");
        await served.Owner.Label("cat", 1, 2);
        await using var tab = await browser.Open(served, dark);
        await tab.Ready();
        // each with what is there once it is filled
        foreach (var (view, filled) in new[] { ("label", "#stage .sheet.on.whole"),
            ("grid?by=filter&value=unlabelled", ".tile"), ("map", ".legend li"),
            ("review?page=search", ".tile"), ("review?page=confusion", ".empty"),
            ("review?page=disagreements", ".fact") })
        {
            await tab.Go(view);
            await tab.Page.Locator(filled).First.WaitForAsync();
            await AssertNoViolation(tab, view, dark ? Contrast : All);
        }
        await tab.Go("label");
        await tab.Ready();
        foreach (var button in new[] { "Show the keys", "Settings", "Edit" })
        {
            await tab.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
            await AssertNoViolation(tab, button, dark ? Contrast : All);
            await tab.Press("Escape");
        }
        tab.AssertNoFault();
    }

    /// <summary>Two cells with all images of their rows, right and wrong. Axe does not see their ground: it is a layer
    /// of its own between the number and the table.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Confusion_Filled_HasContrastAa(bool dark)
    {
        await using var served = await ServedFolder.Start(2);
        await using var tab = await browser.Open(served, dark);
        await tab.Ready();
        await tab.Page.RouteAsync("**/api/v1/confusion", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """{"classes": ["cat", "dog"], "counts": [[5, 0], [5, 0]]}""",
        }));
        await tab.Go("review?page=confusion");
        await tab.Page.Locator("table.confusion").WaitForAsync();
        var least = await tab.Page.EvaluateAsync<double>(
            """
            () => {
                const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
                const light = rgb => rgb.map(v => linear(v / 255))
                    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
                const rgb = color => color.match(/[\d.]+/g).slice(0, 3).map(Number);
                const table = document.querySelector("table.confusion");
                const surface = rgb(getComputedStyle(table).backgroundColor);
                const contrasts = [...table.querySelectorAll("td")].filter(td => td.textContent).map(td => {
                    const layer = getComputedStyle(td, "::before"), share = Number(layer.opacity);
                    if (share < 0.1) return 0;                    // there is nothing to see
                    const ground = rgb(layer.backgroundColor).map((v, i) => share * v + (1 - share) * surface[i]);
                    const ink = rgb(getComputedStyle(td.firstChild).color);
                    const [dim, bright] = [light(ground), light(ink)].sort((a, b) => a - b);
                    return (bright + 0.05) / (dim + 0.05);
                });
                return contrasts.length === 2 ? Math.min(...contrasts) : 0;
            }
            """);
        Assert.InRange(least, 4.5, 21);
        tab.AssertNoFault();
    }

    private static async Task AssertNoViolation(Tab tab, string where, AxeRunOptions rules)
    {
        var found = (await tab.Page.RunAxe(rules)).Violations.SelectMany(v => v.Nodes.Select(n =>
            $"{v.Id}: {v.Help}: {n.Html}")).ToList();
        Assert.True(found.Count == 0, $"{where}: {string.Join("\n", found)}");
    }

    /// <summary>Every control can be reached by Tab, shows that it has the focus, and has a name.</summary>
    [Fact]
    public async Task Focus_ByTab_IsSeenAndNamed_OnEveryControl()
    {
        await using var served = await ServedFolder.Start();
        await served.Learn(0);                                          // nothing is told while the keys go round
        await using var tab = await browser.Open(served);
        await tab.Ready();
        string[] left;
        var presses = 0;
        do
        {
            await tab.Press("Tab");
            var now = await tab.Page.EvaluateAsync<string[]?>(
                """
                () => {
                    const e = document.activeElement;
                    if (!e || e === document.body) return null;
                    const name = e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || "";
                    const style = getComputedStyle(e);
                    const seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                    e.dataset.reached = "yes";
                    return [name.trim(), seen ? "seen" : "unseen", e.outerHTML.slice(0, 120)];
                }
                """);
            if (now is not null)
            {
                Assert.True(now[0].Length > 0, $"no name: {now[2]}");
                Assert.True(now[1] == "seen", $"the focus cannot be seen: {now[2]}");
            }
            // the panel may come, or be drawn again, while the keys go round
            left = await tab.Page.EvaluateAsync<string[]>(
                "[...document.querySelectorAll('a[href], button:not([disabled]), input, select, summary, "
                    + "[tabindex=\"0\"]')].filter(e => e.checkVisibility({ visibilityProperty: true }) "
                    + "&& !e.dataset.reached).map(e => e.outerHTML.slice(0, 120))");
        }
        while (++presses < 10 || left.Length > 0 && presses < 120);
        Assert.Empty(left);
    }

    [Theory]
    [InlineData(360, 740)]
    [InlineData(390, 844)]
    public async Task Phone_NothingIsCutOff_AndAClassCanBeTapped(int width, int height)
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served, width: width, height: height);
        await tab.Ready();
        foreach (var view in new[] { "grid?by=filter&value=unlabelled", "map", "review?page=search", "label" })
        {
            await tab.Go(view);
            Assert.True(await tab.Page.EvaluateAsync<bool>(
                "[document.documentElement, document.querySelector('#view')].every(e => e.scrollWidth <= innerWidth)"),
                $"{view} is broader than the screen");
        }
        var image = await tab.Ready();
        Assert.True(await tab.Page.EvaluateAsync<bool>(
            """
            () => {
                const tools = document.querySelector("#view .stage-tools"), inside = [...tools.children]
                    .filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect());
                return inside.length > 4 && tools.offsetHeight < 45 && inside.every(b => b.right <= innerWidth);
            }
            """), "the tools over the image do not fit one line");
        await tab.Page.Locator("button.class", new() { HasText = "cat" }).ClickAsync();
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(image, w.Labels().Single().Image);
        Assert.True(await tab.Page.Locator("button.class").First.EvaluateAsync<double>(
            "e => e.getBoundingClientRect().height") >= 40);
    }

    /// <summary>What a page scrolls to has the background of its part, to the end.</summary>
    [Theory]
    [InlineData("label", ".side")]
    [InlineData("grid?by=filter&value=unlabelled", ".side")]
    [InlineData("map", ".side")]
    public async Task Phone_TheSide_IsAsHighAsWhatItHolds(string view, string part)
    {
        await using var served = await ServedFolder.Start(
            classes: [.. Enumerable.Range(0, 18).Select(i => $"class {i}")]);
        await using var tab = await browser.Open(served, width: 390, height: 600);
        await tab.Ready();
        await tab.Go(view);
        await tab.Page.Locator(part).WaitForAsync();
        Assert.True(await tab.Page.Locator(part).EvaluateAsync<bool>("e => e.scrollHeight <= e.offsetHeight"));
    }

    /// <summary>A dialog with a name that is long, and each class with its fields.</summary>
    [Theory]
    [InlineData("Edit")]
    [InlineData("Settings")]
    public async Task Phone_Dialogs_AreNotBroaderThanTheScreen(string button)
    {
        await using var served = await ServedFolder.Start(
            classes: ["cat", $"a dog with a name that is {new string('x', 60)}"]);
        await using var tab = await browser.Open(served, width: 360, height: 740);
        await tab.Ready();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        Assert.True(await tab.Page.Locator("dialog .body").EvaluateAsync<bool>("e => e.scrollWidth <= e.clientWidth"));
    }

    /// <summary>A view's script that arrives late, when another view was opened meanwhile.</summary>
    [Theory]
    [InlineData("grid")]
    [InlineData("map")]
    [InlineData("review")]
    public async Task View_WhoseScriptIsLate_DoesNotTakeThePlaceOfTheNext(string late)
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        var arrive = new TaskCompletionSource();
        await tab.Page.RouteAsync($"**/{late}.js", async route =>
        {
            await arrive.Task;
            await route.ContinueAsync();
        });
        await tab.Page.ReloadAsync();                            // it loads the scripts of all views while it is idle
        await tab.Ready();
        await tab.Go(late);
        await tab.Go("label");
        await tab.Ready();
        arrive.SetResult();
        await tab.Page.EvaluateAsync($"import('/assets/{late}.js').then(() => new Promise(r => setTimeout(r)))");
        Assert.Equal("label", await tab.Page.Locator("#view").GetAttributeAsync("class"));
        var image = await tab.PressAndGoOn("1");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(image, Assert.Single(w.Labels()).Image);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Theme_FollowsTheSystem_AndTheSwitch()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served, dark: true);
        await tab.Ready();
        Task<string> Ground() => tab.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor");
        var dark = await Ground();
        await tab.Page.GetByLabel("Light or dark").SelectOptionAsync("light");
        var light = await Ground();
        await tab.Page.ReloadAsync();
        await tab.Ready();
        Assert.Equal(("rgb(15, 19, 23)", "rgb(245, 246, 248)", "rgb(245, 246, 248)"), (dark, light, await Ground()));
    }
}
