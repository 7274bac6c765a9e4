using System.Text.Json;
using System.Text.Json.Nodes;
using Vaal.Cluster.Stores;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Models;

namespace Vaal.Cluster.Work;

/// <summary>What a run of a bench came to, in the file of its shard.</summary>
/// <param name="Rounds">those that are finished</param>
/// <param name="Error">why there are no more; null: these are all</param>
internal sealed record BenchRun(IReadOnlyList<RoundResult> Rounds, string? Error);

/// <summary>
/// The runs of a bench, one a shard. Each finished round has a file at once, from which another worker goes on. The
/// memory of a selection is not measured, as it would be this worker's.
/// </summary>
internal sealed class BenchRuns(JobFiles files) : IShardMaker, IDisposable
{
    private static readonly string[] Measured = ["taskSeconds", "selectSeconds", "trainSeconds", "peakBytes"];

    private (BenchData Of, DataSet Data)? _loaded;

    /// <remarks>One at a time in a process: they share the threads of libtorch.</remarks>
    public ShardResult Do(Stage stage, int shard, Bar? bar = null, CancellationToken cancel = default)
    {
        var task = files.BenchTask(shard);
        var data = Data(task, cancel);
        var kept = new RoundFiles(files, shard);
        Libtorch.Threads = task.Threads;                                             // of this thread
        BenchRun run;
        try
        {
            run = new(new ActiveLearningLoop(task.Options, data, kept, Devices.Named(task.Device)) { Alone = false }
                .Run(cancel: cancel), null);
        }
        // one run of many: the others are worth having whatever became of this one
        catch (Exception e) when (IsOfTheRun(e, cancel))
        {
            run = new(kept.Rounds(), e is InputException ? e.Message : e.ToString());
        }
        return Packed(run);
    }

    public string DigestOf(byte[] file) => Digest(file);

    /// <summary>The file of a run.</summary>
    public static ShardResult Packed(BenchRun run)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(run, Json.Options);
        return new(bytes, []) { Digest = Digest(bytes) };
    }

    public void Dispose() => _loaded?.Data.Dispose();

    /// <summary>Of a run or a round, without the times that it took.</summary>
    internal static string Digest(byte[] json)
    {
        var of = JsonNode.Parse(json)!.AsObject();
        // the lines behind it have the paths of a machine
        if ((string?)of["error"] is { } error) of["error"] = error.Split('\n')[0];
        foreach (var round in of["rounds"]?.AsArray().Select(r => r!.AsObject()) ?? [of])
            foreach (var name in Measured) round.Remove(name);
        return ShardResult.DigestOf(System.Text.Encoding.UTF8.GetBytes(of.ToJsonString(Json.Options)));
    }

    // what is wrong with this machine, or with the files of the job, says nothing of the run
    private static bool IsOfTheRun(Exception e, CancellationToken cancel) =>
        !(e is OperationCanceledException && cancel.IsCancellationRequested)
        && e is not (StoreException or BucketException or ConflictException or IOException
            or UnauthorizedAccessException)
        && !AtomicFile.IsDiskFull(e);

    private DataSet Data(BenchTask task, CancellationToken cancel)
    {
        if (_loaded is not { } loaded || loaded.Of != task.Data)
        {
            Dispose();
            _loaded = null;                                                          // if loading fails
            _loaded = loaded = (task.Data, task.Data.Load(cancel: cancel));
        }
        if (loaded.Data.Fingerprint != task.Fingerprint)
            throw new InputException($"expected the images of {task.Data.Data} that the bench began with, found others "
                + $"on {Environment.MachineName}; give every worker the same images");
        return loaded.Data;
    }

    /// <summary>Keeps each finished round in a file of its own.</summary>
    private sealed class RoundFiles(JobFiles files, int shard) : RunObserver
    {
        public override IReadOnlyList<RoundResult> Rounds() => files.Rounds(shard);

        public override void Finished(IReadOnlyList<RoundResult> rounds, ImageSet images)
        {
            var (name, bytes) = (JobFiles.RoundFile(shard, rounds.Count - 1),
                JsonSerializer.SerializeToUtf8Bytes(rounds[^1], Json.Options));
            if (StoreException.Guarded(() => files.Store.WriteOnce(name, bytes))) return;
            // another worker has the run too
            var (there, found) = (Digest(files.Store.Read(name) ?? []), Digest(bytes));
            if (there != found) throw new ConflictException(name, there, found);
        }
    }
}
