namespace Vaal.Cluster.Pools;

/// <summary>
/// This machine does not see images that were there when the pool was listed: a share is not mounted, or is away. That
/// says nothing of an image, so it never becomes part of a result.
/// </summary>
internal sealed class ImagesAwayException(string expected, string found, Exception inner) : IOException(
    $"expected {expected} on {Environment.MachineName}, found {found}; mount it under this path, and the job goes on; "
    + "if it was deleted, cancel the job and give another --out", inner);
