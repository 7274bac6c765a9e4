namespace Vaal.Cluster.Stores;

/// <summary>
/// A bucket refuses what it was asked for. That says nothing of an image, so it never becomes part of a result.
/// </summary>
/// <remarks>
/// <c>AccessDenied</c> is one of these too. S3 answers so for an object that is not there, where the keys may not list
/// the bucket, and for one that only these keys may not read: nobody can tell which. The shard fails, and the message
/// names the object.
/// </remarks>
/// <param name="ofThisMachine">its keys, token or clock are refused: another machine may have better ones</param>
internal sealed class BucketException(string message, Exception inner, bool ofThisMachine = false)
    : InputException(message, inner)
{
    /// <summary>The shard is given back and tried again; otherwise the job fails until it is submitted again.</summary>
    public bool IsOfThisMachine => ofThisMachine;
}
