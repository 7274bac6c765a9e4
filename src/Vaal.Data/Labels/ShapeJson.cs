using System.Text.Json;

namespace Vaal.Data.Labels;

/// <summary>A shape in Vaal's own JSON, in files and in the workspace.</summary>
/// <param name="Type"><c>box</c>, <c>polygon</c> or <c>mask</c></param>
/// <param name="Box">x, y, width, height in pixels</param>
/// <param name="Rings">each x, y, x, y, …</param>
/// <param name="Size">of a mask: width, height</param>
/// <param name="Runs">of a mask, as in <see cref="Mask"/></param>
internal sealed record ShapeJson(
    string Type, string? Class, double[]? Box, double[][]? Rings, int[]? Size, IReadOnlyList<int>? Runs)
{
    public static ShapeJson Of(Shape shape) => shape switch
    {
        Box box => new("box", box.Class, [box.X, box.Y, box.Width, box.Height], null, null, null),
        Polygon polygon => new("polygon", polygon.Class, null, RingsOf(polygon), null, null),
        Mask mask => new("mask", mask.Class, null, null, [mask.Width, mask.Height], mask.Runs),
        _ => throw new ArgumentOutOfRangeException(nameof(shape)),
    };

    /// <summary>Each ring as x, y, x, y, …</summary>
    public static double[][] RingsOf(Polygon polygon)
        => [.. polygon.Rings.Select(ring => ring.SelectMany(p => new[] { p.X, p.Y }).ToArray())];

    /// <exception cref="MalformedEntryException">it is no shape</exception>
    public static Shape Read(JsonElement shape)
    {
        var @class = shape.String("class");
        switch (shape.String("type"))
        {
            case "box":
                return shape.Required("box").Numbers("box") is [var x, var y, >= 0 and var w, >= 0 and var h]
                    ? new Box(@class, x, y, w, h)
                    : throw new MalformedEntryException("'box' must be x, y, width, height");
            case "polygon":
                Point[][] rings = [.. shape.Required("rings").AsItems("rings").Select(r => r.Ring("rings"))];
                return rings.Length > 0 ? new Polygon(@class, rings)
                    : throw new MalformedEntryException("'rings' is empty");
            case "mask":
                if (shape.Required("size").Numbers("size")
                    is not [>= 1 and <= Rle.MaxSide and var width, >= 1 and <= Rle.MaxSide and var height])
                    throw new MalformedEntryException("'size' must be width, height");
                var runs = shape.Required("runs").AsItems("runs").Select(r => r.AsWhole("runs"));
                return new Mask(@class, Rle.Checked(runs, (int)width, (int)height), (int)width, (int)height);
            case var type:
                throw new MalformedEntryException(
                    $"'type' is {Text.Quote(type ?? "")}; it must be box, polygon or mask");
        }
    }
}
