namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class PeopleTests(PageBrowser browser)
{
    [Fact]
    public async Task TwoBrowsers_AtOnce_NoImageTwice()
    {
        string invitation = "";
        await using var served = await ServedFolder.Start(60,
            prepare: w => invitation = w.AddAnnotator("ann", owner: false).Invitation);
        await using var owner = await browser.Open(served);
        await using var ann = await browser.Open(new Uri(served.Url, $"/join/{invitation}"));
        await Task.WhenAll(owner.Ready(), ann.Ready());
        async Task<List<int>> Work(Tab tab, string key)
        {
            var images = new List<int>();
            for (var i = 0; i < 20; i++) images.Add(await tab.PressAndGoOn(key));
            await tab.Saved();
            return images;
        }
        var both = await Task.WhenAll(Work(owner, "1"), Work(ann, "2"));
        Assert.Empty(both[0].Intersect(both[1]));
        using var w = served.Open();
        Assert.Equal(40, w.Labels().Count);
        Assert.Equal(both[1].Order(), w.Labels().Where(l => l.Class == "dog").Select(l => l.Image).Order());
        Assert.Equal("ann", Assert.Single(w.Labels().Where(l => l.Class == "dog").Select(l => l.Who).Distinct()));
        owner.AssertNoFault();
        ann.AssertNoFault();
    }

    [Fact]
    public async Task TwoTabs_OfOnePerson_NoImageTwice()
    {
        await using var served = await ServedFolder.Start(40);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var other = await tab.Another(new(served.Url, "/"));
        await other.Locator("#stage .sheet.on.whole").WaitForAsync();
        var images = new List<string?>();
        foreach (var page in new[] { tab.Page, other, tab.Page, other })
        {
            var stage = page.Locator("#stage");
            for (var i = 0; i < 3; i++)
            {
                var image = await stage.GetAttributeAsync("data-image");
                images.Add(image);
                await page.Keyboard.PressAsync("1");
                await page.WaitForFunctionAsync(
                    "before => document.querySelector('#stage').dataset.image !== before", image);
            }
        }
        Assert.Equal(12, images.Distinct().Count());
    }

    [Fact]
    public async Task Page_WithoutCookie_SaysWhatToDo()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(new Uri(served.Url, "/"));
        Assert.Contains("Open the link that vaal serve printed", await tab.Page.TextContentAsync("body"),
            StringComparison.Ordinal);
    }

    /// <summary>A browser sends the cookie neither with a click on another site nor to what that leads to. The page
    /// that comes goes on by itself, or by a link where the invitation was used before.</summary>
    [Fact]
    public async Task Invitation_ClickedOnAnotherSite_SignsIn()
    {
        var invitation = "";
        await using var served = await ServedFolder.Start(4,
            prepare: w => invitation = w.AddAnnotator("ann", owner: false).Invitation);
        // localhost and 127.0.0.1 are two sites
        var home = new UriBuilder(served.Url) { Host = "localhost", Query = "" }.Uri;
        var html = $"<!doctype html><title>mail</title><a href='{home}join/{invitation}'>Join us</a> "
            + $"<a href='{home}'>Label images</a>";
        await using var tab = await browser.Open(new Uri("about:blank"));
        foreach (var (link, said) in new[] { ("Join us", ""), ("Join us", "used already"),
            ("Label images", "This page is not signed in") })
        {
            using var mail = new OnePage(html);
            await tab.Page.GotoAsync(mail.Url.AbsoluteUri);
            await Click(link);
            if (said.Length > 0)
            {
                await tab.Page.GetByText(said).WaitForAsync();
                await Click("Go on to the page");
            }
            await tab.Ready();
            Assert.Equal(home, new Uri(tab.Page.Url));
        }
        tab.AssertNoFault();

        Task Click(string text) =>
            tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Link, new() { Name = text, Exact = true }).ClickAsync();
    }

    /// <summary>A page of somebody else on another port of the same host: the browser sends the cookie along, because
    /// cookies and SameSite know no ports.</summary>
    [Fact]
    public async Task HostilePage_InTheSameBrowser_ChangesAndReadsNothing()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        var image = await tab.Ready();
        var server = new Uri(served.Url.GetLeftPart(UriPartial.Authority));
        using var attacker = new OnePage("<!doctype html><title>kittens</title>");
        var hostile = await tab.Another(attacker.Url);
        var told = await hostile.EvaluateAsync<string[]>(
            """
            async ([server, image]) => {
                const op = { op: "evil", kind: "label", image, classes: ["cat"] };
                const body = JSON.stringify({ ops: [op] });
                const tries = [
                    fetch(server + "api/v1/labels", { method: "POST", mode: "no-cors", credentials: "include", body }),
                    fetch(server + "api/v1/labels", { method: "POST", credentials: "include", body,
                        headers: { "X-Vaal": "1", "Content-Type": "application/json" } }),
                    fetch(server + "api/v1/project", { credentials: "include" }).then(r => r.text()),
                    new Promise((yes, no) => {
                        const frame = document.createElement("iframe");
                        frame.src = server;
                        frame.onload = () => { try { frame.contentDocument.body.textContent ? yes("read") : yes(""); }
                            catch { no("closed"); } };
                        document.body.append(frame);
                    }),
                    new Promise((yes, no) => {
                        const img = new Image();
                        img.onload = () => yes("seen");
                        img.onerror = () => no("hidden");
                        img.src = server + `images/${image}/full`;
                    }),
                ];
                const form = Object.assign(document.createElement("form"),
                    { method: "post", action: server + "api/v1/undo", enctype: "text/plain", target: "_blank" });
                document.body.append(form);
                form.submit();
                return (await Promise.allSettled(tries)).map(t => t.status === "fulfilled" ? String(t.value) : "no");
            }
            """, new object[] { server.AbsoluteUri, image });
        Assert.Equal(["no", "no", "no", "no", "no"], told);
        Assert.Equal(image, await tab.Image());
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.DoesNotContain(w.Entries(), e => e.What is "label" or "undo");
    }

    /// <summary>A form is sent without asking the server first, and its answer is a page of its own. One without a body
    /// has no type of content: nothing but the server's look at where it comes from refuses it.</summary>
    [Fact]
    public async Task HostilePage_WriteWithoutABody_IsRefusedForItsOrigin()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        using var attacker = new OnePage("<!doctype html><title>kittens</title>");
        var hostile = await tab.Another(attacker.Url);
        var learn = new Uri(served.Url, "/api/v1/learn").AbsoluteUri;
        var refused = await hostile.RunAndWaitForResponseAsync(() => hostile.EvaluateAsync(
            """
            url => {
                const form = Object.assign(document.createElement("form"), { method: "post", action: url });
                document.body.append(form);
                form.submit();
            }
            """, learn), learn);
        Assert.Equal(403, refused.Status);
        // the same from the page itself: it is not refused for anything else
        var own = await tab.Page.RunAndWaitForResponseAsync(() => tab.Press("Shift+l"), learn);
        Assert.Equal(202, own.Status);
    }

    /// <summary>A name of somebody else that leads to this machine (DNS rebinding). The path needs no cookie, so that
    /// nothing but the server's look at the name refuses it.</summary>
    [Fact]
    public async Task HostilePage_WithANameThatLeadsHere_ReadsNothing()
    {
        await using var served = await ServedFolder.Start();
        await using var tab = await browser.Open(served);
        await tab.Ready();
        var health = new UriBuilder(served.Url) { Path = "/health", Query = "" };
        Assert.Equal(200, (await tab.Page.GotoAsync(health.Uri.AbsoluteUri))!.Status);
        health.Host = PageBrowser.Rebound;
        Assert.Equal(421, (await tab.Page.GotoAsync(health.Uri.AbsoluteUri))!.Status);
    }

    /// <summary>What others said stays hidden from a labeller, and what somebody else has on screen says so.</summary>
    [Fact]
    public async Task Labeller_IsOfferedNoDisagreements_AndSeesWhichTilesAreInUse()
    {
        var invitation = "";
        await using var served = await ServedFolder.Start(40,
            prepare: w => invitation = w.AddAnnotator("ann", owner: false).Invitation);
        var held = (await served.Owner.Queue(1))[0];
        await using var ann = await browser.Open(new Uri(served.Url, $"/join/{invitation}"));
        await ann.Ready();
        await ann.Go("review?page=disagreements");
        await ann.Page.GetByText("40 images found").WaitForAsync();                  // the search instead
        Assert.Equal(["Search", "Confusion", "Mistakes", "Suspects"],
            await ann.Page.GetByRole(Microsoft.Playwright.AriaRole.Tab).AllTextContentsAsync());
        await ann.Go("grid?by=filter&value=unlabelled");
        var tile = ann.Page.Locator($".tile[data-id='{held}']");
        await tile.WaitForAsync();
        Assert.Equal("in use", await tile.TextContentAsync());
        Assert.Equal("Somebody else has this image on screen", await tile.GetAttributeAsync("title"));
        await using var owner = await browser.Open(served);
        await owner.Ready();
        await owner.Go("review?page=disagreements");
        await owner.Page.GetByRole(Microsoft.Playwright.AriaRole.Tab, new() { Name = "Disagreements" }).WaitForAsync();
        ann.AssertNoFault();
    }

    /// <summary>The images come when the others leave them.</summary>
    [Fact]
    public async Task Images_ThatOthersHold_AreWaitedFor_AndSayThatTheyAreInUse()
    {
        var invitation = "";
        await using var served = await ServedFolder.Start(4,
            prepare: w => invitation = w.AddAnnotator("ann", owner: false).Invitation);
        var held = await served.Owner.Queue(4);
        await using var ann = await browser.Open(new Uri(served.Url, $"/join/{invitation}"));
        await ann.Page.GetByText("Other pages have the remaining 4 images.").WaitForAsync();
        await ann.Go($"label?image={held[0]}");
        await ann.Page.GetByText("This image is on somebody else's screen.").WaitForAsync();
        await ann.PressAndGoOn("1");
        await ann.Page.GetByText("Other pages have the remaining 3 images.").WaitForAsync();
        using (await served.Owner.Send(HttpMethod.Post, "/api/v1/release", new { images = held[1..2] })) { }
        await ann.Page.Locator($"#stage[data-image='{held[1]}']").WaitForAsync();
        await ann.Saved();
        using var w = served.Open();
        Assert.Equal((held[0], "ann"), (w.Labels().Single().Image, w.Labels().Single().Who));
        ann.AssertNoFault();
    }

    /// <summary>Somebody whose cookie is gone is told that, and not that the server is away.</summary>
    [Fact]
    public async Task Cookie_ThatIsGone_TheLabelWaits_AndThePageSaysWhy()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);                                                       // nothing more to ask for after it
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Page.Context.ClearCookiesAsync();
        await tab.PressAndGoOn("1");
        await tab.Page.GetByText("1 waiting, not signed in").WaitForAsync();
        await tab.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog)
            .GetByText("1 label waits in this browser; the page sends it after that.").WaitForAsync();
        Assert.Equal(0, await tab.Page.GetByText("The server does not answer").CountAsync());
    }
}
