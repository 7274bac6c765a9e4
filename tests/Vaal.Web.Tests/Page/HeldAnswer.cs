using Microsoft.Playwright;

namespace Vaal.Web.Tests.Page;

/// <summary>One answer of the server that is held back until the test lets it go, so that a race needs no
/// clock. It says what the server knew when it was asked.</summary>
internal sealed class HeldAnswer
{
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _given = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IPage _page;
    private int _used;

    private HeldAnswer(IPage page) => _page = page;

    /// <summary>Holds the first answer to a request that fits.</summary>
    /// <param name="which">by its address</param>
    public static async Task<HeldAnswer> Of(Tab tab, string pattern, Func<string, bool>? which = null)
    {
        var held = new HeldAnswer(tab.Page);
        await tab.Page.RouteAsync(pattern, async route =>
        {
            if (which?.Invoke(route.Request.Url) == false || Interlocked.Exchange(ref held._used, 1) == 1)
            {
                await route.FallbackAsync();
                return;
            }
            var answer = await route.FetchAsync();
            held._asked.SetResult();
            await held._go.Task;
            await route.FulfillAsync(new() { Response = answer });
            held._given.SetResult();
        });
        return held;
    }

    /// <summary>The server has answered, and the page does not know.</summary>
    public Task Asked => _asked.Task.WaitAsync(TimeSpan.FromMinutes(3));

    /// <summary>Gives the page its answer, and time to take it.</summary>
    public async Task LetGo()
    {
        _go.SetResult();
        await _given.Task;
        await _page.EvaluateAsync(
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))");
    }
}
