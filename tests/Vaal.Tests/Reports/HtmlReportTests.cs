using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using SkiaSharp;
using Vaal.Reports;

namespace Vaal.Tests.Reports;

public sealed partial class HtmlReportTests
{
    [Fact]
    public void Render_Full_HasEverySectionOnceInOrder()
    {
        var page = HtmlReport.Render(SampleReport.Of(60, 6));
        string[] wanted = ["chosen", "map", "scores", "classes", "learning", "training", "duplicates", "rounds"];
        Assert.Equal(wanted, Sections().Matches(page).Select(m => m.Groups[1].Value));
        Assert.Equal(wanted, NavigationLinks().Matches(page).Select(m => m.Groups[1].Value));
        Assert.DoesNotContain("class=\"missing\">No", page, StringComparison.Ordinal);
        // picks, 12 groups of 2, 3 and 4, the map's card
        Assert.Equal(6 + 36 + 1, TileElements().Count(page));
    }

    [Fact]
    public void Render_NothingThere_SaysWhyInEachSection()
    {
        var page = HtmlReport.Render(SampleReport.Empty());
        string[] reasons = [
            "nothing chosen yet", "no VAE was trained", "no discriminator was trained", "no labels with a class",
            "no task model was trained", "nothing was trained", "no two images look alike",
            "No round has been recorded yet."];
        Assert.Equal(
            ["no round, no verdict", .. reasons], MissingLines().Matches(page)
            .Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)));
    }

    [Fact]
    public void Render_HostileNames_StayText()
    {
        var page = HtmlReport.Render(SampleReport.Of(60, 51, SampleReport.HostileNames));
        Assert.Equal(2, ScriptTags().Count(page));                                   // the data and our own
        Assert.Equal(2, EndOfScript().Count(page));
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<!--", page, StringComparison.Ordinal);
        Assert.Single(MainTags().Matches(page));
        var names = PickNames().Matches(page).Select(m => WebUtility.HtmlDecode(m.Groups[1].Value)).ToHashSet();
        Assert.Superset(SampleReport.HostileNames.ToHashSet(), names);
        var paths = Payload(page).GetProperty("path").EnumerateArray().Select(p => p.GetString()).ToHashSet();
        Assert.Equal(SampleReport.HostileNames.ToHashSet(), paths!);
    }

    [Fact]
    public void Render_AnyText_ChangesNoMarkup()
    {
        var marks = Marks("plain");
        Gen.String.Where(s => s.Length > 0).Sample(s => Marks(s) == marks, iter: 60);

        static (int, int, int, int) Marks(string name)
        {
            var data = SampleReport.Of(10, 2, [name, name, name]);
            var page = HtmlReport.Render(
                data with
                {
                    Title = name,
                    Subtitle = name,
                    Health = new ReportHealth(HealthLevel.Weak, name, [new(name, name, name)])
                });
            return (page.Count(c => c == '<'), page.Count(c => c == '>'), page.Count(c => c == '"'),
                page.Count(c => c == '\''));
        }
    }

    /// <summary>Of classes with equally many labels the rest has not fewer.</summary>
    [Theory]
    [InlineData(200, "And 160 more classes.")]
    [InlineData(41, "And 1 more class.")]
    [InlineData(40, null)]
    public void Classes_AsManyLabelsAsTheLastShown_AreMoreClasses(int classes, string? rest)
    {
        var page = HtmlReport.Render(SampleReport.Empty() with
        {
            Classes = new([.. Enumerable.Range(0, classes).Select(i => new ReportCount($"class {i}", 1))], null),
        });
        Assert.Equal(rest, MoreClasses().Match(page) is { Success: true } found ? found.Value : null);
        Assert.DoesNotContain("fewer", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Payload_IsColumnsOfOneLength()
    {
        var data = SampleReport.Of(50, 5);
        var payload = Payload(HtmlReport.Render(data));
        foreach (var column in new[] { "x", "y", "kind", "score", "rank", "path" })
            Assert.Equal(50, payload.GetProperty(column).GetArrayLength());
        var points = data.Map.Value!.Points;
        Assert.Equal(
            points.Select(p => (int)p.Kind), payload.GetProperty("kind").EnumerateArray().Select(k => k.GetInt32()));
        Assert.All(
            points.Zip(payload.GetProperty("x").EnumerateArray()), p =>
                Assert.Equal(p.First.X, p.Second.GetSingle(), 1e-4f));
        Assert.Equal(
            [1, 2, 3, 4, 5], payload.GetProperty("rank").EnumerateArray().Select(r => r.GetInt32())
            .Where(r => r > 0).Order());
    }

    [Fact]
    public void Render_Page_NamesNoOtherPlaceAndForbidsThem()
    {
        var page = HtmlReport.Render(SampleReport.Of(60, 6));
        var text = DataUris().Replace(page, "");
        Assert.DoesNotMatch(@"(?i)(https?:|[""'(=\s]//\w|@import|url\((?!\s*\)))", text);
        var script = Regex.Match(page, "<script>(.*?)</script>", RegexOptions.Singleline).Groups[1].Value;
        Assert.Contains(
            $"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src " +
            $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)))}'", page,
            StringComparison.Ordinal);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Render_TenThousandImages_StaysSmall()
    {
        var data = SampleReport.Of(10_000, 200);
        using var sheet = SKBitmap.Decode(data.Map.Value!.Tiles!.Image);
        Assert.Equal((100 * 32, 100 * 32), (sheet.Width, sheet.Height));
        Assert.InRange(HtmlReport.Render(data).Length, 1_000_000, 8_000_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Style_Texts_HaveContrastAa(bool dark)
    {
        var page = HtmlReport.Render(SampleReport.Empty());
        var blocks = RootBlocks().Matches(page)
            .Select(m => Variables().Matches(m.Groups[1].Value)
                .ToDictionary(v => v.Groups[1].Value, v => v.Groups[2].Value)).ToArray();
        var colours = dark ? blocks[1] : blocks[0];
        foreach (var paper in new[] { "page", "panel" })
        {
            foreach (var text in new[] { "ink", "soft", "link", "good", "weak", "none", "labelled" })
                Enough(text, paper, 4.5);
            foreach (var mark in new[] { "labelled", "unlabelled", "chosen" }) Enough(mark, paper, 3);
        }

        void Enough(string text, string paper, double wanted)
        {
            var contrast = Contrast(colours[text], colours[paper]);
            Assert.True(contrast >= wanted, $"{text} on {paper}: {contrast:0.00}, wanted {wanted}");
        }
    }

    private static JsonElement Payload(string page) =>
        JsonDocument.Parse(
            Regex.Match(page, "<script type=\"application/json\" id=\"data\">(.*?)</script>", RegexOptions.Singleline)
            .Groups[1].Value).RootElement;

    // WCAG 2.2
    private static double Contrast(string a, string b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }

    private static double Luminance(string hex)
    {
        if (hex.Length == 4) hex = string.Concat("#", hex[1], hex[1], hex[2]) + hex[2] + hex[3] + hex[3];
        double Channel(int at)
        {
            var c = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
    }

    [GeneratedRegex(@"And \d+ more class(es)?\.")]
    private static partial Regex MoreClasses();

    [GeneratedRegex("<section id=\"(\\w+)\"")]
    private static partial Regex Sections();

    [GeneratedRegex("<a href=\"#(\\w+)\"")]
    private static partial Regex NavigationLinks();

    [GeneratedRegex("<div class=\"tile (picks|groups|points)\"")]
    private static partial Regex TileElements();

    [GeneratedRegex("<p class=\"missing\">(.*?)</p>")]
    private static partial Regex MissingLines();

    [GeneratedRegex("<script", RegexOptions.IgnoreCase)]
    private static partial Regex ScriptTags();

    [GeneratedRegex("</script", RegexOptions.IgnoreCase)]
    private static partial Regex EndOfScript();

    [GeneratedRegex("<main>")]
    private static partial Regex MainTags();

    [GeneratedRegex("class=\"tile picks\" role=\"img\" aria-label=\"(.*?)\"")]
    private static partial Regex PickNames();

    [GeneratedRegex("url\\(data:image/webp;base64,[A-Za-z0-9+/=]+\\)")]
    private static partial Regex DataUris();

    [GeneratedRegex(":root \\{(.*?)\\}", RegexOptions.Singleline)]
    private static partial Regex RootBlocks();

    [GeneratedRegex("--(\\w+): (#\\w+);")]
    private static partial Regex Variables();
}
