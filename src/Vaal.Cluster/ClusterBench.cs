using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Experiments;

namespace Vaal.Cluster;

/// <summary>
/// Does the runs of a bench on a cluster, a run a shard: the same rows that this machine would come to. Workers reach
/// the bench's folder under the same path, have the same images and the same build of vaal.
/// </summary>
public sealed class ClusterBench : IBenchRunner
{
    private readonly Func<ClusterJobs> _connect;

    public ClusterBench(ClusterConnection connection)
        : this(() => ClusterJobs.Connect(connection))
    {
    }

    internal ClusterBench(Func<ClusterJobs> connect) => _connect = connect;

    void IBenchRunner.Run(string folder, IReadOnlyList<BenchTask> tasks, Action<int, RoundResult> finished,
        Action<int, string> failed, Action<TrainEvent>? report, CancellationToken cancel)
    {
        var (name, all) = (NameOf(folder, tasks), Path.Combine(Path.GetFullPath(folder), "cluster"));
        var output = Path.Combine(all, name);
        using var cluster = _connect();
        var files = new JobFiles(OutputStore.Open(output));
        var job = BenchJob.Make(files, name, tasks);
        var news = new BenchNews(files, job, tasks, finished, failed);
        cluster.Start(name, output);
        try
        {
            cluster.WaitAnd(news.Tell, name, output, report, cancel);
        }
        catch (OperationCanceledException)
        {
            // as on one machine: the same command goes on
            cluster.Stop(name);
            news.Tell();
            throw;
        }
        cluster.Forget(name);
        Directory.Delete(all, recursive: true);
    }

    // the same bench in the same folder, the same job: a command that was stopped goes on with it
    private static string NameOf(string folder, IEnumerable<BenchTask> tasks)
    {
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sum.AppendData(Encoding.UTF8.GetBytes(Path.GetFullPath(folder) + Build.Digest));
        foreach (var task in tasks) sum.AppendData(JsonSerializer.SerializeToUtf8Bytes(task, Json.Options));
        return $"bench-{Convert.ToHexStringLower(sum.GetHashAndReset(), 0, 8)}";
    }

    /// <summary>Tells what the files of the job have that was not told yet.</summary>
    private sealed class BenchNews(JobFiles files, JobManifest job, IReadOnlyList<BenchTask> tasks,
        Action<int, RoundResult> finished, Action<int, string> failed)
    {
        private readonly int[] _told = [.. tasks.Select(t => t.Rounds.Count)];
        private readonly bool[] _over = [.. tasks.Select(t => t.IsOver(t.Rounds))];

        public void Tell()
        {
            for (var book = 0; book < job.Books(Stage.Bench); book++)
            {
                // read before the rounds are: a run that is over by then has all of them
                var over = files.Done(Stage.Bench, book);
                foreach (var (shard, rounds) in files.RoundsIn(book))
                    if (!_over[shard] && rounds > _told[shard]) Tell(shard, files.Rounds(shard));
                foreach (var shard in over.Where(s => !_over[s])) End(shard);
            }
        }

        private void Tell(int shard, IReadOnlyList<RoundResult> rounds)
        {
            foreach (var round in rounds.Skip(_told[shard])) finished(shard, round);
            _told[shard] = Math.Max(_told[shard], rounds.Count);
        }

        private void End(int shard)
        {
            var run = files.BenchRun(shard);
            Tell(shard, run.Rounds);
            _over[shard] = true;
            if (run.Error is { } error) failed(shard, error);
        }
    }
}
