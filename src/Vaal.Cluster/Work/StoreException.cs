namespace Vaal.Cluster.Work;

/// <summary>The output store cannot be written for now.</summary>
internal sealed class StoreException(Exception inner) : Exception(inner.Message, inner)
{
    /// <exception cref="StoreException">the disk is full, or the store does not answer</exception>
    public static T Guarded<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is InputException or IOException or UnauthorizedAccessException)
        {
            throw new StoreException(e);
        }
    }
}
