using System.Globalization;
using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// A project of VGG Image Annotator 3: files, the views that show them, attributes with numbered options, and metadata
/// of a view. A shape is a list of numbers whose first says its kind. Metadata without a shape are of the whole image.
/// </summary>
internal static class ViaProject
{
    private const string OfText = "1", OfImage = "2";

    private static readonly string[] _kinds =
        ["", "point", "rectangle", "circle", "ellipse", "line", "polyline", "polygon", "extreme_rect",
            "extreme_circle"];

    public static bool Fits(JsonShape shape)
        => !shape.List && shape.Has("project") && shape.HasAny("attribute", "file", "metadata");

    public static void Read(JsonElement root, ImportLog log)
    {
        var views = root.Required("view");
        foreach (var of in Fields(root.Required("metadata")).GroupBy(m => m.Value.String("vid") ?? ""))
        {
            var where = $"view {Text.Quote(of.Key)}";
            log.Entry(where, () => ReadView(root, views, of.Key, [.. of.Select(m => m.Value)], where, log));
        }
    }

    private static void ReadView(
        JsonElement root, JsonElement views, string view, JsonElement[] metadata, string where, ImportLog log)
    {
        string[] files = [.. views.Required(view).Items("fid_list").Select(f => f.AsText("fid_list"))];
        if (files.Length != 1)
            throw new MalformedEntryException($"shows {files.Length} files; a view of one image was expected");
        var file = root.Required("file").Required(files[0]);
        var image = file.String("fname") ?? throw new MalformedEntryException("its file has no 'fname'");
        if (file.Field("type") is { } type && type.AsText("type") != OfImage)
            throw new MalformedEntryException($"{Text.Quote(image)} is a video or a sound, which is not read");
        var (shapes, skipped, classes) = (new List<Shape>(), new List<string>(), new List<string>());
        foreach (var item in metadata)
        {
            if (item.Items("z").Any())
                throw new MalformedEntryException($"{Text.Quote(image)} has stretches of time, which are not read");
            (string Name, string[] Values)[] values = [.. Values(root, item)];
            double[] xy = item.Field("xy") is { } given ? given.Numbers("xy") : [];
            if (xy.Length == 0)
            {
                classes.AddRange(Via.ClassesOf(values, only: false));
            }
            else if (ShapeOf(xy, Text.OnlyClass(Via.ClassesOf(values, only: true), "a region")) is { } shape)
                shapes.Add(shape);
            else skipped.Add(KindOf(xy));
        }
        var taken = classes.Count > 0 || shapes.Count > 0;
        log.Skipped(where, image, skipped, taken);
        if (taken)
            log.Add(new Annotation(image, null, shapes, null, null, where), classes);
    }

    /// <summary>The attributes of an item, by name; the number of an option becomes what the option says.</summary>
    private static IEnumerable<(string Name, string[] Values)> Values(JsonElement root, JsonElement item)
    {
        if (item.Field("av") is not { } given) yield break;
        foreach (var (id, value) in Fields(given))
        {
            if (Text.NullIfEmpty(value.AsText("av")) is not { } text) continue;
            var attribute = root.Required("attribute").Required(id);
            var name = attribute.String("aname") ?? id;
            if (attribute.String("type") == OfText) yield return (name, [text.Trim()]);
            else
                yield return (name, [.. text.Split(',', StringSplitOptions.TrimEntries)
                    .Select(option => attribute.Required("options").String(option)
                        ?? throw new MalformedEntryException(
                            $"the attribute {Text.Quote(name)} has no option {Text.Quote(option)}"))]);
        }
    }

    private static Shape? ShapeOf(double[] xy, string? @class)
    {
        void Need(int numbers)
        {
            if (xy.Length != numbers)
                throw new MalformedEntryException(
                    $"a {KindOf(xy)} has {xy.Length - 1} numbers; expected {numbers - 1}");
        }
        switch (KindOf(xy))
        {
            case "rectangle":
                Need(5);
                return new Box(@class, xy[1], xy[2], xy[3], xy[4]);
            case "circle":
                Need(4);
                return Shapes.Circle(@class, new(xy[1], xy[2]), xy[3]);
            case "ellipse":
                Need(5);
                return Shapes.Ellipse(@class, new(xy[1], xy[2]), xy[3], xy[4], turn: 0);
            case "polygon":
                return new Polygon(@class, [JsonFields.Ring(xy[1..], "xy")]);
            // around four points that touch the object
            case "extreme_rect":
                return Shapes.Bounds(new Polygon(@class, [JsonFields.Ring(xy[1..], "xy")]));
            default:
                return null;
        }
    }

    private static string KindOf(double[] xy)
        => _kinds.ElementAtOrDefault((int)Math.Clamp(xy[0], 0, _kinds.Length)) is { Length: > 0 } kind ? kind
            : $"shape {xy[0].ToString(CultureInfo.InvariantCulture)}";

    private static IEnumerable<(string Name, JsonElement Value)> Fields(JsonElement element)
        => element.ValueKind == JsonValueKind.Object ? element.EnumerateObject().Select(f => (f.Name, f.Value))
            : throw new MalformedEntryException($"found {JsonFields.Kind(element)} where an object was expected");
}
