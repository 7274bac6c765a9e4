using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>Apple's Create ML: a list of images with boxes, by centre and size in pixels; or with one class.</summary>
internal static class CreateMl
{
    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path);
        if (files.Count == 0) throw new InputException($"'{path}' holds no file of Create ML");
        foreach (var file in files)
        {
            log.Beside(file);
            var number = 0;
            if (!Sources.EachItem(Sources.Json(file, context), null, item =>
            {
                var where = $"{(files.Count > 1 ? Path.GetFileName(file) + ", " : "")}image {++number}";
                log.Entry(where, () => ReadImage(item, where, log));
            })) throw new InputException(
                $"{Path.GetFileName(file)} is not a file of Create ML: it must be a list of images");
        }
        return log.Result;
    }

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, null, f =>
        Path.GetExtension(f).Equals(".json", StringComparison.OrdinalIgnoreCase)
            && JsonFields.Peek(f) is { List: true } shape && shape.HasAny("image", "imagefilename")
                && shape.HasAny("annotations", "annotation"));

    private static void ReadImage(JsonElement item, string where, ImportLog log)
    {
        var image = item.String("image") ?? item.String("imagefilename")
            ?? throw new MalformedEntryException("has no 'image'");
        var annotations = item.Field("annotations") ?? item.Required("annotation");
        if (annotations.ValueKind == JsonValueKind.String)
        {
            log.Add(new Annotation(image, annotations.GetString(), [], null, null, where));
            return;
        }
        Shape[] boxes = [.. annotations.AsItems("annotations").Select(BoxOf)];
        log.Add(new Annotation(image, null, boxes, null, null, where));
    }

    private static Shape BoxOf(JsonElement annotation)
    {
        var at = annotation.Required("coordinates");
        var (w, h) = (at.Number("width"), at.Number("height"));
        var (x, y) = (at.Number("x") - w / 2, at.Number("y") - h / 2);
        return new Box(Text.NullIfEmpty(annotation.String("label")), x, y, w, h);
    }
}
