namespace Vaal.Web.Tests.Page;

/// <summary>Tiles that are loaded again take the focus from nothing that has it.</summary>
public sealed partial class GridTests
{
    [Fact]
    public async Task Focus_StaysInTheSearchField_WhenTilesAreLoadedAgain()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=search&value=00");
        await Says(tab, "10 of 10 selected");
        var answer = await HeldAnswer.Of(tab, "**/api/v1/grid*");
        await tab.Page.GetByLabel("Tiles per page").SelectOptionAsync("24");
        await answer.Asked;
        var field = tab.Page.GetByLabel("Part of a file name");
        await field.FocusAsync();
        await answer.LetGo();
        await tab.Press("1");
        Assert.Equal((3, 0), ((await field.InputValueAsync()).Length,
            await tab.Page.Locator("button.class[aria-pressed=true]").CountAsync()));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Focus_StaysOnItsTile_AfterUndo()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        await Says(tab, "0 of 12 selected");
        var tiles = tab.Page.Locator(".tile");
        await tiles.Nth(3).ClickAsync();
        await tab.Press("1");
        await tab.Press("Enter");
        await tab.Saved();
        await Says(tab, "0 of 11 selected");
        await tiles.Nth(6).ClickAsync();
        var image = await tiles.Nth(6).GetAttributeAsync("data-id");
        await tab.Press("z");
        await Says(tab, "2 of 12 selected");
        Assert.Equal(image, await tab.Page.EvaluateAsync<string?>("document.activeElement.dataset.id ?? null"));
        tab.AssertNoFault();
    }
}
