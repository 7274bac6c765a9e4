using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;
using Vaal.Experiments;
using static Vaal.Reports.Figure;

namespace Vaal.Reports;

/// <summary>Learning curves with 95% bands, named at the ends of their lines.</summary>
internal sealed class LearningCurvePlot
{
    public LearningCurvePlot(string title, string subtitle, IReadOnlyList<LearningCurve> curves) =>
        (Title, Subtitle, Curves) = (title, subtitle, curves);

    /// <summary>One line.</summary>
    internal string Title { get; init; }

    /// <summary>What came out, in plain words; wrapped.</summary>
    internal string Subtitle { get; init; }

    internal IReadOnlyList<LearningCurve> Curves { get; init; }

    /// <summary>The strategy that the others are measured against: grey.</summary>
    internal string Baseline { get; init; } = "random";

    /// <summary>What is measured on the test images.</summary>
    internal string Measure { get; init; } = "accuracy";

    private const float NameHeight = 17, MarkWidth = 14;

    // with more curves than that their bands hide each other; the data have so much room, however long the names are
    private const int MostBands = 6, LeastData = 420;
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    // Okabe and Ito (2008), which colour-blind readers can distinguish; yellow is left out: too pale for a thin line
    private static readonly SKColor[] Palette =
        [.. new[] { "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9" }.Select(SKColor.Parse)];

    // and where the colours begin again, by shape: Skia cannot write dashes into an SVG
    private static readonly CurveMark[] Shapes = CurveMark.All;

    /// <summary>Writes a PNG or SVG, as the name of the file ends.</summary>
    /// <param name="scale">pixels of the PNG per unit of <paramref name="width"/>: 2 for a sharp screen or
    /// print</param>
    public void Save(string path, int width = 800, int height = 500, float scale = 2) =>
        Figure.Save(path, canvas => Draw(canvas, width, height), width, height, scale);

    internal byte[] Png(int width = 800, int height = 500, float scale = 2) =>
        Figure.Png(canvas => Draw(canvas, width, height), width, height, scale);

    internal string Svg(int width = 800, int height = 500) =>
        Figure.Svg(canvas => Draw(canvas, width, height), width, height);

    /// <summary>So wide that the data have room beside the names.</summary>
    /// <param name="least">where the names are short</param>
    internal int WidthFor(int least)
    {
        using var name = Font(PlotFont.SemiBold, TextSize);
        return Math.Max(least, (int)Math.Ceiling(Margin + 46 + LeastData + Right(name)));
    }

    // the room of the names, with their marks
    private float Right(SKFont name) =>
        20 + MarkWidth + OtherFonts * Curves.Max(c => name.MeasureText(c.Strategy)) + Margin;

    private void Draw(SKCanvas canvas, int width, int height)
    {
        if (Curves.Count == 0 || Curves.Any(c => c.Labels.Count == 0 || c.Labels.Count != c.Accuracy.Count))
            throw new ArgumentException(
                "each curve needs at least one point, and an accuracy for each count of labels");
        using var text = Font(PlotFont.Regular, TextSize);
        using var name = Font(PlotFont.SemiBold, TextSize);
        var top = BelowHeading(Subtitle, width) + 20;
        using var plot = new Plot();
        Axes(plot);
        var styles = Styles();
        string[] banded = [.. Banded()];
        for (var i = 0; i < Curves.Count; i++)
            Add(plot, Curves[i], styles[i].Colour, styles[i].Mark, banded.Contains(Curves[i].Strategy));
        var right = Right(name);
        plot.Layout.Fixed(new PixelPadding(Margin + 46, right, Margin + 44, top));
        plot.Render(canvas, new PixelRect(0, width, height, 0));

        Heading(canvas, Title, Subtitle, width);
        Write(canvas, $"test {Measure}", Margin, top - 12, text, Soft);
        var axis = "labels" +
            (Curves.Any(c => c.Accuracy.Any(a => a.Low < a.High))
                ? $"; bands{(banded.Length < Curves.Count ? $" ({string.Join(", ", banded)})" : "")}: "
                    + "95% confidence interval of the mean"
                : "");
        Write(canvas, axis, Margin + 46, height - Margin + 2, text, Soft);
        var ends = Curves.Select(c => plot.GetPixel(new(c.Labels[^1], c.Accuracy[^1].Estimate))).ToArray();
        var heights = NameHeights([.. ends.Select(e => e.Y)], top, height - Margin - 44);
        for (var i = 0; i < Curves.Count; i++)
        {
            styles[i].Mark.Draw(canvas, width - right + 18 + MarkWidth / 3, heights[i], styles[i].Colour);
            Write(canvas, Curves[i].Strategy, width - right + 18 + MarkWidth, heights[i] + TextSize * 0.36f, name,
                styles[i].Colour);
            using var leader =
                new SKPaint { Color = styles[i].Colour.WithAlpha(110), StrokeWidth = 1, IsAntialias = true };
            if (Math.Abs(heights[i] - ends[i].Y) > 3)
                canvas.DrawLine(ends[i].X + 5, ends[i].Y, width - right + 15, heights[i], leader);
        }
    }

