using ScottPlot;
using SkiaSharp;

namespace Vaal.Reports;

/// <summary>Inter, embedded: plots look the same everywhere, also where no font is installed.</summary>
internal sealed class PlotFont : IFontResolver
{
    public const string Name = "Inter";

    /// <summary>For SVG, whose reader brings its own fonts.</summary>
    public const string GenericFamily = "Inter, 'Helvetica Neue', Arial, sans-serif";

    public static SKTypeface Regular { get; } = Load("Inter-Regular.ttf");
    public static SKTypeface SemiBold { get; } = Load("Inter-SemiBold.ttf");

    // ScottPlot keeps its fonts in one static list
    static PlotFont() => Fonts.FontResolvers.Insert(0, new PlotFont());

    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) =>
        fontName != Name ? null : weight > FontWeight.Medium ? SemiBold : Regular;

    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) =>
        CreateTypeface(fontName, bold ? FontWeight.Bold : FontWeight.Normal, FontSlant.Upright, FontSpacing.Normal);

    private static SKTypeface Load(string resource)
    {
        using var stream = typeof(PlotFont).Assembly.GetManifestResourceStream(resource)!;
        return SKTypeface.FromStream(stream);
    }
}
