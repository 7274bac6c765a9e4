using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>What the page says to somebody who does not know what to do next.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class GuideTests(PageBrowser browser)
{
    private static Task Says(Tab tab, string where, string text) =>
        tab.Page.Locator(where, new() { HasTextString = text }).First.WaitForAsync();

    [Fact]
    public async Task NoClassYet_AKeySaysHowToAddOne_AndTheHelpHasNoEmptyWords()
    {
        await using var served = await ServedFolder.Start(4, classes: []);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await Says(tab, ".class-buttons", "No class yet. Type a name above and press Enter.");
        await tab.Press("1");
        await tab.Toasted("There is no class yet. Press / and type the name of the first one.");
        await tab.Press("?");
        await tab.Page.GetByRole(AriaRole.Dialog).GetByText("skip to the next image").WaitForAsync();
        Assert.DoesNotContain("null", await tab.Page.GetByRole(AriaRole.Dialog).TextContentAsync(),
            StringComparison.Ordinal);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Search_OfAClass_SaysWhatEnterDoes()
    {
        await using var served = await ServedFolder.Start(4, classes: ["Orange", "Pear"]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var hint = tab.Page.Locator(".classes .hint-line");
        Assert.False(await hint.IsVisibleAsync());
        await tab.Press("/");
        foreach (var (typed, says) in new[]
        {
            ("or", "Enter takes Orange. Shift and Enter add the class or."), ("ORANGE", "Enter takes Orange."),
            ("owl", "Enter adds the class owl."),
        })
        {
            await tab.Page.GetByLabel("Find or add a class").FillAsync(typed);
            Assert.Equal(says, await hint.TextContentAsync());
        }
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        Assert.False(await hint.IsVisibleAsync());
        using var w = served.Open();
        Assert.Equal("owl", w.Labels().Single().Class);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task LabelledToTheEnd_ThePageSaysWhatCanBeDoneNext()
    {
        await using var served = await ServedFolder.Start(10, "3");
        int[] test, pool;
        using (var w = served.Open())
        {
            test = [.. w.Images().Where(i => i.Test).Select(i => i.Id)];
            pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id)];
        }
        await served.Owner.Label("cat", pool);
        await served.Learn(pool.Length);
        await using var tab = await browser.Open(served);
        await Says(tab, ".stage-box", "All images have labels.");
        await Says(tab, ".stage-box", "vaal export writes the labels to a file");
        // the advice leads there too
        await Says(tab, ".advice", "Label test images too: 0 of 3 have a label");
        Assert.Equal("#label?split=test", await tab.Page.Locator(".advice a").GetAttributeAsync("href"));
        await tab.Page.Locator(".stage-box").GetByRole(AriaRole.Link, new() { Name = "Label test images" })
            .ClickAsync();
        await Says(tab, ".facts", "test image");
        foreach (var _ in test) await tab.PressAndGoOn("1");
        await Says(tab, ".stage-box", "All test images have labels.");
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Label pool images" }).ClickAsync();
        await Says(tab, ".stage-box", "All images have labels.");
        Assert.Equal(0, await tab.Page.Locator(".stage-box a").CountAsync());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task TestImages_WhereThereIsNoTestSet_SaysHowToMakeOne()
    {
        await using var served = await ServedFolder.Start(4);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("label?split=test");
        await Says(tab, ".stage-box", "There is no test set. The command vaal init --test 10% draws one.");
    }

    [Fact]
    public async Task Disagreements_BeforeTwoPeopleLabelled_SaysHowTheyWould()
    {
        await using var served = await ServedFolder.Start(4);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=disagreements");
        await Says(tab, ".empty", "No image was labelled by two people yet.");
    }
}
