using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using SkiaSharp;

namespace Vaal.Bench;

/// <summary>
/// How long somebody who labels waits: from the press of a key to the frame that shows the next image, measured in the
/// browser; and how many frames a second the map of 50,000 points draws while it is moved.
/// </summary>
internal static class ServePage
{
    private const int Width = 1600, Height = 1200, Points = 50_000;
    private const string Browser = "/usr/bin/chromium";

    // Before the page's own scripts. A key's clock starts at the event's own time and stops in the frame after the one
    // in which another image is shown and decoded, so that one frame too many is counted rather than one too few.
    private const string Clock =
        """
        window.waits = [];
        addEventListener("keydown", event => {
            const stage = document.querySelector("#stage"), before = stage?.dataset.image;
            if (!stage) return;
            const look = () => {
                const full = stage.querySelector(".sheet.on.whole .full");
                if (stage.dataset.image === before || !full?.complete) return requestAnimationFrame(look);
                requestAnimationFrame(() => window.waits.push(performance.now() - event.timeStamp));
            };
            requestAnimationFrame(look);
        }, true);
        """;

    private const string Frames =
        """
        seconds => new Promise(done => {
            const canvas = document.querySelector("canvas"), box = canvas.getBoundingClientRect(), times = [];
            const began = performance.now();
            const step = now => {
                times.push(now);
                const at = (now - began) / 1000;
                if (at > seconds) return done([times.length - 1, times.at(-1) - times[0]]);
                canvas.dispatchEvent(new WheelEvent("wheel", { deltaY: 40 * Math.cos(at * 3), cancelable: true,
                    clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 }));
                requestAnimationFrame(step);
            };
            requestAnimationFrame(step);
        })
        """;

    /// <summary>serve-page PROGRAM PHOTOS [IMAGES] [KEYS]</summary>
    public static int Run(string[] args)
    {
        if (args.Length < 2) throw new InputException("give the path of the program vaal and a folder of photographs");
        var folder = Directory.CreateTempSubdirectory("vaal-serve-page-").FullName;
        try
        {
            Make(args[1], folder, args.Number(2, 5_000));
            Vaal(args[0], "init", folder, "--encoder", "none", "--classes", "a,b,c,d,e,f,g,h,i").WaitForExit();
            using var server = Vaal(args[0], "serve", "--workspace", folder, "--json");
            try
            {
                var line = server.StandardOutput.ReadLine()
                    ?? throw new InputException(server.StandardError.ReadToEnd());
                var url = JsonDocument.Parse(line).RootElement.GetProperty("url").GetString()!;
                Measure(url, args.Number(3, 300)).GetAwaiter().GetResult();
                return 0;
            }
            finally
            {
                server.Kill(entireProcessTree: true);
                server.WaitForExit();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Measure(string url, int keys)
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Browser,
            Args = ["--no-sandbox", "--disable-dev-shm-usage"],
        });
        var page = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 800 } });
        await page.AddInitScriptAsync(Clock);
        var clock = Stopwatch.StartNew();
        await page.GotoAsync(url);
        await page.Locator("#stage .sheet.on.whole").WaitForAsync();
        Console.WriteLine($"the first image is shown after {clock.ElapsedMilliseconds} ms");
        await Task.Delay(2_000);
        foreach (var pace in new[] { 500, 250 })
        {
            await page.EvaluateAsync("() => { window.waits = [] }");
            for (var i = 0; i < keys; i++)
            {
                await page.Keyboard.PressAsync((i % 9 + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
                await Task.Delay(pace);
            }
            await page.Locator("#saved[data-state=saved]").WaitForAsync();
            var waits = (await page.EvaluateAsync<double[]>("() => window.waits")).Order().ToArray();
            Console.WriteLine($"a key each {pace} ms: {waits.Length} of {keys} keys, to the next image "
                + $"{At(waits, 0.5):0} ms (median), {At(waits, 0.95):0} ms (95%), {waits[^1]:0} ms (longest)");
        }
        await page.RouteAsync("**/api/v1/map", route => route.FulfillAsync(new()
        {
            ContentType = "application/json",
            Body = Map(),
        }));
        await page.EvaluateAsync("() => { location.hash = '#map' }");
        await page.GetByText($"{Points:N0} images").WaitForAsync();
        var (frames, time) = await page.EvaluateAsync<double[]>(Frames, 5) is [var n, var ms] ? (n, ms) : default;
        Console.WriteLine($"map of {Points:N0} points: {1000 * frames / time:0} frames a second while it is zoomed");
    }

    private static double At(double[] sorted, double share) =>
        sorted[Math.Min(sorted.Length - 1, (int)(share * sorted.Length))];

    private static string Map()
    {
        var random = new Random(1);
        double Gauss() => Enumerable.Range(0, 6).Sum(_ => random.NextDouble()) - 3;
        return JsonSerializer.Serialize(new
        {
            ids = Enumerable.Range(1, Points),
            x = Enumerable.Range(0, Points).Select(i => i % 7 * 2 + Gauss()).ToArray(),
            y = Enumerable.Range(0, Points).Select(i => i % 5 * 2 + Gauss()).ToArray(),
            state = new int[Points],
            classes = Enumerable.Range(0, Points).Select(i => i % 10 == 0 ? i % 9 : -1),
        });
    }

    /// <summary>Photographs of 2 megapixels, each another part of one of the given ones.</summary>
    public static void Make(string photos, string folder, int count)
    {
        string[] files = [.. Directory.EnumerateFiles(photos, "*.jpg", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)];
        if (files.Length == 0) throw new InputException($"expected photographs (*.jpg) below {photos}, found none");
        Parallel.For(0, count, i =>
        {
            var random = new Random(i);
            using var photo = SKBitmap.Decode(files[i % files.Length]);
            using var made = new SKBitmap(Width, Height);
            using (var canvas = new SKCanvas(made))
            using (var image = SKImage.FromBitmap(photo))
            {
                var (w, h) = (photo.Width * 0.8f, photo.Height * 0.8f);
                var (x, y) = (random.NextSingle() * (photo.Width - w), random.NextSingle() * (photo.Height - h));
                var part = SKRect.Create(x, y, w, h);
                canvas.DrawImage(image, part, SKRect.Create(Width, Height), new SKSamplingOptions(SKFilterMode.Linear));
            }
            using var jpeg = made.Encode(SKEncodedImageFormat.Jpeg, 85);
            File.WriteAllBytes(Path.Combine(folder, $"{i:00000}.jpg"), jpeg.ToArray());
        });
    }

    private static Process Vaal(string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = arguments[0] == "serve",
            RedirectStandardError = arguments[0] == "serve",
        })!;
}
