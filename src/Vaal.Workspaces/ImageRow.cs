namespace Vaal.Workspaces;

/// <summary>What can be said of an image file.</summary>
internal enum ImageState
{
    /// <summary>In the pool, or in the test set.</summary>
    Ok,

    /// <summary>It cannot be decoded.</summary>
    Broken,

    /// <summary>The same pixels are in the workspace already.</summary>
    Duplicate,

    /// <summary>It is not there any more; its labels are kept.</summary>
    Removed,
}

/// <summary>An image of a workspace.</summary>
/// <param name="Id">for good: it outlives changes of the file and of its name</param>
/// <param name="Path">relative to the image folder, with <c>/</c></param>
/// <param name="Bytes">length of the file</param>
/// <param name="Modified">UTC ticks</param>
/// <param name="Width">as the picture is meant to be seen, in pixels; 0 where it is not known</param>
/// <param name="Reason">why it is broken</param>
/// <param name="DuplicateOf">id of the image with the same pixels that stands for it</param>
/// <param name="NearGroup">id of the first image of a group that look alike; null: nothing looks like it</param>
/// <param name="Test">it belongs to the test set and is never offered for labelling by a strategy</param>
internal sealed record ImageRow(
    int Id, string Path, long Bytes, long Modified, int Width, int Height, ImageState State, string? Reason,
        int? DuplicateOf, int? NearGroup, bool Test);
