using System.Text.Json;

namespace Vaal.Data.Labels;

internal static partial class Coco
{
    private const string Description = "exported by vaal";

    /// <summary>Images carry rank, score and reason as fields of their own, which COCO's readers ignore.</summary>
    public static void Write(ExportRequest request, string path) => AtomicFile.Create(path, stream =>
    {
        var categories = request.AllClasses.Select((name, i) => (name, id: i + 1)).ToDictionary(c => c.name, c => c.id);
        using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        json.WriteStartObject("info");
        json.WriteString("description", Description);
        json.WriteEndObject();
        json.WriteStartArray("categories");
        foreach (var (name, id) in categories)
        {
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("name", name);
            json.WriteString("supercategory", "");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("images");
        for (var i = 0; i < request.Rows.Count; i++)
        {
            var row = request.Rows[i];
            json.WriteStartObject();
            json.WriteNumber("id", i + 1);
            json.WriteString("file_name", row.Image);
            if (row.Width > 0) json.WriteNumber("width", row.Width);
            if (row.Height > 0) json.WriteNumber("height", row.Height);
            JsonLabels.Place(json, row);
            json.WriteEndObject();
            JsonLabels.FlushSome(json);
        }
        json.WriteEndArray();
        json.WriteStartArray("annotations");
        var annotation = 0;
        for (var i = 0; i < request.Rows.Count; i++)
        {
            if (request.Rows[i].Class is { } @class)
                WriteAnnotation(json, ++annotation, i + 1, categories[@class], null);
            foreach (var shape in request.Rows[i].Shapes)
                WriteAnnotation(json, ++annotation, i + 1, shape.Class is null ? null : categories[shape.Class], shape);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteAnnotation(Utf8JsonWriter json, int id, int image, int? category, Shape? shape)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteNumber("image_id", image);
        json.WriteNumber("category_id", category ?? throw new InputException(
            "COCO needs a class for every shape; export as json to keep shapes without one"));
        if (shape is not null)
        {
            var box = Shapes.Bounds(shape);
            JsonLabels.Numbers(json, "bbox", [box.X, box.Y, box.Width, box.Height]);
            json.WriteNumber("area", shape switch
            {
                Mask m => m.Area,
                Polygon p => Shapes.Area(p),
                _ => box.Width * box.Height
            });
            json.WriteNumber("iscrowd", 0);
            switch (shape)
            {
                case Polygon polygon:
                    JsonLabels.Rings(json, "segmentation", polygon);
                    break;
                case Mask mask:
                    json.WriteStartObject("segmentation");
                    JsonLabels.Numbers(json, "size", [mask.Height, mask.Width]);
                    json.WriteString("counts",
                        Rle.FormatCounts(Rle.Transpose(mask.Runs, mask.Width, mask.Height, new RunBudget())));
                    json.WriteEndObject();
                    break;
                default:
                    JsonLabels.Numbers(json, "segmentation", []);
                    break;
            }
        }
        json.WriteEndObject();
        JsonLabels.FlushSome(json);
    }
}
