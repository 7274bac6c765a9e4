using System.Globalization;
using SkiaSharp;
using Vaal.Experiments;
using static Vaal.Reports.Figure;

namespace Vaal.Reports;

/// <summary>The pairwise penalty matrix as a heat map: how often the strategy of a row was better than that of a
/// column.</summary>
/// <param name="Subtitle">how to read it; wrapped</param>
/// <param name="Matrix">row i, column j: i better than j; NaN: not known</param>
internal sealed record PenaltyPlot(string Title, string Subtitle, IReadOnlyList<string> Names, double[][] Matrix)
{
    private const int Side = 30, NumberHeight = 20;

    // names that are longer than that stand only before the rows, with numbers in place of those above the columns
    private const float LongestAbove = 180;
    private static readonly SKColor Most = SKColor.Parse("#0072b2");

    /// <summary>Writes a PNG or SVG, as the name of the file ends.</summary>
    public void Save(string path, float scale = 2) => Figure.Save(path, Draw, Size().Width, Size().Height, scale);

    public string Svg() => Figure.Svg(Draw, Size().Width, Size().Height);

    private bool Numbered => Length(Names) > LongestAbove;

    private string RowName(int i) => Numbered ? $"{Names[i]}  {Number(i)}" : Names[i];

    private static string Number(int i) => (i + 1).ToString(CultureInfo.InvariantCulture);

    private static float Length(IEnumerable<string> names)
    {
        using var text = Font(PlotFont.Regular, TextSize);
        return OtherFonts * names.Max(n => text.MeasureText(n));
    }

    /// <param name="Left">room before the rows</param>
    /// <param name="Above">room above the columns</param>
    private sealed record Room(int Width, int Height, float Left, float Above);

    private Room Size()
    {
        var left = Length([.. Names.Select((_, i) => RowName(i)), "mean"]);
        var above = Numbered ? NumberHeight : left;
        // the names above the columns lean to the right
        var width = Math.Max(560,
            (int)(2 * Margin + 12 + left + Side * Names.Count + (Numbered ? 0 : 0.6f * left)));
        return new(width, (int)(BelowHeading(Subtitle, width) + above + Side * (Names.Count + 1) + 2 * Margin), left,
            above);
    }

    private void Draw(SKCanvas canvas)
    {
        using var text = Font(PlotFont.Regular, TextSize);
        using var small = Font(PlotFont.Regular, TextSize - 2);
        var room = Size();
        var width = room.Width;
        var (left, top) = (Margin + 12 + room.Left, BelowHeading(Subtitle, width) + room.Above + 8);
        var most = Math.Max(1e-9, Matrix.SelectMany(r => r).Where(p => !double.IsNaN(p)).Max());
        // the last row: means of the columns
        var cells = new double[Names.Count + 1, Names.Count];
        for (var j = 0; j < Names.Count; j++)
        {
            for (var i = 0; i < Names.Count; i++) cells[i, j] = i == j ? double.NaN : Matrix[i][j];
            cells[Names.Count, j] = BenchSummary.Penalty(Matrix, j);
        }
        canvas.Clear(SKColors.White);
        // squares, not a picture of one pixel a cell, which viewers of SVG blur
        using var fill = new SKPaint();
        for (var i = 0; i <= Names.Count; i++)
        {
            for (var j = 0; j < Names.Count; j++)
            {
                fill.Color = double.IsNaN(cells[i, j]) ? Grid : Shade(cells[i, j] / most);
                canvas.DrawRect(left + Side * j, top + Side * i, Side, Side, fill);
            }
        }

        Heading(canvas, Title, Subtitle, width);
        for (var i = 0; i <= Names.Count; i++)
        {
            var y = top + Side * (i + 0.5f) + TextSize * 0.36f;
            if (i < Names.Count) WriteBefore(canvas, RowName(i), left, 10, y, text, Ink);
            else WriteBefore(canvas, "mean", left, 10, y, text, Soft);
            for (var j = 0; j < Names.Count; j++)
                if (i == Names.Count ? !double.IsNaN(cells[i, j]) : cells[i, j] > 0)
                    Write(canvas, Cell(cells[i, j]), left + Side * (j + 0.5f), y, small, cells[i, j] > 0.55 * most
                        ? SKColors.White
                        : Ink, SKTextAlign.Center);
        }
        for (var j = 0; j < Names.Count; j++)
        {
            if (Numbered)
            {
                Write(canvas, Number(j), left + Side * (j + 0.5f), top - 8, text, Ink, SKTextAlign.Center);
                continue;
            }
            canvas.Save();
            canvas.Translate(left + Side * (j + 0.5f) + TextSize * 0.36f, top - 10);
            canvas.RotateDegrees(-60);
            Write(canvas, Names[j], 0, 0, text, Ink);
            canvas.Restore();
        }
    }

    // white at 0, the darkest at 1
    private static SKColor Shade(double share)
    {
        byte Mix(byte most) => (byte)Math.Round(255 + share * (most - 255));
        return new(Mix(Most.Red), Mix(Most.Green), Mix(Most.Blue));
    }

    private static string Cell(double value) =>
        value.ToString(value < 9.95 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
