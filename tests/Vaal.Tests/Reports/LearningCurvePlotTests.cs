using System.Xml.Linq;
using CsCheck;
using SkiaSharp;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Tests.Reports;

public sealed class LearningCurvePlotTests
{
    private static readonly int[] Labels = [100, 250, 400, 550, 700];

    private static LearningCurve Curve(string name, double start, double gain, double half = 0.012) =>
        new(name, Labels,
            [.. Labels.Select((_, i) => start + gain * Math.Sqrt(i)).Select(a => new Interval(a, a - half, a + half))]);

    private static LearningCurvePlot Example(string title = "Fashion-MNIST: accuracy against labels") => new(
        title,
        "vaal ends 0.8 points above random, but the interval of the difference reaches from −0.3 to 1.9: over 5 " +
            "seeds this is not evidence that choosing beats drawing at random.",
        [Curve("vaal", 0.61, 0.092), Curve("random", 0.61, 0.088), Curve("core-set", 0.61, 0.07)]);

    [Fact]
    public void Font_NothingInstalled_IsInterFromTheAssembly()
    {
        Assert.Equal((400, 600), (PlotFont.Regular.FontWeight, PlotFont.SemiBold.FontWeight));
        Assert.All(
            [PlotFont.Regular, PlotFont.SemiBold], f =>
                Assert.StartsWith("Inter", f.FamilyName, StringComparison.Ordinal));
        Assert.True(PlotFont.Regular.ContainsGlyphs("Accuracy 84.5% ± µ λ β −"));
    }

    [Fact]
    public void Png_ThreeCurves_HasTextLinesAndBandsInTheirColours()
    {
        using var plot = SKBitmap.Decode(Example().Png(800, 500, scale: 2));
        Assert.Equal((1600, 1000), (plot.Width, plot.Height));
        Assert.Equal(SKColors.White, plot.GetPixel(3, 3));
        Assert.InRange(Count(plot, new(48, 40, 900, 90), "#1f2328"), 500, 20_000);             // title
        Assert.InRange(Count(plot, new(48, 90, 1560, 180), "#59636e"), 500, 20_000);           // subtitle
        Assert.InRange(Count(plot, new(0, 180, 130, 900), "#59636e"), 100, 20_000);            // percentages
        foreach (var colour in new[] { "#0072b2", "#59636e", "#d55e00" })
        {
            Assert.InRange(Count(plot, new(160, 180, 1400, 900), colour), 1_000, 50_000);      // line
            Assert.InRange(Count(plot, new(1440, 180, 1600, 900), colour), 50, 5_000);         // its name
        }
        // band: 13% of #d55e00 on white
        Assert.InRange(Count(plot, new(160, 180, 1400, 900), "#f9e9de"), 1_000, 100_000);
    }

    [Fact]
    public void Png_AnotherTitle_ChangesTheTitleOnly()
    {
        using var one = SKBitmap.Decode(Example("accuracy").Png(scale: 1));
        using var other = SKBitmap.Decode(Example("speed").Png(scale: 1));
        var changed = (from y in Enumerable.Range(0, one.Height)
                       from x in Enumerable.Range(0, one.Width)
                       where one.GetPixel(x, y) != other.GetPixel(x, y)
                       select y).ToArray();
        Assert.NotEmpty(changed);
        Assert.InRange(changed.Max(), 20, 52);
    }

    [Fact]
    public void Svg_ThreeCurves_IsXmlWithTextInAGenericFamily()
    {
        var svg = XDocument.Parse(Example().Svg()).Root!;
        Assert.Equal(
            ("svg", "800", "500"), (svg.Name.LocalName, svg.Attribute("width")!.Value, svg.Attribute("height")!.Value));
        Assert.Equal("0 0 800 500", svg.Attribute("viewBox")!.Value);
        Assert.Equal("white", svg.Elements().First().Attribute("fill")!.Value);
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").ToArray();
        Assert.All(
            texts, t => Assert.EndsWith("sans-serif", t.Attribute("font-family")!.Value, StringComparison.Ordinal));
        Assert.Superset(
            new HashSet<string> { "Fashion-MNIST: accuracy against labels", "vaal", "random", "core-set",
                "100", "700", "65%" },
            texts.Select(t => t.Value.Trim()).ToHashSet());
    }

