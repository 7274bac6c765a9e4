using System.Globalization;
using System.Text.RegularExpressions;
using Vaal.Reporting;

namespace Vaal.Tests;

/// <summary>The report in a real browser.</summary>
public sealed partial class HtmlReportBrowserTests
{
    [Fact]
    public void Report_TenThousandImages_IsReadyWithinTwoSeconds()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "report.html");
        HtmlReport.Save(file, SampleReport.Of(10_000, 200));

        var dom = Chromium.Dom(file, 1280);

        var ready = int.Parse(Ready().Match(dom).Groups[1].Value, CultureInfo.InvariantCulture);
        TestContext.Current.SendDiagnosticMessage($"ready after {ready} ms; {new FileInfo(file).Length / 1e6:0.0} MB");
        Assert.InRange(ready, 1, 2_000);
    }

    [Fact]
    public void Shoot()
    {
        HtmlReport.Save("/tmp/report/full.html", SampleReport.Of(10_000, 200));
        HtmlReport.Save("/tmp/report/small.html", SampleReport.Of(600, 24));
        HtmlReport.Save("/tmp/report/hostile.html", SampleReport.Of(150, 30, SampleReport.HostileNames));
        HtmlReport.Save("/tmp/report/empty.html", SampleReport.Empty());
    }

    [GeneratedRegex("data-ready=\"(\\d+)\"")]
    private static partial Regex Ready();
}
