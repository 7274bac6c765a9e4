using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>
/// Label Studio's exports: JSON, JSON-MIN, CSV and TSV, and files of one task or one annotation each, as its storage
/// export writes them. Choices become the image's class; rectangles, polygons, ellipses and brush strokes become shapes
/// (percent of the original size become pixels; ellipses and turned rectangles become polygons). One annotation of ours
/// is an annotation of theirs; cancelled ones and predictions are not labels.
/// </summary>
internal static partial class LabelStudio
{
    public static bool Recognises(string path) => Exports(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context) { Uploaded = true };
        var files = File.Exists(path) ? [path] : Exports(path);
        if (files.Count == 0)
            throw new InputException($"'{path}' holds no Label Studio export; export the project as JSON");
        foreach (var file in files)
        {
            if (CsvTable.Peek(file) is not null) ReadTable(file, log);
            else ReadJson(file, files.Count > 1 ? Path.GetFileName(file) + ", " : "", log);
        }
        return Chosen(log.Result, context);
    }

    // who submits a task without a choice gives no class; where labels are shapes, nothing is in the image
    internal static ImportResult Chosen(ImportResult read, ImportContext context)
    {
        if (context.MultiLabel || context.TakesEmpty || read.Annotations.Any(a => a.Shapes.Count > 0)) return read;
        var empty = read.Annotations.Where(a => a.Class is null).Select(a => new ImportProblem(a.Where, Text.NoClass));
        return new([.. read.Annotations.Where(a => a.Class is not null)], [.. read.Problems, .. empty]);
    }

    // a storage export names its files by number, without an ending
    private static IReadOnlyList<string> Exports(string path) => Sources.FilesOf(path, null, f =>
        Path.GetExtension(f).ToLowerInvariant() is ".json" or ""
            ? Fits(JsonFields.Peek(f)) : CsvTable.Peek(f) is { } table && Fits(table));

    private static bool Fits(JsonShape shape)
    {
        // JSON-MIN, whose first task may be longer than what is looked at
        if (shape.HasAny("images", "image", "format"))
            return shape.Has("annotation_id") || shape is { List: true, Cut: true } && shape.Has("id");
        var task = shape.Has("data") && (shape.List || shape.HasAny("annotations", "predictions", "id"));
        var cut = shape.Cut && shape.Has("annotations", "id");
        return task || cut || (shape.List
            ? shape.Has("annotation_id") || shape.Has("annotations", "id") : shape.Has("result", "task"));
    }

    private static void ReadJson(string file, string prefix, ImportLog log)
    {
        log.Beside(file);
        var json = Sources.Json(file, log.Context);
        var choices = new Lazy<string?>(() => ChoicesIn(json, Path.GetFileName(file)));
        var number = 0;
        if (Sources.EachItem(json, null, task => ReadTask(task, ++number, choices, prefix, log))) return;
        using var document = Sources.JsonValue(json);
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("data", out _))
            ReadTask(root, 1, choices, prefix, log);
        else if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("task", out var of)
            && root.TryGetProperty("result", out _))
            log.Entry(prefix + "annotation", () => ReadAnnotation(root, of, prefix + "annotation", log));
        else throw new InputException(
            $"{Path.GetFileName(file)} is not a Label Studio export: it must be a list of tasks, or one");
    }

    private static void ReadTask(JsonElement task, int number, Lazy<string?> choices, string prefix, ImportLog log)
    {
        var known = task.ValueKind == JsonValueKind.Object
            && task.Field("id") is { ValueKind: JsonValueKind.Number or JsonValueKind.String };
        var where = $"{prefix}task {(known ? Text.Quote(task.String("id")!).Trim('\'') : number)}";
        log.Entry(where, () =>
        {
            if (task.Field("data") is null) ReadMin(task, choices.Value, where, log);
            else ReadAnnotations(task, where, log);
        });
    }

    private static void ReadAnnotations(JsonElement task, string where, ImportLog log)
    {
        var number = 0;
        // they were called completions before version 1
        foreach (var annotation in task.Items(task.Field("annotations") is null ? "completions" : "annotations"))
        {
            var at = $"{where}, annotation {++number}";
            log.Entry(at, () => ReadAnnotation(annotation, task, at, log));
        }
    }

    private static void ReadAnnotation(JsonElement annotation, JsonElement task, string where, ImportLog log)
    {
        if (annotation.Field("was_cancelled") is { ValueKind: JsonValueKind.True }) return;
        var image = ImageOf(task.Required("data"));
        var regions = new Regions(log, NamesOf(annotation));
        foreach (var result in annotation.Items("result"))
            if (result.Field("value") is { } value) regions.Add(result.String("type") ?? "", result, value);
            else regions.Skip(result.String("type") ?? "");
        Add(regions, image, WhoOf(annotation), WhenOf(annotation), where, log);
    }

    /// <summary>The classes of regions by their ids, where &lt;Labels&gt; gives them to &lt;Rectangle&gt; and others: a
    /// region is two results of one id then.</summary>
    private static Dictionary<string, string> NamesOf(JsonElement annotation)
    {
        var results = annotation.Items("result").Where(r => r.Field("id") is not null).ToLookup(r => r.String("type"));
        var shapes = _shapes.SelectMany(t => results[t]).Select(r => r.String("id")!).ToHashSet();
        return results["labels"].Where(r => shapes.Contains(r.String("id")!))
            .Select(r => (Id: r.String("id")!, Name: Regions.LabelOf(r.Required("value"), "labels")))
            .Where(r => r.Name is not null).Distinct().ToLookup(r => r.Id, r => r.Name!)
            .ToDictionary(r => r.Key, r => r.Count() == 1 ? r.First() : throw Regions.Several(r.Count()));
    }

    private static void Add(Regions regions, (string Name, bool FromRoot) image, string? who, DateTimeOffset? when,
        string where, ImportLog log)
    {
        if (ImportLog.NotRead(regions.Skipped) is { } words)
        {
            var taken = regions.Classes.Count > 0 || regions.Shapes.Count > 0;
            if (taken) log.Note(where, words);
            else log.Problem(where, words);
            if (!taken) return;
        }
        log.Add(new Annotation(image.Name, null, regions.Shapes, who, when, where)
        {
            Size = regions.Size,
            FromRoot = image.FromRoot,
        }, regions.Classes);
    }

    /// <summary>The task's image: the field of that name, else the only one that looks like a picture.</summary>
    private static (string Name, bool FromRoot) ImageOf(JsonElement data)
    {
        if (data.Field("image") is { ValueKind: JsonValueKind.String } named)
        {
            var url = named.GetString()!;
            // in tasks of ours the URL begins a folder higher than the path
            return data.Field("path") is { ValueKind: JsonValueKind.String } path
                && Uri.UnescapeDataString(url).EndsWith("/" + path.GetString(), StringComparison.Ordinal)
                ? (path.GetString()!, true) : (Plain(url), false);
        }
        string[] pictures =
        [
            .. data.EnumerateObject().Where(f => f.Value.ValueKind == JsonValueKind.String)
                .Select(f => f.Value.GetString()!)
                .Where(v => v.Length < 4096 && Sources.IsPicture(v.Split('?')[0])
                    || v.Contains("/local-files/?d=", StringComparison.Ordinal)).Distinct(),
        ];
        return pictures is [var only]
            ? (Plain(only), false)
            : throw new MalformedEntryException(pictures.Length == 0
                ? "has no image among its data" : $"has {pictures.Length} images; one was expected");
    }

    /// <summary>A path that begins with a slash is one on Label Studio's server, not on this computer.</summary>
    private static string Plain(string url)
        => url.StartsWith("/data/", StringComparison.Ordinal) || url.StartsWith("//", StringComparison.Ordinal)
            ? url : url.TrimStart('/');

    private static string? WhoOf(JsonElement annotation)
        => annotation.Field("completed_by") is not { } who ? null
            : who.ValueKind == JsonValueKind.Object
                ? who.String("email") ?? who.String("id") : who.AsText("completed_by");

    private static DateTimeOffset? WhenOf(JsonElement annotation)
        => Text.Time(annotation.String("updated_at")) ?? Text.Time(annotation.String("created_at"));
}
