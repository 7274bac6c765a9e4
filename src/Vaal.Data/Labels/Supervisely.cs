using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// Supervisely: <c>meta.json</c>, and for <c>img/a.jpg</c> of each data set <c>ann/a.jpg.json</c>. Rectangles, polygons
/// and bitmaps become shapes; a polygon with holes becomes a mask; points, lines and others are listed as not read. If
/// no image of the project has objects, the only tag of an image is its class. Tags for parts of a data set, such as
/// train, are none.
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
        var objects = new Lazy<bool>(() => OfProject(path, files).Any(f => HasObjects(f, context)));
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
                ReadImage(document.RootElement, "img/" + name, where, objects, log);
            });
        }
        // where tags are classes, an image without one has no class yet
        return context.MultiLabel || objects.Value ? log.Result : LabelStudio.Chosen(log.Result, context);
    }

    /// <summary>The annotations of all data sets of a project: they are read one by one, and tags mean the same in
    /// all.</summary>
    private static IEnumerable<string> OfProject(string path, IEnumerable<string> files)
    {
        var set = File.Exists(path) ? Path.GetDirectoryName(Path.GetDirectoryName(path)) : path;
        return set is not null && Path.GetDirectoryName(set) is { } project
            && File.Exists(Path.Combine(project, "meta.json"))
            ? files.Concat(Directory.EnumerateDirectories(project).Where(d => File.Exists(path) || d != set)
                .SelectMany(d => FilesIn(d, first: false))) : files;
    }

    private static bool HasObjects(string file, ImportContext context)
    {
        context.Cancel.ThrowIfCancellationRequested();
        var json = Sources.Bytes(file, context);
        if (Sources.JsonProblem(json) is not null) return false;
        using var document = Sources.JsonValue(json);
        return document.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty("objects", out var objects) && objects.ValueKind == JsonValueKind.Array
            && objects.GetArrayLength() > 0;
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

    private static void ReadImage(JsonElement root, string image, string where, Lazy<bool> objects, ImportLog log)
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
        // what Supervisely calls the parts of a data set says nothing of the image
        string[] tags =
        [
            .. root.Items("tags").Where(t => t.Field("value") is null).Select(t => t.String("name") ?? "")
                .Where(t => Splits.Of(t.Trim()) is null),
        ];
        // weather: sunny; nobody knows whether that is a class
        skipped.AddRange(root.Items("tags").Where(t => t.Field("value") is not null).Select(_ => "tag with a value"));
        if (shapes.Count > 0 || skipped.Count > 0 || tags.Length > 0 && objects.Value)
            skipped.AddRange(tags.Select(_ => "tag"));
        var taken = shapes.Count > 0 || skipped.Count == 0;
        log.Skipped(where, image, skipped, taken);
        if (taken)
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
