using Microsoft.Playwright;
using Vaal.Tests;

namespace Vaal.Web.Tests.Page;

/// <summary>The pictures of docs/serve.md, made from the running page: VAAL_SCREENS=1 makes them anew.</summary>
[Collection("page")]
[Trait("Category", "Slow")]
public sealed class ScreenTests(PageBrowser browser)
{
    private const int Most = 300 << 10;

    private static string Folder { get; } = Path.Combine(Repository.Root, "docs", "images");

    [Fact]
    public async Task Screens_OfTheDocs_AreThere_AndSmall()
    {
        if (Environment.GetEnvironmentVariable("VAAL_SCREENS") == "1") await Make();
        foreach (var name in new[] { "label", "grid", "shapes", "map", "phone" })
        {
            var file = new FileInfo(Path.Combine(Folder, $"serve-{name}.png"));
            Assert.True(file.Exists, $"no {file.FullName}; VAAL_SCREENS=1 makes it");
            Assert.InRange(file.Length, 1, Most);
        }
    }

    private async Task Make()
    {
        var photos = new DirectoryInfo(Path.Combine(Repository.Root, "..", "shared", "data", "photos", "train"))
            .EnumerateFiles("*.jpg", SearchOption.AllDirectories).OrderBy(f => f.FullName, StringComparer.Ordinal)
            .Where((_, i) => i % 2 == 0).ToList();
        string[] classes = [.. photos.Select(f => f.Directory!.Name).Distinct()];
        await using var served = await ServedFolder.Start(0, "10%", classes: classes, encoder: "resnet18",
            more: [.. photos.Select((f, i) => ($"{f.Directory!.Name}-{i:000}.jpg", File.ReadAllBytes(f.FullName)))]);
        using (var w = served.Open())
        {
            static string ClassOf(string path) => path[..path.LastIndexOf('-')];
            var images = w.Images().ToList();
            foreach (var group in images.Where((image, i) => image.Test || i % 3 == 0).GroupBy(i => ClassOf(i.Path)))
                await served.Owner.Label(group.Key, [.. group.Select(i => i.Id)]);
        }
        await served.Owner.Send(HttpMethod.Post, "/api/v1/learn", new { });
        for (var i = 0; i < 120 && (await served.Owner.Get("/api/v1/panel")).GetProperty("accuracy").ValueKind
            == System.Text.Json.JsonValueKind.Null; i++) await Task.Delay(1_000);

        await using (var tab = await browser.Open(served))
        {
            await tab.Ready();
            for (var i = 0; i < 3; i++) await tab.PressAndGoOn("ArrowRight");
            await tab.Page.Locator(".panel .fact").First.WaitForAsync();
            await Shoot(tab, "label");
            await tab.Go("grid?by=cluster");
            await tab.Page.Locator(".tile").Nth(20).WaitForAsync();
            await tab.Page.Locator(".tile").Nth(2).ClickAsync();
            await tab.Page.Locator(".tile").Nth(9).ClickAsync();
            await tab.Press("2");
            await Shoot(tab, "grid");
        }
        await using (var tab = await browser.Open(served, dark: true))
        {
            await tab.Ready();
            await tab.Go("map");
            await tab.Page.GetByText("images", new() { Exact = false }).First.WaitForAsync();
            await Shoot(tab, "map");
        }
        await using (var tab = await browser.Open(served, width: 390, height: 844))
        {
            await tab.Ready();
            await Shoot(tab, "phone");
        }
        await served.Owner.Post("/api/v1/settings", new { op = Guid.NewGuid(), kind = "shapes" });
        await using (var tab = await browser.Open(served, dark: true))
        {
            await tab.Ready();
            await tab.Page.Locator("#stage").FocusAsync();
            await tab.Press("n");
            await tab.Press("p");
            var box = (await tab.Page.Locator("#stage .sheet.on").BoundingBoxAsync())!;
            foreach (var (x, y) in new[] { (0.1, 0.15), (0.4, 0.1), (0.45, 0.25), (0.2, 0.28) })
                await tab.Page.Mouse.ClickAsync((float)(box.X + x * box.Width), (float)(box.Y + y * box.Height));
            await tab.Press("Enter");
            await tab.Press("2");
            await Shoot(tab, "shapes");
        }
    }

    private static async Task Shoot(Tab tab, string name)
    {
        await tab.Page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await Task.Delay(500);                                                       // the last frame
        var seen = Convert.ToBase64String(await tab.Page.ScreenshotAsync());
        var small = await tab.Page.EvaluateAsync<string>(Shrink, new object[] { seen, Most });
        File.WriteAllBytes(Path.Combine(Folder, $"serve-{name}.png"), Convert.FromBase64String(small));
    }

    // photographs make large PNGs: narrower, and with fewer shades, until it is small enough
    private const string Shrink =
        """
        async ([png, most]) => {
            const image = new Image();
            image.src = "data:image/png;base64," + png;
            await image.decode();
            for (const [width, step] of [[1280, 1], [1000, 1], [1000, 8], [860, 8], [720, 8], [640, 8]]) {
                const scale = Math.min(1, width / image.width), canvas = document.createElement("canvas");
                canvas.width = Math.round(image.width * scale);
                canvas.height = Math.round(image.height * scale);
                const c = canvas.getContext("2d");
                c.imageSmoothingQuality = "high";
                c.drawImage(image, 0, 0, canvas.width, canvas.height);
                const pixels = c.getImageData(0, 0, canvas.width, canvas.height), { data } = pixels;
                if (step > 1) for (let i = 0; i < data.length; i++) data[i] = Math.round(data[i] / step) * step;
                c.putImageData(pixels, 0, 0);
                const made = canvas.toDataURL("image/png").split(",")[1];
                if (made.length * 3 / 4 < most) return made;
            }
            throw new Error("no way to write the picture so small");
        }
        """;
}
