using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Vaal.Data.Labels;

/// <summary>
/// CVAT for images 1.1: a tag is the image's class; boxes, polygons, ellipses and masks become shapes. Images without
/// any of these are not labelled. Points, lines and skeletons are listed as not read, and so is an image with a cuboid.
/// </summary>
internal static class Cvat
{
    public static bool Recognises(string path) => FilesIn(path).Count > 0;

    public static ImportResult Read(string path, ImportContext context)
    {
        var log = new ImportLog(context);
        var files = File.Exists(path) ? [path] : FilesIn(path);
        if (files.Count == 0) throw new InputException($"'{path}' holds no CVAT file");
        foreach (var file in files) ReadFile(file, files.Count > 1 ? Path.GetFileName(file) + " " : "", log);
        return log.Result;
    }

    public static void Write(ExportRequest request, string path) => AtomicFile.Create(path, stream =>
    {
        if (request.Rows.FirstOrDefault(r => !Text.FitsXml(r.Image)) is { } odd)
            throw new InputException(
                $"the name of the image {Text.Quote(odd.Image)} has a control character, which XML cannot hold; "
                + "rename it, or export as json");
        using var xml = XmlWriter.Create(stream,
            new XmlWriterSettings { Indent = true, CloseOutput = false, CheckCharacters = true });
        xml.WriteStartElement("annotations");
        xml.WriteElementString("version", "1.1");
        new XElement("meta", new XElement("task", new XElement("labels",
            request.AllClasses.Select(c => new XElement("label", new XElement("name", c)))))).WriteTo(xml);
        for (var i = 0; i < request.Rows.Count; i++)
        {
            var row = request.Rows[i];
            if (Comment(row) is { Length: > 0 } comment) xml.WriteComment(comment);
            new XElement("image", new XAttribute("id", i), new XAttribute("name", row.Image),
                new XAttribute("width", row.Width), new XAttribute("height", row.Height), Elements(row)).WriteTo(xml);
        }
        xml.WriteEndElement();
    });

    private static IReadOnlyList<string> FilesIn(string path) => Sources.FilesOf(path, null, f =>
        Path.GetExtension(f).Equals(".xml", StringComparison.OrdinalIgnoreCase) && Sources.XmlRoot(f) == "annotations");

    private static void ReadFile(string file, string prefix, ImportLog log)
    {
        log.Beside(file);
        try
        {
            using var xml = Sources.Xml(Sources.Bytes(file, log.Context));
            if (xml.MoveToContent() != XmlNodeType.Element || xml.LocalName != "annotations")
                throw new InputException(
                    $"{Path.GetFileName(file)} is not a CVAT file: its root must be <annotations>");
            for (xml.Read(); !xml.EOF;)
            {
                var where = $"{prefix}line {((IXmlLineInfo)xml).LineNumber}";
                if (xml is { NodeType: XmlNodeType.Element, Depth: 1, LocalName: "image" })
                {
                    var image = (XElement)XNode.ReadFrom(xml);
                    log.Entry(where, () => ReadImage(image, where, log));
                }
                else if (xml is { NodeType: XmlNodeType.Element, Depth: 1, LocalName: "track" })
                {
                    log.Problem(where, "tracks (CVAT for video) are not read; export as 'CVAT for images'");
                    xml.Skip();
                }
                else xml.Read();
            }
        }
        catch (XmlException e)
        {
            throw new InputException(
                $"{Path.GetFileName(file)} is not valid XML at line {e.LineNumber}: {Text.Quote(e.Message)}", e);
        }
    }

    private static void ReadImage(XElement image, string where, ImportLog log)
    {
        var name = Attribute(image, "name");
        var (width, height) = (Text.Whole(Attribute(image, "width"), "width"),
            Text.Whole(Attribute(image, "height"), "height"));
        var (shapes, skipped, tags) = (new List<Shape>(), new List<string>(), new List<string>());
        // what lies higher comes later; else as they stand
        foreach (var element in image.Elements()
            .OrderBy(e => Text.Whole((string?)e.Attribute("z_order") ?? "0", "z_order")))
        {
            var label = Text.NullIfEmpty((string?)element.Attribute("label"));
            switch (element.Name.LocalName)
            {
                case "tag":
                    if (label is not null) tags.Add(label);
                    break;
                case "box":
                    shapes.Add(BoxOf(element, label));
                    break;
                case "polygon":
                    shapes.Add(new Polygon(label, [PointsOf(Attribute(element, "points"))]));
                    break;
                case "ellipse":
                    shapes.Add(EllipseOf(element, label));
                    break;
                case "mask":
                    shapes.Add(new Mask(label, RunsOf(element, width, height, log.Runs), width, height));
                    break;
                // half its shapes would be a wrong label
                case "cuboid":
                    throw new MalformedEntryException($"a cuboid is not read; {Text.Quote(name)} is left out");
                case var other:
                    skipped.Add(other);
                    break;
            }
        }
        var taken = tags.Count > 0 || shapes.Count > 0;
        if (taken)
            log.Add(new Annotation(name, null, shapes, null, null, where)
            {
                Size = (width, height),
                Split = Splits.Of((string?)image.Attribute("subset") ?? ""),
            }, tags);
        log.Skipped(where, name, skipped, taken);
    }

