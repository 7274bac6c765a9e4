using System.Text.Json;
using Vaal.Experiments;

namespace Vaal.Cluster.Work;

/// <summary>Writes the files of a job whose shards are the runs of a bench. What is there already stays.</summary>
internal static class BenchJob
{
    /// <exception cref="InputException">another job lies there</exception>
    public static JobManifest Make(JobFiles files, string name, IReadOnlyList<BenchTask> tasks)
    {
        string[] texts = [.. tasks.Select(t => JsonSerializer.Serialize(t, Json.Options) + "\n")];
        var job = new JobManifest
        {
            Name = name,
            Strategy = JobManifest.BenchRuns,
            Encoder = "",
            ModelDigest = Build.Digest,
            FeatureDim = 0,
            Images = tasks.Count,
            ShardSize = 1,
            PoolDigest = ShardResult.DigestOf(System.Text.Encoding.UTF8.GetBytes(string.Concat(texts))),
        };
        if (files.Manifest() is { } there) return JobMaker.Same(there, job, files.Store.Address).Job;
        for (var i = 0; i < tasks.Count; i++)
        {
            JobMaker.Once(files.Store, JobFiles.BenchTaskFile(i), texts[i]);
            foreach (var round in tasks[i].Rounds)
                _ = files.Store.WriteOnce(JobFiles.RoundFile(i, round.Round),
                    JsonSerializer.SerializeToUtf8Bytes(round, Json.Options));
            if (tasks[i].IsOver(tasks[i].Rounds))
                _ = files.Store.WriteOnce(JobFiles.File(Stage.Bench, i),
                    BenchRuns.Packed(new(tasks[i].Rounds, null)).Bytes);
        }
        _ = files.Store.WriteOnce(JobFiles.ManifestName, job.ToJson());
        return job;
    }
}
