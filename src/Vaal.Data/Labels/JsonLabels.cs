using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vaal.Data.Labels;

/// <summary>
/// Vaal's own format, which carries everything:
/// <c>{"format":"vaal","images":[{"path":…,"label":…,"shapes":[…]}]}</c>;
/// the list alone, or one such object a line (JSONL), is read too.
/// </summary>
internal static class JsonLabels
{
    // as Hugging Face calls it in a folder of images
    private const string InFolders = "metadata.jsonl";

    public static bool Recognises(string path)
    {
        if (Directory.Exists(path)) path = Path.Combine(path, InFolders);
        if (!File.Exists(path) || Path.GetExtension(path).ToLowerInvariant() is not (".json" or ".jsonl" or ".ndjson"))
            return false;
        var shape = JsonFields.Peek(path);
        return shape.Has("format", "images") || !shape.Has("annotation_id")
            && shape.HasAny("path", "image", "file", "file_name")
            && shape.HasAny("label", "labels", "class", "classes", "shapes");
    }

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (Directory.Exists(path)) path = Path.Combine(path, InFolders);
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

    private sealed record FileJson(string Format, int Version, IReadOnlyList<string> Classes,
        IEnumerable<ImageJson> Images);

    private sealed record ImageJson(ExportRow Row, IReadOnlyList<string>? Guesses) : PlacedJson(Row)
    {
        [JsonIgnore]
        public ExportRow Row { get; } = Row;

        [JsonIgnore]
        public IReadOnlyList<string>? Guesses { get; } = Guesses;

        public string Path => Row.Image;
        public int? Width => Row.Width > 0 ? Row.Width : null;
        public int? Height => Row.Height > 0 ? Row.Height : null;
        public string? Label => Row.Class;

        /// <summary>Where an image may have several classes; an empty list: none of them.</summary>
        public IReadOnlyList<string>? Labels => Row.Classes;

        /// <summary>Who labelled it, and when.</summary>
        public string? Annotator => Row.Annotator;
        public DateTimeOffset? When => Row.When;
        public string? PreLabel => Guesses is null ? Row.PreLabel : null;
        public IReadOnlyList<string>? PreLabels => Guesses;
        public double? PreLabelProbability => Finite(Row.PreLabelProbability);

        /// <summary>An empty list: somebody looked and found nothing.</summary>
        public IEnumerable<ShapeJson>? Shapes
            => Row.Shapes.Count > 0 || Row.Nothing && Row.Classes is null ? Row.Shapes.Select(ShapeJson.Of) : null;
    }

    public static void Write(ExportRequest request, string path)
        => LabelJson.Write(path, new FileJson("vaal", 1, request.AllClasses,
            request.Rows.Select(row => new ImageJson(row,
                request.MultiLabel && row.PreLabel is not null ? request.GuessesFor(row) : null))));

    /// <summary>Shapes alone, as they stand in a file of this format.</summary>
    public static string WriteShapes(IReadOnlyList<Shape> shapes)
        => JsonSerializer.Serialize(shapes.Select(ShapeJson.Of), LabelJson.Options);

    /// <summary>What <see cref="WriteShapes"/> wrote.</summary>
    public static IReadOnlyList<Shape> ReadShapes(string text)
    {
        using var document = JsonDocument.Parse(text);
        return [.. document.RootElement.EnumerateArray().Select(ShapeJson.Read)];
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

    private static bool IsForeignPlace(string field) => field is not ("shapes" or "regions")
        && (CsvBoxes.IsPlace(field) || field is "objects" or "annotations");

    private static void ReadImage(JsonElement item, string where, ImportLog log)
    {
        var image = item.String("path") ?? item.String("image") ?? item.String("file") ?? item.String("file_name")
            ?? throw new MalformedEntryException("has no 'path'");
        // [{"image": "a.jpg", "label": "cat", "bbox": [1, 2, 3, 4]}] says nothing of the image as a whole
        if (item.EnumerateObject().Select(f => f.Name).FirstOrDefault(IsForeignPlace) is { } place)
            throw new MalformedEntryException(
                $"has the field {Text.Quote(place)}, which is not read; expected boxes and polygons in 'shapes'");
        Shape[] shapes = [.. item.Items("shapes").Select(ShapeJson.Read)];
        var one = Text.NullIfEmpty(item.String("label") ?? item.String("class"));
        var several = new[] { "labels", "classes" }.FirstOrDefault(n => item.Field(n) is not null);
        if (one is null && shapes.Length == 0 && several is null && item.Field("shapes") is null) return;
        string[] classes = several is null ? [] : [.. item.Items(several).Select(c => c.AsText(several))];
        if (!log.Context.MultiLabel && one is null && classes.Length == 0 && item.Field("shapes") is null)
            throw new MalformedEntryException(Text.NoClass);
        log.Add(new Annotation(image, null, shapes, item.String("annotator"), Text.Time(item.String("when")), where)
        {
            Size = item.Field("width") is null ? null : (item.Side("width"), item.Side("height")),
        }, one is null ? classes : [.. classes, one]);
    }
}
