namespace Vaal.Data.Learning;

/// <summary>Intersection over union of a class, 0..1; NaN of one that is neither in the masks nor predicted.</summary>
internal sealed record ClassIou(string Class, double Iou);
