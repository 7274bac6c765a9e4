namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class KeyTests(PageBrowser browser)
{
    [Fact]
    public async Task Keys_SixtyImages_EachHasTheClassOfItsKey()
    {
        await using var served = await ServedFolder.Start(64);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var pressed = new Dictionary<int, string>();
        for (var i = 0; i < 60; i++)
        {
            var key = i % 3 == 2 ? "2" : "1";
            pressed.Add(await tab.PressAndGoOn(key), key == "1" ? "cat" : "dog");
        }
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(pressed, w.Labels().ToDictionary(l => l.Image, l => l.Class!));
        Assert.Empty(w.Problems());
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Keys_SkipBackUnsureUnusable_DoWhatTheHelpSays()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        var first = await tab.Ready();
        await tab.PressAndGoOn("ArrowRight");
        await tab.PressAndGoOn("Space");
        await tab.PressAndGoOn("Backspace");
        await tab.PressAndGoOn("Backspace");
        Assert.Equal(first, await tab.Image());
        var unsure = await tab.PressAndGoOn("u");
        var unusable = await tab.PressAndGoOn("x");
        await tab.Saved();
        await tab.Press("?");
        await tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog).GetByText("unusable image").WaitForAsync();
        using var w = served.Open();
        Assert.Equal(("unsure", "unusable"), (w.MarkOf(unsure), w.MarkOf(unusable)));
        Assert.Equal(first, unsure);
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Undo_AcrossAReload_TakesBackLabelAfterLabel_AndShowsTheImages()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var images = new[] { await tab.PressAndGoOn("1"), await tab.PressAndGoOn("2"), await tab.PressAndGoOn("1") };
        await tab.Saved();
        await tab.Page.ReloadAsync();
        await tab.Ready();
        foreach (var image in images.Reverse())
        {
            await tab.Press("z");
            await tab.Page.Locator($"#stage[data-image='{image}']").WaitForAsync();
        }
        await tab.Saved();
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.Equal(3, w.Entries().Count(e => e.What == "undo"));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Undo_AtOnce_ShowsTheImageAgain_AndTheLabelIsGone()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var (first, second) = (await tab.PressAndGoOn("1"), await tab.PressAndGoOn("2"));
        await tab.Press("z");
        Assert.Equal(second, await tab.Image());
        await tab.PressAndGoOn("1");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(new Dictionary<int, string?> { [first] = "cat", [second] = "cat" },
            w.Labels().ToDictionary(l => l.Image, l => l.Class));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Keys_Remapped_AreRemembered()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("?");
        await tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Change the key of cat" })
            .ClickAsync();
        await tab.Press("k");
        await tab.Page.Locator("button.class[aria-keyshortcuts=k]").WaitForAsync();
        await tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Change the key of unsure" })
            .ClickAsync();
        await tab.Press("q");
        await tab.Press("Escape");
        await tab.Page.ReloadAsync();
        await tab.Ready();
        var unsure = await tab.PressAndGoOn("q");
        var cat = await tab.PressAndGoOn("k");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal("unsure", w.MarkOf(unsure));
        Assert.Equal((cat, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Classes_AddRenameMerge_OnThePage()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("/");
        await tab.Page.Keyboard.TypeAsync("<b>owl");
        var owl = await tab.PressAndGoOn("Enter");
        await tab.Saved();
        await tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var name = tab.Page.GetByLabel("Name of <b>owl");
        await name.FillAsync("owl");
        await name.PressAsync("Enter");
        tab.Page.Dialog += (_, asked) => _ = asked.AcceptAsync();
        var merge = tab.Page.GetByLabel("Merge owl into another class");
        await merge.FocusAsync();
        await merge.SelectOptionAsync("cat");
        await merge.WaitForAsync(new()
        { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        using var w = served.Open();
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
        Assert.Equal((owl, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Classes_MoreThanTwenty_ALetterSearches()
    {
        await using var served = await ServedFolder.Start(
            classes: [.. Enumerable.Range(0, 30).Select(i => $"kind {(char)('a' + i % 26)}{i}")]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Press("h");
        await tab.Page.Keyboard.TypeAsync("7");
        var image = await tab.PressAndGoOn("Enter");
        var digit = await tab.PressAndGoOn("3");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal("kind h7", w.Labels().Single(l => l.Image == image).Class);
        Assert.Equal("kind c2", w.Labels().Single(l => l.Image == digit).Class);
        tab.AssertNoFault();
    }

    /// <summary>U and Z are those of actions where there are fewer classes, and M with Shift is too.</summary>
    [Fact]
    public async Task Classes_MoreThanTwenty_LettersOfActionsSearch()
    {
        await using var served = await ServedFolder.Start(
            classes: ["unicorn", "zebra", "Melon", .. Enumerable.Range(0, 20).Select(i => $"kind {i}")]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var labelled = new Dictionary<int, string>();
        foreach (var name in new[] { "unicorn", "zebra", "Melon" })
        {
            foreach (var letter in name[..^1]) await tab.Press(char.IsUpper(letter) ? $"Shift+{letter}" : $"{letter}");
            labelled.Add(await tab.PressAndGoOn("Enter"), name);
        }
        await tab.Saved();
        using (var w = served.Open())
        {
            Assert.Equal(labelled, w.Labels().ToDictionary(l => l.Image, l => l.Class!));
            Assert.Empty(w.Marks());
        }
        await tab.Press("Control+z");
        await tab.Page.Locator($"#stage[data-image='{labelled.Single(l => l.Value == "Melon").Key}']").WaitForAsync();
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Key_HeldDown_LabelsOneImage_AndSkipsMany()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        var first = await tab.Ready();
        for (var i = 0; i < 4; i++) await tab.Page.Keyboard.DownAsync("1");       // all but the first are repeats
        await tab.Page.Keyboard.UpAsync("1");
        await tab.Page.Locator($"#stage:not([data-image='{first}']):not([data-image=''])").WaitForAsync();
        var second = await tab.Image();
        for (var i = 0; i < 3; i++) await tab.Page.Keyboard.DownAsync("ArrowRight");
        await tab.Page.Keyboard.UpAsync("ArrowRight");
        for (var i = 0; i < 3; i++) await tab.PressAndGoOn("Backspace");
        Assert.Equal(second, await tab.Image());
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((first, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Rename_ThatEscapeEnds_IsDiscarded()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await tab.Page.GetByLabel("Name of cat").ClickAsync();
        await tab.Page.Keyboard.TypeAsync("s");
        await tab.Press("Escape");
        await tab.Page.Locator("dialog").WaitForAsync(
            new() { State = Microsoft.Playwright.WaitForSelectorState.Detached });
        await tab.PressAndGoOn("1");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
        tab.AssertNoFault();
    }

    /// <summary>A name without blanks must not push the image or the tools aside.</summary>
    [Fact]
    public async Task Classes_ALongNameWithoutBlanks_KeepsThePageInItsWidth()
    {
        var name = new string('w', 300);
        await using var served = await ServedFolder.Start(classes: [name]);
        await served.Owner.Label(name, 1);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("label?image=1");
        await tab.Page.Locator(".given .chip").WaitForAsync();
        Assert.True(await tab.Page.EvaluateAsync<bool>(
            "() => ['.given .chip', '#stage', '.stage-tools'].every(what => document.querySelector(what)"
            + ".getBoundingClientRect().right <= document.querySelector('.side').getBoundingClientRect().left + 1)"));
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Address_OfNoImage_IsLeft()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("label?image=99999&split=pool");
        await tab.Toasted("there is no image 99999");
        await tab.Page.WaitForFunctionAsync("() => location.hash === '#label?split=pool'");
        await tab.Ready();
        tab.AssertNoFault();
    }

    [Fact]
    public async Task Selection_ThatIsGone_IsNotSaidToBeDone()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go("label?selection=gone");
        await tab.Page.GetByText("This selection no longer exists.").WaitForAsync();
        tab.AssertNoFault();
    }

    /// <summary>Letters that do something elsewhere on the page search here; a long name cuts nothing off.</summary>
    [Fact]
    public async Task Classes_MoreThanTwenty_ALetterOfTheGridSearchesToo()
    {
        var name = $"fruit with a name that is {string.Join(' ', Enumerable.Repeat("long", 20))}";
        await using var served = await ServedFolder.Start(
            classes: [name, .. Enumerable.Range(0, 24).Select(i => $"kind {i}")]);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var rows = await tab.Page.Locator("button.class").EvaluateAllAsync<bool[]>(
            "all => all.map(b => b.getBoundingClientRect().right"
            + " <= b.parentElement.getBoundingClientRect().right + 1)");
        Assert.All(rows, Assert.True);
        await tab.Press("f");
        Assert.Equal("f", await tab.Page.GetByLabel("Find or add a class").InputValueAsync());
        var image = await tab.PressAndGoOn("Enter");
        await tab.Saved();
        using var w = served.Open();
        Assert.Equal((image, name), (w.Labels().Single().Image, w.Labels().Single().Class));
        tab.AssertNoFault();
    }
}
