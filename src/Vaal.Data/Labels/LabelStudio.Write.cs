using System.Text;
using System.Text.Json.Serialization;
using System.Xml.Linq;

namespace Vaal.Data.Labels;

internal static partial class LabelStudio
{
    private sealed record TaskJson(Data Data, AnnotationJson[]? Annotations, PredictionJson[]? Predictions);

    /// <param name="Image">by <c>/data/local-files/</c></param>
    /// <param name="Where">which parts are to be labelled, in words; null: all of it</param>
    private sealed record Data(string Image, ExportRow Row, string? Where) : PlacedJson(Row)
    {
        [JsonIgnore]
        public ExportRow Row { get; } = Row;

        public string Path => Row.Image;
    }

    private sealed record AnnotationJson(IEnumerable<ResultJson> Result);

    private sealed record PredictionJson(string ModelVersion, double? Score, IEnumerable<ResultJson> Result);

    private sealed record ResultJson(string Id, string FromName, string ToName, string Type, ValueJson Value)
    {
        public int? OriginalWidth { get; init; }
        public int? OriginalHeight { get; init; }
        public int? ImageRotation { get; init; }
    }

    /// <summary>Percent of the original size; of the labels, those that go with the kind of region.</summary>
    private sealed record ValueJson
    {
        public double? X { get; init; }
        public double? Y { get; init; }
        public double? Width { get; init; }
        public double? Height { get; init; }
        public double? Rotation { get; init; }
        public bool? Closed { get; init; }
        public IEnumerable<double[]>? Points { get; init; }
        public string? Format { get; init; }
        public IEnumerable<int>? Rle { get; init; }
        public string[]? Choices { get; init; }
        public string[]? Rectanglelabels { get; init; }
        public string[]? Polygonlabels { get; init; }
        public string[]? Brushlabels { get; init; }
    }

    /// <summary>
    /// Tasks that Label Studio imports as they are, images by <c>/data/local-files/</c> relative to the folder that the
    /// image folder lies in: Label Studio serves what lies in a folder below its document root, not in the root itself.
    /// Scores and suggestions go into predictions, labels into annotations. Beside the tasks lies the labelling
    /// configuration whose names they use.
    /// </summary>
    public static void Write(ExportRequest request, string path)
    {
        var configuration = Encoding.UTF8.GetBytes(Configuration(request));
        AtomicFile.Create(Path.ChangeExtension(path, ".config.xml"), stream => stream.Write(configuration));
        LabelJson.Write(path, request.Rows.Select(row => TaskOf(row, request.GuessesFor(row))));
    }

    private static string FromAbove(ExportRow row)
    {
        var file = Path.DirectorySeparatorChar == '\\' ? row.File.Replace('\\', '/') : row.File;
        var folder = file.EndsWith("/" + row.Image, StringComparison.Ordinal)
            ? Path.GetFileName(file[..^(row.Image.Length + 1)]) : "";
        return folder.Length == 0 ? row.Image : $"{folder}/{row.Image}";
    }

    private static TaskJson TaskOf(ExportRow row, IReadOnlyList<string> guesses)
    {
        var image = "/data/local-files/?d=" + string.Join('/', FromAbove(row).Split('/').Select(Uri.EscapeDataString));
        var where = row.Regions.Count == 0
            ? null : $"Label only: {string.Join("; ", row.Regions.Select(r => r.Words))}";
        var guess = row.PreLabel is null && row.Score is null ? null : new PredictionJson(
            "vaal", PlacedJson.Finite(row.PreLabelProbability ?? row.Score),
            guesses.Count == 0 ? [] : [Choice(guesses)]);
        return new(new(image, row, where),
            row.Labelled ? [new(ResultsOf(row).ToList())] : null,
            guess is null ? null : [guess]);
    }

    private static IEnumerable<ResultJson> ResultsOf(ExportRow row)
    {
        if (row.Whole.ToList() is { Count: > 0 } whole) yield return Choice(whole);
        for (var i = 0; i < row.Shapes.Count; i++)
            foreach (var region in RegionsOf(row, row.Shapes[i], $"region{i}")) yield return region;
    }

    private static ResultJson Choice(IReadOnlyList<string> choices)
        => new("choice", "choice", "image", "choices", new() { Choices = [.. choices] });

    /// <summary>Label Studio's polygons have one ring: further rings become regions of their own.</summary>
    private static IEnumerable<ResultJson> RegionsOf(ExportRow row, Shape shape, string id)
    {
        var (width, height) = shape is Mask of ? (of.Width, of.Height) : (row.Width, row.Height);
        if (width < 1 || height < 1)
            throw new InputException($"the size of {row.Image} is not known; Label Studio's regions need it");
        string[]? labels = shape.Class is null ? null : [shape.Class];
        ResultJson Region(string from, string type, string name, ValueJson value)
            => new(name, from, "image", type, value)
            {
                OriginalWidth = width,
                OriginalHeight = height,
                ImageRotation = 0,
            };
        return shape switch
        {
            Box box => [Region("box", "rectanglelabels", id, new()
            {
                X = box.X * 100 / width,
                Y = box.Y * 100 / height,
                Width = box.Width * 100 / width,
                Height = box.Height * 100 / height,
                Rotation = 0,
                Rectanglelabels = labels,
            })],
            Polygon polygon => polygon.Rings.Select(
                (ring, r) => Region("polygon", "polygonlabels", r == 0 ? id : $"{id}.{r}", new()
                {
                    Closed = true,
                    Points = ring.Select(p => new[] { p.X * 100 / width, p.Y * 100 / height }),
                    Polygonlabels = labels,
                })),
            Mask mask => [Region("mask", "brushlabels", id, new()
            {
                Format = "rle",
                Rle = BrushCode.Encode(mask.Runs).Select(b => (int)b),
                Brushlabels = labels,
            })],
            _ => throw new ArgumentOutOfRangeException(nameof(shape)),
        };
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
        if (request.MultiLabel) view.Element("Choices")!.SetAttributeValue("choice", "multiple");
        if (request.Rows.Count > 0 && request.Rows.All(r => r.Regions.Count > 0))
            view.AddFirst(new XElement("Header", new XAttribute("value", "$where")));
        if (shapes.Contains(typeof(Box))) view.Add(Control("RectangleLabels", "box", "Label"));
        if (shapes.Contains(typeof(Polygon))) view.Add(Control("PolygonLabels", "polygon", "Label"));
        if (shapes.Contains(typeof(Mask))) view.Add(Control("BrushLabels", "mask", "Label"));
        return view + "\n";
    }
}
