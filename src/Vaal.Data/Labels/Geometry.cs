namespace Vaal.Data.Labels;

/// <summary>
/// Whether a shape can be a part of an image. What cannot be is refused when it is read, and never exported.
/// </summary>
internal static class Geometry
{
    /// <summary>No image has a side as long as this, in pixels.</summary>
    private const double Most = 1e6;

    /// <summary>Points that lie as near to one line as this, in pixels, have no area between them.</summary>
    private const double Flat = 1e-6;

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
        Mask { Area: 0 } => "a mask has no pixel",
        _ => null,
    };

    /// <summary>The part of a ring that lies in its image, side by side of the image as Sutherland and Hodgman cut it;
    /// empty: none does.</summary>
    public static List<Point> Clipped(IReadOnlyList<Point> ring, (int Width, int Height) size)
    {
        var inside = Cut(Cut(Cut(Cut(ring, p => p.X), p => size.Width - p.X), p => p.Y), p => size.Height - p.Y);
        return HasArea(inside) ? inside : [];
    }

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
        if (!polygon.Rings.Any(HasArea)) return "a polygon has no area: all its points lie on one line";
        if (size is not { } s) return null;
        var b = Shapes.Bounds(polygon);
        var outside = b.X >= s.Width || b.Y >= s.Height || b.X + b.Width <= 0 || b.Y + b.Height <= 0
            || b.X < -s.Width || b.Y < -s.Height || b.X + b.Width > 2.0 * s.Width || b.Y + b.Height > 2.0 * s.Height
            || polygon.Rings.All(r => Clipped(r, s).Count == 0);
        return outside ? $"a polygon lies outside its image of {s.Width}×{s.Height}" : null;
    }

    /// <param name="depth">how far a point lies on the side that stays; below 0: it goes</param>
    private static List<Point> Cut(IReadOnlyList<Point> ring, Func<Point, double> depth)
    {
        var kept = new List<Point>();
        for (var i = 0; i < ring.Count; i++)
        {
            var (from, to) = (ring[i == 0 ? ring.Count - 1 : i - 1], ring[i]);
            var (before, after) = (depth(from), depth(to));
            var part = before / (before - after);
            if (before * after < 0) kept.Add(new(from.X + (to.X - from.X) * part, from.Y + (to.Y - from.Y) * part));
            if (after >= 0) kept.Add(to);
        }
        return kept;
    }

    // a ring that crosses itself has one, whatever the sum of its signs
    private static bool HasArea(IReadOnlyList<Point> ring)
    {
        if (ring.Count == 0) return false;
        var from = ring[0];
        double Away(Point p) => Math.Max(Math.Abs(p.X - from.X), Math.Abs(p.Y - from.Y));
        var far = ring.MaxBy(Away);
        var (x, y) = (far.X - from.X, far.Y - from.Y);
        return ring.Any(p => Math.Abs((p.X - from.X) * y - (p.Y - from.Y) * x) > Flat * Away(far));
    }

    private static bool Finite(params ReadOnlySpan<double> numbers)
    {
        foreach (var number in numbers)
            if (!(Math.Abs(number) <= Most)) return false;                           // also what is not a number
        return true;
    }
}
