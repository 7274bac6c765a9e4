using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class ReviewPageTests(PageBrowser browser)
{
    private static readonly string[] _classes = ["cat", "dog", "owl"];

    [Fact]
    public async Task Search_ByNameFilterAndClass_FindsImages_AndOpensOne()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Owner.Label("cat", 1);
        await served.Owner.Label("dog", 2);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=search");
        Task Found(string text) => tab.Page.Locator(".said", new() { HasText = text }).WaitForAsync();
        await Found("12 images found");
        await tab.Page.Locator("input[name=name]").FillAsync("003");
        await tab.Page.Locator("input[name=name]").PressAsync("Enter");
        await Found("1 image found");
        Assert.Equal("4", await tab.Page.Locator(".tile").Last.GetAttributeAsync("data-id"));
        await tab.Page.Locator("input[name=name]").FillAsync("");
        await tab.Page.Locator("select[name=filter]").SelectOptionAsync("labelled");
        await Found("2 images found");
        await tab.Page.Locator("select[name=class]").SelectOptionAsync("dog");
        await Found("1 image found");
        await tab.Page.Locator(".tile").FocusAsync();
        await tab.Press("o");
        await tab.Page.Locator("#stage[data-image='2']").WaitForAsync();
        tab.AssertNoFault();
    }

    /// <summary>A broken file has no view of its own: another image would be shown under its address.</summary>
    [Fact]
    public async Task Search_OfBrokenFiles_SaysWhyInTheList_AndAClickOpensNone()
    {
        await using var served = await ServedFolder.Start(4, more: [("broken.png", [0x89, 0x50])]);
        string why;
        using (var w = served.Open()) why = w.Images().Single(i => i.Path == "broken.png").Reason!;
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=search&filter=broken");
        var tile = tab.Page.Locator(".tile");
        await tile.WaitForAsync();
        Assert.Equal(why, await tile.Locator(".foot").TextContentAsync());
        Assert.Equal($"broken.png: {why}", await tile.GetAttributeAsync("title"));
        await tile.ClickAsync();
        await tab.Toasted($"broken.png cannot be used: {why}");
        Assert.EndsWith("#review?page=search&filter=broken", tab.Page.Url, StringComparison.Ordinal);
        Assert.Equal(0, await tab.Page.Locator("#stage").CountAsync());
        tab.AssertNoFault();
    }

    /// <summary>Who leaves the field for a tile asks at that moment: the answer must not take the focus away. A click
    /// on a tile opens its image, by Enter too.</summary>
    [Theory]
    [InlineData("o")]
    [InlineData("Enter")]
    [InlineData("")]
    public async Task Search_WhoseAnswerComesWhileATileHasTheFocus_OpensThatTile(string key)
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=search");
        Task Found(string text) => tab.Page.Locator(".said", new() { HasText = text }).WaitForAsync();
        await Found("12 images found");
        await tab.Page.Locator("input[name=name]").FillAsync("00");
        if (key == "") await tab.Page.Locator(".tile[data-id='3']").ClickAsync();
        else
        {
            await tab.Page.Locator(".tile[data-id='3']").FocusAsync();
            await Found("10 images found");
            await tab.Press(key);
        }
        await tab.Page.Locator("#stage[data-image='3']").WaitForAsync();
        tab.AssertNoFault();
    }

    /// <summary>The tile under the pointer is not replaced before it gets its click.</summary>
    [Fact]
    public async Task Search_WhoseAnswerComesWhileATileIsPressed_OpensThatTile()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=search");
        await tab.Page.Locator(".said", new() { HasText = "12 images found" }).WaitForAsync();
        await tab.Page.Locator("input[name=name]").FillAsync("00");
        await tab.Page.Locator(".tile[data-id='3']").HoverAsync();
        await tab.Page.RunAndWaitForResponseAsync(() => tab.Page.Mouse.DownAsync(), r => r.Url.Contains("/search?"));
        await tab.Page.EvaluateAsync("() => new Promise(done => setTimeout(done, 200))");
        await tab.Page.Mouse.UpAsync();
        await tab.Page.Locator("#stage[data-image='3']").WaitForAsync(new() { Timeout = 10_000 });
        tab.AssertNoFault();
    }

    [Fact]
    public async Task ConfusionMistakesAndSuspects_ShowWhatIsWrong_AndAButtonCorrectsIt()
    {
        await using var served = await ServedFolder.Start(120, "25%", new() { LearnEvery = 1_000 }, _classes,
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));
        static string ClassOf(int id) => _classes[(id - 1) % 3];
        int wrongTest, wrong;
        using (var w = served.Open())
        {
            var images = w.Images().ToList();
            var test = images.Where(i => i.Test).Select(i => i.Id).ToList();
            var pool = images.Where(i => !i.Test).Select(i => i.Id).Take(60).ToList();
            foreach (var group in test.Concat(pool).GroupBy(ClassOf))
                await served.Owner.Label(group.Key, [.. group]);
            (wrongTest, wrong) = (test.First(id => ClassOf(id) == "cat"), pool.First(id => ClassOf(id) == "cat"));
            await served.Owner.Label("owl", wrongTest, wrong);
        }
        await served.Learn(60);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=confusion");
        await tab.Page.Locator("table.confusion").WaitForAsync();
        // a cell of the matrix opens its images, and the list of all is one click away
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "1 image of owl predicted cat: show" }).ClickAsync();
        ILocator CardOf(int image) => tab.Page.Locator(".card",
            new() { Has = tab.Page.Locator($"a[href='#label?image={image}']") });
        var mistake = CardOf(wrongTest);
        await mistake.WaitForAsync();
        Assert.Equal(1, await tab.Page.Locator(".card").CountAsync());
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Show all mistakes" }).ClickAsync();
        await tab.Page.GetByText("Test images that the model gets wrong").WaitForAsync();
        await mistake.WaitForAsync();
        Assert.Contains("Label owl", await mistake.TextContentAsync(), StringComparison.Ordinal);
        Assert.Contains("Predicted cat", await mistake.TextContentAsync(), StringComparison.Ordinal);

        await tab.Page.GetByRole(AriaRole.Tab, new() { Name = "Suspects" }).ClickAsync();
        await CardOf(wrong).GetByRole(AriaRole.Button, new() { Name = "cat" }).ClickAsync();
        await tab.Page.Locator(".card.settled").WaitForAsync();
        await tab.Saved();
        using (var w = served.Open()) Assert.Equal("cat", w.Labels().Single(l => l.Image == wrong).Class);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Disagreements_ShowWhatEachSaid_AndTheOwnerSettles()
    {
        await using var served = await ServedFolder.Start(4, options: new() { Overlap = 1 });
        foreach (var (name, said) in new[] { ("ann", "cat"), ("ben", "dog") })
        {
            string invitation;
            using (var w = served.Open()) invitation = w.AddAnnotator(name, owner: false).Invitation;
            using var person = await Caller.Enter(new(served.Url, $"/join/{invitation}"));
            await person.Label(said, 1);
            await person.Label("cat", 2);
        }
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("review?page=disagreements");
        var card = tab.Page.Locator(".card");
        await card.WaitForAsync();
        var text = await card.TextContentAsync();
        Assert.Contains("ann cat", text, StringComparison.Ordinal);
        Assert.Contains("ben dog", text, StringComparison.Ordinal);
        Assert.Contains("2 images", await tab.Page.Locator(".fact").First.TextContentAsync(), StringComparison.Ordinal);
        // cat: one image of two; dog: none of one
        Assert.Equal(["cat", "2", "50%", "dog", "1", "0%"], (await tab.Page.Locator("table.plain tbody tr")
            .Locator("th, td:nth-child(-n+3)").AllTextContentsAsync()).Select(text => text.Trim()));
        await card.GetByRole(AriaRole.Button, new() { Name = "dog" }).ClickAsync();
        await tab.Saved();
        Assert.Equal(0, (await served.Owner.Get("/api/v1/disagreements")).GetProperty("total").GetInt32());
        using var after = served.Open();
        Assert.Equal("dog", after.Labels().Single(l => l.Image == 1).Class);
        tab.AssertNoFault();
    }
}
