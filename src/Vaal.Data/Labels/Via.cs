using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// VGG Image Annotator 1 and 2: annotations as JSON or CSV, and its project files; for version 3 see
/// <see cref="ViaProject"/>. Rectangles, polygons, circles and ellipses become shapes; points and lines are listed as
/// not read. The class of a region is its only attribute, or the one called class, label, name, category, type or
/// object.
/// </summary>
internal static class Via
{
    private static readonly string[] _classes =
        ["class", "label", "name", "category", "type", "object", "object_name", "class_name"];

    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path);
        if (files.Count == 0) throw new InputException($"'{path}' holds no file of VGG Image Annotator");
        foreach (var file in files)
        {
            log.Beside(file);
            if (CsvTable.Peek(file) is not null) ReadTable(CsvTable.Open(file, context), log);
            else ReadJson(file, log);
        }
        return log.Result;
    }

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, null, f =>
        Path.GetExtension(f).Equals(".json", StringComparison.OrdinalIgnoreCase)
            ? Fits(JsonFields.Peek(f)) : CsvTable.Peek(f) is { } table && Fits(table));

    private static bool Fits(JsonShape shape) => !shape.List
        && (shape.HasAny("_via_img_metadata") || ViaProject.Fits(shape)
            || shape.Inner.Contains("filename") && shape.Inner.Contains("regions"));

    private static bool Fits(CsvTable table) => table.HasColumns("region_shape_attributes", "region_attributes");

    private static void ReadJson(string file, ImportLog log)
    {
        using var document = Sources.JsonValue(Sources.Json(file, log.Context));
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
            throw new InputException($"{Path.GetFileName(file)} is not a file of VGG Image Annotator");
        if (ViaProject.Fits(JsonFields.Peek(file)))
        {
            log.Entry(Path.GetFileName(file), () => ViaProject.Read(root, log));
            return;
        }
        var images = root.TryGetProperty("_via_img_metadata", out var metadata) ? metadata : root;
        if (images.ValueKind != JsonValueKind.Object)
            throw new InputException($"{Path.GetFileName(file)} has no list of images");
        foreach (var entry in images.EnumerateObject())
        {
            var where = $"entry {Text.Quote(entry.Name)}";
            log.Entry(where, () =>
            {
                var image = entry.Value.String("filename") ?? throw new MalformedEntryException("has no 'filename'");
                Add(image, Regions(entry.Value), entry.Value.Field("file_attributes"), where, log);
            });
        }
    }

    /// <summary>Version 1 numbers the regions as keys of an object, version 2 has a list of them.</summary>
    private static IEnumerable<(JsonElement? Shape, JsonElement? Attributes)> Regions(JsonElement image)
    {
        var regions = image.Field("regions") switch
        {
            { ValueKind: JsonValueKind.Object } numbered => numbered.EnumerateObject().Select(r => r.Value),
            { } list => list.AsItems("regions"),
            null => [],
        };
        return regions.Select(r => (r.Field("shape_attributes"), r.Field("region_attributes")));
    }

    private static void ReadTable(CsvTable table, ImportLog log)
    {
        var (image, shape, attributes) =
            (table.Column("filename", "#filename"), table.Column("region_shape_attributes"),
            table.Column("region_attributes"));
        if (image < 0) throw new InputException($"{table.Name} has no column 'filename'");
        foreach (var rows in table.Body().GroupBy(r => r[image] ?? ""))
        {
            var where = rows.First().Where;
            log.Entry(where, () =>
            {
                if (rows.FirstOrDefault(r => r.Problem is not null) is { } bad)
                    throw new MalformedEntryException(
                        $"{bad.Where}: {bad.Problem}; {Text.Quote(rows.Key)} is left out");
                Add(rows.Key, rows.Select(r => (Parsed(r[shape]), Parsed(r[attributes]))),
                    Parsed(rows.First()[table.Column("file_attributes")]), where, log);
            });
        }
    }

    private static JsonElement? Parsed(string? cell)
    {
        if (cell is null) return null;
        var bytes = System.Text.Encoding.UTF8.GetBytes(cell);
        if (Sources.JsonProblem(bytes) is { } problem)
            throw new MalformedEntryException($"{Text.Quote(cell)} {problem}");
        using var document = Sources.JsonValue(bytes);
        return document.RootElement.Clone();
    }

    private static void Add(string image, IEnumerable<(JsonElement? Shape, JsonElement? Attributes)> regions,
        JsonElement? file, string where, ImportLog log)
    {
        var (shapes, skipped) = (new List<Shape>(), new List<string>());
        foreach (var (shape, attributes) in regions)
        {
            if (shape?.String("name") is not { Length: > 0 } kind) continue;
            var @class = Text.OnlyClass(ClassesOf(attributes, only: true), "a region");
            if (ShapeOf(shape.Value, kind, @class) is { } read) shapes.Add(read);
            else skipped.Add(kind);
        }
        string[] classes = [.. ClassesOf(file, only: false)];
        // every image of a project stands in the file, whether somebody has looked at it or not
        var taken = classes.Length > 0 || shapes.Count > 0;
        log.Skipped(where, image, skipped, taken);
        if (taken)
            log.Add(new Annotation(image, null, shapes, null, null, where), classes);
    }

    private static Shape? ShapeOf(JsonElement shape, string kind, string? @class)
    {
        switch (kind)
        {
            case "rect":
                return new Box(@class, shape.Number("x"), shape.Number("y"), shape.Number("width"),
                    shape.Number("height"));
            case "polygon":
                var (x, y) = (shape.Required("all_points_x").Numbers("all_points_x"), shape.Required("all_points_y")
                    .Numbers("all_points_y"));
                if (x.Length != y.Length || x.Length < 3)
                    throw new MalformedEntryException(
                        $"a polygon has {x.Length} x and {y.Length} y; it needs 3 of each");
                return new Polygon(@class, [[.. x.Zip(y, (a, b) => new Point(a, b))]]);
            case "circle":
                return Shapes.Circle(@class, new(shape.Number("cx"), shape.Number("cy")), shape.Number("r"));
            case "ellipse":
                var turn = shape.Field("theta")?.AsNumber("theta") ?? 0;
                if (Math.Abs(turn) > 10)
                    throw new MalformedEntryException($"an ellipse is turned by {Text.Of(turn)} radians");
                return Shapes.Ellipse(@class, new(shape.Number("cx"), shape.Number("cy")), shape.Number("rx"),
                    shape.Number("ry"), turn);
            default:
                return null;
        }
    }

    /// <param name="only">the only attribute counts, whatever it is called</param>
    private static string[] ClassesOf(JsonElement? attributes, bool only)
    {
        if (attributes is not { ValueKind: JsonValueKind.Object } given) return [];
        return ClassesOf([.. given.EnumerateObject().Select(a => (a.Name, ValuesOf(a.Value)))], only);
    }

    /// <inheritdoc cref="ClassesOf(JsonElement?, bool)"/>
    internal static string[] ClassesOf((string Name, string[] Values)[] attributes, bool only)
    {
        var values = Array.FindAll(attributes, a => a.Values.Length > 0);
        foreach (var name in _classes)
            if (Array.Find(values, v => v.Name.Equals(name,
                StringComparison.OrdinalIgnoreCase)) is { Values: { } found }) return found;
        if (!only || values.Length == 0) return [];
        return values is [var single] ? single.Values : throw new MalformedEntryException(
            $"a region has the attributes {string.Join(", ", values.Select(v => Text.Quote(v.Name)))}; call the one "
                + "that is its class 'class'");
    }

    /// <summary>Text, or the options of a checkbox that are set.</summary>
    private static string[] ValuesOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Text.NullIfEmpty(value.GetString()) is { } text ? [text] : [],
        JsonValueKind.Number => [value.GetRawText()],
        JsonValueKind.Object => [.. value.EnumerateObject()
            .Where(o => o.Value.ValueKind == JsonValueKind.True
                || o.Value is { ValueKind: JsonValueKind.String } && o.Value.GetString() == "true")
            .Select(o => o.Name)],
        _ => [],
    };
}
