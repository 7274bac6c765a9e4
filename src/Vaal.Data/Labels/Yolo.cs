using System.Globalization;

namespace Vaal.Data.Labels;

/// <summary>
/// YOLO: a text file an image, a line an object: class number and centre, width, height (or the corners of a polygon),
/// all relative to the image's size. An image of which only the class is known is written as one box over all of it,
/// and such a file is read as that class and that box. An empty file says that the image shows nothing.
/// A file with one malformed line is left out as a whole.
/// </summary>
internal static class Yolo
{
    private static readonly string[] NameFiles = ["data.yaml", "data.yml", "dataset.yaml", "obj.names", "classes.txt"];

    public static bool Recognises(string path) => Directory.Exists(path) && NamesFile(path) is not null && (LabelFiles(path).Any() || Directory.Exists(Path.Combine(path, "images")));

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        if (!Directory.Exists(path)) throw new InputException($"'{path}' is not a folder; YOLO labels are a folder with {string.Join(" or ", NameFiles)} in it");
        var file = NamesFile(path) ?? throw new InputException($"'{path}' has no class names; YOLO labels need {string.Join(" or ", NameFiles)}");
        var names = NamesIn(file, context);
        var index = Csv.IndexByStem(path, context);
        foreach (var labels in LabelFiles(path))
        {
            var where = Sources.Relative(path, labels);
            log.Entry(where, () => ReadFile(path, labels, where, names, index, log));
        }
        return log.Result;
    }

    public static void Write(ExportRequest request, string path) => ExportFolder.Create(path, folder =>
    {
        var classes = request.AllClasses;
        var numbers = classes.Select((name, i) => (name, i)).ToDictionary(c => c.name, c => c.i);
        var (taken, files) = (new HashSet<string>(), new List<string>());
        foreach (var row in request.Rows)
        {
            var file = ExportFolder.Unique(row.Image, taken);
            files.Add(file);
            ExportFolder.Copy(row, Path.Combine(folder, "images", file));
            if (!row.Labelled) continue;
            var lines = Lines(row, numbers);
            ExportFolder.Flushed(Path.Combine(folder, "labels", Path.GetFileNameWithoutExtension(file) + ".txt"), stream => WriteText(stream, lines));
        }
        ExportFolder.Flushed(Path.Combine(folder, "data.yaml"), stream => WriteText(stream,
            ["path: .", "train: images", "val: images", "names:", .. classes.Select((c, i) => $"  {i}: {Quoted(c)}")]));
        ExportFolder.Flushed(Path.Combine(folder, ExportFolder.Index), stream => Csv.WriteIndex(stream, request.Rows, files));
    });

    private static void ReadFile(string folder, string file, string where, IReadOnlyDictionary<int, string> names, Dictionary<string, string> index, ImportLog log)
    {
        if (new FileInfo(file).Length > 64 << 20) throw new MalformedEntryException("is larger than 64 MiB");
        var image = Sources.PictureOf(folder, where, index);
        var shapes = new List<Shape>();
        (int Width, int Height)? size = null;
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line)) continue;
            size ??= log.Context.SizeOf(image) ?? throw new MalformedEntryException($"the size of image {Text.Quote(image)} is not known; is it in the workspace?");
            try
            {
                shapes.Add(ShapeOf(line, names, size.Value));
            }
            catch (MalformedEntryException e)
            {
                throw new MalformedEntryException($"line {number}: {e.Message}; {Text.Quote(image)} is left out");
            }
        }
        var whole = shapes is [Box { X: 0, Y: 0 } box] && size == ((int)box.Width, (int)box.Height) ? box.Class : null;
        log.Add(new Annotation(image, whole, shapes, null, null, where) { Size = size });
    }

    private static Shape ShapeOf(string line, IReadOnlyDictionary<int, string> names, (int Width, int Height) size)
    {
        var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6) && (fields.Length < 7 || fields.Length % 2 == 0))
            throw new MalformedEntryException($"has {fields.Length} numbers; a box has 5 (6 with its score), a polygon 7, 9, 11, …");
        var number = Text.Whole(fields[0], "the class");
        var @class = names.GetValueOrDefault(number) ?? throw new MalformedEntryException($"there is no class {number}; the names end at {names.Count - 1}");
        double[] v = [.. fields.Skip(1).Select(f => Text.Number(f, "a coordinate"))];
        if (fields.Length == 6) v = v[..4];
        if (v.Any(x => x is < -0.01 or > 1.01)) throw new MalformedEntryException("a coordinate is not between 0 and 1");
        var (w, h) = size;
        // away from the last bit of a float text, so that 0.5 0.5 1 1 is exactly the image
        static double Tidy(double pixels) => Math.Abs(pixels - Math.Round(pixels)) < 1e-9 ? Math.Round(pixels) : pixels;
        return v.Length == 4
            ? new Box(@class, Tidy((v[0] - v[2] / 2) * w), Tidy((v[1] - v[3] / 2) * h), Tidy(v[2] * w), Tidy(v[3] * h))
            : new Polygon(@class, [[.. v.Chunk(2).Select(p => new Point(Tidy(p[0] * w), Tidy(p[1] * h)))]]);
    }

    private static IEnumerable<string> Lines(ExportRow row, Dictionary<string, int> numbers)
    {
        if (row.Shapes.Count == 0) return row.Class is null ? [] : [$"{numbers[row.Class]} 0.5 0.5 1 1"];
        if (row.Width < 1 || row.Height < 1) throw new InputException($"the size of {row.Image} is not known; YOLO's coordinates need it");
        return row.Shapes.SelectMany(shape => ShapeLines(shape, row, numbers));
    }

    /// <summary>A mask becomes the box around it: YOLO has no masks.</summary>
    private static IEnumerable<string> ShapeLines(Shape shape, ExportRow row, Dictionary<string, int> numbers)
    {
        if (shape.Class is null) throw new InputException("YOLO needs a class for every shape; export as json to keep shapes without one");
        string Line(IEnumerable<double> values) => $"{numbers[shape.Class]} {string.Join(' ', values.Select(Text.Of))}";
        if (shape is Polygon polygon) return polygon.Rings.Select(r => Line(r.SelectMany(p => new[] { p.X / row.Width, p.Y / row.Height })));
        var box = Shapes.Bounds(shape);
        return [Line([(box.X + box.Width / 2) / row.Width, (box.Y + box.Height / 2) / row.Height, box.Width / row.Width, box.Height / row.Height])];
    }

    private static void WriteText(Stream stream, IEnumerable<string> lines)
    {
        foreach (var line in lines) stream.Write(System.Text.Encoding.UTF8.GetBytes(line + "\n"));
    }

    private static string? NamesFile(string folder)
        => NameFiles.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists)
            ?? Directory.EnumerateFiles(folder, "*.names").Order(StringComparer.Ordinal).FirstOrDefault();

    /// <summary>Text files in a folder called labels, annotations or obj_…_data; where there is none, all but the lists.</summary>
    private static IEnumerable<string> LabelFiles(string folder)
    {
        string[] all = [.. Sources.Files(folder, "*.txt").Where(f => Path.GetExtension(f).Equals(".txt", StringComparison.OrdinalIgnoreCase))];
        string[] within = [.. all.Where(f => Sources.Relative(folder, f).ToLowerInvariant().Split('/')[..^1]
            .Any(d => d is "labels" or "annotations" || d.StartsWith("obj_", StringComparison.Ordinal) && d.EndsWith("_data", StringComparison.Ordinal)))];
        return within.Length > 0 ? within : all.Where(f => Path.GetFileName(f).ToLowerInvariant() is var name
            && name is not ("classes.txt" or "train.txt" or "val.txt" or "valid.txt" or "test.txt") && !name.StartsWith("readme", StringComparison.Ordinal));
    }

    private static Dictionary<int, string> NamesIn(string file, ImportContext context)
    {
        var text = System.Text.Encoding.UTF8.GetString(Sources.Bytes(file, context)).TrimStart('\uFEFF');
        string[] lines = [.. text.Split('\n').Select(l => l.TrimEnd('\r'))];
        if (Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml") lines = [.. lines.Select(WithoutComment)];
        var names = Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml"
            ? YamlNames(lines)
            : lines.Select(l => l.Trim()).Where(l => l.Length > 0).Select((name, i) => (name, i)).ToDictionary(n => n.i, n => n.name);
        return names.Count > 0 ? names : throw new InputException($"{Path.GetFileName(file)} names no class");
    }

    /// <summary>The three ways in which YOLO's own tools write <c>names:</c>; no more of YAML than that.</summary>
    private static Dictionary<int, string> YamlNames(string[] lines)
    {
        var names = new Dictionary<int, string>();
        var start = Array.FindIndex(lines, l => l.StartsWith("names:", StringComparison.Ordinal));
        if (start < 0) return names;
        var inline = lines[start]["names:".Length..].Trim();
        if (inline.StartsWith('['))
        {
            foreach (var name in Cells(string.Join(' ', lines.Skip(start + 1).Prepend(inline[1..])))) names[names.Count] = name;
            return names;
        }
        foreach (var line in lines.Skip(start + 1).Where(l => l.Trim().Length > 0))
        {
            var item = line.Trim();
            if (item.StartsWith("- ", StringComparison.Ordinal)) names[names.Count] = Unquoted(item[2..]);
            else if (char.IsWhiteSpace(line[0]) && item.IndexOf(':') is var colon and > 0
                && int.TryParse(item[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) names[number] = Unquoted(item[(colon + 1)..]);
            else break;
        }
        return names;
    }

    // up to the bracket that closes it
    private static IEnumerable<string> Cells(string list)
    {
        var start = 0;
        foreach (var (at, before) in Plain(list))
        {
            if (at < list.Length && list[at] is not (',' or ']')) continue;
            if (before is not ('\0' or ',')) yield return Unquoted(list[start..at]);
            if (at < list.Length && list[at] == ']') yield break;
            start = at + 1;
        }
    }

    /// <summary>A comment begins with # at the beginning or after a blank, not in quotes.</summary>
    private static string WithoutComment(string line)
    {
        foreach (var (at, _) in Plain(line))
            if (at < line.Length && line[at] == '#' && (at == 0 || char.IsWhiteSpace(line[at - 1]))) return line[..at];
        return line;
    }

    /// <summary>Where a text is not in quotes, to its end, which is one of these places, and the character before each that is no blank. Quotes
    /// begin where an item does, elsewhere they are apostrophes.</summary>
    private static IEnumerable<(int At, char Before)> Plain(string text)
    {
        var before = '\0';
        for (var i = 0; i < text.Length; i++)
        {
            if (before is '\0' or ':' or '-' or ',' or '[' && AfterQuotes(text, i) is var end && end > i)
            {
                (before, i) = (text[i], end - 1);
                continue;
            }
            yield return (i, before);
            if (!char.IsWhiteSpace(text[i])) before = text[i];
        }
        yield return (text.Length, before);
    }

    /// <summary>Where a text in quotes that begins at <paramref name="at"/> has ended; there, if none begins.</summary>
    private static int AfterQuotes(string text, int at)
    {
        if (text[at] is not ('\'' or '"') || text.IndexOf(text[at], at + 1) < 0) return at;
        var quote = text[at];
        for (var i = at + 1; i < text.Length; i++)
        {
            if (quote == '"' && text[i] == '\\' || quote == '\'' && text.AsSpan(i).StartsWith("''")) i++;
            else if (text[i] == quote) return i + 1;
        }
        return text.Length;
    }

    private static string Quoted(string name) => "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\r", "\\r").Replace("\t", "\\t") + "\"";

    private static string Unquoted(string text)
    {
        text = text.Trim();
        if (text.Length > 1 && text[0] == '\'' && text[^1] == '\'') return text[1..^1].Replace("''", "'");
        if (text.Length < 2 || text[0] != '"' || text[^1] != '"') return text;
        var name = new System.Text.StringBuilder();
        for (var i = 1; i < text.Length - 1; i++)
            name.Append(text[i] != '\\' || i + 1 == text.Length - 1 ? text[i] : text[++i] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', var c => c });
        return name.ToString();
    }
}
