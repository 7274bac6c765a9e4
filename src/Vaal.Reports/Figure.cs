using System.Xml.Linq;
using ScottPlot;
using SkiaSharp;

namespace Vaal.Reports;

/// <summary>What all plots have in common: how they look, and how they become a PNG or an SVG.</summary>
internal static class Figure
{
    public const int Margin = 24, TitleSize = 19, TextSize = 13, LineHeight = 19;

    /// <summary>The SVG is shown in whatever font its viewer has in place of ours; common ones are up to a sixth
    /// wider.</summary>
    public const float OtherFonts = 1.17f;

    public static readonly SKColor Ink = SKColor.Parse("#1f2328"), Soft = SKColor.Parse("#59636e"),
        Grid = SKColor.Parse("#e7eaee"), Frame = SKColor.Parse("#afb8c1");

    /// <summary>Writes a PNG or SVG, as the name of the file ends.</summary>
    public static void Save(string path, Action<SKCanvas> draw, int width, int height, float scale)
    {
        ArgumentNullException.ThrowIfNull(path);
        var bytes = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".png" => Png(draw, width, height, scale),
            ".svg" => System.Text.Encoding.UTF8.GetBytes(Svg(draw, width, height)),
            var other =>
                throw new InputException($"a plot cannot be saved as '{other}' ({path}); there are: .png, .svg"),
        };
        AtomicFile.WriteAllBytes(path, bytes);
    }

    public static byte[] Png(Action<SKCanvas> draw, int width, int height, float scale)
    {
        using var surface = SKSurface.Create(new SKImageInfo((int)(width * scale), (int)(height * scale)));
        surface.Canvas.Scale(scale);
        draw(surface.Canvas);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        return png.ToArray();
    }

    public static string Svg(Action<SKCanvas> draw, int width, int height)
    {
        using var stream = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), stream)) draw(canvas);
        stream.Position = 0;
        return Readable(XDocument.Load(stream), width, height).ToString();
    }

    /// <summary>Where the plot below a heading may begin.</summary>
    public static int BelowHeading(string subtitle, int width)
    {
        using var text = Font(PlotFont.Regular, TextSize);
        return Margin + TitleSize + 8 +
            LineHeight * Wrap(subtitle, text, (width - 2 * Margin) / OtherFonts).Count() + 16;
    }

    /// <summary>Title and what came out of it, wrapped; after the plot, which paints over everything.</summary>
    public static void Heading(SKCanvas canvas, string title, string subtitle, int width)
    {
        using var large = Font(PlotFont.SemiBold, TitleSize);
        using var text = Font(PlotFont.Regular, TextSize);
        string[] lines = [.. Wrap(subtitle, text, (width - 2 * Margin) / OtherFonts)];
        Write(canvas, title, Margin, Margin + TitleSize - 3, large, Ink);
        for (var i = 0; i < lines.Length; i++)
            Write(canvas, lines[i], Margin, Margin + TitleSize + 8 + LineHeight * (i + 1) - 5, text, Soft);
    }

    /// <summary>White, in our font, with little ink beside the data.</summary>
    public static void Quiet(Plot plot)
    {
        plot.Font.Set(PlotFont.Name);
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.White;
        plot.HideLegend();
        plot.Axes.Right.IsVisible = plot.Axes.Top.IsVisible = false;
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.TickLabelStyle.FontSize = TextSize;
            axis.TickLabelStyle.ForeColor = Of(Soft);
            axis.MajorTickStyle.Length = axis == plot.Axes.Bottom ? 5 : 0;
            axis.MinorTickStyle.Length = 0;
            axis.MajorTickStyle.Color = axis.FrameLineStyle.Color = Of(Frame);
        }
        plot.Axes.Left.FrameLineStyle.Width = 0;
        plot.Grid.MajorLineColor = Of(Grid);
        plot.Grid.MajorLineWidth = 1;
    }

    public static SKFont Font(SKTypeface face, float size) =>
        new(face, size) { Subpixel = true, Edging = SKFontEdging.Antialias, Hinting = SKFontHinting.None };

    public static void Write(
        SKCanvas canvas, string text, float x, float y, SKFont font, SKColor colour,
        SKTextAlign align = SKTextAlign.Left)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, x, y, align, font, paint);
    }

    /// <summary>Text that ends before a place, also in a wider font.</summary>
    public static void WriteBefore(
        SKCanvas canvas, string text, float place, float gap, float y, SKFont font, SKColor colour)
    {
        var length = font.MeasureText(text);
        Write(canvas, text, Math.Min(place - gap - length, place - OtherFonts * length), y, font, colour);
    }

    public static Color Of(SKColor c) => new(c.Red, c.Green, c.Blue, c.Alpha);

    // Skia places every letter by its own width in Inter; a reader without Inter needs room to set the text itself.
    private static XDocument Readable(XDocument svg, int width, int height)
    {
        // so that a page can scale it
        svg.Root!.SetAttributeValue("viewBox", $"0 0 {width} {height}");
        // "clear" comes out as a black sheet
        svg.Root.Elements().FirstOrDefault(e => e.Attribute("fill") is null)?.Remove();
        foreach (var text in svg.Descendants().Where(e => e.Name.LocalName == "text"))
        {
            text.SetAttributeValue("font-family", PlotFont.GenericFamily);
            foreach (var place in text.Attributes().Where(a => a.Name.LocalName is "x" or "y"))
                place.Value = place.Value.Split(',')[0];
            // Skia writes one class too light
            if (text.Attribute("font-weight") is { } weight) weight.Value = "600";
            text.Value = text.Value.Trim();
        }
        return svg;
    }

    public static IEnumerable<string> Wrap(string text, SKFont font, float width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && font.MeasureText(line + " " + word) > width)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : line + " " + word;
        }
        if (line.Length > 0) yield return line;
    }
}
