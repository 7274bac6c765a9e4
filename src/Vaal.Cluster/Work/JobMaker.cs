using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Data.Labels;

namespace Vaal.Cluster.Work;

/// <summary>
/// Writes the files that a job begins with. The manifest comes last: what was stopped before is no job.
/// </summary>
internal static class JobMaker
{
    private const int MostLeftOut = 100_000;

    /// <param name="wanted">the job; what follows from the pool is filled in</param>
    /// <param name="pool">as <see cref="PoolReader"/> takes it</param>
    /// <param name="root">folder that the paths of a table are relative to; null: the table's</param>
    /// <returns>the job, and whether it was there already</returns>
    /// <exception cref="InputException">another job lies there, or the pool cannot be used</exception>
    public static (JobManifest Job, bool Again) Make(OutputStore store, JobManifest wanted, string pool, string? root,
        S3Options s3, Action<long>? report = null, CancellationToken cancel = default)
    {
        var files = new JobFiles(store);
        var there = files.Manifest();
        if (there is null && store.OtherThan(JobFiles.Unfinished) is { } other)
            throw new InputException($"expected a new or empty folder, found {other} in {store.Address}; "
                + "give another folder");
        var (leftOut, problems) = (0, new StringBuilder(CsvText.Line(["location", "where", "problem"])));
        LeftOutEntry? first = null;
        var reader = new PoolReader(pool, root, s3, entry =>
        {
            first ??= entry;
            if (leftOut++ < MostLeftOut) problems.Append(CsvText.Line([entry.Location, entry.Where, entry.Problem]));
        });
        var made = new EntriesWriter(there is null ? store : null, wanted.ShardSize);
        foreach (var entry in reader.Entries(cancel))
        {
            made.Add(entry);
            if (made.Count % 10_000 == 0) report?.Invoke(made.Count);
        }
        var digest = made.Finish();
        string[] classes = [.. made.Labels.Select(l => l.Class).Distinct().Order(StringComparer.Ordinal)];
        var job = wanted with
        {
            Root = reader.Root,
            Images = made.Count,
            PoolDigest = digest,
            Classes = classes,
            Labelled = made.Labels.Count,
            LeftOut = leftOut,
        };
        if (there is not null) return SameOrRenamed(files, there, job);
        if (made.Count == 0 && first is not null) throw new InputException(NoneLeft(leftOut, first));
        InputException.ThrowIfAny(job.Problems());
        Once(store, JobFiles.LabelsName, string.Concat(made.Labels.Select(l => string.Create(
            CultureInfo.InvariantCulture,
            $"{l.Id}\t{Array.BinarySearch(classes, l.Class, StringComparer.Ordinal)}\n"))));
        Once(store, JobFiles.LeftOutName, problems.ToString());
        return store.WriteOnce(JobFiles.ManifestName, job.ToJson()) ? (job, false)
            : Same(files.NeedManifest(), job, store.Address);
    }

    /// <summary>The same of entries that are known to be good.</summary>
    public static JobManifest Make(OutputStore store, JobManifest wanted, IReadOnlyList<PoolEntry> entries, string root)
    {
        var there = new JobFiles(store).Manifest();
        var made = new EntriesWriter(there is null ? store : null, wanted.ShardSize);
        foreach (var entry in entries) made.Add(entry);
        var job = wanted with { Root = root, Images = made.Count, PoolDigest = made.Finish() };
        if (there is not null) return Same(there, job, store.Address).Job;
        InputException.ThrowIfAny(job.Problems());
        _ = store.WriteOnce(JobFiles.ManifestName, job.ToJson());
        return job;
    }

    // silos refuse a name that another job has, and they are asked only after this job was made
    private static (JobManifest Job, bool Again) SameOrRenamed(JobFiles files, JobManifest there, JobManifest wanted)
    {
        if (there.Name == wanted.Name || files.WasBegun(there)) return Same(there, wanted, files.Store.Address);
        var renamed = Same(there with { Name = wanted.Name }, wanted, files.Store.Address);
        files.Store.Delete(JobFiles.ManifestName);
        _ = files.Store.WriteOnce(JobFiles.ManifestName, renamed.Job.ToJson());
        return renamed;
    }

    private static string NoneLeft(int leftOut, LeftOutEntry first) =>
        $"expected images in the pool, found none: {Counted.Of(leftOut, "entry", "entries")} cannot be used, "
        + "the first: " + (first.Where == first.Location || first.Location.Length == 0 ? "" : $"{first.Where}, ")
        + $"{(first.Location.Length == 0 ? first.Where : first.Location)}: {first.Problem}; check the pool and --root";

    /// <summary>Writes a file, or the same file again.</summary>
    internal static void Once(OutputStore store, string name, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        // what a stopped attempt left is the same, or the pool has changed since
        if (store.WriteOnce(name, bytes) || store.Read(name).AsSpan().SequenceEqual(bytes)) return;
        store.Delete(name);
        _ = store.WriteOnce(name, bytes);
    }

    /// <summary>The job that is there, if it is the wanted one.</summary>
    internal static (JobManifest Job, bool Again) Same(JobManifest there, JobManifest wanted, string where)
    {
        var differences = new List<string>();
        void Compare<T>(string what, T found, T want)
        {
            if (!EqualityComparer<T>.Default.Equals(found, want)) differences.Add($"{what} {found}, not {want}");
        }
        Compare("name", there.Name, wanted.Name);
        Compare("strategy", there.Strategy, wanted.Strategy);
        Compare("budget", there.Budget, wanted.Budget);
        Compare("seed", there.Seed, wanted.Seed);
        Compare("encoder", there.Encoder, wanted.Encoder);
        Compare("model", there.ModelDigest[..12], wanted.ModelDigest[..12]);
        Compare("shard size", there.ShardSize, wanted.ShardSize);
        Compare("images", there.Images, wanted.Images);
        Compare("pool", there.PoolDigest[..12], wanted.PoolDigest[..12]);
        return differences.Count == 0 ? (there, true) : throw new InputException(
            $"expected an empty folder or this job, found another job in {where} ({string.Join("; ", differences)}); "
            + "give another folder");
    }
}

/// <summary>Entries on their way into the files of their shards.</summary>
/// <param name="store">null: they are only counted and summed</param>
internal sealed class EntriesWriter(OutputStore? store, int shardSize)
{
    private readonly IncrementalHash _sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StringBuilder _lines = new();

    public int Count { get; private set; }

    public List<(int Id, string Class)> Labels { get; } = [];

    public void Add(PoolEntry entry)
    {
        var line = entry.ToLine();
        _sum.AppendData(Encoding.UTF8.GetBytes(line));
        _lines.Append(line);
        if (entry.Label is { } label) Labels.Add((Count, label));
        Count = checked(Count + 1);
        if (Count % shardSize == 0) Flush((Count - 1) / shardSize);
    }

    /// <returns>the digest of all entries</returns>
    public string Finish()
    {
        if (_lines.Length > 0) Flush((Count - 1) / shardSize);
        return Convert.ToHexStringLower(_sum.GetHashAndReset());
    }

    private void Flush(int shard)
    {
        if (store is not null) JobMaker.Once(store, JobFiles.EntriesFile(shard), _lines.ToString());
        _lines.Clear();
    }
}
