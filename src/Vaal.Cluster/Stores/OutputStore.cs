namespace Vaal.Cluster.Stores;

/// <summary>
/// Where a job's files lie. They are the truth: what coordinates the job keeps nothing that cannot be read from here.
/// </summary>
internal abstract class OutputStore
{
    /// <summary>A folder, or <c>s3://bucket/prefix</c>.</summary>
    public abstract string Address { get; }

    /// <summary>Writes a file that nobody has written yet; appears whole or not at all.</summary>
    /// <returns>false: it is there already, and stays as it is</returns>
    /// <exception cref="InputException">no space left, or it may not be written</exception>
    public abstract bool WriteOnce(string name, byte[] bytes);

    /// <summary>Null: there is no such file.</summary>
    public abstract byte[]? Read(string name);

    /// <summary>Part of a file.</summary>
    public abstract byte[] Read(string name, long offset, int length);

    public abstract bool Exists(string name);

    /// <summary>Names of the files right below a folder, without it, in ordinal order.</summary>
    public abstract IReadOnlyList<string> List(string folder);

    /// <summary>The first file or folder right below that has none of these names; null: there is no other.</summary>
    public string? OtherThan(IReadOnlyCollection<string> known) => Entries().FirstOrDefault(n => !known.Contains(n));

    public abstract void Delete(string name);

    /// <summary>Names of the files and folders right below.</summary>
    protected abstract IEnumerable<string> Entries();

    /// <param name="address">a folder, or <c>s3://bucket/prefix</c></param>
    /// <param name="s3">null: as the environment says</param>
    public static OutputStore Open(string address, S3Options? s3 = null) =>
        S3Address.Recognises(address) ? new S3Store(S3Address.Parse(address), s3 ?? new()) : new FolderStore(address);
}
