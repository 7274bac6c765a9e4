namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class MapTests(PageBrowser browser)
{
    private const string Picture = "() => document.querySelector('canvas').toDataURL()";

    /// <summary>Four images at the corners of a square: 1 and 3 at the left, 2 and 4 at the right.</summary>
    private static async Task<Tab> Square(PageBrowser browser, ServedFolder served)
    {
        var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.RouteAsync("**/api/v1/map", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = """
                {"ids": [1, 2, 3, 4], "x": [0, 1, 0, 1], "y": [0, 0, 1, 1], "state": ["unlabelled", "unlabelled",
                "unlabelled", "unlabelled"], "classes": [null, null, null, null]}
                """,
        }));
        await tab.Go("map");
        await tab.Page.GetByText("4 images").WaitForAsync();
        return tab;
    }

    /// <summary>Draws a line around a part of the map, given as shares of its width and height.</summary>
    private static async Task Lasso(Tab tab, double left, double right)
    {
        var box = (await tab.Page.Locator("canvas").BoundingBoxAsync())!;
        (double X, double Y)[] corners = [(left, 0.01), (right, 0.01), (right, 0.99), (left, 0.99)];
        foreach (var (i, (x, y)) in corners.Index())
        {
            await tab.Page.Mouse.MoveAsync((float)(box.X + x * box.Width), (float)(box.Y + y * box.Height));
            if (i == 0) await tab.Page.Mouse.DownAsync();
        }
        await tab.Page.Mouse.UpAsync();
    }

    [Fact]
    public async Task Map_OfTheFeatures_DrawsAPointForEachImage()
    {
        await using var served = await ServedFolder.Start(30, classes: ["cat", "dog", "owl"],
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));
        await served.Owner.Label("cat", 1, 4, 7);
        await served.Learn(3);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("map");
        await tab.Page.GetByText("30 images").WaitForAsync();
        await tab.Page.WaitForFunctionAsync(
            """
            () => {
                const c = document.querySelector("canvas");
                const { data } = c.getContext("2d").getImageData(0, 0, c.width, c.height);
                let points = 0;
                for (let i = 3; i < data.length; i += 4) points += data[i] > 0;
                return points >= 30 * 9;
            }
            """);
        Assert.Equal(["no label27", "cat3"], await tab.Page.Locator(".legend li").AllTextContentsAsync());
        await tab.Page.Locator(".legend button", new() { HasText = "cat" }).ClickAsync();
        await tab.Page.GetByText("3 images selected of 30").WaitForAsync();
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Lasso_MakesASelection_ThatTheGridAndTheLabelsUse()
    {
        await using var served = await ServedFolder.Start(8);
        await using var tab = await Square(browser, served);
        await Lasso(tab, 0.02, 0.48);
        await tab.Page.GetByText("2 images selected of 4").WaitForAsync();
        await tab.Page.GetByText("Open the selection in the grid").ClickAsync();
        await tab.Page.Locator(".tile").Nth(1).WaitForAsync();
        await tab.Press("1");
        await tab.Press("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal([1, 3], w.Labels().Where(l => l.Class == "cat").Select(l => l.Image).Order());

        await tab.Go("map");
        await tab.Page.GetByText("4 images").WaitForAsync();
        await Lasso(tab, 0.52, 0.98);
        await tab.Page.GetByText("2 images selected of 4").WaitForAsync();
        await tab.Page.GetByText("Label the selection one by one").ClickAsync();
        await tab.Ready();
        await tab.PressAndGoOn("2");
        await tab.PressAndGoOn("2");
        await tab.Page.GetByText("All images of the selection have labels.").WaitForAsync();
        await tab.Saved();
        Assert.Equal([2, 4], w.Labels().Where(l => l.Class == "dog").Select(l => l.Image).Order());
        tab.AssertNoFault();
    }

    /// <summary>The grid would give classes to whole images.</summary>
    [Fact]
    public async Task Enter_WhereLabelsAreShapes_ShowsTheSelectionOneByOne()
    {
        await using var served = await ServedFolder.Start(8);
        await served.Owner.Post("/api/v1/settings", new { op = "kind", kind = "shapes" });
        await using var tab = await Square(browser, served);
        await Lasso(tab, 0.02, 0.48);
        await tab.Page.GetByText("2 images selected of 4").WaitForAsync();
        Assert.False(await tab.Page.GetByText("Open the selection in the grid").IsVisibleAsync());
        await tab.Press("Enter");
        await tab.Ready();
        Assert.Contains(await tab.Image(), new[] { 1, 3 });
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Map_ByWheelKeysAndPointer_ZoomsMovesAndOpensAnImage()
    {
        await using var served = await ServedFolder.Start(8);
        await using var tab = await Square(browser, served);
        var canvas = tab.Page.Locator("canvas");
        var fitted = await tab.Page.EvaluateAsync<string>(Picture);
        async Task<string> After(Func<Task> act, string before)
        {
            await act();
            await tab.Page.WaitForFunctionAsync(
                "before => document.querySelector('canvas').toDataURL() !== before", before);
            return await tab.Page.EvaluateAsync<string>(Picture);
        }
        await canvas.HoverAsync();
        var zoomed = await After(() => tab.Page.Mouse.WheelAsync(0, 400), fitted);
        var moved = await After(() => tab.Press("ArrowLeft"), zoomed);
        await After(() => tab.Press("-"), moved);
        await tab.Press("0");
        await tab.Page.WaitForFunctionAsync("first => document.querySelector('canvas').toDataURL() === first", fitted);

        // the first image is at the left top: 0.92 of the shorter side lies between the corners
        var box = (await canvas.BoundingBoxAsync())!;
        var side = 0.92f * Math.Min(box.Width, box.Height) / 2;
        var (x, y) = (box.X + box.Width / 2 - side, box.Y + box.Height / 2 - side);
        await tab.Page.Mouse.MoveAsync(x, y);
        await tab.Page.Locator(".hover img[src^='/images/1/']").WaitForAsync();
        await tab.Page.Mouse.ClickAsync(x, y);
        await tab.Page.Locator("#stage[data-image='1']").WaitForAsync();
        tab.AssertNoFault();
    }
}