    private void Axes(Plot plot)
    {
        var values = Curves.SelectMany(c => c.Accuracy).SelectMany(a => new[] { a.Estimate, a.Low, a.High })
            .Where(double.IsFinite).ToArray();
        var labels = Curves.SelectMany(c => c.Labels).Distinct().Order().ToArray();
        var (low, high) = values.Length == 0 ? (0, 1) : (values.Min(), values.Max());
        var (padY, padX) = (Math.Max(0.01, 0.06 * (high - low)), Math.Max(1, 0.02 * (labels[^1] - labels[0])));
        plot.Axes.SetLimits(
            labels[0] - padX, labels[^1] + padX / 2, Math.Max(-0.01, low - padY), Math.Min(1.01, high + padY));

        plot.Axes.Bottom.TickGenerator = labels.Length <= 9 && EvenEnough(labels)
            ? new NumericManual(
                [.. labels.Select(l => (double)l)], [.. labels.Select(l => l.ToString("N0", Invariant))])
            : new NumericAutomatic
            {
                IntegerTicksOnly = true,
                LabelFormatter = v => v.ToString("N0", Invariant),
                MinimumTickSpacing = 60
            };
        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            LabelFormatter = v => (100 * v).ToString(high - low < 0.05 ? "0.0" : "0", Invariant) + "%",
            MinimumTickSpacing = 38,
        };
        Quiet(plot);
        plot.Grid.XAxisStyle.IsVisible = false;
    }

    // of few curves all, of many the baseline and the best
    private IEnumerable<string> Banded() => Curves.Count <= MostBands ? Curves.Select(c => c.Strategy)
        : Curves.Where(c => c.Strategy != Baseline)
            .OrderByDescending(c => BudgetCurve.Area(c.Labels, [.. c.Accuracy.Select(a => a.Estimate)])).Take(1)
            .Concat(Curves.Where(c => c.Strategy == Baseline)).Select(c => c.Strategy);

    private void Add(Plot plot, LearningCurve curve, SKColor colour, CurveMark mark, bool bands)
    {
        double[] labels = [.. curve.Labels.Select(l => (double)l)];
        var banded = Enumerable.Range(0, labels.Length)
            .Where(i => double.IsFinite(curve.Accuracy[i].Low + curve.Accuracy[i].High)).ToArray();
        if (bands && banded.Length > 1)
        {
            var band =
                plot.Add.FillY([.. banded.Select(i => (labels[i], curve.Accuracy[i].Low, curve.Accuracy[i].High))]);
            band.FillColor = Of(colour).WithAlpha(Curves.Count == MostBands ? 0.06 : 0.13);
            band.LineWidth = band.MarkerSize = 0;
            plot.MoveToBack(band);
        }
        var line = plot.Add.Scatter(labels, [.. curve.Accuracy.Select(a => a.Estimate)]);
        (line.Color, line.LineWidth) = (Of(colour), 2.2f);
        (line.MarkerSize, line.MarkerShape) = (mark.Shape == MarkerShape.FilledCircle ? 6.5f : 8, mark.Shape);
        if (mark.IsOpen) (line.MarkerLineColor, line.MarkerLineWidth) = (Of(colour), CurveMark.LineWidth);
    }

    internal (SKColor Colour, CurveMark Mark)[] Styles()
    {
        var next = 0;
        return [.. Curves.Select(c => c.Strategy == Baseline
            ? (Soft, Shapes[0])
            : (Palette[next % Palette.Length], Shapes[next++ / Palette.Length % Shapes.Length]))];
    }

    // Names beside the ends of their lines, moved apart where they would overlap, inside the frame.
    internal static float[] NameHeights(float[] wanted, float top, float bottom)
    {
        var order = Enumerable.Range(0, wanted.Length).OrderBy(i => wanted[i]).ToArray();
        var gap = Math.Min(NameHeight, (bottom - top) / Math.Max(1, wanted.Length - 1));
        var placed = new float[wanted.Length];
        // the offsets w(i) − i · gap that must not fall are exactly what isotonic regression makes nearest
        var offsets = BudgetCurve.Isotonic([.. order.Select((i, n) => (double)wanted[i] - n * gap)]);
        for (var n = 0; n < order.Length; n++)
            placed[order[n]] = (float)Math.Clamp(offsets[n], top, bottom - (order.Length - 1) * gap) + n * gap;
        return placed;
    }

    private static bool EvenEnough(int[] labels) =>
        labels.Zip(labels.Skip(1), (a, b) => b - a).All(step => step >= 0.06 * (labels[^1] - labels[0]));
}
