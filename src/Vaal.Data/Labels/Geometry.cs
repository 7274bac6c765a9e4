namespace Vaal.Data.Labels;

/// <summary>
/// Whether a shape can be a part of an image. What cannot be is refused when it is read, and never exported.
/// </summary>
internal static class Geometry
{
    /// <summary>No image has a side as long as this, in pixels.</summary>
    private const double Most = 1e6;

    /// <summary>
    /// People draw over the edge, and tools round: so far may a box reach out of its image, as a fraction of its side,
    /// and at least one pixel.
    /// </summary>
    public const double Slack = 0.05;

    /// <summary>Why a shape is impossible; null: it is possible.</summary>
    /// <param name="size">of its image in pixels; null: not known</param>
    public static string? Problem(Shape shape, (int Width, int Height)? size) => shape switch
    {
        Box box => Problem(box, size),
        Polygon polygon => Problem(polygon, size),
        Mask mask when size is { } s && s != (mask.Width, mask.Height) =>
            $"a mask is {mask.Width}×{mask.Height}, and its image {s.Width}×{s.Height}",
        _ => null,
    };

    private static string? Problem(Box box, (int Width, int Height)? size)
    {
        if (!Finite(box.X, box.Y, box.Width, box.Height))
            return "a coordinate of a box is not a possible number of pixels";
        var words = $"a box at ({Text.Of(box.X)}, {Text.Of(box.Y)}) of {Text.Of(box.Width)} x {Text.Of(box.Height)}";
        if (box.Width <= 0 || box.Height <= 0) return $"{words} has no area";
        if (size is not { } s) return null;
        var (right, down) = (Math.Max(1, s.Width * Slack), Math.Max(1, s.Height * Slack));
        return box.X < -right || box.Y < -down || box.X + box.Width > s.Width + right
            || box.Y + box.Height > s.Height + down
            ? $"{words} lies outside its image of {s.Width}×{s.Height}" : null;
    }

    // a turned rectangle may reach out of the image a good way, but not lie beside it
    private static string? Problem(Polygon polygon, (int Width, int Height)? size)
    {
        if (polygon.Rings.Any(r => r.Any(p => !Finite(p.X, p.Y))))
            return "a point of a polygon is not a possible number of pixels";
        if (size is not { } s) return null;
        var b = Shapes.Bounds(polygon);
        var outside = b.X >= s.Width || b.Y >= s.Height || b.X + b.Width <= 0 || b.Y + b.Height <= 0
            || b.X < -s.Width || b.Y < -s.Height || b.X + b.Width > 2.0 * s.Width || b.Y + b.Height > 2.0 * s.Height;
        return outside ? $"a polygon lies outside its image of {s.Width}×{s.Height}" : null;
    }

    private static bool Finite(params ReadOnlySpan<double> numbers)
    {
        foreach (var number in numbers)
            if (!(Math.Abs(number) <= Most)) return false;                           // also what is not a number
        return true;
    }
}
