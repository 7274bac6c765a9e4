using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// BDD100K and Scalabel: a list of frames in one file, or a frame a file. Boxes, closed polygons and run-length masks
/// become shapes; lanes and other open lines are listed as not read.
/// </summary>
internal static class Bdd100kLabels
{
    private const int CurveSteps = 8;

    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path);
        if (files.Count == 0) throw new InputException($"'{path}' holds no label file of BDD100K");
        foreach (var file in files)
        {
            log.Beside(file);
            var (json, number) = (Sources.Json(file, context), 0);
            void ReadItem(JsonElement frame)
            {
                var where = $"{(files.Count > 1 ? Path.GetFileName(file) + ", " : "")}frame {++number}";
                log.Entry(where, () => ReadFrame(frame, frame.Items("labels"), where, log));
            }
            if (Sources.EachItem(json, null, ReadItem)) continue;
            using var document = Sources.JsonValue(json);
            if (document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("name", out _))
                ReadWhole(root, Path.GetFileName(file), log);
            else if (!Sources.EachItem(json, "frames", ReadItem))
                throw new InputException($"{Path.GetFileName(file)} has no list of frames");
        }
        return log.Result;
    }

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, null, f =>
        Path.GetExtension(f).Equals(".json", StringComparison.OrdinalIgnoreCase) && Fits(JsonFields.Peek(f)));

    private static bool Fits(JsonShape shape)
        => shape.List ? shape.Has("name") && shape.HasAny("labels", "timestamp", "videoName")
            : shape.Has("frames") && !shape.HasAny("images", "shapes");

    /// <summary>The first release: one image per file, whose labels are the objects of its only frame.</summary>
    private static void ReadWhole(JsonElement root, string where, ImportLog log) => log.Entry(where, () =>
    {
        JsonElement[] frames = [.. root.Items("frames")];
        if (frames.Length != 1) throw new MalformedEntryException($"has {frames.Length} frames; expected one");
        ReadFrame(root, frames[0].Items("objects"), where, log);
    });

    private static void ReadFrame(JsonElement frame, IEnumerable<JsonElement> labels, string where, ImportLog log)
    {
        var image = frame.String("name") ?? throw new MalformedEntryException("has no 'name'");
        var (shapes, skipped, any) = (new List<Shape>(), new List<string>(), false);
        foreach (var label in labels)
        {
            any = true;
            var @class = Text.NullIfEmpty(label.String("category"));
            Shape[] read = [.. ShapesOf(label, @class, log)];
            shapes.AddRange(read);
            if (read.Length == 0) skipped.Add(@class ?? "label");
        }
        log.Skipped(where, image, skipped, taken: shapes.Count > 0);
        // an empty list says that the frame shows nothing; a list that is missing, that nobody has looked
        if (shapes.Count > 0 || !any && frame.Field("labels") is not null)
            log.Add(new Annotation(image, null, shapes, null, null, where));
    }

    private static IEnumerable<Shape> ShapesOf(JsonElement label, string? @class, ImportLog log)
    {
        if (label.Field("box2d") is { } box)
        {
            // its toolkit counts the pixels at x2 and y2 to the box
            var (x, y) = (box.Number("x1"), box.Number("y1"));
            yield return new Box(@class, x, y, box.Number("x2") - x + 1, box.Number("y2") - y + 1);
        }
        else if (label.Field("rle") is { } rle) yield return MaskOf(rle, @class, log);
        else if (label.Field("poly2d") is { } polygons && RingsOf(polygons, @class) is { Length: > 0 } rings)
            yield return new Polygon(@class, rings);
    }

    private static Point[][] RingsOf(JsonElement polygons, string? @class)
    {
        JsonElement[] parts = [.. polygons.AsItems("poly2d")];
        // the first release: one ring of [x, y, "L"]; that lanes are open, their names alone say
        if (parts.Length > 0 && parts[0].ValueKind == JsonValueKind.Array)
            return parts.Length < 3 || @class?.StartsWith("lane/", StringComparison.Ordinal) == true ? []
                : [Ring([.. parts.Select(PointOf)], string.Concat(parts.Select(TypeOf)))];
        return
        [
            .. parts.Where(p => p.Field("closed") is not { ValueKind: JsonValueKind.False })
                .Select(p => Ring([.. p.Required("vertices").AsItems("vertices").Select(PointOf)], p.String("types")))
                    .Where(r => r.Length >= 3),
        ];

        static string TypeOf(JsonElement point) => point.GetArrayLength() > 2 ? point[2].AsText("types") : "L";
    }

    /// <summary>Three points of type C are a Bézier curve: two that it is drawn towards, and its end.</summary>
    private static Point[] Ring(Point[] points, string? types)
    {
        if (types?.Contains('C') != true) return points;
        if (types.Length != points.Length)
            throw new MalformedEntryException($"'types' has {Counted.Of(types.Length, "letter")} for "
                + Counted.Of(points.Length, "vertex", "vertices"));
        var ring = new List<Point>();
        for (var i = 0; i < points.Length; i++)
        {
            if (types[i] != 'C')
            {
                ring.Add(points[i]);
                continue;
            }
            if (i == 0 || i + 2 >= points.Length || types[i + 1] != 'C' || types[i + 2] != 'C')
                throw new MalformedEntryException(
                    $"'types' is {Text.Quote(types)}; a curve has three C after its begin");
            for (var step = 1; step <= CurveSteps; step++)
                ring.Add(OnCurve(points[i - 1], points[i], points[i + 1], points[i + 2], step / (double)CurveSteps));
            i += 2;
        }
        return [.. ring];
    }

    private static Point OnCurve(Point from, Point first, Point second, Point to, double t)
    {
        var s = 1 - t;
        double Of(double a, double b, double c, double d) =>
            s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
        return new(Of(from.X, first.X, second.X, to.X), Of(from.Y, first.Y, second.Y, to.Y));
    }

    private static Point PointOf(JsonElement point)
    {
        JsonElement[] values = [.. point.AsItems("vertices")];
        return values is [var x, var y, ..]
            ? new(x.AsNumber("x"), y.AsNumber("y")) : throw new MalformedEntryException("a vertex must be x, y");
    }

    private static Mask MaskOf(JsonElement rle, string? @class, ImportLog log)
    {
        if (rle.Required("size").Numbers("size") is not [>= 1 and <= Rle.MaxSide and var h, >= 1 and <= Rle.MaxSide
            and var w])
            throw new MalformedEntryException("'size' must be height, width");
        var runs = Rle.Checked(Rle.ParseCounts(rle.String("counts") ?? ""), (int)w, (int)h);
        return new(@class, Rle.Transpose(runs, (int)h, (int)w, log.Runs), (int)w, (int)h);
    }
}
