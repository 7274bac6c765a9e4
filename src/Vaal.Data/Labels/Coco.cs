using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// COCO. An annotation with a segmentation is a polygon or a mask. One with only a bounding box is a box. One with
/// neither gives the whole image its category: that is how classification is written in COCO's form; a class is never
/// guessed from shapes. Of a folder, files of captions, key points and panoptic segments are left alone. An image with
/// one malformed annotation is left out as a whole: half its shapes would be a wrong label.
/// </summary>
internal static partial class Coco
{
    private static readonly string[] _otherTasks = ["captions", "image_info", "panoptic", "person_keypoints"];

    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path);
        if (files.Count == 0) throw new InputException($"'{path}' holds no COCO file");
        foreach (var file in files)
        {
            log.Beside(file);
            var json = Sources.Json(file, context);
            log.Uploaded = json.AsSpan().IndexOf("\"Label Studio\""u8) >= 0;               // the contributor
            if (!ReadFile(json, files.Count > 1 ? Path.GetFileName(file) + ", " : "", log))
                throw new InputException(
                    $"{Path.GetFileName(file)} is not a COCO file: it must be an object with images and annotations");
        }
        return log.Result;
    }

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, "annotations", f =>
    {
        if (!Path.GetExtension(f).Equals(".json", StringComparison.OrdinalIgnoreCase)) return false;
        var other = _otherTasks.Any(t => Path.GetFileName(f).StartsWith(t, StringComparison.OrdinalIgnoreCase));
        return !(other && Directory.Exists(path)) && Fits(JsonFields.Peek(f));
    });

    /// <summary>A list of categories alone is no COCO file: Label Studio writes one beside its YOLO exports.</summary>
    private static bool Fits(JsonShape shape)
    {
        if (shape.List || shape.HasAny("format", "data", "result")) return false;
        if (shape.Has("images")) return shape.Cut || shape.HasAny("annotations", "categories", "info", "licenses");
        return shape.Has("annotations") && (shape.Cut || shape.HasAny("categories", "info", "licenses"));
    }

    private sealed class Image(string name, (int Width, int Height)? size, string where)
    {
        public string Name => name;
        public (int Width, int Height)? Size => size;
        public string Where => where;
        public List<Shape> Shapes => field ??= [];
        public List<(string Class, string Where)> Classes => field ??= [];
        public bool Broken { get; set; }
        public bool Seen { get; set; }

        /// <summary>An annotation is about it.</summary>
        public bool Named { get; set; }
    }

    private static bool ReadFile(byte[] json, string prefix, ImportLog log)
    {
        if (IsOurs(json)) log.Within(null);
        var categories = new Dictionary<string, string?>();
        var images = new Dictionary<string, Image>();
        var (number, keyPoints, crowds) = (0, 0, 0);
        Sources.EachItem(json, "categories",
            category => log.Entry($"{prefix}category {++number}", () => ReadCategory(category, categories)));
        number = 0;
        var found = Sources.EachItem(json, "images", image =>
            log.Entry($"{prefix}image {++number}", () => ReadImage(image, prefix, images, log)));
        number = 0;
        found &= Sources.EachItem(json, "annotations", annotation =>
        {
            number++;
            var known = annotation.ValueKind == JsonValueKind.Object
                && annotation.Field("id") is { ValueKind: JsonValueKind.Number or JsonValueKind.String };
            var where = $"{prefix}annotation "
                + $"{(known ? Shown(annotation.String("id")!) : $"number {number}")}";
            log.Entry(where, () => ReadAnnotation(annotation, where, images, categories, log));
            if (annotation.ValueKind != JsonValueKind.Object) return;
            if (annotation.TryGetProperty("keypoints", out _)) keyPoints++;
            if (annotation.TryGetProperty("iscrowd", out var crowd) && crowd.TryByte() == 1) crowds++;
        });
        foreach (var image in images.Values.Where(i => i.Seen)) log.Entry(image.Where, () => Add(image, log));
        var any = images.Values.Any(i => i is { Seen: true, Broken: false });
        if (keyPoints > 0)
        {
            var words = $"key points of {Counted.Of(keyPoints, "annotation")} are not read";
            if (any) log.Note($"{prefix}annotations", words);
            else log.Problem($"{prefix}annotations", words);
        }
        if (crowds > 0)
            log.Note($"{prefix}annotations", $"{Counted.Of(crowds, "region is", "regions are")} marked as a crowd; "
                + "the mark is not read, the shape is");
        // tools list all images, and also those that nobody has looked at; of ours, the export has said so
        if (any && !IsOurs(json) && images.Values.Count(i => !i.Named && !i.Broken) is > 0 and var rest)
            log.Note($"{prefix}images", $"{Counted.Of(rest, "image has", "images have")} no annotation, and so no "
                + "label: COCO does not say whether somebody looked");
        return found;
    }

    private static void ReadCategory(JsonElement category, Dictionary<string, string?> categories)
    {
        var id = IdOf(category, "id");
        var name = Text.NullIfEmpty(category.String("name"))?.Trim()
            ?? throw new MalformedEntryException("has no 'name'");
        if (categories.TryAdd(id, name) || categories[id] == name) return;
        // nobody knows which of them is meant
        categories[id] = null;
        throw new MalformedEntryException(
            $"the id {Shown(id)} has another name already; annotations with it are left out");
    }

    /// <summary>COCO's ids are numbers; some tools write text, or text in one list and numbers in the other.</summary>
    private static string IdOf(JsonElement element, string name)
        => element.Required(name) is var id && id.ValueKind == JsonValueKind.String
            ? Text.NullIfEmpty(id.GetString()) ?? throw new MalformedEntryException($"'{name}' is empty")
            : (id.ValueKind == JsonValueKind.Number && id.TryGetInt64(out var exact) ? exact : id.AsWhole(name))
                .ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsOurs(byte[] json)
        => json.AsSpan(0, Math.Min(json.Length, 200)).IndexOf(System.Text.Encoding.UTF8.GetBytes(Description)) >= 0;

    private static void ReadImage(JsonElement image, string prefix, Dictionary<string, Image> images, ImportLog log)
    {
        var id = IdOf(image, "id");
        try
        {
            AddImage(id, image, prefix, images, log);
        }
        catch (MalformedEntryException)
        {
            // its annotations are no problems of their own
            images.TryAdd(id, new Image("", null, "") { Broken = true });
            throw;
        }
    }

    private static void AddImage(string id, JsonElement image, string prefix, Dictionary<string, Image> images,
        ImportLog log)
    {
        var name = image.String("file_name") ?? throw new MalformedEntryException("has no 'file_name'");
        log.CheckName(name);
        (int, int)? size = image.Field("width") is null ? null : (image.Side("width"), image.Side("height"));
        if (images.TryAdd(id, new Image(name, size, $"{prefix}image {Shown(id)}"))) return;
        var first = images[id];
        if ((first.Name, first.Size) == (name, size)) return;
        // nobody knows which of them an annotation means
        first.Broken = true;
        if (first.Name.Length == 0)
            throw new MalformedEntryException(
                $"the id {Shown(id)} is that of another image already, which is left out");
        throw new MalformedEntryException(
            $"the id {Shown(id)} is that of {Text.Quote(first.Name)} already; both images are left out");
    }

    private static void ReadAnnotation(JsonElement annotation, string where, Dictionary<string, Image> images,
        Dictionary<string, string?> categories, ImportLog log)
    {
        var id = IdOf(annotation, "image_id");
        if (!images.TryGetValue(id, out var image)) throw new MalformedEntryException($"there is no image {Shown(id)}");
        image.Named = true;
        if (image.Name.Length == 0) return;
        try
        {
            if (annotation.Field("caption") is not null || annotation.Field("segments_info") is not null)
                throw new MalformedEntryException("captions and panoptic segments are not read");
            var category = IdOf(annotation, "category_id");
            var @class = categories.GetValueOrDefault(category)
                ?? throw new MalformedEntryException($"there is no category {Shown(category)}");
            if (ShapeOf(annotation, @class, image, log) is { } shape) image.Shapes.Add(shape);
            else if (annotation.Field("keypoints") is not null) return;               // of a part of the image
            else if (annotation.EnumerateObject().Select(f => f.Name).FirstOrDefault(IsOtherPlace) is { } place)
                throw new MalformedEntryException(
                    $"has the field {Text.Quote(place)}, which is not read, and no 'bbox' or 'segmentation'");
            else image.Classes.Add((@class, where));
            image.Seen = true;
        }
        catch (MalformedEntryException e)
        {
            // an image is left out once
            var entries = image.Broken ? 0 : 1;
            image.Broken = true;
            throw new MalformedEntryException($"{e.Message}; {Text.Quote(image.Name)} is left out", entries);
        }
    }

    private static bool IsOtherPlace(string field) =>
        field is not ("bbox" or "segmentation") && CsvBoxes.IsPlace(field);

    private static string Shown(string id) => id.All(char.IsAsciiDigit) ? id : Text.Quote(id).Trim('\'');

    private static void Add(Image image, ImportLog log)
    {
        if (image.Broken) return;
        var classes = image.Classes.DistinctBy(c => c.Class).ToArray();
        var where = classes.FirstOrDefault().Where ?? image.Where;
        log.Add(new Annotation(image.Name, null, image.Shapes, null, null, where) { Size = image.Size },
            classes.Select(c => c.Class));
    }

    private static Shape? ShapeOf(JsonElement annotation, string @class, Image image, ImportLog log)
    {
        if (annotation.Field("segmentation") is { } segmentation)
        {
            if (segmentation.ValueKind == JsonValueKind.Object) return MaskOf(segmentation, @class, image, log);
            // a list with an empty ring says as little as an empty list
            Point[][] rings = [.. segmentation.AsItems("segmentation")
                .Where(r => r.ValueKind != JsonValueKind.Array || r.GetArrayLength() > 0)
                .Select(r => r.Ring("segmentation"))];
            if (rings.Length > 0) return new Polygon(@class, rings);
        }
        if (annotation.Field("bbox") is not { } bbox) return null;
        if (bbox is { ValueKind: JsonValueKind.Array } && bbox.GetArrayLength() == 0) return null;
        return bbox.Numbers("bbox") is [var x, var y, >= 0 and var w, >= 0 and var h]
            ? Shapes.Turned(new Box(@class, x, y, w, h), TurnOf(annotation))
            : throw new MalformedEntryException("'bbox' must be x, y, width, height");
    }

    // as CVAT writes it: degrees, clockwise; text there is an attribute of somebody's own
    private static double TurnOf(JsonElement annotation)
        => annotation.Field("attributes") is { ValueKind: JsonValueKind.Object } attributes
            && attributes.Field("rotation") is { ValueKind: JsonValueKind.Number } turn
            ? Shapes.TurnOf(turn.AsNumber("rotation"), "a box") : 0;

    private static Mask MaskOf(JsonElement segmentation, string @class, Image image, ImportLog log)
    {
        if (segmentation.Required("size")
            .Numbers("size") is not [>= 1 and <= Rle.MaxSide and var h, >= 1 and <= Rle.MaxSide and var w])
            throw new MalformedEntryException("'size' must be height, width");
        var (height, width) = ((int)h, (int)w);
        if (image.Size is { } size && size != (width, height))
            throw new MalformedEntryException(
                $"the mask has {width} x {height} pixels, its image {size.Width} x {size.Height}");
        var counts = segmentation.Required("counts");
        var runs = counts.ValueKind == JsonValueKind.String
            ? Rle.ParseCounts(counts.GetString()!)
            : counts.AsItems("counts").Select(c => c.AsWhole("counts"));
        var rows = Rle.Transpose(Rle.Checked(runs, width, height), height, width, log.Runs);
        return new Mask(@class, rows, width, height);
    }
}
