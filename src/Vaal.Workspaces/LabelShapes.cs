using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>Whether the same was marked. Formats with relative coordinates round, so a hundredth of a pixel is no
/// difference.</summary>
internal static class LabelShapes
{
    private const double Tolerance = 0.01;

    /// <summary>The same shapes, in whatever order.</summary>
    public static bool Same(IReadOnlyList<Shape> a, IReadOnlyList<Shape> b)
    {
        if (a.Count != b.Count) return false;
        var rest = b.ToList();
        return a.All(shape => rest.FindIndex(other => Same(shape, other)) is >= 0 and var at && Remove(at));

        bool Remove(int at)
        {
            rest.RemoveAt(at);
            return true;
        }
    }

    private static bool Same(Shape a, Shape b) => a.Class == b.Class && (a, b) switch
    {
        (Box p, Box q) => Near(p.X, q.X) && Near(p.Y, q.Y) && Near(p.Width, q.Width) && Near(p.Height, q.Height),
        (Polygon p, Polygon q) =>
            p.Rings.Count == q.Rings.Count && p.Rings.Zip(q.Rings).All(r => Same(r.First, r.Second)),
        (Mask p, Mask q) => p.Width == q.Width && p.Height == q.Height && p.Runs.SequenceEqual(q.Runs),
        _ => false,
    };

    private static bool Same(IReadOnlyList<Point> a, IReadOnlyList<Point> b)
        => a.Count == b.Count && a.Zip(b).All(p => Near(p.First.X, p.Second.X) && Near(p.First.Y, p.Second.Y));

    private static bool Near(double a, double b) => Math.Abs(a - b) <= Tolerance;
}
