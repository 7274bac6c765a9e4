using System.Text.Json.Serialization;

namespace Vaal.Data.Learning;

/// <summary>Intersection over union of a class, 0..1; NaN of one that is neither in the masks nor predicted.</summary>
public sealed class ClassIou
{
    [JsonConstructor]
    internal ClassIou(string @class, double iou) =>
        (Class, Iou) = (@class, iou);

    public string Class { get; internal init; }

    public double Iou { get; internal init; }
}
