namespace Vaal.Data.Labels;

/// <summary>
/// A way in which labels lie in files. One file in <c>Labels/</c>, one line in <see cref="LabelFormats"/>.
/// </summary>
/// <param name="Description">one line for help texts</param>
/// <param name="Carries">the kinds of shape that survive writing and reading</param>
/// <param name="Recognises">whether a file or folder looks like it; reads names and the first bytes only</param>
/// <param name="Read">null: the format is only written</param>
/// <param name="Write">null: the format is only read; the second argument is the file or folder to make</param>
internal sealed record LabelFormat(
    string Name, string Description, IReadOnlyList<Type> Carries, Func<string, bool> Recognises,
    Func<string, ImportContext, ImportResult>? Read, Action<ExportRequest, string>? Write)
{
    /// <summary>Whether it can say that somebody looked at an image and found nothing.</summary>
    public bool KeepsNothing { get; init; }

    /// <summary>It says so of an image only beside shapes of others: without any, a workspace of classes takes it for
    /// an image that nobody has labelled.</summary>
    internal bool NothingNeedsShapes { get; init; }

    /// <summary>What else of an image such a file does not hold, in words.</summary>
    internal Func<ExportRow, IEnumerable<string>> Lacks { get; init; } = _ => [];

    /// <summary>What of an image such a file would say wrongly, in words; null: nothing.</summary>
    internal Func<ExportRow, string?> Unfit { get; init; } = _ => null;

    /// <summary>Whether it holds the class of a whole image.</summary>
    internal bool HoldsClasses { get; init; } = true;

    /// <summary>Whether it holds several classes of a whole image.</summary>
    internal bool HoldsSeveral { get; init; }

    /// <summary>Whether it can say that an image that may have several classes has none of them.</summary>
    internal bool HoldsNone { get; init; }

    /// <summary>Images as such a file can hold them: with one class, where it holds no more.</summary>
    internal IReadOnlyList<ExportRow> Fitted(IReadOnlyList<ExportRow> rows) =>
        HoldsSeveral ? rows : [.. rows.Select(r => r.OfOneClass())];

    /// <summary>What of these images the format cannot hold, a line each.</summary>
    public IEnumerable<string> Losses(IReadOnlyList<ExportRow> given)
    {
        var rows = Fitted(given);
        foreach (var row in rows.Where(r => r.Impossible is not null))
            yield return $"the label of {row.Image} is left out: {row.Impossible}";
        var shapes = rows.Count(r => r.Shapes.Any(s => !Carries.Contains(s.GetType())));
        var nothing = KeepsNothing ? 0 : rows.Count(r => r.Nothing);
        var unsure = NothingNeedsShapes && !rows.Any(r => r.Shapes.Count > 0) ? rows.Count(r => r.Nothing) : 0;
        var none = HoldsNone ? 0 : rows.Count(r => r is { Classes: [], Shapes: [] });
        if (shapes > 0)
            yield return $"{Counted.Of(shapes, "image has", "images have")} shapes that {Name} cannot hold as they "
                + "are; json holds all";
        if (nothing > 0)
            yield return $"{Name} cannot say that {Counted.Of(nothing, "image is", "images are")} empty; json can";
        if (unsure > 0)
            yield return $"{Counted.Of(unsure, "image is", "images are")} empty: another workspace of classes would "
                + $"read no label for {(unsure == 1 ? "it" : "them")} from {Name}; json keeps it";
        if (none > 0)
            yield return $"{Name} cannot say that {Counted.Of(none, "image has", "images have")} none of the classes; "
                + "csv and json can";
        foreach (var lack in rows.SelectMany(Lacks).CountBy(words => words))
            yield return $"{Counted.Of(lack.Value, "image has", "images have")} {lack.Key}";
    }

    /// <summary>Why such a file would mislead; null: it holds what there is, or enough of it.</summary>
    internal string? Refusal(IReadOnlyList<ExportRow> rows)
    {
        if (rows.FirstOrDefault(r => Unfit(r) is not null) is { } unfit)
        {
            var all = rows.Count(r => Unfit(r) is not null);
            return all == 1 ? $"{unfit.Image} has {Unfit(unfit)}"
                : $"{unfit.Image} and {Counted.Of(all - 1, "more image")} have {Unfit(unfit)}";
        }
        // those with a rank were chosen to be labelled: what they have already is not what the file is for
        var labelled = rows.Where(r => r.Labelled && r.Rank is null).ToList();
        var held = labelled.Any(r => r.Class is not null && HoldsClasses || r.Shapes.Count > 0 && Carries.Count > 0
            || r.Nothing && KeepsNothing || r.Classes is { Count: > 0 } || r.Classes is not null && HoldsNone);
        return labelled.Count == 0 || held ? null
            : $"{Name} can hold none of the labels of {Counted.Of(labelled.Count, "image")}, which would look "
                + "unlabelled; json holds all";
    }
}

