using System.Globalization;
using System.Xml.Linq;
using Vaal.Reports;

namespace Vaal.Tests.Reports;

public sealed class DotPlotTests
{
    /// <summary>The picture grows with the names, and the label of the axis has several lines.</summary>
    [Fact]
    public void Svg_NameOfSixtyLetters_LeavesRoomForTheDataAndTheWholeAxisLabel()
    {
        const string axis =
            "points of accuracy averaged over the budget; lines: 95% interval (Student's t), not corrected";
        var name = new string('w', 60);
        var svg = XDocument.Parse(
            new DotPlot("Differences", "", axis, [(name, new Interval(0.5, -1, 2), "+0.5, p = 0.250")]).Svg());
        var width = int.Parse(svg.Root!.Attribute("viewBox")!.Value.Split(' ')[2], CultureInfo.InvariantCulture);
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").ToList();
        using var regular = Figure.Font(PlotFont.Regular, Figure.TextSize);
        using var bold = Figure.Font(PlotFont.SemiBold, Figure.TextSize);

        float From(XElement text) => float.Parse(text.Attribute("x")!.Value, CultureInfo.InvariantCulture);
        var named = From(texts.Single(t => t.Value == name));
        Assert.InRange(named, Figure.Margin, width);
        // the data have 360 or more
        Assert.InRange(named + Figure.OtherFonts * bold.MeasureText(name), 0, width - 360);
        var lines = texts.Where(t => t.Value.Length > 3 && axis.Contains(t.Value, StringComparison.Ordinal)).ToList();
        Assert.Equal(axis, string.Join(' ', lines.Select(l => l.Value)));
        Assert.All(lines, l => Assert.InRange(
            From(l) + Figure.OtherFonts * regular.MeasureText(l.Value), 0, width));
        Assert.True(texts.Count(t => double.TryParse(
            t.Value.Replace('−', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out _)) >= 2, "two ticks");
    }

    /// <summary>Times of 2 to 5 s lie between the ticks of 1 and 10 s.</summary>
    [Fact]
    public void Svg_LogarithmicWithinAPowerOfTen_HasTwoTicks()
    {
        var svg = XDocument.Parse(new DotPlot("Time", "", "seconds",
            [("a", Interval.Unbounded(2), "2.00 s"), ("b", Interval.Unbounded(5), "5.00 s")])
        { Logarithmic = true }.Svg());
        string[] texts = [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(t => t.Value)];
        Assert.Superset(new HashSet<string> { "1", "10" }, texts.ToHashSet());
    }
}
