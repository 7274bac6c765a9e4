using Microsoft.Playwright;
using Vaal.Tests;

namespace Vaal.Web.Tests.Page;

/// <summary>One Chromium for all tests of the page: Debian's, driven by Playwright, which downloads nothing.</summary>
public sealed class PageBrowser : IAsyncLifetime
{
    /// <summary>A name of somebody else that leads to this machine.</summary>
    public const string Rebound = "rebound.example";

    /// <summary>Every text that the page has shown at its foot, where none stays for long.</summary>
    private const string Toasted =
        """
        window.toasted = [];
        new MutationObserver(() => {
            const text = document.getElementById("toasts")?.textContent;
            if (text && text !== window.toasted.at(-1)) window.toasted.push(text);
        }).observe(document, { subtree: true, childList: true });
        """;

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (!Browser.IsHere) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Browser.Program,
            Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking",
                $"--host-resolver-rules=MAP {Rebound} 127.0.0.1"],
        });
    }

    /// <summary>A browser of its own, as far as cookies and storage go.</summary>
    public Task<Tab> Open(Uri link, bool dark = false, int width = 1280, int height = 800) =>
        Open(link, [], dark, width, height);

    /// <summary>The owner's browser.</summary>
    internal Task<Tab> Open(ServedFolder served, bool dark = false, int width = 1280, int height = 800)
    {
        var home = new Uri(served.Url, "/");
        return Open(home, [.. served.Owner.Cookies.GetCookies(home).Cast<System.Net.Cookie>()], dark, width, height);
    }

    private async Task<Tab> Open(Uri link, System.Net.Cookie[] cookies, bool dark, int width, int height)
    {
        Browser.Require(_browser is not null);
        var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(180_000);                             // other tests may keep the processors busy
        await context.AddInitScriptAsync(Toasted);
        await context.AddCookiesAsync(cookies.Select(c => new Cookie
        {
            Name = c.Name,
            Value = c.Value,
            Domain = link.Host,
            Path = "/",
            HttpOnly = true,
            SameSite = SameSiteAttribute.Strict,
        }));
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(link.AbsoluteUri);
        return tab;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <summary>Tests of the page share a browser and run one after the other: they would wait for each other's
/// frames.</summary>
[CollectionDefinition("page", DisableParallelization = true)]
public sealed class PageTests : ICollectionFixture<PageBrowser>;
