using Vaal.Workspaces;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class MultiLabelPageTests(PageBrowser browser)
{
    private static Task<ServedFolder> Start() => ServedFolder.Start(12, classes: ["cat", "dog", "owl"],
        prepare: w => w.Index(new() { MultiLabel = true }));

    [Fact]
    public async Task Keys_TwoClassesOnOneImage_AreSavedAndExported_AndNoneIsALabelToo()
    {
        await using var served = await Start();
        await using var tab = await browser.Open(served);
        var both = await tab.Ready();
        await tab.Press("1");
        await tab.Press("2");
        await tab.Press("3");
        await tab.Press("2");                                                            // off again
        Assert.Equal(both, await tab.Image());
        Assert.Equal(both, await tab.PressAndGoOn("Enter"));
        var none = await tab.PressAndGoOn("Enter");
        var skipped = await tab.Image();
        await tab.Press("2");
        await tab.PressAndGoOn("ArrowRight");                                            // what was chosen is saved
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(["cat owl", "", "dog"], new[] { both, none, skipped }.Select(i =>
            string.Join(' ', w.LabelFor(i)!.Classes)));
        var (table, _, _) = w.Export(ExportWhat.Labelled, "csv", served["labels.csv"]);
        var names = w.Images().ToDictionary(i => i.Id, i => i.Path);
        var lines = File.ReadAllLines(table);
        Assert.StartsWith("path,labels,", lines[0], StringComparison.Ordinal);
        Assert.Contains(lines, l => l.StartsWith($"{names[both]},\"cat|owl\",", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith($"{names[none]},[],", StringComparison.Ordinal));

        await tab.Press("z");
        await tab.Saved();
        Assert.Null(w.LabelFor(skipped));
        Assert.Empty(w.Problems());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Classes_ChosenAndTakenBack_AreNoLabel()
    {
        await using var served = await Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("2");
        await tab.Press("2");
        await tab.PressAndGoOn("Space");
        await tab.Press("1");
        var labelled = await tab.PressAndGoOn("Space");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(labelled, w.Labels().Single().Image);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Classes_ChosenAndNotSaved_OutliveAReload()
    {
        await using var served = await Start();
        await using var tab = await browser.Open(served);
        await tab.PressAndGoOn("ArrowRight");
        var image = await tab.Ready();
        await tab.Press("1");
        await tab.Press("3");
        await tab.Page.ReloadAsync();
        await tab.Page.Locator($"#stage[data-image='{image}']").WaitForAsync();
        Assert.Equal(2, await tab.Page.Locator("button.class[aria-pressed=true]").CountAsync());
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(["cat", "owl"], w.LabelFor(image)!.Classes);
        tab.AssertNoFault();
    }

    /// <summary>An undo brings another image on screen: what was chosen for the one before waits for it.</summary>
    [Fact]
    public async Task Undo_WithClassesChosen_KeepsThem_UntilTheirImageIsSaved()
    {
        await using var served = await Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("1");
        var first = await tab.PressAndGoOn("Enter");
        var second = await tab.Ready();
        await tab.Press("2");
        await tab.Press("z");
        Assert.Equal(first, await tab.Image());
        await tab.Press("3");
        await tab.PressAndGoOn("Enter");
        Assert.Equal(second, await tab.Image());
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(["owl"], w.LabelFor(first)!.Classes);
        Assert.Equal(["dog"], w.LabelFor(second)!.Classes);
        tab.AssertNoFault();
    }

    /// <summary>A phone has no Enter.</summary>
    [Fact]
    public async Task Save_ByAFinger_SavesTheClasses_AndNoneOfThem()
    {
        await using var served = await Start();
        await using var tab = await browser.Open(served, width: 390, height: 844);
        var first = await tab.Ready();
        var save = tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Save", Exact = true });
        await tab.Page.Locator("button.class", new() { HasText = "dog" }).ClickAsync();
        await save.ClickAsync();
        await tab.Page.Locator($"#stage:not([data-image='{first}'])").WaitForAsync();
        var second = await tab.Image();
        await save.ClickAsync();
        await tab.Page.Locator($"#stage:not([data-image='{second}'])").WaitForAsync();
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(["dog"], w.LabelFor(first)!.Classes);
        Assert.Empty(w.LabelFor(second)!.Classes);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Grid_EnterAddsTheClass_AndKeepsThoseThatAreThere()
    {
        await using var served = await Start();
        await served.Owner.Label("cat", 1);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=search&value=00");
        await tab.Page.Locator(".tile").Nth(9).WaitForAsync();
        await tab.Press("Control+a");
        await tab.Page.GetByText("10 of 10 selected, 1 of them labelled already").WaitForAsync();
        await served.Owner.Label("owl", 3);                       // the page does not know
        await tab.Press("2");
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(["cat", "dog"], w.LabelFor(1)!.Classes);
        Assert.Equal(["dog"], w.LabelFor(2)!.Classes);
        Assert.Equal(["dog", "owl"], w.LabelFor(3)!.Classes);
        tab.AssertNoFault();
    }
}
