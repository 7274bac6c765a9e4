using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>A class and how sure the head is of it.</summary>
internal sealed record SuggestionJson(string Class, double Probability);

/// <summary>A part of an image.</summary>
internal sealed record RegionJson(int X, int Y, int Width, int Height);

/// <summary>A shape as the page draws it, in pixels of the original image.</summary>
/// <param name="Kind"><c>box</c>: two corners; <c>polygon</c>: one ring; <c>brush</c>: a ring a stroke</param>
internal sealed record ShapeJson(string Kind, string? Class = null, double[][]? Points = null,
    double[][][]? Rings = null)
{
    /// <summary>As it is kept.</summary>
    /// <exception cref="InputException">it is no shape</exception>
    public static Shape ToShape(ShapeJson? shape) => shape?.ToShape()
        ?? throw new InputException("expected a shape, found null");

    private Shape ToShape()
    {
        double[][][] rings = Rings ?? (Points is null ? [] : [Points]);
        if (rings.Any(r => r is null || r.Any(p => p is not { Length: 2 } || !p.All(double.IsFinite))))
            throw new InputException("expected points of two numbers, found something else");
        if (Kind == "box")
        {
            if (rings is not [[var a, var b]])
                throw new InputException("expected a box of two corners, found another number of points");
            return new Box(Class, Math.Min(a[0], b[0]), Math.Min(a[1], b[1]), Math.Abs(a[0] - b[0]),
                Math.Abs(a[1] - b[1]));
        }
        if (Kind is not ("polygon" or "brush"))
            throw new InputException($"expected a box, a polygon or a brush, found {Text.Quote(Kind ?? "nothing")}");
        if (rings.Length == 0 || rings.Any(r => r.Length < 3))
            throw new InputException("expected at least three points, found fewer");
        return new Polygon(
            Class, [.. rings.Select(r => (IReadOnlyList<Point>)[.. r.Select(p => new Point(p[0], p[1]))])]);
    }

    /// <summary>As the page draws it; null: a mask of pixels, which the page shows and cannot edit.</summary>
    public static ShapeJson? Of(Shape shape) => shape switch
    {
        Box b => new("box", b.Class, [[b.X, b.Y], [b.X + b.Width, b.Y + b.Height]]),
        Polygon { Rings: [var ring] } p => new("polygon", p.Class, [.. ring.Select(At)]),
        Polygon p => new("brush", p.Class, null, [.. p.Rings.Select(r => (double[][])[.. r.Select(At)])]),
        _ => null,
    };

    private static double[] At(Point p) => [p.X, p.Y];
}

/// <summary>An image as the page shows it.</summary>
/// <param name="V">changes with the file: a URL with it may be kept for good</param>
/// <param name="Group">how many images look like this one, itself among them</param>
/// <param name="Leased">it is on somebody else's screen</param>
/// <param name="Masks">shapes that are masks of pixels: the page must not replace them</param>
internal sealed record ImageJson(
    int Id, string V, string Name, int Width, int Height, string Split, int? Rank, string? Reason,
    SuggestionJson? Suggestion, IReadOnlyList<string> Classes, string State, IReadOnlyList<ShapeJson> Shapes,
    int Masks, string? By, IReadOnlyList<string> Flags, int Group, IReadOnlyList<RegionJson> Regions,
    bool Leased)
{
    /// <summary>Where an image may have several classes: those that are suggested, the most probable first; null:
    /// none.</summary>
    public IReadOnlyList<SuggestionJson>? Suggestions { get; init; }

    /// <param name="label">as the person may see it; null: none</param>
    public static ImageJson Of(Board board, int position, ImageStatus status, LabelRow? label,
        IReadOnlyList<SuggestionJson> suggested, bool leased)
    {
        var row = board.Rows[position];
        var (pick, shapes) = (board.PickOf(row.Id), label?.Shapes ?? []);
        var may = label is null && !row.Test;
        var drawn = shapes.Select(ShapeJson.Of).OfType<ShapeJson>().ToList();
        return new(row.Id, VersionOf(row), row.Path, row.Width, row.Height, row.Test ? "test" : "pool", pick?.Rank,
            pick?.Reason, may && !board.MultiLabel ? suggested.FirstOrDefault() : null, label?.Classes ?? [],
            status.ToString().ToLowerInvariant(), drawn, shapes.Count - drawn.Count, label?.Who,
            board.FlagsOf(position), board.GroupSize(position),
            [.. (pick?.Regions ?? []).Select(r => new RegionJson(r.X, r.Y, r.Width, r.Height))], leased)
        {
            Suggestions = may && board.MultiLabel && suggested.Count > 0 ? suggested : null,
        };
    }

    /// <summary>An image file that cannot be used.</summary>
    public static ImageJson OfBroken(ImageRow row) => new(row.Id, VersionOf(row), row.Path, row.Width, row.Height,
        row.Test ? "test" : "pool", null, row.Reason, null, [], "broken", [], 0, null, [], 1, [], false);

    public static string VersionOf(ImageRow row) => $"{row.Bytes:x}-{row.Modified:x}";
}
