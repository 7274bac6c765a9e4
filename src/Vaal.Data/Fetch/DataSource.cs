namespace Vaal.Data.Fetch;

/// <summary>A data set that others publish: where its files lie, and how to know that they are the right
/// ones.</summary>
/// <param name="Name">also of its folder</param>
/// <param name="Images">how many, in words</param>
/// <param name="Terms">on which it may be used</param>
/// <param name="Address">URL that the names of the files are appended to; empty: it cannot be fetched without
/// asking</param>
internal sealed record DataSource(string Name, string Images, string Terms, string Address, params RemoteFile[] Files)
{
    /// <summary>Folder inside its own in which the images lie, where no data format finds them by itself.</summary>
    public string Inside { get; init; } = "";

    /// <summary>What to do instead where it cannot be fetched.</summary>
    public string? Instead { get; init; }

    /// <summary>Bytes to be fetched.</summary>
    public long Bytes => Files.Sum(f => f.Bytes);
}

/// <summary>One file of a <see cref="DataSource"/>; <c>.tar</c> and <c>.tar.gz</c> are unpacked, all others stay as
/// they are.</summary>
/// <param name="Sha256">hexadecimal, lower case</param>
internal sealed record RemoteFile(string Name, long Bytes, string Sha256)
{
    public bool IsArchive =>
        Name.EndsWith(".tar", StringComparison.Ordinal) || Name.EndsWith(".tar.gz", StringComparison.Ordinal);
}
