using System.Diagnostics;
using System.Globalization;
using Vaal.Tests;
using Vaal.Workspaces;

namespace Vaal.Web.Tests.Page;

[Collection("page")]
[Trait("Category", "Slow")]
public sealed class ServerAwayTests(PageBrowser browser)
{
    /// <summary>The real program, which can be killed.</summary>
    private sealed class Program : IDisposable
    {
        private readonly Process _process;

        public Program(string folder, int port)
        {
            _process = VaalProgram.Start(["serve", "--workspace", folder, "--port",
                port.ToString(CultureInfo.InvariantCulture)]);
            var line = _process.StandardOutput.ReadLine();
            Assert.True(line?.StartsWith("open http", StringComparison.Ordinal),
                $"found '{line}' {(line is null ? _process.StandardError.ReadToEnd() : "")}");
            Url = new(line!["open ".Length..]);
        }

        public Uri Url { get; }

        public void Kill()
        {
            _process.Kill();
            _process.WaitForExit();
        }

        public void Dispose()
        {
            if (!_process.HasExited) Kill();
            _process.Dispose();
        }
    }

    [Fact]
    public async Task Server_KilledWhileLabelling_AndStartedAgain_NothingIsLostOrDoubled()
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 40; i++) folder.Write($"images/{i:000}.png", Vaal.Tests.Pictures.Random(i + 1));
        using (var made = Workspace.Create(folder["images"]))
            made.Index(new() { Encoder = "none", Classes = ["cat", "dog"] });
        var pressed = new Dictionary<int, string>();
        Uri url;
        using (var first = new Program(folder["images"], 0))
        {
            url = first.Url;
            await using var tab = await browser.Open(url);
            await tab.Ready();
            for (var i = 0; i < 10; i++)                            // as many as the page has decoded beforehand
            {
                if (i == 6) first.Kill();                       // with the label before still on its way
                var key = i % 2 == 0 ? "1" : "2";
                pressed.Add(await tab.PressAndGoOn(key), key == "1" ? "cat" : "dog");
            }
            await tab.Page.Locator("#saved[data-state=away]").WaitForAsync();
            Assert.EndsWith(" waiting, server away", await tab.State(), StringComparison.Ordinal);

            using var second = new Program(folder["images"], url.Port);
            await tab.Saved();
            for (var i = 0; i < 3; i++) pressed.Add(await tab.PressAndGoOn("1"), "cat");
            await tab.Saved();
            tab.AssertNoFault();
        }
        using var w = Workspace.Open(folder["images"]);
        Assert.Equal(pressed, w.Labels().ToDictionary(l => l.Image, l => l.Class!));
        Assert.Equal(pressed.Count, w.Entries().Count(e => e.What == "label"));
        Assert.Empty(w.Problems());
    }

    /// <summary>A view that got no answer says so, and asks again by itself when the server is back.</summary>
    [Theory]
    [InlineData("review?page=search", "12 images found")]
    [InlineData("grid?by=filter&value=unlabelled", "0 of 12 selected")]
    public async Task View_OpenedWhileTheServerIsAway_IsFilledWhenItIsBack(string view, string shows)
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Ready();
        await tab.Go(view);                                         // its script is here
        await tab.Page.GetByText(shows).WaitForAsync();
        await tab.Go("label");
        await served.Stop();
        await tab.Go(view);
        await tab.Page.GetByText("The server does not answer.").First.WaitForAsync();
        await served.Restart();
        await tab.Page.GetByText(shows).WaitForAsync();
        tab.AssertNoFault();
    }

    [Theory]
    [InlineData("map", "12 images")]
    [InlineData("review?page=search", "12 images found")]
    public async Task View_WhoseScriptDidNotCome_IsThereWhenTheServerIsBack(string view, string shows)
    {
        await using var served = await ServedFolder.Start(12);
        await using var tab = await browser.Open(served);
        await tab.Page.RouteAsync($"**/{view.Split('?')[0]}.js", route => route.AbortAsync());
        // else it has the scripts of all views; it listens to the server, so that it hears when that is back
        await tab.Page.RunAndWaitForResponseAsync(() => tab.Page.ReloadAsync(),
            answer => answer.Url.EndsWith("/events", StringComparison.Ordinal));
        await tab.Ready();
        await served.Stop();
        await tab.Go(view);
        await tab.Page.GetByText("The server does not answer. Trying again…").WaitForAsync();
        await tab.Page.UnrouteAllAsync();
        await served.Restart();
        await tab.Page.GetByText(shows).First.WaitForAsync();
        tab.AssertNoFault();
    }
}
