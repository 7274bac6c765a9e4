namespace Vaal.Data.Labels;

/// <summary>A way in which labels lie in files. One file in <c>Interop/</c>, one line in <see cref="LabelFormats"/>.</summary>
/// <param name="Description">one line for help texts</param>
/// <param name="Carries">the kinds of shape that survive writing and reading; a class of the whole image always does</param>
/// <param name="Recognises">whether a file or folder looks like this format; reads names and the first bytes only</param>
/// <param name="Read">null: the format is only written</param>
/// <param name="Write">null: the format is only read; the second argument is the file or folder to make</param>
public sealed record LabelFormat(
    string Name, string Description, IReadOnlyList<Type> Carries, Func<string, bool> Recognises,
    Func<string, ImportContext, ImportResult>? Read, Action<ExportRequest, string>? Write)
{
    /// <summary>Whether it can say that somebody looked at an image and found nothing.</summary>
    public bool KeepsNothing { get; init; }

    /// <summary>What else of an image such a file does not hold, in words.</summary>
    internal Func<ExportRow, IEnumerable<string>> Lacks { get; init; } = _ => [];

    /// <summary>What of these images the format cannot hold, a line each.</summary>
    internal IEnumerable<string> Losses(IReadOnlyList<ExportRow> rows)
    {
        var (shapes, nothing) = (rows.Count(r => r.Shapes.Any(s => !Carries.Contains(s.GetType()))), KeepsNothing ? 0 : rows.Count(r => r.Nothing));
        if (shapes > 0) yield return $"{shapes:N0} images have shapes that {Name} cannot hold as they are; json holds all";
        if (nothing > 0) yield return $"that there is nothing in {nothing:N0} images is not said in {Name}; json says it";
        foreach (var lack in rows.SelectMany(Lacks).CountBy(words => words)) yield return $"{lack.Value:N0} images have {lack.Key}";
    }
}

/// <summary>The label formats by name, in the order in which they are recognised. Help texts and tests follow from this table.</summary>
public static class LabelFormats
{
    private static readonly Type[] ClassesOnly = [], AllShapes = [typeof(Box), typeof(Polygon), typeof(Mask)];

    private static Func<ExportRow, IEnumerable<string>> SplitsRings(string name) =>
        row => row.Shapes.Any(s => s is Polygon { Rings.Count: > 1 }) ? [$"polygons of several rings, each of which becomes a polygon in {name}; coco and json keep them"] : [];

    /// <summary>Every format by name.</summary>
    public static IReadOnlyDictionary<string, LabelFormat> All { get; } = new LabelFormat[]
    {
        new("csv", "path,label table; rank, score and reason where known", ClassesOnly, Csv.Recognises, Csv.Read, Csv.Write),
        new("parquet", "the same table as Parquet", ClassesOnly, ParquetTable.Recognises, ParquetTable.Read, ParquetTable.Write),
        new("label-studio", "Label Studio: JSON and JSON-MIN exports; tasks with scores and pre-labels", AllShapes, LabelStudio.Recognises, LabelStudio.Read, LabelStudio.Write) { KeepsNothing = true, Lacks = SplitsRings("label-studio") },
        new("coco", "COCO: boxes, polygons, run-length masks", AllShapes, Coco.Recognises, Coco.Read, Coco.Write),
        new("json", "Vaal's own JSON, or one object a line (JSONL)", AllShapes, JsonLabels.Recognises, JsonLabels.Read, JsonLabels.Write) { KeepsNothing = true },
        new("cvat", "CVAT for images 1.1 (XML)", AllShapes, Cvat.Recognises, Cvat.Read, Cvat.Write) { Lacks = SplitsRings("cvat") },
        new("voc", "Pascal VOC: an XML file an image; read only", ClassesOnly, PascalVoc.Recognises, PascalVoc.Read, null),
        new("yolo", "YOLO: a folder of text files and data.yaml", [typeof(Box), typeof(Polygon)], Yolo.Recognises, Yolo.Read, Yolo.Write)
        {
            KeepsNothing = true,
            Lacks = row => row is { Class: not null, Shapes.Count: > 0 } ? SplitsRings("yolo")(row).Prepend("shapes and a class as a whole, which yolo does not hold beside them; json does") : SplitsRings("yolo")(row),
        },
        new("masks", "a PNG of class ids an image, in masks/, with classes.csv", [typeof(Mask)], MaskPngs.Recognises, MaskPngs.Read, MaskPngs.Write)
        {
            Lacks = row => row is { Class: not null, Shapes.Count: 0 } ? ["a class and no shapes: there is no mask of them, and their class is in vaal.csv alone"] : [],
        },
        new("image-folder", "a folder a class, with the pictures in it", ClassesOnly, FolderPerClass.Recognises, FolderPerClass.Read, FolderPerClass.Write),
    }.ToDictionary(f => f.Name);

    /// <summary>The format of that name.</summary>
    /// <exception cref="InputException">there is none</exception>
    public static LabelFormat Named(string name)
        => All.GetValueOrDefault(name) ?? throw new InputException($"no label format '{name}'; there are: {Choices(All.Values)}");

    /// <summary>The format that a file or folder is in.</summary>
    /// <exception cref="InputException">none recognises it</exception>
    public static LabelFormat Detect(string path)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new InputException($"no file or folder '{path}'");
        return Sources.Readable(path, () => All.Values.FirstOrDefault(f => f.Read is not null && f.Recognises(path)))
            ?? throw new InputException($"'{path}' is in no label format that is known; name one of: {Choices(All.Values.Where(f => f.Read is not null))}");
    }

    /// <summary>Reads labels from a file, a folder, or a ZIP archive of either.</summary>
    /// <param name="format">null: find out</param>
    /// <exception cref="InputException">it cannot be read at all; single entries that cannot are listed in the result</exception>
    public static ImportResult Import(string path, string? format, ImportContext context)
    {
        if (!File.Exists(path) && !Directory.Exists(path)) throw new InputException($"no file or folder '{path}'");
        var named = format is null ? null : Named(format);
        if (named is { Read: null }) throw new InputException($"'{format}' can only be written; these can be read: {Choices(All.Values.Where(f => f.Read is not null))}");
        return Sources.Readable(path, () => Sources.IsZip(path)
            ? FromArchive(path, named, context)
            : (named ?? Detect(path)).Read!(path, context));
    }

    /// <summary>Writes an export; it appears at <paramref name="path"/> whole or not at all.</summary>
    /// <exception cref="InputException">no such format, or one that is only read, or something else is at that path</exception>
    public static void Export(ExportRequest request, string format, string path)
    {
        var write = Named(format).Write ?? throw new InputException($"'{format}' can only be read; these can be written: {Choices(All.Values.Where(f => f.Write is not null))}");
        try
        {
            write(request, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    private static ImportResult FromArchive(string path, LabelFormat? format, ImportContext context)
    {
        var folder = Directory.CreateTempSubdirectory("vaal-import-").FullName;
        try
        {
            var log = new ImportLog(context);
            Sources.Unzip(path, folder, log);
            var root = Sources.OnlyContent(folder);
            var found = format ?? All.Values.FirstOrDefault(f => f.Read is not null && f.Recognises(root))
                ?? throw new InputException($"'{path}' holds no label format that is known; name one of: {Choices(All.Values.Where(f => f.Read is not null))}");
            var result = found.Read!(root, context);
            return result with { Problems = [.. log.Result.Problems, .. result.Problems] };
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Choices(IEnumerable<LabelFormat> formats) => string.Join(", ", formats.Select(f => f.Name).Order(StringComparer.Ordinal));
}
