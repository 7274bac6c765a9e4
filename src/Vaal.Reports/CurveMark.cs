using ScottPlot;
using SkiaSharp;

namespace Vaal.Reports;

/// <summary>The mark of a learning curve: at its points, and before its name.</summary>
/// <param name="Shape">at its points</param>
/// <param name="Corners">before its name, where 1 is half of its size; none: a circle</param>
internal sealed record CurveMark(MarkerShape Shape, bool IsOpen, params (float X, float Y)[] Corners)
{
    public const float LineWidth = 1.6f;

    private const float Radius = 4;

    private static readonly (float, float)[] Square = [(-0.9f, -0.9f), (0.9f, -0.9f), (0.9f, 0.9f), (-0.9f, 0.9f)],
        Up = [(0, -1), (1, 0.8f), (-1, 0.8f)], Down = [(0, 1), (1, -0.8f), (-1, -0.8f)],
        Diamond = [(0, -1.1f), (1.1f, 0), (0, 1.1f), (-1.1f, 0)];

    /// <summary>No two look alike.</summary>
    public static CurveMark[] All { get; } =
    [
        new(MarkerShape.FilledCircle, false), new(MarkerShape.FilledSquare, false, Square),
        new(MarkerShape.FilledTriangleUp, false, Up), new(MarkerShape.FilledDiamond, false, Diamond),
        new(MarkerShape.OpenCircle, true), new(MarkerShape.OpenSquare, true, Square),
        new(MarkerShape.OpenTriangleUp, true, Up), new(MarkerShape.OpenDiamond, true, Diamond),
        new(MarkerShape.FilledTriangleDown, false, Down), new(MarkerShape.OpenTriangleDown, true, Down),
    ];

    public void Draw(SKCanvas canvas, float x, float y, SKColor colour)
    {
        using var paint = new SKPaint
        {
            Color = colour,
            IsAntialias = true,
            Style = IsOpen ? SKPaintStyle.Stroke : SKPaintStyle.Fill,
            StrokeWidth = LineWidth,
        };
        if (Corners.Length == 0)
        {
            canvas.DrawCircle(x, y, Radius, paint);
            return;
        }
        using var path = new SKPath();
        SKPoint[] points = [.. Corners.Select(c => new SKPoint(x + Radius * c.X, y + Radius * c.Y))];
        path.AddPoly(points, true);
        canvas.DrawPath(path, paint);
    }
}
