using System.Xml.Linq;
using Vaal.Reports;

namespace Vaal.Tests.Reports;

public sealed class PenaltyPlotTests
{
    /// <summary>A picture of one pixel a cell looks right only where it is not smoothed.</summary>
    [Fact]
    public void Svg_ThreeStrategies_HasASquareACellAndNoPicture()
    {
        var svg = XDocument.Parse(
            new PenaltyPlot("Who beats whom", "", ["a", "b", "c"], [[0, 1, 0.5], [0, 0, 0], [0, 0, 0]]).Svg());
        Assert.DoesNotContain(svg.Descendants(), e => e.Name.LocalName == "image");
        var squares = svg.Descendants()
            .Where(e => e.Name.LocalName == "rect" && (string?)e.Attribute("width") == "30"
                && (string?)e.Attribute("height") == "30").ToList();
        Assert.Equal(4 * 3, squares.Count);                                          // and a row of means
        Assert.Equal("#0072B2", (string?)squares[1].Attribute("fill"), ignoreCase: true);
    }

    /// <summary>A name of 60 letters above a column would leave the space beside it empty.</summary>
    [Fact]
    public void Svg_LongNames_StandBeforeTheRowsAndAreNumbersAboveTheColumns()
    {
        var name = new string('m', 60);
        XElement Svg(string first) => XDocument.Parse(
            new PenaltyPlot("Who beats whom", "", [first, "b"], [[0, 1], [0, 0]]).Svg()).Root!;
        string[] Texts(XElement svg) =>
            [.. svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim())];
        Assert.Equal(2, Texts(Svg("a")).Count(t => t == "a"));
        var texts = Texts(Svg(name));
        Assert.Single(texts, t => t.StartsWith(name, StringComparison.Ordinal));
        Assert.Contains("1", texts);
        Assert.Contains("2", texts);
        Assert.True((int)Svg(name).Attribute("height")! < 300);
    }

    /// <summary>What is not known is grey, and its mean is empty.</summary>
    [Fact]
    public void Svg_OfAPairWithoutTwoSeeds_IsGreyWithoutANumber()
    {
        var svg = new PenaltyPlot("Who beats whom", "", ["a", "b"], [[0, double.NaN], [double.NaN, 0]]).Svg();
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        var squares = XDocument.Parse(svg).Descendants()
            .Where(e => e.Name.LocalName == "rect" && (string?)e.Attribute("width") == "30"
                && (string?)e.Attribute("height") == "30").ToList();
        Assert.Equal(3 * 2, squares.Count);
        Assert.All(squares, s => Assert.Equal("#E7EAEE", (string?)s.Attribute("fill"), ignoreCase: true));
    }
}
