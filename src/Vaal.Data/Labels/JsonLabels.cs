using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// Vaal's own format, which carries everything:
/// <c>{"format":"vaal","images":[{"path":…,"label":…,"shapes":[…]}]}</c>;
/// the list alone, or one such object a line (JSONL), is read too.
/// </summary>
internal static class JsonLabels
{
    public static bool Recognises(string path)
    {
        if (!File.Exists(path) || Path.GetExtension(path).ToLowerInvariant() is not (".json" or ".jsonl" or ".ndjson"))
            return false;
        var shape = JsonFields.Peek(path);
        return shape.Has("format", "images") || !shape.Has("annotation_id") && shape.HasAny("path", "image", "file")
            && shape.HasAny("label", "class", "shapes");
    }

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (JsonFields.Peek(path) is { List: false } shape && shape.Has("format")) log.Within(null);
        else log.Beside(path);
        if (Path.GetExtension(path).ToLowerInvariant() is ".jsonl" or ".ndjson")
        {
            ReadLines(Sources.Bytes(path, context), log);
            return log.Result;
        }
        var json = Sources.Json(path, context);
        var number = 0;
        void ReadItem(JsonElement item)
        {
            var where = $"image {++number}";
            log.Entry(where, () => ReadImage(item, where, log));
        }
        return Sources.EachItem(json, null, ReadItem) || Sources.EachItem(json, "images", ReadItem)
            ? log.Result
            : throw new InputException($"{Path.GetFileName(path)} has no list of images");
    }

    public static void Write(ExportRequest request, string path) => AtomicFile.Create(path, stream =>
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = false });
        json.WriteStartObject();
        json.WriteString("format", "vaal");
        json.WriteNumber("version", 1);
        json.WritePropertyName("classes");
        JsonSerializer.Serialize(json, request.AllClasses);
        json.WriteStartArray("images");
        foreach (var row in request.Rows)
        {
            json.WriteStartObject();
            json.WriteString("path", row.Image);
            if (row.Width > 0) json.WriteNumber("width", row.Width);
            if (row.Height > 0) json.WriteNumber("height", row.Height);
            if (row.Class is not null) json.WriteString("label", row.Class);
            Place(json, row);
            if (row.PreLabel is not null) json.WriteString("pre_label", row.PreLabel);
            if (row.Shapes.Count > 0 || row.Nothing)
            {
                json.WriteStartArray("shapes");
                foreach (var shape in row.Shapes) WriteShape(json, shape);
                json.WriteEndArray();
            }
            json.WriteEndObject();
            FlushSome(json);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The writer keeps all that it is not told to hand on.</summary>
    public static void FlushSome(Utf8JsonWriter json)
    {
        if (json.BytesPending > 1 << 16) json.Flush();
    }

    /// <summary>Shapes alone, as they stand in a file of this format.</summary>
    public static string WriteShapes(IReadOnlyList<Shape> shapes)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var shape in shapes) WriteShape(json, shape);
            json.WriteEndArray();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>What <see cref="WriteShapes"/> wrote.</summary>
    public static IReadOnlyList<Shape> ReadShapes(string text)
    {
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.EnumerateArray().Select(s => ReadShape(s))];
    }

    /// <summary>Rank, score, reason and regions, where there are any.</summary>
    public static void Place(Utf8JsonWriter json, ExportRow row)
    {
        if (row.Rank is { } rank) json.WriteNumber("rank", rank);
        if (row.Score is { } score && double.IsFinite(score)) json.WriteNumber("score", score);
        if (row.Reason is not null) json.WriteString("reason", row.Reason);
        if (row.Regions.Count == 0) return;
        json.WriteStartArray("regions");
        foreach (var region in row.Regions)
        {
            json.WriteStartObject();
            json.WriteString("place", region.In(row.Image));
            json.WriteNumber("rank", region.Rank);
            if (region.Score is { } s && double.IsFinite(s)) json.WriteNumber("score", s);
            if (region.Reason is not null) json.WriteString("reason", region.Reason);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void ReadLines(byte[] bytes, ImportLog log)
    {
        var line = 0;
        for (var from = 0; from < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', from) is var at and >= 0 ? at : bytes.Length;
            var where = $"line {++line}";
            if (bytes.AsSpan(from, end - from).ContainsAnyExcept(" \t\r"u8))
                log.Entry(where, () =>
                {
                    if (Sources.JsonProblem(bytes.AsSpan(from, end - from)) is { } problem)
                        throw new MalformedEntryException(problem);
                    using var document = Sources.JsonValue(bytes.AsSpan(from, end - from));
                    ReadImage(document.RootElement, where, log);
                });
            from = end + 1;
        }
    }

    private static void ReadImage(JsonElement item, string where, ImportLog log)
    {
        var image = item.String("path") ?? item.String("image") ?? item.String("file")
            ?? throw new MalformedEntryException("has no 'path'");
        Shape[] shapes = [.. item.Items("shapes").Select(s => ReadShape(s))];
        var @class = Text.NullIfEmpty(item.String("label") ?? item.String("class"));
        if (@class is null && shapes.Length == 0 && item.Field("shapes") is null) return;
        log.Add(new Annotation(image, @class, shapes, item.String("annotator"), Text.Time(item.String("when")), where)
        {
            Size = item.Field("width") is null ? null : (item.Side("width"), item.Side("height")),
        });
    }

    private static Shape ReadShape(JsonElement shape)
    {
        var @class = shape.String("class");
        switch (shape.String("type"))
        {
            case "box":
                return shape.Required("box").Numbers("box") is [var x, var y, >= 0 and var w, >= 0 and var h]
                    ? new Box(@class, x, y, w, h)
                    : throw new MalformedEntryException("'box' must be x, y, width, height");
            case "polygon":
                Point[][] rings = [.. shape.Required("rings").AsItems("rings").Select(r => r.Ring("rings"))];
                return rings.Length > 0 ? new Polygon(@class, rings)
                    : throw new MalformedEntryException("'rings' is empty");
            case "mask":
                if (shape.Required("size")
                    .Numbers("size") is not [>= 1 and <= Rle.MaxSide and var width, >= 1 and <= Rle.MaxSide
                    and var height])
                    throw new MalformedEntryException("'size' must be width, height");
                return new Mask(@class, Rle.Checked(shape.Required("runs").AsItems("runs")
                    .Select(r => r.AsWhole("runs")), (int)width, (int)height), (int)width, (int)height);
            case var type:
                throw new MalformedEntryException(
                    $"'type' is {Text.Quote(type ?? "")}; it must be box, polygon or mask");
        }
    }

    private static void WriteShape(Utf8JsonWriter json, Shape shape)
    {
        json.WriteStartObject();
        json.WriteString("type", shape switch { Box => "box", Polygon => "polygon", _ => "mask" });
        if (shape.Class is not null) json.WriteString("class", shape.Class);
        switch (shape)
        {
            case Box box:
                Numbers(json, "box", [box.X, box.Y, box.Width, box.Height]);
                break;
            case Polygon polygon:
                Rings(json, "rings", polygon);
                break;
            case Mask mask:
                Numbers(json, "size", [mask.Width, mask.Height]);
                Numbers(json, "runs", mask.Runs.Select(n => (double)n));
                break;
        }
        json.WriteEndObject();
    }

    public static void Rings(Utf8JsonWriter json, string name, Polygon polygon)
    {
        json.WriteStartArray(name);
        foreach (var ring in polygon.Rings)
        {
            json.WriteStartArray();
            foreach (var (x, y) in ring)
            {
                json.WriteNumberValue(x);
                json.WriteNumberValue(y);
            }
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    public static void Numbers(Utf8JsonWriter json, string name, IEnumerable<double> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
