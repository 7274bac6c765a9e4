namespace Vaal.Data.Labels;

internal static partial class Coco
{
    private const string Description = "exported by vaal";

    private sealed record CocoFile(
        Info Info, IEnumerable<Category> Categories, IEnumerable<ImageJson> Images,
            IEnumerable<AnnotationJson> Annotations);

    private sealed record Info(string Description);

    private sealed record Category(int Id, string Name, string Supercategory);

    /// <summary>Images carry rank, score and reason as fields of their own, which COCO's readers ignore.</summary>
    private sealed record ImageJson(int Id, ExportRow Row) : PlacedJson(Row)
    {
        [System.Text.Json.Serialization.JsonIgnore]
        public ExportRow Row { get; } = Row;

        public string FileName => Row.Image;
        public int? Width => Row.Width > 0 ? Row.Width : null;
        public int? Height => Row.Height > 0 ? Row.Height : null;
    }

    /// <param name="Segmentation">a list of rings, or <see cref="Runs"/>; an empty list for a box</param>
    private sealed record AnnotationJson(
        int Id, int ImageId, int CategoryId, double[]? Bbox, double? Area, int? Iscrowd, object? Segmentation);

    private sealed record Runs(int[] Size, string Counts);

    public static void Write(ExportRequest request, string path)
    {
        var numbers = request.AllClasses.Index().ToDictionary(c => c.Item, c => c.Index + 1);
        LabelJson.Write(path, new CocoFile(
            new(Description),
            numbers.Select(c => new Category(c.Value, c.Key, "")),
            request.Rows.Select((row, i) => new ImageJson(i + 1, row)),
            Annotations(request.Rows, numbers)));
    }

    private static IEnumerable<AnnotationJson> Annotations(IReadOnlyList<ExportRow> rows, Dictionary<string,
        int> numbers)
    {
        var id = 0;
        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var name in rows[i].Whole)
                yield return new(++id, i + 1, numbers[name], null, null, null, null);
            foreach (var shape in rows[i].Shapes)
            {
                var number = shape.Class is not null ? numbers[shape.Class] : throw new InputException(
                    "COCO needs a class for every shape; export as json to keep shapes without one");
                var box = Shapes.Bounds(shape);
                double[] bounds = [box.X, box.Y, box.Width, box.Height];
                yield return new(++id, i + 1, number, bounds, AreaOf(shape, box), 0, SegmentationOf(shape));
            }
        }
    }

    private static double AreaOf(Shape shape, Box bounds) => shape switch
    {
        Mask mask => mask.Area,
        Polygon polygon => Shapes.Area(polygon),
        _ => bounds.Width * bounds.Height,
    };

    private static object SegmentationOf(Shape shape) => shape switch
    {
        Polygon polygon => ShapeJson.RingsOf(polygon),
        Mask mask => new Runs([mask.Height, mask.Width],
            Rle.FormatCounts(Rle.Transpose(mask.Runs, mask.Width, mask.Height, new RunBudget()))),
        _ => Array.Empty<double[]>(),
    };
}
