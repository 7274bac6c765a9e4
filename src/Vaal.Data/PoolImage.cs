namespace Vaal.Data;

/// <summary>Which image an id of a pool stands for. Several ids may be parts of one image.</summary>
/// <param name="Number">of the image</param>
/// <param name="Group">of the images, or parts of them, that look alike; null: it looks like no other</param>
internal readonly record struct PoolImage(ImageNumber Number, int? Group = null);
