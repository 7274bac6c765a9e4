using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;
using static Vaal.Reports.Figure;

namespace Vaal.Reports;

/// <summary>A number for each name, with its 95% interval where it has one: a dot and a line, and the number in words
/// beside it.</summary>
/// <param name="Title">one line</param>
/// <param name="Subtitle">what came out, in plain words; wrapped</param>
/// <param name="Axis">what the numbers are, with their unit</param>
/// <param name="Items">from top to bottom</param>
internal sealed record DotPlot(
    string Title, string Subtitle, string Axis, IReadOnlyList<(string Name, Interval Value, string Words)> Items)
{
    // the data have so much room at least, however long the names are
    private const int RowHeight = 24, LeastData = 360, LeastWidth = 800;
    private static readonly SKColor Blue = SKColor.Parse("#0072b2");

    /// <summary>Powers of ten at even distances, for numbers above 0.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>Writes a PNG or SVG, as the name of the file ends.</summary>
    public void Save(string path, float scale = 2)
    {
        var size = Size();
        Figure.Save(path, canvas => Draw(canvas, size), size.Width, size.Height, scale);
    }

    public string Svg()
    {
        var size = Size();
        return Figure.Svg(canvas => Draw(canvas, size), size.Width, size.Height);
    }

    /// <param name="Left">of the data, where the names end</param>
    /// <param name="Right">the room of the words</param>
    /// <param name="Axis">its lines</param>
    private sealed record Room(int Width, int Height, float Left, float Right, string[] Axis)
    {
        public int Bottom => Margin + 44 + LineHeight * (Axis.Length - 1);
    }

    private Room Size()
    {
        using var text = Font(PlotFont.Regular, TextSize);
        using var name = Font(PlotFont.SemiBold, TextSize);
        using var large = Font(PlotFont.SemiBold, TitleSize);
        var left = Margin + 14 + OtherFonts * Items.Max(i => name.MeasureText(i.Name));
        var right = Margin + 14 + OtherFonts * Items.Max(i => text.MeasureText(i.Words));
        var title = 2 * Margin + OtherFonts * large.MeasureText(Title);
        var width = (int)Math.Ceiling(Math.Max(LeastWidth, Math.Max(title, left + LeastData + right)));
        var room = new Room(width, 0, left, right, [.. Wrap(Axis, text, (width - left - Margin) / OtherFonts)]);
        return room with { Height = BelowHeading(Subtitle, width) + RowHeight * Items.Count + 20 + room.Bottom };
    }

    private void Draw(SKCanvas canvas, Room room)
    {
        using var text = Font(PlotFont.Regular, TextSize);
        using var name = Font(PlotFont.SemiBold, TextSize);
        var (width, height, left, right, axis) = room;
        var top = BelowHeading(Subtitle, width);
        using var plot = new Plot();
        Quiet(plot);
        plot.Grid.YAxisStyle.IsVisible = false;
        Limits(plot);
        for (var i = 0; i < Items.Count; i++)
        {
            var (y, value) = (-i, Items[i].Value);
            if (double.IsFinite(value.Low + value.High)) Line(plot, At(value.Low), At(value.High), y);
            if (!double.IsFinite(value.Estimate)) continue;
            var dot = plot.Add.Marker(At(value.Estimate), y, MarkerShape.FilledCircle, 8);
            dot.Color = Of(Blue);
        }
        plot.Layout.Fixed(new PixelPadding(left, right, room.Bottom, top));
        plot.Render(canvas, new PixelRect(0, width, height, 0));

        Heading(canvas, Title, Subtitle, width);
        for (var i = 0; i < Items.Count; i++)
        {
            var y = plot.GetPixel(new(plot.Axes.GetLimits().Left, -i)).Y + TextSize * 0.36f;
            WriteBefore(canvas, Items[i].Name, left, 14, y, name, Ink);
            Write(canvas, Items[i].Words, width - right + 14, y, text, Soft);
        }
        for (var i = 0; i < axis.Length; i++)
            Write(canvas, axis[i], left, height - Margin + 2 - LineHeight * (axis.Length - 1 - i), text, Soft);
    }

    private void Limits(Plot plot)
    {
        var values = Items.SelectMany(i => new[] { i.Value.Estimate, i.Value.Low, i.Value.High })
            .Where(v => double.IsFinite(v) && (!Logarithmic || v > 0)).Select(At).ToList();
        // what the numbers are held against
        if (!Logarithmic) values.Add(0);
        var (low, high) = values.Count == 0 ? (0, 1) : (values.Min(), values.Max());
        // whole powers, so that there are two ticks at least
        if (Logarithmic) (low, high) = (Math.Floor(low), Math.Max(Math.Floor(low) + 1, Math.Ceiling(high)));
        var pad = Math.Max(0.04 * (high - low), 1e-3);
        plot.Axes.SetLimits(low - pad, high + pad, -(Items.Count - 0.5), 0.5);
        plot.Axes.Left.TickGenerator = new NumericManual([], []);
        if (Logarithmic)
        {
            double[] powers = [
                .. Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
                .Select(p => (double)p)];
            plot.Axes.Bottom.TickGenerator = new NumericManual(
                powers, [
                    .. powers.Select(
                        p => Math.Pow(10, p).ToString("#,0.####", System.Globalization.CultureInfo.InvariantCulture))]);
        }
        else
        {
            plot.Axes.Bottom.TickGenerator = new NumericAutomatic
            {
                MinimumTickSpacing = 60,
                LabelFormatter = v =>
                    v.ToString("#,0.##;−#,0.##;0", System.Globalization.CultureInfo.InvariantCulture)
            };
            var zero = plot.Add.VerticalLine(0);
            (zero.Color, zero.LineWidth) = (Of(Frame), 1.5f);
        }
    }

    private double At(double value) => Logarithmic ? Math.Log10(value) : value;

    private static void Line(Plot plot, double from, double to, double y)
    {
        var line = plot.Add.Line(from, y, to, y);
        (line.Color, line.LineWidth) = (Of(Blue).WithAlpha(0.55), 2.5f);
    }
}
