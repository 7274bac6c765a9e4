using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Vaal.Data.Labels;

/// <summary>
/// YOLO: one text file per image, one line per object. A line has the class number, then centre, width and height, or
/// the corners of a polygon, all relative to the image's size. A class of the image is never guessed from them. An
/// empty file says that the image shows nothing. Key points are not read. A file with one malformed line is left out as
/// a whole.
/// </summary>
internal static class Yolo
{
    /// <summary>Coordinates are shares of the image: larger numbers are pixels, of something else.</summary>
    private const double MostOfRelative = 10;

    private static readonly string[] _lists = ["train.txt", "val.txt", "valid.txt", "test.txt"];

    /// <summary>Whether a text file, or a folder's text files, are labels that lie apart from the names of their
    /// classes.</summary>
    public static bool AreLabels(string path)
    {
        static bool IsText(string file)
            => Path.GetExtension(file).Equals(".txt", StringComparison.OrdinalIgnoreCase) && !YoloNames.IsList(file);
        if (File.Exists(path)) return IsText(path) && HasLabels(path);
        return Directory.Exists(path) && Sources.VisibleFiles(path, "*.txt").Where(IsText).Take(8).Any(HasLabels);
    }

    public static bool Recognises(string path)
        => Directory.Exists(path) && FoldersWithNames(path).Any()
            && (LabelFiles(path).Take(8).ToList() is { Count: > 0 } files ? files.Exists(LooksRight)
                : Sources.Subfolders(path, "images").Any()
                    && YoloNames.FileIn(path, ImportContext.Empty) is not null);

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (!Directory.Exists(path))
            throw new InputException($"'{path}' is not a folder; expected a folder with {YoloNames.Wanted}");
        var (index, known) = (Csv.IndexByStem(path, context), new Dictionary<string, YoloNames?>());
        // a file with names that nothing refers to is read too: what is wrong with it concerns all of the data
        var root = NamesIn(path, known, context)
            ?? FoldersWithNames(path).Select(f => NamesIn(f, known, context)).FirstOrDefault(n => n is not null)
            ?? throw new InputException($"'{path}' has no class names; expected {YoloNames.Wanted}");
        // Label Studio writes it beside its classes.txt
        log.Uploaded = File.Exists(Path.Combine(path, "notes.json"));
        foreach (var labels in LabelFiles(path))
        {
            var where = Sources.Relative(path, labels);
            log.Within(path);
            log.Entry(where, () => ReadFile(path, labels, where, NamesFor(path, labels, known, context)
                ?? root, index, log));
        }
        return log.Result;
    }

    /// <summary>Nothing in it, or a first line such as <c>0 0.5 0.5 0.2 0.2</c>. Other data sets have a classes.txt and
    /// lists beside it that are no labels, such as CUB-200-2011.</summary>
    private static bool LooksRight(string file)
    {
        // what is a little wrong is listed when it is read
        return FirstLine(file) is not { } fields
            || fields.Length >= 5 && !fields[1..5].Any(f => Text.TryNumber(f) > MostOfRelative);
    }

    private static bool HasLabels(string file) => FirstLine(file) is { Length: >= 5 } fields
        && Text.TryNumber(fields[0]) is not null && fields[1..].All(f => Text.TryNumber(f) <= MostOfRelative);

    /// <summary>The words of the first line that is not blank; null: there is none.</summary>
    private static string[]? FirstLine(string file)
        => System.Text.Encoding.UTF8.GetString(Sources.Head(file, 4096)).Split('\n')
            .FirstOrDefault(l => !string.IsNullOrWhiteSpace(l))
            ?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    /// <summary>
    /// Images with labels in <c>train</c>, those of the test set in <c>val</c>, those that wait for labels apart.
    /// </summary>
    public static void Write(ExportRequest request, string path) => ExportFolder.Create(path, folder =>
    {
        var classes = request.AllClasses;
        var numbers = classes.Index().ToDictionary(c => c.Item, c => c.Index);
        var (taken, files, hasTest) = (new HashSet<string>(), new List<string>(), false);
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            var set = !row.Labelled ? "unlabelled" : row.Test ? "val" : "train";
            hasTest |= set == "val";
            ExportFolder.Copy(row, Path.Combine(folder, "images", set, file), request, files.Count - 1);
            if (row.Labelled)
                ExportFolder.Lines(Path.Combine(folder, "labels", set, Path.GetFileNameWithoutExtension(file) + ".txt"),
                    Lines(row, numbers));
        }
        ExportFolder.Flushed(Path.Combine(folder, "data.yaml"),
            stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(Yaml(classes, hasTest))));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index),
            stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    /// <summary>What of an image YOLO cannot hold at all, so that a file would say something else.</summary>
    public static string? Unfit(ExportRow row)
        => row is { Class: not null, Shapes.Count: 0 }
            ? "a class of the whole image, and YOLO holds boxes; export as image-folder, "
            + "which is also Ultralytics' form of classification data"
            : row.Shapes.Any(s => s.Class is null)
                ? "a shape without a class, and YOLO needs one; export as json" : null;

    private static void ReadFile(string folder, string file, string where, YoloNames names, Dictionary<string,
        string> index, ImportLog log)
    {
        if (RegularFile.Length(file) > 64 << 20) throw new MalformedEntryException("is larger than 64 MiB");
        var image = Sources.PictureOf(folder, where, index, picture => log.SizeOf(picture) is not null);
        var ours = index.ContainsKey(Path.GetFileNameWithoutExtension(file));
        if (ours) log.Within(null);
        var shapes = new List<Shape>();
        (int Width, int Height)? size = null;
        var number = 0;
        foreach (var line in Sources.Utf8(file, log.Context).Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            size ??= log.RequiredSizeOf(image);
            try
            {
                shapes.Add(ShapeOf(line, names, size.Value));
            }
            catch (MalformedEntryException e)
            {
                throw new MalformedEntryException($"line {number}: {e.Message}; {Text.Quote(image)} is left out");
            }
        }
        log.Add(new Annotation(image, null, shapes, null, null, where) { Size = size, FromRoot = ours });
        if (names.Points > 0 && shapes.Count > 0)
            log.Note(where, $"{Counted.Of(names.Points * shapes.Count, "key point")} not read");
    }

    private static Shape ShapeOf(string line, YoloNames names, (int Width, int Height) size)
    {
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var pose = names.KeyPoints > 0;
        if (pose ? fields.Length - names.KeyPoints is not (5 or 6)
            : fields.Length is not (5 or 6) && (fields.Length < 7 || fields.Length % 2 == 0))
            throw new MalformedEntryException(pose
                ? $"has {Counted.Of(fields.Length, "number")}; a box with {Counted.Of(names.Points, "key point")} has "
                    + $"{5 + names.KeyPoints}"
                : $"has {Counted.Of(fields.Length, "number")}; a box has 5 (6 with its score), a polygon 7, 9, 11, "
                    + "…");
        var number = Text.Whole(fields[0], "the class");
        var @class = names.Classes.GetValueOrDefault(number)
            ?? throw new MalformedEntryException(
                $"there is no class {number}; the names end at {names.Classes.Keys.Max()}");
        double[] v = [.. fields.Skip(1).Select(f => Text.Number(f, "a coordinate"))];
        if (pose || fields.Length == 6) v = v[..4];
        if (v.Any(x => x is < -0.01 or > 1.01))
            throw new MalformedEntryException("a coordinate is not between 0 and 1");
        var (w, h) = size;
        // away from the last bit of a float text
        static double Tidy(double pixels) => Math.Abs(pixels - Math.Round(pixels)) < 1e-9 ? Math.Round(pixels) : pixels;
        return v.Length == 4
            ? new Box(@class, Tidy((v[0] - v[2] / 2) * w), Tidy((v[1] - v[3] / 2) * h), Tidy(v[2] * w), Tidy(v[3] * h))
            : new Polygon(@class, [[.. v.Chunk(2).Select(p => new Point(Tidy(p[0] * w), Tidy(p[1] * h)))]]);
    }

    private static IEnumerable<string> Lines(ExportRow row, Dictionary<string, int> numbers)
    {
        if (row.Shapes.Count > 0 && (row.Width < 1 || row.Height < 1))
            throw new InputException($"the size of {row.Image} is not known; YOLO's coordinates need it");
        return row.Shapes.SelectMany(shape => ShapeLines(shape, row, numbers));
    }

    /// <summary>A mask becomes the box around it: YOLO has no masks.</summary>
    private static IEnumerable<string> ShapeLines(Shape shape, ExportRow row, Dictionary<string, int> numbers)
    {
        var (w, h) = ((double)row.Width, (double)row.Height);
        // what reaches over the edge is cut off: tools refuse coordinates outside of 0 to 1
        static double Within(double x) => Math.Clamp(x, 0, 1);
        string Line(IEnumerable<double> values)
            => $"{numbers[shape.Class!]} {string.Join(' ', values.Select(Text.Of))}";
        if (shape is Polygon polygon)
            return polygon.Rings.Select(r => Geometry.Clipped(r, (row.Width, row.Height))).Where(r => r.Count > 0)
                .Select(r => Line(r.SelectMany(p => new[] { Within(p.X / w), Within(p.Y / h) })));
        var box = Shapes.Bounds(shape);
        var (left, right) = (Within(box.X / w), Within((box.X + box.Width) / w));
        var (top, bottom) = (Within(box.Y / h), Within((box.Y + box.Height) / h));
        return [Line([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])];
    }

    // without val, Ultralytics says that one is missing: training on it and judging by it would say nothing
    private static string Yaml(IReadOnlyList<string> classes, bool hasTest)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var yaml = new Emitter(text);
        void Put(params ReadOnlySpan<ParsingEvent> events)
        {
            foreach (var e in events) yaml.Emit(e);
        }
        Put(new StreamStart(), new DocumentStart(), new MappingStart());
        // without 'path', Ultralytics counts from the folder of this file; '.' would be the current directory
        Put(new Scalar("train"), new Scalar("images/train"));
        if (hasTest) Put(new Scalar("val"), new Scalar("images/val"));
        Put(new Scalar("names"), new MappingStart());
        foreach (var (number, name) in classes.Index())
            Put(new Scalar(number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                new Scalar(AnchorName.Empty, TagName.Empty, name, ScalarStyle.DoubleQuoted, true, true));
        Put(new MappingEnd(), new MappingEnd(), new DocumentEnd(true), new StreamEnd());
        return text + (hasTest ? ""
            : "# val: images of your own, or export with '--what all' when the workspace has a test set\n");
    }

    /// <summary>
    /// The nearest file with names at or above a label file, for tools that write one into each folder.
    /// </summary>
    private static YoloNames? NamesFor(string root, string labels, Dictionary<string, YoloNames?> known,
        ImportContext context)
    {
        YoloNames? nearest = null;
        for (var folder = Path.GetDirectoryName(labels)!; folder.Length >= root.Length; folder =
            Path.GetDirectoryName(folder) ?? "")
            if (NamesIn(folder, known, context) is { } names)
            {
                // a list of names does not say how many key points there are
                nearest = nearest is null ? names : nearest.KeyPoints > 0 ? nearest
                    : nearest with { KeyPoints = names.KeyPoints, Points = names.Points };
                Agree(nearest, names, root);
            }
        return nearest;
    }

    // a list of a tool and data.yaml above or beside it: nobody knows by which of them the numbers were given
    private static void Agree(YoloNames one, YoloNames other, string root)
    {
        if (one.Contradiction(other) is { } number)
            throw new InputException($"class {number} is {Text.Quote(one.Classes[number])} in "
                + $"{Sources.Relative(root, one.Source)} and {Text.Quote(other.Classes[number])} in "
                + $"{Sources.Relative(root, other.Source)}; keep one of the two files");
    }

    private static YoloNames? NamesIn(string folder, Dictionary<string, YoloNames?> known, ImportContext context)
    {
        if (known.TryGetValue(folder, out var names)) return names;
        if (YoloNames.FileIn(folder, context) is not { } file) return known[folder] = null;
        names = YoloNames.Read(file, context);
        foreach (var other in YoloNames.UsualIn(folder).Where(f => f != file))
            Agree(YoloNames.Read(other, context), names, folder);
        return known[folder] = names;
    }

    /// <summary>The folder, its folders for labels, and one level below these.</summary>
    private static IEnumerable<string> FoldersWithNames(string path)
    {
        var places = Directory.EnumerateDirectories(path).Where(d => IsPlace(Path.GetFileName(d).ToLowerInvariant()))
            .ToList();
        return places.Prepend(path).Concat(places.SelectMany(Directory.EnumerateDirectories))
            .Where(f => YoloNames.FileIn(f, ImportContext.Empty) is not null);
    }

    /// <summary>
    /// Text files in a folder called labels, annotations or obj_…_data; where there is none, all but the lists.
    /// </summary>
    private static IEnumerable<string> LabelFiles(string folder)
    {
        string[] all =
        [
            .. Sources.VisibleFiles(folder, "*.txt").Where(f => !YoloNames.IsList(f)
                && Path.GetExtension(f).Equals(".txt", StringComparison.OrdinalIgnoreCase)),
        ];
        string[] within = [.. all.Where(f => Sources.Relative(folder, f).ToLowerInvariant().Split('/')[..^1]
            .Any(IsPlace))];
        return within.Length > 0 ? within : all.Where(f => Path.GetFileName(f).ToLowerInvariant() is var name
            && !_lists.Contains(name) && !name.StartsWith("readme", StringComparison.Ordinal));
    }

    private static bool IsPlace(string folder) => folder is "labels" or "annotations"
        || folder.StartsWith("obj_", StringComparison.Ordinal) && folder.EndsWith("_data", StringComparison.Ordinal);
}
