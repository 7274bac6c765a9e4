namespace Vaal.Cluster.Stores;

/// <summary>Files in a folder that every silo and worker can reach under the same path.</summary>
internal sealed class FolderStore(string folder) : OutputStore
{
    private readonly string _root = Path.GetFullPath(folder);

    public override string Address => _root;

    public override bool WriteOnce(string name, byte[] bytes)
    {
        try
        {
            return AtomicFile.CreateOnce(At(name), stream => stream.Write(bytes));
        }
        // a share may be away for a moment: whoever works with it tries again
        catch (InputException e) when (e.InnerException is IOException cause && !AtomicFile.IsDiskFull(cause))
        {
            throw new IOException(e.Message, e);
        }
    }

    public override byte[]? Read(string name)
    {
        try
        {
            return RegularFile.ReadAllBytes(At(name));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public override byte[] Read(string name, long offset, int length)
    {
        var bytes = new byte[length];
        using var file = File.OpenHandle(At(name));
        for (var read = 0; read < length;)
        {
            var more = RandomAccess.Read(file, bytes.AsSpan(read), offset + read);
            if (more == 0) throw new InputException($"{At(name)} is shorter than it should be; delete it");
            read += more;
        }
        return bytes;
    }

    public override bool Exists(string name) => File.Exists(At(name));

    // hidden ones are files that somebody is writing
    public override IReadOnlyList<string> List(string folder)
    {
        if (!Directory.Exists(At(folder))) return [];
        string[] names = [.. Directory.EnumerateFiles(At(folder)).Select(f => Path.GetFileName(f))
            .Where(n => n[0] != '.')];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    public override void Delete(string name) => File.Delete(At(name));

    protected override IEnumerable<string> Entries() => !Directory.Exists(_root) ? []
        : Directory.EnumerateFileSystemEntries(_root).Select(e => Path.GetFileName(e)).Where(n => n[0] != '.');

    private string At(string name) => Path.Combine(_root, name);
}
