using System.Text.Json;

namespace Vaal.Data.Labels;

internal static partial class LabelStudio
{
    /// <summary>More than this is no turn of a rectangle or an ellipse, in degrees.</summary>
    private const double MostTurn = 3_600;

    // without classes of their own, which <Labels> may give them
    private static readonly string[] _shapes = ["rectangle", "polygon", "brush", "ellipse"];

    private static readonly string[] _kinds =
        ["choices", "rectanglelabels", "polygonlabels", "brushlabels", "ellipselabels", .. _shapes];

    // what a value has that lies somewhere in the image
    private static readonly string[] _places = ["x", "points", "rle", "radiusX", "vertices"];

    /// <summary>What one annotation says, region by region.</summary>
    /// <param name="names">classes of regions by their ids, where other results give them; null: none do</param>
    private sealed class Regions(ImportLog log, Dictionary<string, string>? names = null)
    {
        public List<string> Classes { get; } = [];
        public List<Shape> Shapes { get; } = [];
        public List<string> Skipped { get; } = [];
        public (int Width, int Height)? Size { get; private set; }

        public void Skip(string type) => Skipped.Add(type);

        public void Choose(string choice)
        {
            if (!log.Context.MultiLabel && Classes is [var other, ..] && other != choice)
                throw new MalformedEntryException(
                    $"has the classes {Text.Quote(other)} and {Text.Quote(choice)}; {Text.OneOnly}");
            Classes.Add(choice);
        }

        /// <summary>What a control says: a choice, a region, or a list of either. Numbers, and lists in a list, are
        /// those of other controls.</summary>
        /// <param name="name">of the control</param>
        /// <param name="choices">whether text of the control is a choice</param>
        public void AddMin(string name, JsonElement value, bool choices)
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.Null:
                    break;
                case JsonValueKind.String when choices:
                    Choose(value.GetString()!);
                    break;
                case JsonValueKind.Array when value.EnumerateArray().All(i => i.ValueKind != JsonValueKind.Array):
                    foreach (var item in value.EnumerateArray()) AddMin(name, item, choices);
                    break;
                case JsonValueKind.Object when Array.Find(_kinds, k => value.Field(k) is not null) is { } kind:
                    Add(kind, value, value);
                    break;
                case JsonValueKind.Object:
                    Skip(value.EnumerateObject().Select(f => f.Name)
                        .LastOrDefault(n => n.EndsWith("labels", StringComparison.Ordinal)) ?? name);
                    break;
                default:
                    Skip(name);
                    break;
            }
        }

        /// <param name="frame">has the original size: the region in JSON, the value in JSON-MIN</param>
        public void Add(string type, JsonElement frame, JsonElement value)
        {
            switch (type)
            {
                // of a region and not of the image: perRegion="true"
                case "choices" when _places.Any(p => value.Field(p) is not null):
                    Skip("choices of a region");
                    break;
                case "choices":
                    foreach (var choice in value.Items("choices")) Choose(choice.AsText("choices"));
                    break;
                case "rectanglelabels" or "rectangle":
                    Shapes.Add(Rectangle(LabelOf(value, "rectanglelabels") ?? NameOf(frame), value, SizeOf(frame)));
                    break;
                case "polygonlabels" or "polygon":
                    var (width, height) = SizeOf(frame);
                    Point[] ring = [.. value.Items("points").Select(p => p.Numbers("points") is [var x, var y]
                        ? new Point(x * width / 100, y * height / 100)
                            : throw new MalformedEntryException("'points' must be pairs"))];
                    if (ring.Length < 3)
                        throw new MalformedEntryException(
                            $"a polygon of {Counted.Of(ring.Length, "point")}; it needs 3");
                    Shapes.Add(new Polygon(LabelOf(value, "polygonlabels") ?? NameOf(frame), [ring]));
                    break;
                case "ellipselabels" or "ellipse":
                    Shapes.Add(Ellipse(LabelOf(value, "ellipselabels") ?? NameOf(frame), value, SizeOf(frame)));
                    break;
                case "brushlabels" or "brush":
                    Shapes.Add(Brush(LabelOf(value, "brushlabels") ?? NameOf(frame), value, SizeOf(frame)));
                    break;
                case "labels" when NameOf(frame) is not null:
                    break;
                default:
                    Skip(type);
                    break;
            }
        }

        private (int Width, int Height) SizeOf(JsonElement frame)
        {
            if (frame.Field("image_rotation") is { } turned && turned.AsNumber("image_rotation") != 0)
                throw new MalformedEntryException(
                    "the image was turned in Label Studio; turn it back and export again");
            Size = (frame.Side("original_width"), frame.Side("original_height"));
            return Size.Value;
        }

        private Mask Brush(string? @class, JsonElement value, (int Width, int Height) size)
        {
            if (value.String("format") is { } format && format != "rle")
                throw new MalformedEntryException($"the brush format is {Text.Quote(format)}; expected 'rle'");
            byte[] code =
            [
                .. value.Required("rle").AsItems("rle")
                    .Select(b => b.TryByte() ?? throw new MalformedEntryException("'rle' must be bytes")),
            ];
            return new Mask(@class, BrushCode.Decode(code, size.Width, size.Height, log.Runs), size.Width, size.Height);
        }

        private string? NameOf(JsonElement frame) => names is not null && frame.Field("id") is not null
            ? names.GetValueOrDefault(frame.String("id")!) : null;

        public static string? LabelOf(JsonElement value, string kind)
        {
            string[] labels = [.. value.Items(kind).Select(l => l.AsText(kind))];
            return labels.Length < 2 ? Text.NullIfEmpty(labels.FirstOrDefault()) : throw Several(labels.Length);
        }

        public static MalformedEntryException Several(int classes) =>
            new($"a region has {classes} classes; one was expected");

        /// <summary>Turned clockwise, in degrees, about its top left corner.</summary>
        private static Shape Rectangle(string? @class, JsonElement value, (int Width, int Height) size)
        {
            var (x, y) = (value.Number("x") * size.Width / 100, value.Number("y") * size.Height / 100);
            var (w, h) = (value.Number("width") * size.Width / 100, value.Number("height") * size.Height / 100);
            if (w < 0 || h < 0) throw new MalformedEntryException("a rectangle of negative size");
            var turn = TurnOf(value, "a rectangle");
            if (turn == 0) return new Box(@class, x, y, w, h);
            var (sin, cos) = Math.SinCos(turn);
            Point At(double dx, double dy) => new(x + dx * cos - dy * sin, y + dx * sin + dy * cos);
            return new Polygon(@class, [[At(0, 0), At(w, 0), At(w, h), At(0, h)]]);
        }

        /// <summary>Turned about its centre; its radii are percent of the width and of the height.</summary>
        private static Polygon Ellipse(string? @class, JsonElement value, (int Width, int Height) size)
        {
            Point centre = new(value.Number("x") * size.Width / 100, value.Number("y") * size.Height / 100);
            return Labels.Shapes.Ellipse(@class, centre, value.Number("radiusX") * size.Width / 100,
                value.Number("radiusY") * size.Height / 100, TurnOf(value, "an ellipse"));
        }

        /// <summary>Clockwise, in radians.</summary>
        private static double TurnOf(JsonElement value, string what)
        {
            var degrees = value.Field("rotation")?.AsNumber("rotation") ?? 0;
            return Math.Abs(degrees) <= MostTurn ? degrees * Math.PI / 180
                : throw new MalformedEntryException($"{what} is turned by {Text.Of(degrees)} degrees");
        }
    }
}
