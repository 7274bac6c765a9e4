using Microsoft.Playwright;
using Vaal.Data.Labels;

namespace Vaal.Web.Tests.Page;

/// <summary>Shapes that are not saved are not lost, and what the page cannot draw is not drawn over.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class DrawingTests(PageBrowser browser)
{
    /// <summary>Shapes that are saved replace the whole label: the mask would be gone.</summary>
    [Fact]
    public async Task Drag_OnAnImageWithAMask_IsRefused_AndTheLabelStays()
    {
        await using var served = await ShapeTests.Serve(made => made.Label(2, null,
            [new Polygon("dog", [[new(100, 60), new(220, 60), new(220, 140), new(100, 140)]]),
                new Mask("cat", [0, 640, 320 * 200 - 640], 320, 200)], "ann", "elsewhere"));
        using var w = served.Open();
        var before = w.LabelFor(2)!.ShapesJson;
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("label?image=2");
        await tab.Page.Locator("#stage[data-image='2'][data-shapes='1']").WaitForAsync();
        await tab.Ready();
        await tab.Press("v");
        await ShapeTests.Drag(tab, (160, 100), (190, 120));
        await tab.PressAndGoOn("Space");                          // an arrow would move the shape that is selected
        await tab.Saved();
        Assert.Equal(before, w.LabelFor(2)!.ShapesJson);
        string[] said = ["This image has 1 mask of pixels, which this page cannot edit."];
        Assert.Equal(said, await tab.Page.EvaluateAsync<string[]>("window.toasted"));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task UndoButton_WithAShapeThatIsNotSaved_TakesTheShapeBack_AndNoLabel()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        var saved = await tab.PressAndGoOn("Enter");
        var drawn = await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        await ShapeTests.Drag(tab, (200, 110), (300, 180));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Undo", Exact = true }).ClickAsync();
        Assert.Equal((drawn, "1"), (await tab.Image(), await ShapeCount(tab)));
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Single(w.LabelFor(saved)!.Shapes);
        Assert.Single(w.LabelFor(drawn)!.Shapes);
        tab.AssertNoFault();
    }

    /// <summary>The answer to an undo comes while somebody draws, and the image of the step is shown.</summary>
    [Fact]
    public async Task Drawing_WhenAnUndoShowsAnotherImage_IsThereAgain_AfterThatOneIsSaved()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        var first = await tab.PressAndGoOn("Enter");
        await tab.Saved();
        await tab.Page.ReloadAsync();                             // only the server knows the step now
        var drawn = await tab.Ready();
        var undone = await HeldAnswer.Of(tab, "**/api/v1/undo");
        await tab.Press("z");
        await undone.Asked;
        await ShapeTests.Drag(tab, (200, 110), (300, 180));
        await undone.LetGo();
        await tab.Page.Locator($"#stage[data-image='{first}'][data-shapes='0']").WaitForAsync();
        await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        Assert.Equal(first, await tab.PressAndGoOn("Enter"));
        Assert.Equal((drawn, "1"), (await tab.Image(), await ShapeCount(tab)));
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Box("cat", 200, 110, 100, 70), Assert.Single(w.LabelFor(drawn)!.Shapes));
        Assert.Equal(new Box("cat", 40, 30, 100, 60), Assert.Single(w.LabelFor(first)!.Shapes));
        tab.AssertNoFault();
    }

    /// <summary>An older page has kept one drawing, and not a list of them.</summary>
    [Fact]
    public async Task Drawing_ThatAnOlderPageHasKept_IsShown()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        var image = await tab.Ready() == 3 ? 2 : 3;
        await tab.Page.EvaluateAsync(
            """
            ([project, image]) => localStorage.setItem(`vaal.drawn.${project}`, JSON.stringify({ image,
                shapes: [{ kind: "box", class: "dog", points: [[40, 30], [140, 90]] }] }))
            """, new object[] { served.Serving.Id, image });
        await tab.Page.ReloadAsync();
        await tab.Page.Locator($"#stage[data-image='{image}'][data-shapes='1']").WaitForAsync();
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Box("dog", 40, 30, 100, 60), Assert.Single(w.LabelFor(image)!.Shapes));
        tab.AssertNoFault();
    }

    /// <summary>The class of what is drawn is gone by the time it is saved.</summary>
    [Fact]
    public async Task Drawing_ThatTheServerRefuses_IsThereAgain_AndIsSavedWithAnotherClass()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        using var w = served.Open();
        w.RenameClass("cat", "feline");
        await tab.Press("Enter");
        await tab.Toasted("'cat' is no declared class");
        Assert.Equal((image, "1"), (await tab.Image(), await ShapeCount(tab)));
        // the next shapes have the new name
        await tab.Page.Locator("button.class[aria-pressed=true]", new() { HasTextString = "feline" }).WaitForAsync();
        await tab.PressAndGoOn("Space");                          // what was refused is not sent again by itself
        await tab.Saved();
        Assert.NotEqual(image, await tab.Image());
        await tab.PressAndGoOn("Backspace");
        Assert.Equal((image, "1"), (await tab.Image(), await ShapeCount(tab)));
        await tab.Page.Locator("#stage").FocusAsync();
        await tab.Press("]");                                     // selects the box
        await tab.Page.Locator("button.class", new() { HasTextString = "dog" }).ClickAsync();
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        Assert.Equal(new Box("dog", 40, 30, 100, 60), Assert.Single(w.LabelFor(image)!.Shapes));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Drawing_ThatIsRefusedAfterAReload_IsThereWhenItsImageIsShown()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.RouteAsync("**/api/v1/labels", route => route.AbortAsync());       // the server is away
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        var image = await tab.PressAndGoOn("Enter");
        await tab.Page.ReloadAsync();
        await tab.Page.GetByText("1 waiting, server away").WaitForAsync();
        using (var w = served.Open()) w.RenameClass("cat", "feline");
        await tab.Page.UnrouteAllAsync();
        await tab.Toasted("The server is back");
        Assert.Contains("'cat' is no declared class", (await tab.Page.EvaluateAsync<string[]>("window.toasted"))[^1],
            StringComparison.Ordinal);
        await tab.Go($"label?image={image}");
        await tab.Page.Locator($"#stage[data-image='{image}']").WaitForAsync();
        Assert.Equal("1", await ShapeCount(tab));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Drawing_OfAnImageMarkedUnsure_ComesBackWithUndo()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        var image = await tab.PressAndGoOn("u");
        await tab.Saved();
        await tab.Press("z");
        await tab.Page.Locator($"#stage[data-image='{image}']").WaitForAsync();
        Assert.Equal("1", await ShapeCount(tab));
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Box("cat", 40, 30, 100, 60), Assert.Single(w.LabelFor(image)!.Shapes));
        Assert.Null(w.MarkOf(image));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Drawing_OfAnotherPersonInThisBrowser_IsNotShown()
    {
        string[] links = [];
        await using var served = await ShapeTests.Serve(w => links =
            [.. new[] { "ann", "ben" }.Select(name => $"/join/{w.AddAnnotator(name, owner: false).Invitation}")]);
        await using var tab = await browser.Open(new Uri(served.Url, links[0]));
        var image = await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        Assert.Equal("1", await ShapeCount(tab));
        await tab.Page.GotoAsync(new Uri(served.Url, links[1]).AbsoluteUri);
        await tab.Page.Locator(".me", new() { HasTextString = "ben" }).WaitForAsync();
        await tab.Go($"label?image={image}");
        await tab.Page.Locator($"#stage[data-image='{image}']").WaitForAsync();
        Assert.Equal("0", await ShapeCount(tab));
        tab.AssertNoFault();
    }

    /// <summary>A reload keeps two shapes: one Z takes one of them back, and not both.</summary>
    [Fact]
    public async Task Undo_AfterAReload_TakesBackOneShapeAtATime()
    {
        await using var served = await ShapeTests.Serve();
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        await ShapeTests.Drag(tab, (40, 30), (140, 90));
        await ShapeTests.Drag(tab, (200, 110), (300, 180));
        await tab.Page.ReloadAsync();
        await tab.Page.Locator($"#stage[data-image='{image}'][data-shapes='2']").WaitForAsync();
        await tab.Ready();
        await tab.Press("z");
        Assert.Equal("1", await ShapeCount(tab));
        await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Box("cat", 40, 30, 100, 60), Assert.Single(w.LabelFor(image)!.Shapes));
        tab.AssertNoFault();
    }

    private static Task<string?> ShapeCount(Tab tab) =>
        tab.Page.Locator("#stage").GetAttributeAsync("data-shapes");
}
