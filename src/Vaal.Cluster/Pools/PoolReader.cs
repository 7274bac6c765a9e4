using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Vaal.Cluster.Stores;
using Vaal.Data;

namespace Vaal.Cluster.Pools;

/// <summary>
/// The entries of a pool, one after the other: of a folder, a table (CSV, TSV, Parquet), tar archives, or
/// <c>s3://bucket/prefix</c>. Those that are missing, doubled or unreadable are left out and told.
/// </summary>
/// <param name="pool">as the user writes it</param>
/// <param name="root">folder that the paths of a table are relative to; null: the table's</param>
/// <param name="leftOut">receives what cannot be used</param>
internal sealed class PoolReader(string pool, string? root, S3Options s3, Action<LeftOutEntry> leftOut)
{
    private readonly HashSet<UInt128> _seen = [];

    /// <summary>Folder that relative paths belong to; null: there are none.</summary>
    public string? Root { get; } = S3Address.Recognises(pool) ? null
        : Path.GetFullPath(root ?? (Directory.Exists(pool) ? pool : Path.GetDirectoryName(Path.GetFullPath(pool))!));

    /// <exception cref="InputException">the pool cannot be read at all</exception>
    public IEnumerable<PoolEntry> Entries(CancellationToken cancel = default)
    {
        foreach (var (entry, where) in All())
        {
            cancel.ThrowIfCancellationRequested();
            if ((entry.Problem ?? Doubled(entry)) is { } problem) leftOut(new(entry.Location, where, problem));
            else if (Checked(entry, out problem) is { } whole) yield return whole;
            else leftOut(new(entry.Location, where, problem!));
        }
    }

    private IEnumerable<(PoolEntry Entry, string Where)> All()
    {
        var bucket = S3Address.Recognises(pool);
        if (!bucket && !Path.Exists(pool))
            throw new InputException($"expected a folder, a table, a tar archive or s3://bucket/prefix as pool, "
                + $"found no '{pool}'");
        if (root is not null && (bucket || Directory.Exists(pool) || IsTar(pool)))
            throw new InputException($"expected a table of paths with --root, found {pool}, whose images lie in "
                + "it; leave --root out");
        if (bucket) return OfBucket(S3Address.Parse(pool));
        if (Directory.Exists(pool)) return OfFolder();
        if (IsTar(pool)) return TarIndex.Of(RegularFile.OpenRead(pool), Path.GetFileName(pool), leftOut);
        return ManifestTable.Rows(pool).Select(r => (r.Entry, r.Where));
    }

    private IEnumerable<(PoolEntry, string)> OfFolder()
    {
        var notes = new List<string>();
        var files = SourceFiles.In(pool, notes, also: IsTar)
            .OrderBy(f => f.Path, StringComparer.Ordinal).ToLookup(f => IsTar(f.Path));
        foreach (var file in files[false])
            yield return (new(file.Path, null, file.Length, file.Modified), file.Path);
        foreach (var note in notes) leftOut(new(pool, pool, note));
        foreach (var archive in files[true])
        {
            var path = Path.Combine(pool, archive.Path);
            if (archive.Length == 0) leftOut(new(archive.Path, archive.Path, ImageReader.Empty(path)));
            if (archive.Length == 0) continue;
            foreach (var entry in TarIndex.Of(RegularFile.OpenRead(path), archive.Path, leftOut)) yield return entry;
        }
    }

    private IEnumerable<(PoolEntry, string)> OfBucket(S3Address address)
    {
        using var bucket = new S3Bucket(address.Bucket, s3);
        foreach (var (key, length, modified) in bucket.List(address.Key))
        {
            var location = new S3Address(address.Bucket, key).ToString();
            if (IsTar(key))
                foreach (var entry in TarIndex.Of(bucket.OpenRead(key), location, leftOut)) yield return entry;
            else if (SourceFiles.IsPicture(key)) yield return (new(location, null, length, modified.Ticks), key);
        }
    }

    private string? Doubled(PoolEntry entry) =>
        _seen.Add(MemoryMarshal.Read<UInt128>(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(entry.Location))))
            ? null : "it stands there twice; the first is used";

    // a file must be there; what lies elsewhere is seen when it is read
    private PoolEntry? Checked(PoolEntry entry, out string? problem)
    {
        problem = null;
        if (entry.Length > 0 || ImageLocation.IsElsewhere(entry.Location)) return entry;
        var file = SourceFiles.Of(Root!, entry.Location);
        problem = file.Modified == 0 ? "there is no such file" : file.Length == 0
            ? ImageReader.Empty(Path.Combine(Root!, entry.Location)) : null;
        return problem is null ? entry with { Length = file.Length, Modified = file.Modified } : null;
    }

    private static bool IsTar(string name) => name.EndsWith(".tar", StringComparison.OrdinalIgnoreCase);
}
