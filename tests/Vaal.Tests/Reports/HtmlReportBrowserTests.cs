using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using SkiaSharp;
using Vaal.Reports;

namespace Vaal.Tests.Reports;

/// <summary>The report in a real browser.</summary>
[Trait("Category", "Slow")]
public sealed partial class HtmlReportBrowserTests : IDisposable
{
    // 2 s on an idle machine, and this one may be busy; a script that compares all pairs takes longer than this
    private const int MostMilliseconds = 60_000;

    // put into a copy of the page whose policy is taken out, in a frame: what a person would see and do
    private const string Probe = """
        const root = document.documentElement;
        const canvas = document.querySelector('.map canvas'), card = document.querySelector('.card');
        const seen = {
          wide: root.scrollWidth, window: innerWidth, title: document.title,
          background: getComputedStyle(document.body).backgroundColor,
        };
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = new Set();
        for (let i = 0; i < pixels.length; i += 4) colours.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]);
        seen.colours = [...colours].map(c => '#' + c.toString(16).padStart(6, '0'));
        const key = k => canvas.dispatchEvent(
          new KeyboardEvent('keydown', { key: k, bubbles: true, cancelable: true }));
        seen.first = (key('n'), card.innerText);
        seen.second = (key('n'), card.innerText);
        seen.back = (key('p'), card.innerText);
        seen.spoken = document.querySelector('.spoken').textContent;
        seen.thumbnail = getComputedStyle(card.querySelector('.tile')).backgroundImage.slice(0, 27);
        const left = parseFloat(card.style.left), top = parseFloat(card.style.top);
        seen.inside = left >= 0 && top >= 0 && left + card.offsetWidth <= canvas.clientWidth
          && top + card.offsetHeight <= canvas.clientHeight + 1;
        key('Escape');
        seen.hidden = card.hidden;
        document.querySelector('[data-kind="2"]').click();
        key('n');
        seen.off = card.hidden;
        parent.document.documentElement.dataset.seen = JSON.stringify(seen);
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Report_TenThousandImages_IsReadySoon()
    {
        var dom = Chromium.Dom(Write(SampleReport.Of(10_000, 200)), 1280);
        var ready = int.Parse(Ready().Match(dom).Groups[1].Value, CultureInfo.InvariantCulture);
        TestContext.Current.SendDiagnosticMessage(
            $"10,000 images: ready after {ready} ms, {new FileInfo(File()).Length / 1e6:0.0} MB");
        Assert.InRange(ready, 1, MostMilliseconds);
    }

    [Theory]
    [InlineData(1280, false)]
    [InlineData(1280, true)]
    [InlineData(390, false)]
    [InlineData(390, true)]
    public void Report_WindowAndScheme_CanBeReadAndUsed(int width, bool dark)
    {
        var data = SampleReport.Of(400, 20);
        var seen = Look(data, width, dark);

        Assert.Equal(width, seen.GetProperty("window").GetInt32());
        Assert.Equal(width, seen.GetProperty("wide").GetInt32());                    // nothing to scroll sideways
        Assert.Equal(dark ? "rgb(20, 23, 27)" : "rgb(251, 251, 250)", seen.GetProperty("background").GetString());
        var colours = seen.GetProperty("colours").EnumerateArray().Select(c => c.GetString()).ToHashSet();
        Assert.Superset(
            (dark ? ["#1b1f24", "#56b4e9", "#f0a13a"] : new HashSet<string?> { "#ffffff", "#0072b2", "#d55e00" }),
            colours);

        var (first, second) = (data.Picks.Value!.Picks[0], data.Picks.Value.Picks[1]);
        Assert.Contains(first.Path, seen.GetProperty("first").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"chosen #1, score {first.Score:0.000}"),
            seen.GetProperty("first").GetString(), StringComparison.Ordinal);
        Assert.Contains(second.Path, seen.GetProperty("second").GetString(), StringComparison.Ordinal);
        Assert.Contains(first.Path, seen.GetProperty("back").GetString(), StringComparison.Ordinal);
        Assert.StartsWith(first.Path + ", chosen #1", seen.GetProperty("spoken").GetString(), StringComparison.Ordinal);
        Assert.Equal("url(\"data:image/webp;base64", seen.GetProperty("thumbnail").GetString());
        Assert.Equal(
            (true, true, true),
            (seen.GetProperty("inside").GetBoolean(), seen.GetProperty("hidden").GetBoolean(),
                seen.GetProperty("off").GetBoolean()));
    }

    [Fact]
    public void Report_HostileNames_RunNothing()
    {
        var seen = Look(SampleReport.Of(60, 51, SampleReport.HostileNames), 390, dark: false);
        Assert.Equal(SampleReport.HostileNames[0] + " · Vaal report", seen.GetProperty("title").GetString());
        Assert.Equal(390, seen.GetProperty("wide").GetInt32());
    }

    [Fact]
    public void Report_NothingThere_IsReadyToo() =>
        Assert.Matches(Ready(), Chromium.Dom(Write(SampleReport.Empty()), 390));

    [Fact]
    public void Report_Screenshot_ShowsThumbnails()
    {
        var png = Path.Combine(_folder.Path, "page.png");
        Chromium.Screenshot(Write(SampleReport.Of(100, 10)), png, 1000, 900, dark: false);
        using var picture = SKBitmap.Decode(png);
        Assert.Equal((1000, 900), (picture.Width, picture.Height));
        var colourful = 0;
        for (var y = 0; y < 900; y += 5)
            for (var x = 0; x < 1000; x += 5)
            {
                picture.GetPixel(x, y).ToHsl(out _, out var saturation, out var light);
                if (saturation > 25 && light is > 10 and < 90) colourful++;
            }
        // of 36,000; a page without its pictures has some 100
        Assert.InRange(colourful, 1_500, 36_000);
    }

    private string File() => Path.Combine(_folder.Path, "report.html");

    private string Write(ReportData data)
    {
        HtmlReport.Save(File(), data);
        return File();
    }

    private JsonElement Look(ReportData data, int width, bool dark)
    {
        var page = Policy().Replace(HtmlReport.Render(data), "")
            .Replace("</body>", "<script>{" + Probe + "}</script></body>", StringComparison.Ordinal);
        // chromium's own window is never narrower than 500 px; a frame is as narrow as it is told
        System.IO.File.WriteAllText(File(), $"""
            <!doctype html><meta name="color-scheme" content="light dark">
            <iframe style="border:0;width:{width}px;height:900px"
            srcdoc="{System.Net.WebUtility.HtmlEncode(page)}"></iframe>
            """);
        var dom = Chromium.Dom(File(), 1400, dark);
        return JsonDocument.Parse(System.Net.WebUtility.HtmlDecode(Seen().Match(dom).Groups[1].Value)).RootElement;
    }

    [GeneratedRegex("data-ready=\"(\\d+)\"")]
    private static partial Regex Ready();

    [GeneratedRegex("data-seen=\"(.*?)\"")]
    private static partial Regex Seen();

    [GeneratedRegex("<meta http-equiv=\"Content-Security-Policy\".*?>")]
    private static partial Regex Policy();
}
