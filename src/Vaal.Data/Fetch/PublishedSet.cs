namespace Vaal.Data.Fetch;

/// <summary>A data set that others publish, and whether a folder of data sets has it.</summary>
public sealed class PublishedSet
{
    internal PublishedSet(
        string name, string images, long bytes, string terms, string folder, bool isHere, long bytesHere,
        string? instead)
    {
        (Name, Images, Bytes, Terms, Folder, IsHere) = (name, images, bytes, terms, folder, isHere);
        (BytesHere, Instead) = (bytesHere, instead);
    }

    public string Name { get; internal init; }

    /// <summary>How many, in words.</summary>
    public string Images { get; internal init; }

    /// <summary>To be fetched.</summary>
    public long Bytes { get; internal init; }

    /// <summary>On which it may be used.</summary>
    public string Terms { get; internal init; }

    /// <summary>Where it lies, or would.</summary>
    public string Folder { get; internal init; }

    /// <summary>It was fetched, every file of it.</summary>
    public bool IsHere { get; internal init; }

    /// <summary>Brought so far by a fetch that was stopped.</summary>
    public long BytesHere { get; internal init; }

    /// <summary>What to do if it cannot be fetched; null: it can.</summary>
    public string? Instead { get; internal init; }
}