    [Fact]
    public void Draw_OneRunOneRound_NeedsNoBand()
    {
        var plot = new LearningCurvePlot("t", "s", [new("vaal", [50], [Interval.Unbounded(0.5)])]);
        Assert.DoesNotContain("confidence", plot.Svg(), StringComparison.Ordinal);
        using var png = SKBitmap.Decode(plot.Png());
        Assert.InRange(Count(png, new(160, 120, 1500, 900), "#0072b2"), 50, 1_000);            // one dot
    }

    private static LearningCurvePlot Many(int curves, string name = "s") => new("t", "",
        [Curve("random", 0.5, 0.01), .. Enumerable.Range(1, curves).Select(i => Curve($"{name}{i}", 0.5, 0.01 * i))]);

    /// <summary>There are 27 strategies, and six colours.</summary>
    [Fact]
    public void Styles_OfManyCurves_NeverRepeat()
    {
        var styles = Many(50).Styles();
        Assert.Equal(51, styles.Distinct().Count());
        Assert.Equal(10, CurveMark.All.Select(m => m.Shape).Distinct().Count());
    }

    [Theory]
    [InlineData(5, "; bands: 95%"), InlineData(6, "; bands (s6, random): 95%")]
    public void Svg_OfMoreThanSixCurves_HasBandsOfTheBaselineAndTheBest(int curves, string words) =>
        Assert.Contains(words, Many(curves).Svg(), StringComparison.Ordinal);

    [Fact]
    public void WidthFor_LongNames_LeavesRoomForTheData()
    {
        Assert.Equal(900, Many(3).WidthFor(900));
        Assert.InRange(Many(3, new string('m', 60)).WidthFor(900), 1_200, 2_000);
    }

    /// <summary>The mark of each curve, here a circle, stands to the left of its name.</summary>
    [Fact]
    public void Png_Names_HaveTheirMarksBeforeThem()
    {
        using var plot = SKBitmap.Decode(Example().Png(800, 500, scale: 1));
        using var font = Figure.Font(PlotFont.SemiBold, Figure.TextSize);
        var right = 20 + 14 + Figure.OtherFonts * font.MeasureText("core-set") + Figure.Margin;
        var marks = new SKRectI((int)(800 - right + 17), 90, (int)(800 - right + 29), 460);
        Assert.All(["#0072b2", "#59636e", "#d55e00"], colour => Assert.InRange(Count(plot, marks, colour), 20, 200));
    }

    [Fact]
    public void Save_UnknownEnding_SaysWhatThereIs() =>
        Assert.Contains(
            ".png, .svg", Assert.Throws<InputException>(() => Example().Save("plot.pdf")).Message,
            StringComparison.Ordinal);

    [Fact]
    public void NameHeights_AnyLineEnds_StayApartInOrderAndInside() => Gen.Float[100, 400].Array[1, 16].Sample(ends =>
    {
        var placed = LearningCurvePlot.NameHeights(ends, 100, 400);
        var sorted = ends.Zip(placed).OrderBy(p => p.First).ThenBy(p => p.Second).Select(p => p.Second).ToArray();
        return sorted.Zip(sorted.Skip(1)).All(p => p.Second - p.First > 16.99f)
            && placed.All(y => y is >= 99.99f and <= 400.01f);
    });

    [Fact]
    public void NameHeights_FarApart_StayAtTheirLines() =>
        Assert.Equal([300f, 120f, 200f], LearningCurvePlot.NameHeights([300, 120, 200], 100, 400));

    private static int Count(SKBitmap bitmap, SKRectI area, string colour)
    {
        var wanted = SKColor.Parse(colour);
        return (from y in Enumerable.Range(area.Top, area.Height)
                from x in Enumerable.Range(area.Left, area.Width)
                select bitmap.GetPixel(x, y))
            .Count(c => Math.Abs(c.Red - wanted.Red) + Math.Abs(c.Green - wanted.Green) +
                Math.Abs(c.Blue - wanted.Blue) <= 6);
    }
}
