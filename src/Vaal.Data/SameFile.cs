namespace Vaal.Data;

/// <summary>
/// A file that is read by its name more than once, as it was the first time. A result that says which file it was made
/// from must not rest on another file that has taken its place meanwhile.
/// </summary>
internal sealed class SameFile
{
    // a file that was written just before could change once more and keep its time
    private static readonly TimeSpan _recent = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly (long Length, DateTime Modified)? _stamp;

    /// <param name="wanted">what the file should be, for the message where there is none</param>
    /// <exception cref="InputException">there is no such file</exception>
    public SameFile(string path, string wanted = "that file")
    {
        _path = path;
        // before the content: what changes later is noticed
        if (File.Exists(path) && StampOf(path) is var stamp && DateTime.UtcNow - stamp.Modified > _recent)
            _stamp = stamp;
        Sha256 = Fingerprint.OfFile(path, wanted);
    }

    /// <summary>Of its content, hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Call this once everything was read that is read. A file that is gone was read before.</summary>
    /// <exception cref="InputException">it is not what it was</exception>
    public void Verify()
    {
        if (File.Exists(_path) && !IsThere())
            throw new InputException(
                $"expected {_path} to stay as it is while it is read, found it changed; run the same command again");
    }

    /// <summary>The file of that name is the one that was hashed.</summary>
    public bool IsThere() => File.Exists(_path)
        && ((_stamp is not null && StampOf(_path) == _stamp) || Fingerprint.OfFile(_path) == Sha256);

    private static (long Length, DateTime Modified) StampOf(string path)
    {
        var file = RegularFile.Info(path);
        return (file.Length, file.LastWriteTimeUtc);
    }
}