/// <summary>
/// The label formats by name, in the order in which they are recognised. Help texts and tests follow from this table.
/// </summary>
internal static partial class LabelFormats
{
    /// <summary>How far below a folder its labels are looked for, and in how many folders.</summary>
    private const int MostLevels = 3, MostFolders = 2_000;

    private static readonly Type[] _classesOnly = [], _allShapes = [typeof(Box), typeof(Polygon), typeof(Mask)];

    private static Func<ExportRow, IEnumerable<string>> SplitsRings(string name)
        => row => row.Shapes.Any(s => s is Polygon { Rings.Count: > 1 })
        ? [$"polygons of several rings, each of which becomes a polygon in {name}; coco and json keep them"] : [];

    /// <summary>Every format by name.</summary>
    public static IReadOnlyDictionary<string, LabelFormat> All { get; } = new LabelFormat[]
    {
        new("label-studio", "Label Studio: JSON, JSON-MIN, CSV, one-task files; tasks with scores and pre-labels",
            _allShapes, LabelStudio.Recognises, LabelStudio.Read, LabelStudio.Write)
        {
            KeepsNothing = true,
            NothingNeedsShapes = true,
            HoldsSeveral = true,
            HoldsNone = true,
            Lacks = SplitsRings("label-studio"),
        },
        Read("via", "VGG Image Annotator: JSON, CSV and projects of versions 1 to 3", Via.Recognises, Via.Read),
        Read("open-images", "Open Images: tables of boxes or classes", OpenImages.Recognises, OpenImages.Read),
        new("one-hot", "one column per class (Roboflow's _classes.csv)",
            _classesOnly, OneHotTable.Recognises, OneHotTable.Read, OneHotTable.Write)
        {
            KeepsNothing = true,
            HoldsSeveral = true,
            HoldsNone = true,
        },
        new("csv", "path,label table; rank, score and reason where known. Boxes in tables are read too",
            _classesOnly, Csv.Recognises, Csv.Read, Csv.Write)
        {
            HoldsSeveral = true,
            HoldsNone = true,
        },
        new("parquet", "the same table as Parquet",
            _classesOnly, ParquetTable.Recognises, ParquetTable.Read, ParquetTable.Write)
        {
            HoldsSeveral = true,
            HoldsNone = true,
        },
        new("coco", "COCO: boxes, polygons, run-length masks", _allShapes, Coco.Recognises, Coco.Read, Coco.Write)
        {
            HoldsSeveral = true,
        },
        Read("labelme", "LabelMe: a JSON file an image", LabelMe.Recognises, LabelMe.Read),
        Read("supervisely", "Supervisely: img/ and ann/", Supervisely.Recognises, Supervisely.Read),
        Read("bdd100k", "BDD100K and Scalabel: JSON", Bdd100kLabels.Recognises, Bdd100kLabels.Read),
        Read("create-ml", "Apple's Create ML: JSON", CreateMl.Recognises, CreateMl.Read),
        new("json", "Vaal's own JSON, or one object per line (JSONL)",
            _allShapes, JsonLabels.Recognises, JsonLabels.Read, JsonLabels.Write)
        {
            KeepsNothing = true,
            HoldsSeveral = true,
            HoldsNone = true,
        },
        new("cvat", "CVAT for images 1.1 (XML)", _allShapes, Cvat.Recognises, Cvat.Read, Cvat.Write)
        {
            HoldsSeveral = true,
            Lacks = SplitsRings("cvat"),
        },
        Read("voc", "Pascal VOC: an XML file an image", PascalVoc.Recognises, PascalVoc.Read),
        new("yolo", "YOLO: a folder of text files and data.yaml",
            [typeof(Box), typeof(Polygon)], Yolo.Recognises, Yolo.Read, Yolo.Write)
        {
            KeepsNothing = true,
            HoldsClasses = false,
            Unfit = Yolo.Unfit,
            Lacks = row => row is { Class: not null, Shapes.Count: > 0 }
                ? SplitsRings("yolo")(row).Prepend(
                    "shapes and a class as a whole, which yolo does not hold beside them; json does")
                : SplitsRings("yolo")(row),
        },
        new("masks", "one PNG of class ids per image, in masks/, with classes.csv",
            [typeof(Mask)], MaskPngs.Recognises, MaskPngs.Read, MaskPngs.Write)
        {
            Lacks = MaskPngs.Lacks,
        },
        new(ImageFolders, "one folder per class, with the pictures in it",
            _classesOnly, FolderPerClass.Recognises, FolderPerClass.Read, FolderPerClass.Write),
    }.ToDictionary(f => f.Name);