    private static Shape BoxOf(XElement element, string? label)
    {
        double At(string name) => Text.Number(Attribute(element, name), name);
        var (x, y, right, bottom) = (At("xtl"), At("ytl"), At("xbr"), At("ybr"));
        if (right < x || bottom < y) throw new MalformedEntryException("a box of negative size");
        return Shapes.Turned(new Box(label, x, y, right - x, bottom - y), TurnOf(element));
    }

    private static Polygon EllipseOf(XElement element, string? label)
    {
        double At(string name) => Text.Number(Attribute(element, name), name);
        return Shapes.Ellipse(label, new(At("cx"), At("cy")), At("rx"), At("ry"), TurnOf(element));
    }

    /// <summary>Clockwise, in radians.</summary>
    private static double TurnOf(XElement element)
        => Shapes.TurnOf(Text.Number((string?)element.Attribute("rotation") ?? "0", "rotation"),
            element.Name.LocalName == "box" ? "a box" : "an ellipse");

    private static Point[] PointsOf(string text)
        => JsonFields.Ring([.. text.Split(';', ',').Select(n => Text.Number(n, "a point"))], "points");

    private static int[] RunsOf(XElement element, int width, int height, RunBudget budget)
    {
        int At(string name) => Text.Whole(Attribute(element, name), name);
        var crop = (Left: At("left"), Top: At("top"), Width: At("width"), Height: At("height"));
        Rle.CheckSize(width, height);
        var lengths = Attribute(element, "rle").Split(',').Select(n => (long)Text.Whole(n, "a run length"));
        var runs = Rle.Checked(lengths, crop.Width, crop.Height);
        return Rle.Uncrop(runs, crop, width, height, budget);
    }

    private static string Attribute(XElement element, string name)
        => (string?)element.Attribute(name)
            ?? throw new MalformedEntryException($"<{element.Name.LocalName}> has no '{name}'");

    private static IEnumerable<XElement> Elements(ExportRow row)
    {
        foreach (var name in row.Whole)
            yield return new XElement("tag", new XAttribute("label", name), new XAttribute("source", "manual"));
        foreach (var shape in row.Shapes)
        {
            XElement Element(string kind, params object[] attributes)
                => new(kind, new XAttribute("label", shape.Class ?? ""), new XAttribute("source", "manual"),
                    new XAttribute("occluded", 0), attributes, new XAttribute("z_order", 0));
            switch (shape)
            {
                case Box b:
                    yield return Element("box", new XAttribute("xtl", Text.Of(b.X)),
                        new XAttribute("ytl", Text.Of(b.Y)),
                        new XAttribute("xbr", Text.Of(b.X + b.Width)), new XAttribute("ybr", Text.Of(b.Y + b.Height)));
                    break;
                case Polygon p:
                    foreach (var ring in p.Rings)
                        yield return Element("polygon",
                            new XAttribute("points", string.Join(';',
                                ring.Select(q => $"{Text.Of(q.X)},{Text.Of(q.Y)}"))));
                    break;
                case Mask m:
                    yield return Element("mask",
                        new XAttribute("rle", string.Join(", ",
                            m.Runs.Select(n => n.ToString(CultureInfo.InvariantCulture)))),
                        new XAttribute("left", 0), new XAttribute("top", 0),
                        new XAttribute("width", m.Width), new XAttribute("height", m.Height));
                    break;
            }
        }
    }

    /// <summary>CVAT has no place for rank, score and reason; a comment does no harm.</summary>
    private static string Comment(ExportRow row)
    {
        string?[] parts =
        [
            row.Rank is { } rank ? $"rank {rank}" : null,
            row.Score is { } score ? $"score {Text.Of(score)}" : null,
            row.Reason,
            row.PreLabel is { } pre ? $"perhaps {pre}"
                + (row.PreLabelProbability is { } p ? $" ({Text.Of(p)})" : "") : null,
        ];
        var text = string.Join(", ", parts.OfType<string>());
        return text.Length == 0 ? ""
            : $" {new string([.. text.Select(c => XmlConvert.IsXmlChar(c) ? c : '?')]).Replace("--", "- -")} ";
    }
}
