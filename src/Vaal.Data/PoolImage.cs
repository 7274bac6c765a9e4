namespace Vaal.Data;

/// <summary>Which image an id of a pool stands for. Several ids may be parts of one image.</summary>
/// <param name="Number">of the image</param>
/// <param name="Group">of the images, or parts of them, that look alike; null: it looks like no other</param>
internal readonly record struct PoolImage(ImageNumber Number, int? Group = null)
{
    /// <summary>Those of a pool that nobody has numbered: an image's number is its id, and none look alike.</summary>
    public static PoolImage[] Unnumbered(int count) =>
        [.. Enumerable.Range(0, count).Select(id => new PoolImage((ImageNumber)id))];
}
