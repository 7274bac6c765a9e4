using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// LabelMe, and what writes the same form: a JSON file an image, beside it or in folders like those of the images.
/// Polygons, rectangles and masks become shapes, circles and turned rectangles become polygons; points and lines are
/// listed as not read, and so is an image with any other shape. The one flag that is set is the image's class.
/// </summary>
internal static class LabelMe
{
    public static bool Recognises(string path) => FilesIn(path, first: true).Any();

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        string[] files = [.. FilesIn(path, first: false)];
        if (files.Length == 0) throw new InputException($"'{path}' holds no LabelMe file");
        foreach (var file in files)
        {
            var where = File.Exists(path) ? Path.GetFileName(path) : Sources.Relative(path, file);
            log.Beside(file);
            log.Entry(where, () =>
            {
                var json = Sources.Bytes(file, context);
                if (Sources.JsonProblem(json) is { } problem) throw new MalformedEntryException(problem);
                using var document = Sources.JsonValue(json);
                ReadImage(document.RootElement, file, where, log);
            });
        }
        return log.Result;
    }

    private static IEnumerable<string> FilesIn(string path, bool first)
    {
        IEnumerable<string> files = File.Exists(path)
            ? [path] : Directory.Exists(path) ? Sources.VisibleFiles(path, "*.json") : [];
        return first ? files.Take(8).Where(f => IsJson(f) && Fits(f)) : files.Where(f => File.Exists(path) || Fits(f));
    }

    private static bool IsJson(string file)
        => Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static bool Fits(string file)
        => JsonFields.Peek(file) is { List: false } shape
            // the shapes may come behind the picture, which is longer than what is looked at
            && (shape.Has("shapes") || shape.Cut && shape.Has("imageData"))
            && shape.HasAny("imagePath", "imageHeight", "flags", "imageData");

    private static void ReadImage(JsonElement root, string file, string where, ImportLog log)
    {
        var image = ImageOf(root, file, log);
        (int, int)? size = root.Field("imageWidth") is null
            ? null : (root.Side("imageWidth"), root.Side("imageHeight"));
        if (size is { } stated) log.CheckSizeOf(image, stated);
        var (shapes, skipped) = (new List<Shape>(), new List<string>());
        foreach (var shape in root.Required("shapes").AsItems("shapes"))
        {
            var type = shape.String("shape_type") ?? "polygon";
            if (ShapeOf(shape, type, () => size ?? log.RequiredSizeOf(image), log) is { } read) shapes.Add(read);
            else skipped.Add(type);
        }
        string[] classes = [.. FlagsOf(root)];
        var taken = shapes.Count > 0 || classes.Length > 0 || skipped.Count == 0;
        log.Skipped(where, image, skipped, taken);
        if (taken)
            log.Add(new Annotation(image, null, shapes, null, null, where) { Size = size }, classes);
    }

    private static Shape? ShapeOf(JsonElement shape, string type, Func<(int Width, int Height)> size, ImportLog log)
    {
        var @class = Text.NullIfEmpty(shape.String("label"));
        Point[] points =
        [
            .. shape.Items("points").Select(p => p.Numbers("points") is [var x, var y, ..]
                ? new Point(x, y) : throw new MalformedEntryException("'points' must be pairs")),
        ];
        switch (type)
        {
            case "polygon" or "rotation" when points.Length >= 3:
            case "oriented_rectangle" when points.Length == 4:
                return new Polygon(@class, [points]);
            case "rectangle" when points.Length is 2 or 4:
                return Shapes.Bounds(new Polygon(@class, [points]));
            case "circle" when points.Length == 2:
                return Shapes.Circle(@class, points[0],
                    Math.Sqrt(Square(points[1].X - points[0].X) + Square(points[1].Y - points[0].Y)));
            case "mask" when points.Length == 2 && shape.String("mask") is { } code:
                return EmbeddedMask.Read(@class, code, (points[0].X, points[0].Y), size(), log);
            case "polygon" or "rotation" or "rectangle" or "circle" or "mask" or "oriented_rectangle":
                throw new MalformedEntryException($"a shape of the type {Text.Quote(type)} has "
                    + Counted.Of(points.Length, "point"));
            case "point" or "points" or "line" or "linestrip":
                return null;
            default:
                // half its shapes would be a wrong label
                throw new MalformedEntryException($"shapes of the type {Text.Quote(type)} are not read; the image is "
                    + "left out");
        }
    }

    /// <summary>
    /// The picture that the file names, as seen from the file; its name alone where that path is another computer's.
    /// </summary>
    private static string ImageOf(JsonElement root, string file, ImportLog log)
    {
        var stated = (Text.NullIfEmpty(root.String("imagePath")) ?? Path.GetFileNameWithoutExtension(file))
            .Replace('\\', '/');
        string[] parts = [.. stated.Split('/').Where(p => p is not ("" or "."))];
        if (parts.Length == 0) return Path.GetFileNameWithoutExtension(file);
        // ../images/a.jpg
        var up = parts.TakeWhile(p => p == "..").Count();
        var inside = string.Join('/', parts[up..]);
        if (up > 0 && up < parts.Length && !parts[up..].Contains("..") && log.Context.SizeBeside is not null)
        {
            log.Within(string.Join('/', [Path.GetDirectoryName(Path.GetFullPath(file))!, .. parts[..up]]));
            if (log.SizeOf(inside) is not null) return inside;
            log.Beside(file);
        }
        // or C:/photos/a.jpg
        var elsewhere = stated.StartsWith('/') || parts[0].EndsWith(':') || parts.Contains("..");
        if (!elsewhere) return inside;
        return log.SizeOf(stated) is null ? parts[^1] : stated;
    }

    private static IEnumerable<string> FlagsOf(JsonElement root)
        => root.Field("flags") is { ValueKind: JsonValueKind.Object } flags
            ? flags.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.True).Select(f => f.Name) : [];

    private static double Square(double x) => x * x;
}
