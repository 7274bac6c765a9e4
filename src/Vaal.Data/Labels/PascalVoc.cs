using System.Xml;
using System.Xml.Linq;

namespace Vaal.Data.Labels;

/// <summary>
/// Pascal VOC: an XML file an image, with boxes. Corners are taken as they stand (xmax - xmin is the width), as the
/// tools that write VOC today mean them. Where lists in <c>ImageSets/Main</c> put an image into exactly one class, that
/// is its class. Palette masks are not read, and listed as such.
/// </summary>
internal static class PascalVoc
{
    public static bool Recognises(string path) => FilesIn(path, first: true).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path, first: false);
        var classes = Directory.Exists(path) ? Lists(path, log) : [];
        if (files.Count == 0 && classes.Count == 0)
            throw new InputException($"'{path}' holds no Pascal VOC annotation");
        var seen = new HashSet<string>();
        foreach (var file in files)
        {
            var where = File.Exists(path) ? Path.GetFileName(path) : Sources.Relative(path, file);
            log.Beside(file);
            log.Entry(where, () =>
            {
                seen.Add(Path.GetFileNameWithoutExtension(file));
                ReadFile(file, where, classes.GetValueOrDefault(Path.GetFileNameWithoutExtension(file)), log);
            });
        }
        log.Within(path);
        foreach (var (image, found) in classes.Where(c => !seen.Contains(c.Key))
            .OrderBy(c => c.Key, StringComparer.Ordinal))
            log.Entry(found[0].Where, () => log.Add(new Annotation(image, null, [], null, null, found[0].Where),
                found.Select(f => f.Class)));
        var masks = Path.Combine(path, "SegmentationClass");
        if (Directory.Exists(masks))
            log.Note("SegmentationClass", $"{Directory.EnumerateFiles(masks).Count()} palette masks are not read");
        return log.Result;
    }

    private static IReadOnlyList<string> FilesIn(string path, bool first)
    {
        var folders = Sources.Subfolders(path, "annotations").ToList();
        IEnumerable<string> files = File.Exists(path) ? [path]
            : folders.Count > 0 ? folders.SelectMany(f => Sources.VisibleFiles(f, "*.xml"))
            : Directory.Exists(path) ? Directory.EnumerateFiles(path, "*.xml").Order(StringComparer.Ordinal) : [];
        var xml = files.Where(f => Path.GetExtension(f).Equals(".xml", StringComparison.OrdinalIgnoreCase));
        return [.. first ? xml.Take(8).Where(f => Sources.XmlRoot(f) == "annotation").Take(1) : xml];
    }

    private static void ReadFile(string file, string where, IReadOnlyList<(string Class, string Where)>? listed,
        ImportLog log)
    {
        var root = Root(file, log.Context);
        var name = Text.NullIfEmpty((string?)Only(root, "filename"))?.Trim()
            ?? Path.GetFileNameWithoutExtension(file);
        // files are renamed, and what stands in them is not: then the name of the XML file counts
        var stem = Path.GetFileNameWithoutExtension(file);
        if (log.Context.SizeBeside is not null && log.SizeOf(name) is null && log.SizeOf(stem) is not null) name = stem;
        (int, int)? size = Only(root, "size") is { } stated
            ? (Text.Whole((string?)Only(stated, "width"), "width"),
                Text.Whole((string?)Only(stated, "height"), "height")) : null;
        var (shapes, outlines) = (new List<Shape>(), 0);
        foreach (var item in root.Elements("object"))
        {
            var box = Only(item, "bndbox");
            if (item.Element("polygon") is not null) outlines++;
            if (box is null && (item.Element("polygon") ?? item.Element("segm")) is not null)
                throw new MalformedEntryException("is in the XML form of LabelMe's old web tool, which is not read");
            if (box is null) throw new MalformedEntryException("an object has no <bndbox>");
            double At(string side) => Text.Number((string?)Only(box, side), side);
            var (x, y, right, bottom) = (At("xmin"), At("ymin"), At("xmax"), At("ymax"));
            if (right < x || bottom < y) throw new MalformedEntryException("a box of negative size");
            shapes.Add(Shapes.Turned(new Box(
                Text.NullIfEmpty((string?)Only(item, "name"))?.Trim(), x, y, right - x, bottom - y), TurnOf(item)));
        }
        log.Add(new Annotation(name, null, shapes, null, null, where) { Size = size },
            listed is [_] || log.Context.MultiLabel ? listed?.Select(c => c.Class) ?? [] : []);
        // Roboflow writes both
        log.Skipped(where, name, Enumerable.Repeat("polygon", outlines), taken: true);
    }

    // as CVAT writes it: degrees, clockwise; a text there is an attribute of somebody's own
    private static double TurnOf(XElement item)
        => item.Elements("attributes").Elements("attribute")
            .FirstOrDefault(a => ((string?)a.Element("name"))?.Trim() == "rotation") is { } attribute
            && Text.TryNumber((string?)attribute.Element("value")) is { } degrees
            ? Shapes.TurnOf(degrees, "a box") : 0;

    // the first would count, and nobody knows which of them is meant
    private static XElement? Only(XElement of, string name) => of.Elements(name).Take(2).ToArray() switch
    {
        [] => null,
        [var only] => only,
        _ => throw new MalformedEntryException($"<{of.Name.LocalName}> has <{name}> twice; expected it once"),
    };

    private static XElement Root(string file, ImportContext context)
    {
        if (Sources.Regular(file).Length > 16 << 20) throw new MalformedEntryException("is larger than 16 MiB");
        try
        {
            using var xml = Sources.Xml(Sources.Bytes(file, context));
            xml.MoveToContent();
            var root = XElement.Load(xml);
            return root.Name.LocalName == "annotation" ? root
                : throw new MalformedEntryException($"its root is <{root.Name.LocalName}>; expected <annotation>");
        }
        catch (XmlException e)
        {
            throw new MalformedEntryException($"is not valid XML at line {e.LineNumber}");
        }
    }

    /// <summary>
    /// From the lists <c>class_set.txt</c>, whose lines are an image and 1, 0 or -1: the classes with a 1.
    /// </summary>
    private static Dictionary<string, List<(string Class, string Where)>> Lists(string path, ImportLog log)
    {
        var classes = new Dictionary<string, List<(string Class, string Where)>>();
        var folder = Path.Combine(path, "ImageSets", "Main");
        if (!Directory.Exists(folder)) return classes;
        foreach (var file in Directory.EnumerateFiles(folder, "*_*.txt").Order(StringComparer.Ordinal))
        {
            var stem = Path.GetFileNameWithoutExtension(file);
            var @class = stem[..stem.LastIndexOf('_')];
            var number = 0;
            foreach (var line in Sources.Utf8(file, log.Context).Split('\n'))
            {
                var where = $"ImageSets/Main/{Path.GetFileName(file)} line {++number}";
                log.Entry(where, () =>
                {
                    var fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                    if (fields.Length == 0 || fields[0].StartsWith('#')) return;
                    if (fields.Length != 2)
                        throw new MalformedEntryException(
                            $"has {fields.Length} words; an image and 1, 0 or -1 were expected");
                    if (Text.Whole(fields[1], "the second word") != 1) return;
                    log.CheckName(fields[0]);
                    if (!classes.TryGetValue(fields[0], out var found)) classes[fields[0]] = found = [];
                    if (found.TrueForAll(f => f.Class != @class)) found.Add((@class, where));
                });
            }
        }
        return classes;
    }
}
