using System.Globalization;
using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>The page in a browser of its own, and what a test does with it.</summary>
public sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    internal Tab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.PageError += (_, fault) => _faults.Add(fault);
        page.Console += (_, line) =>
        {
            // what the security policy refuses is told here; a server that is away is no fault of the page
            if (line.Type == "error" && line.Text.Contains("Security Policy", StringComparison.Ordinal))
                _faults.Add(line.Text);
        };
    }

    public IPage Page { get; }

    /// <summary>Faults of scripts and what the content security policy refused.</summary>
    public void AssertNoFault() => Assert.Empty(_faults);

    public async Task<int> Image() => int.Parse(await Page.Locator("#stage").GetAttributeAsync("data-image") is
    { Length: > 0 } id ? id : "-1", CultureInfo.InvariantCulture);

    /// <summary>Waits until an image is on screen, decoded.</summary>
    public async Task<int> Ready()
    {
        await Page.Locator("#stage .sheet.on.whole").WaitForAsync();
        return await Image();
    }

    public Task Press(string key) => Page.Keyboard.PressAsync(key);

    /// <summary>Waits for an image, presses a key and waits until it is another image, or none.</summary>
    /// <returns>the image that the key was for</returns>
    public async Task<int> PressAndGoOn(string key)
    {
        await Page.Locator("#stage:not([data-image=''])").WaitForAsync();
        var before = await Image();
        await Press(key);
        await Page.WaitForFunctionAsync("before => document.querySelector('#stage').dataset.image !== before",
            before.ToString(CultureInfo.InvariantCulture));
        return before;
    }

    /// <summary>Waits until the page says that the server has everything.</summary>
    public Task Saved() => Page.Locator("#saved[data-state=saved]").WaitForAsync();

    /// <summary>Waits until the page has said something at its foot, even if it shows that no more.</summary>
    public Task Toasted(string text) => Page.WaitForFunctionAsync(
        "text => window.toasted.some(said => said.includes(text))", text);

    public Task<string?> State() => Page.Locator("#saved").TextContentAsync();

    public async Task Go(string hash)
    {
        await Page.EvaluateAsync("hash => { location.hash = hash }", hash);
        await Page.Locator($"#views a[aria-current][href='#{hash.Split('?')[0]}']").WaitForAsync();
    }

    /// <summary>Waits until the page has gone by itself to an address that starts so. Playwright's own wait for an
    /// address misses one that comes while it begins to wait.</summary>
    public Task At(string hash) =>
        Page.WaitForFunctionAsync("hash => location.hash.startsWith(hash)", hash);

    /// <summary>Another page in the same browser, with the same cookies.</summary>
    public async Task<IPage> Another(Uri url)
    {
        var page = await _context.NewPageAsync();
        await page.GotoAsync(url.AbsoluteUri);
        return page;
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
