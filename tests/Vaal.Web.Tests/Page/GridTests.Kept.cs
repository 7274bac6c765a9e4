namespace Vaal.Web.Tests.Page;

/// <summary>What was selected outlives a reload; letters and files that are gone do no harm.</summary>
public sealed partial class GridTests
{
    /// <summary>A tile that was taken out by hand must not get the label of the others.</summary>
    [Fact]
    public async Task Grid_ReloadedOrLeftForAnImage_KeepsWhatWasTakenOut()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=search&value=00");
        await Says(tab, "10 of 10 selected");
        await tab.Page.Locator(".tile[data-id='3']").ClickAsync();
        await Says(tab, "9 of 10 selected");
        await tab.Page.ReloadAsync();
        await Says(tab, "9 of 10 selected");
        await tab.Page.Locator(".tile[data-id='5']").FocusAsync();
        await tab.Press("o");
        await tab.Page.Locator("#stage[data-image='5']").WaitForAsync();
        await tab.Page.GoBackAsync();
        await Says(tab, "9 of 10 selected");
        Assert.Equal("false", await tab.Page.Locator(".tile[data-id='3']").GetAttributeAsync("aria-selected"));
        await LabelsOnly(tab, served, 1, 2, 4, 5, 6, 7, 8, 9, 10);
        tab.AssertNoFault();
    }

    /// <summary>Gives the first class to what is selected.</summary>
    private static async Task LabelsOnly(Tab tab, ServedFolder served, params int[] images)
    {
        await tab.Press("1");
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        int[] labelled = [.. w.Labels().Select(l => l.Image).Order()];
        Assert.Equal(images, labelled);
    }

    /// <summary>With a filter nothing is selected at first; each grid of a tab remembers its own.</summary>
    [Fact]
    public async Task Grid_OfAFilterReloaded_KeepsWhatWasTakenIn()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        await Says(tab, "0 of 12 selected");
        await tab.Page.Locator(".tile[data-id='7']").ClickAsync();
        await Says(tab, "1 of 12 selected");
        await tab.Go("grid?by=search&value=00");
        await Says(tab, "10 of 10 selected");
        await tab.Go("grid?by=filter&value=unlabelled");
        await tab.Page.ReloadAsync();
        await Says(tab, "1 of 12 selected");
        Assert.Equal("true", await tab.Page.Locator(".tile[data-id='7']").GetAttributeAsync("aria-selected"));
        tab.AssertNoFault();
    }

    /// <summary>No first letter acts: neither that of an action nor the O of the tile that has the focus.</summary>
    [Theory]
    [InlineData("fig")]
    [InlineData("orange")]
    [InlineData("zucchini")]
    public async Task Grid_WithMoreThanTwentyClasses_EveryLetterSearches(string name)
    {
        await using var served = await ServedFolder.Start(4,
            classes: [name, .. Enumerable.Range(0, 24).Select(i => $"kind {i}")]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("grid?by=filter&value=unlabelled");
        await Says(tab, "0 of 4 selected");
        await tab.Page.Locator(".tile").First.FocusAsync();
        await tab.Page.Keyboard.TypeAsync(name);
        Assert.Equal(name, await tab.Page.GetByLabel("Find or add a class").InputValueAsync());
        await tab.Press("Enter");
        await tab.Page.Locator("button.class[aria-pressed=true]", new() { HasTextString = name }).WaitForAsync();
        await tab.Page.Locator(".tile").First.FocusAsync();
        await tab.Press("Alt+o");
        await tab.Page.Locator("#stage:not([data-image=''])").WaitForAsync();
        tab.AssertNoFault();
    }

    /// <summary>A file that was deleted after <c>init</c>: its tile says so, and the others are labelled.</summary>
    [Fact]
    public async Task Grid_WithAFileThatIsGone_SaysSo_AndWorksOn()
    {
        await using var served = await ServedFolder.Start(4);
        File.Delete(served["images/001.png"]);
        await using var tab = await browser.Open(served);
        await tab.Go("grid?by=search&value=00");
        await Says(tab, "4 of 4 selected");
        await tab.Page.Locator(".tile[data-id='2'] img[alt='This image cannot be shown.']").WaitForAsync();
        await tab.Page.Locator(".tile[data-id='2']").ClickAsync();
        await LabelsOnly(tab, served, 1, 3, 4);
        tab.AssertNoFault();
    }
}