    private static LabelFormat Read(
        string name, string description, Func<string, bool> recognises, Func<string, ImportContext, ImportResult> read)
        => new(name, description + "; read only", _classesOnly, recognises, read, null);

    /// <summary>Formats that hold several classes an image, for messages.</summary>
    internal static string NamesOfSeveral =>
        Choices(All.Values.Where(f => f is { HoldsSeveral: true, Write: not null }));

    private const string ImageFolders = "image-folder";

    private static IEnumerable<LabelFormat> Readable => All.Values.Where(f => f.Read is not null);

    /// <summary>The format of that name.</summary>
    /// <exception cref="InputException">there is none</exception>
    /// <param name="write">it is to write labels: a message names only those that can</param>
    public static LabelFormat Named(string name, bool write = false)
        => All.GetValueOrDefault(name) ?? throw new InputException($"no label format '{name}'; there are: "
            + Choices(write ? All.Values.Where(f => f.Write is not null) : All.Values));

    /// <summary>The format that a file or folder is in.</summary>
    /// <exception cref="InputException">none recognises it, or several do</exception>
    public static LabelFormat Detect(string path)
        => Sources.Readable(path, () => Locate(Existing(path), path)[0].Format);

    /// <summary>Reads labels from a file, a folder, or a ZIP archive of either.</summary>
    /// <param name="format">null: find out</param>
    /// <exception cref="InputException">it cannot be read at all; single entries that cannot are listed in the
    /// result</exception>
    public static ImportResult Import(string path, string? format, ImportContext context)
    {
        var named = format is null ? null : Named(format);
        if (named is { Read: null })
            throw new InputException($"'{format}' can only be written; these can be read: {Choices(Readable)}");
        return Sources.Readable(path, () => Sources.IsZip(Existing(path))
            ? FromArchive(path, named, context)
            : Read(Existing(path), path, named, context));
    }

    /// <summary>Writes an export; it appears at <paramref name="path"/> whole or not at all.</summary>
    /// <exception cref="InputException">no such format, or one that is only read, or something else is at that
    /// path</exception>
    public static void Export(ExportRequest request, string format, string path)
    {
        var named = Named(format);
        var write = named.Write
            ?? throw new InputException(
                $"'{format}' can only be read; these can be written: "
                    + $"{Choices(All.Values.Where(f => f.Write is not null))}");
        if (request.MultiLabel && !named.HoldsSeveral)
        {
            request = request with { Rows = named.Fitted(request.Rows), MultiLabel = false };
            if (request.Rows.FirstOrDefault(r => r.Classes is not null) is { } several)
                throw new InputException($"{format} holds one class an image, and {several.Image} has "
                    + $"{ClassSet.Words(several.Classes!)}; export as {NamesOfSeveral}");
        }
        if (named.Refusal(request.Rows) is { } refusal) throw new InputException(refusal);
        request.Cancel.ThrowIfCancellationRequested();
        if (request.Rows.Count > ImportLog.Every) request.Report?.Invoke(new("writing labels", 0, request.Rows.Count));
        try
        {
            write(request, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"'{path}' cannot be written: {e.Message}", e);
        }
    }

    private static InputException Unknown(string shown) => new(
        File.Exists(shown) && RegularFile.Length(shown) == 0 ? $"'{shown}' is empty; expected labels"
        : Sources.IsUtf16(shown) ? $"expected a text in UTF-8, found UTF-16 in '{shown}'; save it as UTF-8"
        : Yolo.AreLabels(shown) ? $"'{shown}' looks like YOLO labels; give the folder that holds {YoloNames.Wanted}"
        : Foreign(shown) is { } foreign
            ? $"expected labels in a format that is read, found {foreign.What} in '{shown}'; {foreign.Instead}"
        : $"'{shown}' has no known label format; name one with --format: {Choices(Readable)}");

    /// <summary>What a JSON file of another tool is, and what to do; null: not known.</summary>
    private static (string What, string Instead)? Foreign(string path)
    {
        if (!File.Exists(path) || !Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase))
            return null;
        var shape = JsonFields.Peek(path);
        if (shape.List)
            return shape.Has("image_id") && shape.HasAny("bbox", "segmentation", "keypoints")
                ? ("predictions in COCO's form for results", "give a COCO file with images and categories") : null;
        return shape.Has("items", "categories") ? ("Datumaro's own JSON", "export as COCO there")
            : shape.Has("classes", "labels")
                ? ("FiftyOne's own JSON", "export boxes as COCO there, and classes as a table or as folders") : null;
    }

    private static string Choices(IEnumerable<LabelFormat> formats)
        => string.Join(", ", formats.Select(f => f.Name).Order(StringComparer.Ordinal));
}
