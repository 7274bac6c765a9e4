using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// Supervisely: <c>meta.json</c>, and for <c>img/a.jpg</c> of each data set <c>ann/a.jpg.json</c>. Rectangles, polygons
/// and bitmaps become shapes; a polygon with holes becomes a mask; points, lines and others are listed as not read. The
/// only tag of an image without objects is its class.
/// </summary>
internal static class Supervisely
{
    public static bool Recognises(string path) => FilesIn(path, first: true).Any();

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        string[] files = [.. FilesIn(path, first: false)];
        if (files.Length == 0)
            throw new InputException(
                $"'{path}' holds no Supervisely annotation; expected a folder 'ann' with JSON files");
        foreach (var file in files)
        {
            var where = File.Exists(path) ? Path.GetFileName(path) : Sources.Relative(path, file);
            // the annotation of img/a.jpg is ann/a.jpg.json
            log.Within(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(file))));
            log.Entry(where, () =>
            {
                var json = Sources.Bytes(file, context);
                if (Sources.JsonProblem(json) is { } problem) throw new MalformedEntryException(problem);
                using var document = Sources.JsonValue(json);
                var name = Path.GetFileNameWithoutExtension(file);
                ReadImage(document.RootElement, "img/" + name, where, log);
            });
        }
        return log.Result;
    }

    private static IEnumerable<string> FilesIn(string path, bool first)
    {
        var files = File.Exists(path)
            ? [path] : Sources.Subfolders(path, "ann").SelectMany(d => Sources.VisibleFiles(d, "*.json"));
        return first ? files.Take(8).Where(Fits) : files.Where(f => File.Exists(path) || Fits(f));
    }

    private static bool Fits(string file)
        => Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase)
            && JsonFields.Peek(file) is { List: false } shape
            // the size may come behind objects that are longer than what is looked at
            && shape.Has("objects") && (shape.Has("size") || shape.Cut);

    private static void ReadImage(JsonElement root, string image, string where, ImportLog log)
    {
        var stated = root.Required("size");
        var size = (Width: stated.Side("width"), Height: stated.Side("height"));
        log.CheckSizeOf(image, size);
        var (shapes, skipped) = (new List<Shape>(), new List<string>());
        foreach (var item in root.Items("objects"))
        {
            var kind = item.String("geometryType") ?? (item.Field("bitmap") is null ? "polygon" : "bitmap");
            if (ShapeOf(item, kind, size, log) is { } shape) shapes.Add(shape);
            else skipped.Add(kind);
        }
        string[] tags =
            [.. root.Items("tags").Where(t => t.Field("value") is null).Select(t => t.String("name") ?? "")];
        // weather: sunny; nobody knows whether that is a class
        skipped.AddRange(root.Items("tags").Where(t => t.Field("value") is not null).Select(_ => "tag with a value"));
        if (shapes.Count > 0 || skipped.Count > 0) skipped.AddRange(tags.Select(_ => "tag"));
        log.Skipped(where, image, skipped);
        if (shapes.Count > 0 || skipped.Count == 0)
            log.Add(new Annotation(image, null, shapes, null, null, where) { Size = size },
                shapes.Count + skipped.Count == 0 ? tags : []);
    }

    private static Shape? ShapeOf(JsonElement item, string kind, (int Width, int Height) size, ImportLog log)
    {
        var @class = Text.NullIfEmpty(item.String("classTitle"));
        switch (kind)
        {
            case "rectangle":
                return Ring(item.Required("points").Required("exterior"), 2) is [var a, var b]
                    ? new Box(@class, Math.Min(a.X, b.X), Math.Min(a.Y, b.Y), Math.Abs(b.X - a.X), Math.Abs(b.Y - a.Y))
                    : throw new MalformedEntryException("a rectangle must have two corners");
            case "polygon":
                var polygon = new Polygon(@class, [Ring(item.Required("points").Required("exterior"), 3)]);
                Point[][] holes = [.. item.Required("points").Items("interior").Select(r => Ring(r, 3))];
                return holes.Length == 0 ? polygon : WithHoles(polygon, holes, size, log);
            case "bitmap":
                var bitmap = item.Required("bitmap");
                return bitmap.Required("origin").Numbers("origin") is [var x, var y]
                    ? EmbeddedMask.Read(@class, bitmap.String("data") ?? "", (x, y), size, log)
                    : throw new MalformedEntryException("'origin' must be x, y");
            // half its shapes would be a wrong label
            case "cuboid" or "cuboid_2d" or "alpha_mask":
                throw new MalformedEntryException($"an object of the type {Text.Quote(kind)} is not read; the image is "
                    + "left out");
            default:
                return null;
        }
    }

    private static Point[] Ring(JsonElement points, int least)
    {
        Point[] ring = [.. points.AsItems("points")
            .Select(p => p.Numbers("points") is [var x, var y]
            ? new Point(x, y) : throw new MalformedEntryException("'points' must be pairs"))];
        return ring.Length >= least
            ? ring : throw new MalformedEntryException(
                $"a ring has {Counted.Of(ring.Length, "point")}; it needs {least}");
    }

    private static Mask WithHoles(Polygon polygon, Point[][] holes, (int Width, int Height) size, ImportLog log)
    {
        if (Geometry.Problem(polygon, size) is { } problem) throw new MalformedEntryException(problem);
        Rle.CheckSize(size.Width, size.Height);
        log.Pixels.Take((long)size.Width * size.Height);
        var numbers = new Dictionary<string, byte> { ["in"] = 1, ["out"] = 0 };
        Shape[] layers = [polygon with { Class = "in" }, .. holes.Select(h => new Polygon("out", [h]))];
        return Mask.FromBitmap(polygon.Class, Raster.Paint(layers, numbers, size.Width, size.Height, uncovered: 0),
            size.Width, size.Height);
    }
}
