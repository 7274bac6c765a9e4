using Vaal.Workspaces;

namespace Vaal.Web.Tests.Page;

/// <summary>The server saves a step of many labels but for one.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class RefusedStepTests(PageBrowser browser)
{
    /// <summary>The first tile has a label that this person does not see, so its mark is refused.</summary>
    [Fact]
    public async Task Undo_OfAStepWithARefusedMark_TakesTheOthersBack_AndNotTheStepBefore()
    {
        await using var served = await ServedFolder.Start(6, options: new() { Overlap = 1 }, prepare: w =>
            w.Annotate([new("of ann", 1, LabelKind.Label) { Classes = ["cat"], Part = LabelPart.Classes }], "ann",
                _ => true));
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var before = await tab.PressAndGoOn("2");
        await tab.Saved();
        await tab.Go("grid?by=search&value=00");
        await tab.Page.Locator(".said", new() { HasTextString = "5 of 6 selected" }).WaitForAsync();
        await tab.Press("x");
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(Enumerable.Range(2, 5).Where(id => id != before), w.Marks().Keys.Order());
        Assert.Contains("which you do not see", (await tab.Page.EvaluateAsync<string[]>("window.toasted"))[^1],
            StringComparison.Ordinal);

        await tab.Press("z");
        await tab.Saved();
        Assert.Empty(w.Marks());
        Assert.Equal(new Dictionary<int, string?> { [1] = "cat", [before] = "dog" },
            w.Labels().ToDictionary(l => l.Image, l => l.Class));
    }
}
