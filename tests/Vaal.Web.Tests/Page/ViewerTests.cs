using SkiaSharp;
using Vaal.Tests;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class ViewerTests(PageBrowser browser)
{
    private static async Task<(double X, double Y, double Width)> Sheet(Tab tab)
    {
        var box = (await tab.Page.Locator("#stage .sheet.on").BoundingBoxAsync())!;
        return (box.X, box.Y, box.Width);
    }

    private static Task Until(Tab tab, string condition, object? with = null) => tab.Page.WaitForFunctionAsync(
        $$"""
        given => {
            const box = document.querySelector("#stage .sheet.on").getBoundingClientRect();
            return {{condition}};
        }
        """, with);

    [Fact]
    public async Task Picture_ByWheelAndKeys_IsZoomedAndMoved()
    {
        await using var served = await ServedFolder.Start(3);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var fitted = await Sheet(tab);
        var stage = (await tab.Page.Locator("#stage").BoundingBoxAsync())!;
        // what lies under the pointer stays there
        var (x, y) = (stage.X + stage.Width * 0.6f, stage.Y + stage.Height * 0.4f);
        var under = (x - fitted.X) / fitted.Width;
        await tab.Page.Mouse.MoveAsync(x, y);
        await tab.Page.Mouse.WheelAsync(0, -600);
        await Until(tab, "box.width > given * 2", fitted.Width);
        var zoomed = await Sheet(tab);
        Assert.Equal(under, (x - zoomed.X) / zoomed.Width, 0.005);

        await tab.Press("Shift+ArrowRight");
        await Until(tab, "Math.abs(box.left - given - 80) < 1", zoomed.X);
        await tab.Press("Shift+ArrowDown");
        await Until(tab, "Math.abs(box.top - given - 80) < 1", zoomed.Y);
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync(x - 40, y);
        await tab.Page.Mouse.UpAsync();
        await Until(tab, "Math.abs(box.left - given - 40) < 1", zoomed.X);
        await tab.Press("+");
        await Until(tab, "Math.abs(box.width / given - 1.5) < 0.01", zoomed.Width);
        await tab.Press("-");
        await Until(tab, "Math.abs(box.width / given - 1) < 0.01", zoomed.Width);
        await tab.Press("0");
        await Until(tab, "Math.abs(box.width - given) < 0.01", fitted.Width);
        await tab.Press("+");
        await tab.PressAndGoOn("ArrowRight");                                       // the next one is seen whole
        await tab.Ready();
        await Until(tab, "Math.abs(box.width - given) < 0.01", fitted.Width);
        tab.AssertNoFault();
    }

    /// <summary>EXIF says that the left column of the file is the top row of the picture.</summary>
    [Fact]
    public async Task Picture_ThatExifTurns_IsSeenUpright_SmallAndWhole()
    {
        // red at the left of the file: red on top of the picture
        var file = TestImages.WithOrientation(
            TestImages.Jpeg(96, 64, (x, _) => x < 48 ? SKColors.Red : SKColors.Blue), 6);
        await using var served = await ServedFolder.Start(0, more: [("turned.jpg", file)]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var colours = await tab.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("#stage .sheet.on img")].map(img => {
                const c = new OffscreenCanvas(img.naturalWidth, img.naturalHeight).getContext("2d");
                c.drawImage(img, 0, 0);
                const at = share => [...c.getImageData(img.naturalWidth / 2, share * img.naturalHeight, 1, 1).data];
                const name = ([r, , b]) => r > 200 && b < 60 ? "red" : b > 200 && r < 60 ? "blue" : "?";
                return `${img.naturalWidth < img.naturalHeight} ${name(at(0.2))} ${name(at(0.8))}`;
            })
            """);
        Assert.Equal(["true red blue", "true red blue"], colours);
        var sheet = (await tab.Page.Locator("#stage .sheet.on").BoundingBoxAsync())!;
        Assert.Equal(64.0 / 96, sheet.Width / sheet.Height, 0.01);
        tab.AssertNoFault();
    }

    /// <summary>The image, its place in the choice, and at least five more that wait decoded.</summary>
    [Fact]
    public async Task Image_OfAChoice_SaysItsRank_AndTheNextFiveAreDecoded()
    {
        await using var served = await ServedFolder.Start(30, classes: ["cat", "dog", "owl"],
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.WaitForFunctionAsync(
            "() => document.querySelectorAll('#stage .sheet.whole:not(.on)').length >= 5");
        Assert.Contains("rank 1", await tab.Page.Locator(".facts").TextContentAsync(), StringComparison.Ordinal);
        tab.AssertNoFault();
    }

    /// <summary>Parts that <c>vaal next --regions</c> has chosen.</summary>
    [Fact]
    public async Task Parts_ThatWereChosen_AreFramed_WhereTheyLie()
    {
        await using var served = await ServedFolder.Start(3, prepare: w => w.RecordRound(new()
        {
            Strategy = "entropy",
            Options = "{}",
            Seed = 1,
            Budget = 1,
            Started = DateTimeOffset.UnixEpoch,
            Finished = DateTimeOffset.UnixEpoch,
        }, [new(2, 1, 0.5, "unsure") { Regions = [new(16, 0, 32, 16), new(0, 48, 16, 16)] }]));
        await using var tab = await browser.Open(served);
        Assert.Equal(2, await tab.Ready());
        var sheet = (await tab.Page.Locator("#stage .sheet.on").BoundingBoxAsync())!;
        var frames = tab.Page.Locator("#stage .sheet.on .region");
        Assert.Equal(2, await frames.CountAsync());
        var frame = (await frames.First.BoundingBoxAsync())!;
        // the box has the line's width besides
        Assert.Equal(sheet.X + sheet.Width / 4, frame.X, 3f);
        Assert.Equal(sheet.Y, frame.Y, 3f);
        Assert.Equal(sheet.Width / 2, frame.Width, 6f);
        Assert.Equal(sheet.Height / 4, frame.Height, 6f);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Similar_ByItsKey_ShowsImagesThatLookAlike()
    {
        await using var served = await ServedFolder.Start(60, classes: ["cat", "dog", "owl"],
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var image = await tab.Image();
        await tab.Press("Shift+M");
        await tab.Page.Locator(".tile").Nth(10).WaitForAsync();
        var alike = await tab.Page.Locator(".tile").EvaluateAllAsync<int[]>(
            "tiles => tiles.slice(0, 10).map(t => Number(t.dataset.id))");
        Assert.All(alike, id => Assert.Equal(image % 3, id % 3));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Similar_WhereLabelsAreShapes_AreShownOneByOne_AndThereIsNoGrid()
    {
        await using var served = await ServedFolder.Start(30, picture: i => ServedFolder.OfClass(i % 3, i));
        await served.Owner.Post("/api/v1/settings", new { op = "kind", kind = "shapes" });
        await served.Learn(0);
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        await tab.Press("Shift+M");
        await tab.At("#label?selection=");
        await tab.Page.Locator($"#stage:not([data-image='{image}']) .sheet.on.whole").WaitForAsync();
        await tab.Page.EvaluateAsync("document.querySelector('#stage').dataset.old = 'yes'; "
            + "location.hash = '#grid?by=filter&value=unlabelled'");
        await tab.Page.Locator("#stage:not([data-old]) .sheet.on.whole").WaitForAsync();
        Assert.Equal(0, await tab.Page.Locator(".tile").CountAsync());
        tab.AssertNoFault();
    }

    /// <summary>The image that was on screen before must not cover the one that is opened: it would get its
    /// label.</summary>
    [Fact]
    public async Task Image_OpenedFromTheSearch_IsTheOneThatIsSeen()
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        var before = await tab.Ready();
        await tab.Go("review?page=search");
        var other = before == 3 ? 4 : 3;
        await tab.Page.Locator($".tile[data-id='{other}']").ClickAsync();
        await tab.Page.Locator($"#stage[data-image='{other}']").WaitForAsync();
        await tab.Ready();
        Assert.Equal(new[] { $"{other}" }, await tab.Page.EvaluateAsync<string[]>(
            "[...document.querySelectorAll('#stage .sheet')].filter(s => getComputedStyle(s).visibility === 'visible')"
                + ".map(s => `${s.shows.image.id}`)"));
        // and the one before is there again
        await tab.Press("ArrowRight");
        await tab.Page.Locator($"#stage[data-image='{before}']").WaitForAsync();
        Assert.Equal(1, await tab.Page.Locator("#stage .sheet.on").CountAsync());
        tab.AssertNoFault();
    }
}
