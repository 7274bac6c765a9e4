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
