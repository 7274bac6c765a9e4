using System.Text.Json;
using Vaal.Tests;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class ShapeTests(PageBrowser browser)
{
    private const int Width = 320, Height = 200;

    /// <summary>Images of 320×200 pixels, in a project whose labels are shapes.</summary>
    internal static async Task<ServedFolder> Serve(Action<Vaal.Workspaces.Workspace>? prepare = null)
    {
        var served = await ServedFolder.Start(4, prepare: prepare,
            picture: n => TestImages.Grey(Width, Height, (x, y) => (x * n + y) % 256));
        object[] box = [new { kind = "box", @class = "dog", points = new[] { new[] { 1.0, 2 }, [3, 4] } }];
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[] { new { op = "first", kind = "shapes", image = 4, shapes = box } },
        });
        return served;
    }

    /// <summary>Where a pixel of the original lies on screen.</summary>
    private static async Task<(float X, float Y)> At(Tab tab, double x, double y)
    {
        var box = (await tab.Page.Locator("#stage .sheet.on").BoundingBoxAsync())!;
        return ((float)(box.X + x / Width * box.Width), (float)(box.Y + y / Height * box.Height));
    }

    internal static async Task Drag(Tab tab, (double X, double Y) from, (double X, double Y) to)
    {
        var (a, b) = (await At(tab, from.X, from.Y), await At(tab, to.X, to.Y));
        await tab.Page.Mouse.MoveAsync(a.X, a.Y);
        await tab.Page.Mouse.DownAsync();
        await tab.Page.Mouse.MoveAsync((a.X + b.X) / 2, (a.Y + b.Y) / 2);
        await tab.Page.Mouse.MoveAsync(b.X, b.Y);
        await tab.Page.Mouse.UpAsync();
    }

    /// <summary>The annotations of a COCO export by the real program, read with nothing of ours.</summary>
    private static JsonElement[] Coco(ServedFolder served)
    {
        var (exit, _, error) = VaalProgram.Run("export", "--what", "labelled", "--format", "coco", "--workspace",
            served.Images, "--out", served["coco.json"]);
        Assert.True(exit == 0, error);
        using var stream = File.OpenRead(served["coco.json"]);
        return [.. JsonDocument.Parse(stream).RootElement.GetProperty("annotations").EnumerateArray()
            .Where(a => !Numbers(a.GetProperty("bbox")).SequenceEqual([1, 2, 2, 2]))];
    }

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(n => n.GetDouble())];

    [Fact]
    public async Task Box_DrawnMovedAndResized_IsInCocoInPixelsOfTheOriginal()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("2");
        await Drag(tab, (40.3, 30.4), (140.2, 90.3));                             // to the nearest pixels
        await Drag(tab, (140, 90), (160, 100));                                   // by its corner
        await tab.Press("v");
        await Drag(tab, (100, 60), (110, 65));                                    // as a whole
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        var box = Coco(served).Single();
        Assert.Equal([50, 35, 120, 70], Numbers(box.GetProperty("bbox")));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Box_DrawnAfterZooming_IsExactToThePixel()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var (x, y) = await At(tab, 160, 100);
        await tab.Page.Mouse.MoveAsync(x, y);
        for (var i = 0; i < 8; i++) await tab.Page.Mouse.WheelAsync(0, -300);
        await Drag(tab, (157, 98), (159, 101));
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        Assert.Equal([157, 98, 2, 3], Numbers(Coco(served).Single().GetProperty("bbox")));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Polygon_AndCopyToTheNextImage_AreInCoco()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("p");
        foreach (var (px, py) in new[] { (20.0, 20.0), (120, 20), (120, 80) })
        {
            var (x, y) = await At(tab, px, py);
            await tab.Page.Mouse.ClickAsync(x, y);
        }
        await tab.Press("Enter");
        await tab.PressAndGoOn("Enter");
        await tab.Press("c");
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        var polygons = Coco(served);
        Assert.Equal(2, polygons.Length);
        foreach (var polygon in polygons)
        {
            Assert.Equal([20, 20, 120, 20, 120, 80], Numbers(polygon.GetProperty("segmentation")[0]));
            Assert.Equal(3000, polygon.GetProperty("area").GetDouble());
        }
        tab.AssertNoFault();
    }

    /// <summary>A stroke of 24 screen pixels around in a ring: its hole stays a hole.</summary>
    [Fact]
    public async Task Brush_ARing_KeepsItsHole()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("r");
        var (middle, right) = (await At(tab, 160, 100), await At(tab, 210, 100));
        var (radius, scale) = (right.X - middle.X, (right.X - middle.X) / 50);
        await tab.Page.Mouse.MoveAsync(right.X, right.Y);
        await tab.Page.Mouse.DownAsync();
        for (var i = 1; i <= 72; i++)
            await tab.Page.Mouse.MoveAsync(middle.X + radius * MathF.Cos(i * MathF.PI / 36),
                middle.Y + radius * MathF.Sin(i * MathF.PI / 36));
        await tab.Page.Mouse.UpAsync();
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        var painted = Assert.IsType<Vaal.Data.Labels.Polygon>(w.Labels().Single(l => l.Image != 4).Shapes.Single());
        var ring = 2 * Math.PI * 50 * 24 / scale;                                 // length of the stroke by its breadth
        Assert.InRange(Data.Labels.Shapes.Area(painted), 0.96 * ring, 1.04 * ring);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Shapes_ByKeysAlone_DrawMoveResizeDelete_AndUndo()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.Locator("#stage").FocusAsync();
        await tab.Press("n");                                                     // 96,60 to 224,140
        await tab.Press("Control+ArrowRight");
        await tab.Press("ArrowUp");
        await tab.Press("Alt+ArrowLeft");
        await tab.Press("n");
        await tab.Press("Delete");
        await tab.Press("z");                                                     // the second is back
        await tab.Press("z");
        await tab.Press("z");                                                     // it never was; nor the resizing
        await tab.Press("]");                                                     // chooses the first again
        await tab.Press("Alt+Control+ArrowDown");
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        var box = Coco(served);
        Assert.Equal([106, 59, 128, 90], Numbers(box.Single().GetProperty("bbox")));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Shapes_DrawnAndNotSaved_OutliveAReload()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        await Drag(tab, (40, 30), (140, 90));
        await tab.Page.ReloadAsync();
        Assert.Equal(image, await tab.Ready());
        await tab.Page.Locator("#stage[data-shapes='1']").WaitForAsync();
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        Assert.Single(Coco(served));
        tab.AssertNoFault();
    }

    /// <summary>A shape without a class would be in no export: none is kept, and the page says what to do.</summary>
    [Fact]
    public async Task Shapes_WithoutAClass_AreNotKept_AndThePageAsksForOne()
    {
        await using var served = await ServedFolder.Start(4, classes: [],
            picture: n => TestImages.Grey(Width, Height, (x, y) => (x * n + y) % 256));
        await served.Owner.Post("/api/v1/settings", new { op = "kind", kind = "shapes" });
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        foreach (var tool in new[] { "b", "r" })
        {
            await tab.Page.EvaluateAsync("window.toasted = []");
            await tab.Press(tool);
            await Drag(tab, (40, 30), (140, 90));
            await tab.Toasted("Add a class first, with /.");
            Assert.Equal("0", await tab.Page.Locator("#stage").GetAttributeAsync("data-shapes"));
        }
        await tab.Press("/");
        await tab.Page.Keyboard.TypeAsync("owl");
        await tab.Press("Enter");
        await tab.Page.Locator("button.class[aria-pressed=true]", new() { HasTextString = "owl" }).WaitForAsync();
        await tab.Press("b");
        await Drag(tab, (40, 30), (140, 90));
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Data.Labels.Box("owl", 40, 30, 100, 60), Assert.Single(w.LabelFor(image)!.Shapes));
        tab.AssertNoFault();
    }

    /// <summary>The second box lies outside the image of 160×100 pixels: there its copy would have no width, and the
    /// server would refuse the label.</summary>
    [Fact]
    public async Task Copy_ToASmallerImage_LeavesOutWhatLiesOutside_AndSaysSo()
    {
        await using var served = await ServedFolder.Start(2, picture: n => n == 1
            ? TestImages.Grey(Width, Height, (x, y) => (x + y) % 256)
            : TestImages.Grey(Width / 2, Height / 2, (x, y) => (3 * x + y) % 256));
        await served.Owner.Post("/api/v1/settings", new { op = "kind", kind = "shapes" });
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("label?image=1");
        await tab.Page.Locator("#stage[data-image='1']").WaitForAsync();
        await tab.Ready();
        await Drag(tab, (40, 30), (140, 90));
        await Drag(tab, (200, 110), (300, 180));
        await tab.PressAndGoOn("Enter");
        await tab.Page.Locator("#stage[data-image='2']").WaitForAsync();
        await tab.Press("c");
        await tab.Toasted("1 shape left out: it lies outside this image.");
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Data.Labels.Box("cat", 40, 30, 100, 60), Assert.Single(w.LabelFor(2)!.Shapes));
        tab.AssertNoFault();
    }

    /// <summary>A corner that is dragged to the other side would leave a box without width.</summary>
    [Fact]
    public async Task Corner_DraggedOntoTheOtherSide_LeavesTheBoxAsItWas()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await Drag(tab, (40, 30), (140, 90));
        await Drag(tab, (140, 90), (40, 90));
        var image = await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Data.Labels.Box("cat", 40, 30, 100, 60), Assert.Single(w.LabelFor(image)!.Shapes));
        tab.AssertNoFault();
    }

    /// <summary>Each tool says how it is used, the picture stays where it is, and each shape says its class.</summary>
    [Fact]
    public async Task Tools_SayHowTheyAreUsed_AndShapesSayTheirClass()
    {
        await using var served = await Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var (hint, sheet) = (tab.Page.Locator(".bar.drawing .hint"), tab.Page.Locator("#stage .sheet.on"));
        var place = (await sheet.BoundingBoxAsync())!;
        foreach (var (key, says) in new[]
        {
            ("b", "Drag to draw a box; N draws one by keys"), ("r", "Drag to paint; with Alt it erases"),
            ("p", "Click the corners; ↵ or a double click closes the polygon"),
            ("v", "Arrows move a shape, Alt and arrows resize it, [ ] choose another"),
        })
        {
            await tab.Press(key);
            Assert.Equal(says, await hint.TextContentAsync());
            var now = (await sheet.BoundingBoxAsync())!;
            Assert.Equal((place.X, place.Y, place.Width, place.Height), (now.X, now.Y, now.Width, now.Height));
        }
        await tab.Press("2");
        await tab.Page.Locator("#stage").FocusAsync();
        await tab.Press("n");
        var name = tab.Page.Locator("#stage .shape text");
        Assert.Equal("dog", await name.TextContentAsync());
        var height = (await name.BoundingBoxAsync())!.Height;
        for (var i = 0; i < 3; i++) await tab.Press("+");
        Assert.InRange((await name.BoundingBoxAsync())!.Height, height - 1, height + 1);
        tab.AssertNoFault();
    }
}
