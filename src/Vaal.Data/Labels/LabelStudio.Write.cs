using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Vaal.Data.Labels;

internal static partial class LabelStudio
{
    /// <summary>
    /// Tasks that Label Studio imports as they are, images by <c>/data/local-files/</c> relative to the folder that the
    /// image folder lies in: Label Studio serves what lies in a folder below its document root, not in the root itself.
    /// Scores and suggestions go into predictions, labels into annotations. Beside the tasks lies the labelling
    /// configuration whose names they use.
    /// </summary>
    public static void Write(ExportRequest request, string path)
    {
        AtomicFile.Create(Path.ChangeExtension(path, ".config.xml"),
            stream => stream.Write(Encoding.UTF8.GetBytes(Configuration(request))));
        AtomicFile.Create(path, stream =>
        {
            using var json = new Utf8JsonWriter(stream);
            json.WriteStartArray();
            foreach (var row in request.Rows)
            {
                WriteTask(json, row);
                JsonLabels.FlushSome(json);
            }
            json.WriteEndArray();
        });
    }

    private static string FromAbove(ExportRow row)
    {
        var file = Path.DirectorySeparatorChar == '\\' ? row.File.Replace('\\', '/') : row.File;
        var folder = file.EndsWith("/" + row.Image, StringComparison.Ordinal)
            ? Path.GetFileName(file[..^(row.Image.Length + 1)]) : "";
        return folder.Length == 0 ? row.Image : $"{folder}/{row.Image}";
    }

    private static void WriteTask(Utf8JsonWriter json, ExportRow row)
    {
        json.WriteStartObject();
        json.WriteStartObject("data");
        json.WriteString("image", "/data/local-files/?d="
            + string.Join('/', FromAbove(row).Split('/').Select(Uri.EscapeDataString)));
        json.WriteString("path", row.Image);
        JsonLabels.Place(json, row);
        if (row.Regions.Count > 0)
            json.WriteString("where", $"Label only: {string.Join("; ", row.Regions.Select(r => r.Words))}");
        json.WriteEndObject();
        if (row.Labelled)
        {
            json.WriteStartArray("annotations");
            json.WriteStartObject();
            json.WriteStartArray("result");
            if (row.Class is not null) WriteChoice(json, row.Class);
            for (var i = 0; i < row.Shapes.Count; i++) WriteRegion(json, row, row.Shapes[i], $"region{i}");
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        if (row.PreLabel is not null || row.Score is not null)
        {
            json.WriteStartArray("predictions");
            json.WriteStartObject();
            json.WriteString("model_version", "vaal");
            if (row.Score is { } score && double.IsFinite(score)) json.WriteNumber("score", score);
            json.WriteStartArray("result");
            if (row.PreLabel is not null) WriteChoice(json, row.PreLabel);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, string choice)
    {
        json.WriteStartObject();
        Head(json, "choice", "choices", "choice");
        json.WriteStartObject("value");
        Labels(json, "choices", choice);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteRegion(Utf8JsonWriter json, ExportRow row, Shape shape, string id)
    {
        var (width, height) = shape is Mask mask ? (mask.Width, mask.Height) : (row.Width, row.Height);
        if (width < 1 || height < 1)
            throw new InputException($"the size of {row.Image} is not known; Label Studio's regions need it");
        var (from, type) = shape switch
        {
            Box => ("box", "rectanglelabels"),
            Polygon => ("polygon", "polygonlabels"),
            _ => ("mask", "brushlabels")
        };
        // Label Studio's polygons have one ring: further rings become regions of their own
        var rings = shape is Polygon p ? p.Rings : [[]];
        for (var r = 0; r < rings.Count; r++)
        {
            json.WriteStartObject();
            Head(json, from, type, r == 0 ? id : $"{id}.{r}");
            json.WriteNumber("original_width", width);
            json.WriteNumber("original_height", height);
            json.WriteNumber("image_rotation", 0);
            json.WriteStartObject("value");
            switch (shape)
            {
                case Box box:
                    json.WriteNumber("x", box.X * 100 / width);
                    json.WriteNumber("y", box.Y * 100 / height);
                    json.WriteNumber("width", box.Width * 100 / width);
                    json.WriteNumber("height", box.Height * 100 / height);
                    json.WriteNumber("rotation", 0);
                    break;
                case Polygon:
                    json.WriteBoolean("closed", true);
                    json.WriteStartArray("points");
                    foreach (var (x, y) in rings[r])
                    {
                        json.WriteStartArray();
                        json.WriteNumberValue(x * 100 / width);
                        json.WriteNumberValue(y * 100 / height);
                        json.WriteEndArray();
                    }
                    json.WriteEndArray();
                    break;
                case Mask m:
                    json.WriteString("format", "rle");
                    JsonLabels.Numbers(json, "rle", BrushCode.Encode(m.Runs).Select(b => (double)b));
                    break;
            }
            if (shape.Class is not null) Labels(json, type, shape.Class);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    private static void Head(Utf8JsonWriter json, string from, string type, string id)
    {
        json.WriteString("id", id);
        json.WriteString("from_name", from);
        json.WriteString("to_name", "image");
        json.WriteString("type", type);
    }

    private static void Labels(Utf8JsonWriter json, string kind, string label)
    {
        json.WriteStartArray(kind);
        json.WriteStringValue(label);
        json.WriteEndArray();
    }

    /// <summary>A labelling configuration with the controls that the tasks need.</summary>
    internal static string Configuration(ExportRequest request)
    {
        var shapes = request.Rows.SelectMany(r => r.Shapes).Select(s => s.GetType()).Concat(request.Kinds).ToHashSet();
        XElement Control(string tag, string name, string item)
            => new(tag, new XAttribute("name", name), new XAttribute("toName", "image"),
            request.AllClasses.Select(c => new XElement(item, new XAttribute("value", c))));
        var view = new XElement("View",
            new XElement("Image", new XAttribute("name", "image"), new XAttribute("value", "$image")),
            Control("Choices", "choice", "Choice"));
        if (request.Rows.Count > 0 && request.Rows.All(r => r.Regions.Count > 0))
            view.AddFirst(new XElement("Header", new XAttribute("value", "$where")));
        if (shapes.Contains(typeof(Box))) view.Add(Control("RectangleLabels", "box", "Label"));
        if (shapes.Contains(typeof(Polygon))) view.Add(Control("PolygonLabels", "polygon", "Label"));
        if (shapes.Contains(typeof(Mask))) view.Add(Control("BrushLabels", "mask", "Label"));
        return view + "\n";
    }
}
