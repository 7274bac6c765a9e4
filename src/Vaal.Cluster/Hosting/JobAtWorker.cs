using Vaal.Cluster.Grains;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Hosting;

/// <summary>What a worker has of a job while it works on it: until the last that holds it lets it go.</summary>
internal sealed class JobAtWorker
{
    private readonly JobTools _tools;
    private readonly JobFiles _files;
    private int _holders = 1;

    private JobAtWorker(string name, JobFiles files, JobManifest manifest, JobTools tools, WorkerInfo info) =>
        (Name, _files, Manifest, _tools, Info) = (name, files, manifest, tools, info);

    public string Name { get; }

    public JobManifest Manifest { get; }

    public OutputStore Store => _files.Store;

    public WorkerInfo Info { get; }

    /// <summary>It was done or stopped, as its files say.</summary>
    public bool IsOver => _files.IsCancelled || _files.Manifest() is null
        || Manifest.Stages[^1] is var last && _files.DoneIn(Manifest, last) == Manifest.Count(last);

    /// <exception cref="InputException">there is no such job, or its encoder is not here</exception>
    public static JobAtWorker Open(string name, string address, WorkerOptions options, EncoderShelf shelf)
    {
        var files = new JobFiles(OutputStore.Open(address, options.S3));
        var manifest = files.NeedManifest();
        var tools = JobTools.Open(manifest, files, options.S3, options.Threads, shelf);
        return new(name, files, manifest, tools, new(options.Name, tools.Model, WorkerInfo.CurrentFormat));
    }

    /// <summary>The folder holds another job by now.</summary>
    public bool IsStale() => _files.Manifest() is { } now && now.PoolDigest != Manifest.PoolDigest;

    /// <returns>the result, and the digest of the file that was there before; null: this call wrote it</returns>
    public (ShardResult Result, string? There) Do(ShardLease lease, WorkerOptions options, CancellationToken cancel)
    {
        var name = JobFiles.File(lease.Stage, lease.Shard);
        // a worker that died after writing it, or whose answer was lost
        if (Store.Read(name) is { } there)
            return (new(there, []) { Digest = _tools.Maker.DigestOf(there) }, _tools.Maker.DigestOf(there));
        var result = options.Emulated?.Invoke(Manifest, lease.Stage, lease.Shard)
            ?? _tools.Maker.Do(lease.Stage, lease.Shard, lease.Bar, cancel);
        cancel.ThrowIfCancellationRequested();
        // what was written below a mount point while the share is away would be lost
        return StoreException.Guarded(() => Store.Exists(JobFiles.ManifestName) ? Store.WriteOnce(name, result.Bytes)
            : throw new IOException($"expected the job in {Store.Address} on {Environment.MachineName}, found none"))
            ? (result, null) : (result, _tools.Maker.DigestOf(Store.Read(name) ?? []));
    }

    /// <summary>Only by one who knows that it is held.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    public void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0) _tools.Dispose();
    }
}
