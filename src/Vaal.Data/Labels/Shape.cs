namespace Vaal.Data.Labels;

/// <summary>
/// A marked region, in pixels of the original image; (0, 0) is the top left corner of its first pixel.
/// </summary>
/// <param name="Class">null where the file gives the region no class</param>
internal abstract record Shape(string? Class);

internal sealed record Box(string? Class, double X, double Y, double Width, double Height) : Shape(Class);

internal readonly record struct Point(double X, double Y);

/// <summary>One or more closed rings of at least three points; the first point is not repeated.</summary>
internal sealed record Polygon(string? Class, IReadOnlyList<IReadOnlyList<Point>> Rings) : Shape(Class);

/// <summary>
/// A set of pixels as run lengths, row by row: background first, then region, then background and so on.
/// </summary>
/// <param name="Runs">add up to <paramref name="Width"/> × <paramref name="Height"/>; only the first may be 0</param>
internal sealed record Mask(string? Class, IReadOnlyList<int> Runs, int Width, int Height) : Shape(Class)
{
    /// <summary>Pixels of the region.</summary>
    public long Area => Runs.Where((_, i) => i % 2 == 1).Sum(n => (long)n);

    /// <summary>1 inside, 0 outside, row by row: (H, W).</summary>
    public byte[] ToBitmap()
    {
        var pixels = new byte[Width * Height];
        for (int i = 0, at = 0; i < Runs.Count; at += Runs[i++])
            if (i % 2 == 1) pixels.AsSpan(at, Runs[i]).Fill(1);
        return pixels;
    }

    public static Mask FromBitmap(string? @class, ReadOnlySpan<byte> pixels, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(pixels.Length, width * height);
        var runs = new RunWriter();
        for (var at = 0; at < pixels.Length;)
        {
            var inside = pixels[at] != 0;
            var rest = pixels[at..];
            var run = inside ? rest.IndexOf((byte)0) : rest.IndexOfAnyExcept((byte)0);
            if (run < 0) run = rest.Length;
            runs.Add(inside, run);
            at += run;
        }
        return new Mask(@class, runs.ToArray(), width, height);
    }
}

internal static class Shapes
{
    /// <summary>Corners of the polygon that a circle or an ellipse becomes.</summary>
    private const int Corners = 64;

    /// <summary>More than this is no turn of a box or an ellipse, in degrees.</summary>
    private const double MostTurn = 3_600;

    public static Polygon Circle(string? @class, Point centre, double radius)
        => Ellipse(@class, centre, radius, radius, 0);

    /// <param name="turn">clockwise, in radians</param>
    /// <exception cref="MalformedEntryException">a radius is not above 0</exception>
    public static Polygon Ellipse(string? @class, Point centre, double rx, double ry, double turn)
    {
        if (rx <= 0 || ry <= 0)
            throw new MalformedEntryException("a circle or an ellipse has a radius that is not above 0");
        var (sin, cos) = Math.SinCos(turn);
        Point At(int corner)
        {
            var (y, x) = Math.SinCos(2 * Math.PI * corner / Corners);
            return new(centre.X + x * rx * cos - y * ry * sin, centre.Y + x * rx * sin + y * ry * cos);
        }
        return new(@class, [[.. Enumerable.Range(0, Corners).Select(At)]]);
    }

    /// <summary>The box turned about its centre, as CVAT turns it: a polygon, or the box where the turn is 0.</summary>
    /// <param name="turn">clockwise, in radians</param>
    public static Shape Turned(Box box, double turn)
    {
        if (turn == 0) return box;
        var (x, y, right, bottom) = (box.X, box.Y, box.X + box.Width, box.Y + box.Height);
        var (cx, cy) = ((x + right) / 2, (y + bottom) / 2);
        var (sin, cos) = Math.SinCos(turn);
        Point At(double px, double py)
            => new(cx + (px - cx) * cos - (py - cy) * sin, cy + (px - cx) * sin + (py - cy) * cos);
        return new Polygon(box.Class, [[At(x, y), At(right, y), At(right, bottom), At(x, bottom)]]);
    }

    /// <summary>Degrees as radians.</summary>
    /// <param name="what">is turned, for the message</param>
    /// <exception cref="MalformedEntryException">so many degrees are no turn</exception>
    public static double TurnOf(double degrees, string what) => Math.Abs(degrees) <= MostTurn
        ? degrees * Math.PI / 180
        : throw new MalformedEntryException($"{what} is turned by {Text.Of(degrees)} degrees");

    /// <summary>The smallest box around a shape.</summary>
    public static Box Bounds(Shape shape) => shape switch
    {
        Box box => box,
        Polygon polygon => Around(polygon.Class, polygon.Rings.SelectMany(r => r)),
        Mask mask => Around(mask.Class, CornersOf(mask)),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    /// <summary>Area of the rings by the shoelace formula; rings inside rings are added, not taken away.</summary>
    public static double Area(Polygon polygon)
        => polygon.Rings.Sum(ring
            => Math.Abs(ring.Zip(ring.Skip(1).Append(ring[0]), (a, b) => a.X * b.Y - b.X * a.Y).Sum()) / 2);

    private static Box Around(string? @class, IEnumerable<Point> points)
    {
        double left = double.MaxValue, top = double.MaxValue, right = double.MinValue, bottom = double.MinValue;
        foreach (var (x, y) in points)
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
        return left > right ? new Box(@class, 0, 0, 0, 0) : new Box(@class, left, top, right - left, bottom - top);
    }

    private static IEnumerable<Point> CornersOf(Mask mask)
    {
        for (int i = 0, at = 0; i < mask.Runs.Count; at += mask.Runs[i++])
        {
            if (i % 2 == 0) continue;
            var (first, last) = (at, at + mask.Runs[i] - 1);
            var (top, bottom) = (first / mask.Width, last / mask.Width);
            yield return new Point(top == bottom ? first % mask.Width : 0, top);
            yield return new Point(top == bottom ? last % mask.Width + 1 : mask.Width, bottom + 1);
        }
    }
}
