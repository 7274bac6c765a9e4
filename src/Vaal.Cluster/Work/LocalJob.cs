using Vaal.Cluster.Stores;

namespace Vaal.Cluster.Work;

/// <summary>
/// A job without a cluster: in one process, or in n that share the output store and each do every n-th shard, as an
/// indexed job of Kubernetes does. What is there is not made again.
/// </summary>
internal sealed class LocalJob(JobManifest job, JobFiles files, IShardMaker maker)
{
    /// <summary>How often the store is asked whether the others are done.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(2);

    /// <param name="index">of this process, 0..of − 1</param>
    public void Run(int index = 0, int of = 1, Action<TrainEvent>? report = null, CancellationToken cancel = default)
    {
        foreach (var stage in job.Stages)
        {
            var (count, done) = (job.Count(stage), files.DoneIn(job, stage));
            for (var shard = index; shard < count; shard += of)
            {
                cancel.ThrowIfCancellationRequested();
                var name = JobFiles.File(stage, shard);
                // what an earlier start made says nothing about how long the others take
                if (files.Store.Exists(name)) continue;
                report?.Invoke(new(Words(stage), shard, count));
                var result = maker.Do(stage, shard, cancel: cancel);
                // what was written below a mount point while the share is away would be lost
                if (!files.Store.Exists(JobFiles.ManifestName))
                    throw new InputException($"expected the job in {files.Store.Address}, found none; mount it under "
                        + "this path, and run the same command again");
                Keep(files.Store, name, result, maker.DigestOf);
                report?.Invoke(new(Words(stage), Math.Min(count, shard + of), count));
            }
            while ((done = files.DoneIn(job, stage)) < count)
            {
                report?.Invoke(new(Words(stage), done, count));
                if (cancel.WaitHandle.WaitOne(Poll)) cancel.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Writes a result, unless the same is there.</summary>
    /// <param name="digestOf">of a file; null: of all its bytes</param>
    /// <exception cref="ConflictException">another one is there</exception>
    public static void Keep(OutputStore store, string name, ShardResult result, Func<byte[], string>? digestOf = null)
    {
        if (store.WriteOnce(name, result.Bytes)) return;
        var there = (digestOf ?? ShardResult.DigestOf)(store.Read(name) ?? []);
        if (there != result.Digest) throw new ConflictException(name, there, result.Digest);
    }

    /// <summary>What is done in a stage, for people.</summary>
    public static string Words(Stage stage) => stage switch
    {
        Stage.Bench => "runs of the bench",
        Stage.Embed => "embedding shards",
        Stage.Fit => "fitting",
        Stage.Score => "scoring shards",
        _ => "choosing",
    };
}

/// <summary>Two workers came to different results for one shard: mixed processors, precisions or versions.</summary>
internal sealed class ConflictException(string name, string there, string found) : Exception(Text(name, there, found))
{
    public string There => there;

    public static string Text(string name, string there, string found) =>
        $"expected one result of {name}, found two: {there[..12]} and {found[..12]}; the workers differ in processor, "
        + "precision or version: use one kind, delete the folder and submit again";
}
