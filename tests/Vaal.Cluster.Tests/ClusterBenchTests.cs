using System.Text.Json;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Experiments;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

/// <summary>A bench whose runs are shards comes to what the same bench comes to on one machine.</summary>
[Trait("Category", "Slow")]
public sealed class ClusterBenchTests(InProcess silos) : IClassFixture<InProcess>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Bench_WithARoundOfAWorkerThatDied_HasTheRowsAndFilesOfOneMachine()
    {
        var here = Rows(Config(), _folder["here"]);
        Assert.Equal(8, here.Count);
        var told = new List<string>();
        var running = Task.Run(() => Run(Config(), _folder["there"], (run, r) => told.Add($"{run} {r.Round}")));
        var files = await Job(_folder["there"]);
        // the second run is margin-1
        var died = Rounds("here", "margin-1")[0];
        files.Store.WriteOnce(JobFiles.RoundFile(1, 0), JsonSerializer.SerializeToUtf8Bytes(
            new RoundResult(0, died.Labelled, died.Accuracy, died.Picks, 4_711, 1, died.Health), Json.Options));
        Assert.Empty(await WithAWorker(running));
        Assert.Equal(8, told.Distinct().Count());
        Assert.Equal(8, told.Count);
        var there = Rows(Config(), _folder["there"]);
        Assert.Equal(here.Select(Essence), there.Select(Essence));
        Assert.Equal("margin", Assert.Single(there, r => r.TaskSeconds == 4_711).Strategy);
        foreach (var cell in new[] { "random-1", "random-2", "margin-1", "margin-2" })
            Assert.Equal(File.ReadAllText(_folder[$"here/cells/pool/{cell}/picks.csv"]),
                File.ReadAllText(_folder[$"there/cells/pool/{cell}/picks.csv"]));
        Assert.False(Directory.Exists(_folder["there/cluster"]));
    }

    [Fact]
    public async Task Bench_Stopped_StopsItsJob_AndTheSameCommandGoesOn()
    {
        using var stop = new CancellationTokenSource();
        var running = Task.Run(() => Run(Config(), _folder["there"], cancel: stop.Token));
        var files = await Job(_folder["there"]);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var job = silos.Grains.GetGrain<IJob>(files.NeedManifest().Name);
        Assert.Equal(Offer.Cancelled, (await job.Status()).State);
        var rounds = 0;
        Assert.Empty(await WithAWorker(Task.Run(() => Run(Config(), _folder["there"], (_, _) => rounds++))));
        Assert.Equal(8, rounds);
    }

    [Fact]
    public async Task Bench_RunThatFails_IsRecordedAsOnOneMachineAndTheOthersGoOn()
    {
        // one that no check before the first run can see
        var config = Config("""
            "pools": [{ "name": "a", "vaal": { "iterations": 3 } },
              { "name": "b", "vaal": { "iterations": 50, "vaeLearningRate": 1e9 } }], "seeds": [1]
            """, "\"vaal\"");
        var failures = await WithAWorker(Task.Run(() => Run(config, _folder["there"])));
        using var one = BenchGrid.Open(config, _folder["here"]);
        Assert.Equal(one.Run().Failures.Select(f => (f.Name, f.Error)), failures.Select(f => (f.Name, f.Error)));
        Assert.Equal("b/vaal-1", Assert.Single(failures).Name);
        Assert.Equal(2, ResultsFile.Read<ResultRow>(_folder["there"]).Count);
    }

    [Fact]
    public async Task Worker_OfAnotherBuild_IsRefused()
    {
        var (name, files) = Made();
        var job = silos.Grains.GetGrain<IJob>(name);
        Assert.Null(await job.Open(files.Store.Address));
        var found = await job.Find(new("old", new string('f', 64), WorkerInfo.CurrentFormat));
        Assert.Equal(Offer.Refused, found.Offer);
        Assert.Contains($"expected the build {Build.Digest[..12]} of vaal", found.Text);
        Assert.Contains("found ffffffffffff", found.Text);
        Assert.Equal(Offer.Work, (await job.Find(new("new", Build.Digest, WorkerInfo.CurrentFormat))).Offer);
    }

    [Fact]
    public void Run_WithOtherImages_IsRefused()
    {
        var (_, files) = Made(t => t with { Fingerprint = "of yesterday" });
        using var runs = new BenchRuns(files);
        Assert.Contains("expected the images of embedded that the bench began with",
            Assert.Throws<InputException>(() => runs.Do(Stage.Bench, 0)).Message);
    }

    [Fact]
    public void Run_WithARoundOfAnotherWorker_GoesOnAfterIt()
    {
        var (_, files) = Made();
        using var runs = new BenchRuns(files);
        runs.Do(Stage.Bench, 0);
        var died = files.Rounds(0)[0];
        files.Store.Delete(JobFiles.RoundFile(0, 0));
        files.Store.Delete(JobFiles.RoundFile(0, 1));
        files.Store.WriteOnce(JobFiles.RoundFile(0, 0), JsonSerializer.SerializeToUtf8Bytes(
            new RoundResult(0, died.Labelled, died.Accuracy, died.Picks, 4_711, 1, died.Health), Json.Options));
        var run = JsonSerializer.Deserialize<BenchRun>(runs.Do(Stage.Bench, 0).Bytes, Json.Options)!;
        Assert.Equal((2, 4_711), (run.Rounds.Count, run.Rounds[0].TaskSeconds));
    }

    [Fact]
    public void Round_ThatAnotherWorkerHadOtherwise_IsAConflict()
    {
        var (_, files) = Made();
        using var runs = new BenchRuns(files);
        var first = runs.Do(Stage.Bench, 0);
        var run = JsonSerializer.Deserialize<BenchRun>(first.Bytes, Json.Options)!;
        files.Store.Delete(JobFiles.RoundFile(0, 0));
        // the same round again, which took another time
        Assert.Equal(first.Digest, runs.Do(Stage.Bench, 0).Digest);
        files.Store.Delete(JobFiles.RoundFile(0, 0));
        files.Store.Delete(JobFiles.RoundFile(0, 1));
        files.Store.WriteOnce(JobFiles.RoundFile(0, 1), JsonSerializer.SerializeToUtf8Bytes(
            new RoundResult(1, run.Rounds[1].Labelled, 0.123, [], 1, 1, null), Json.Options));
        Assert.Contains("found two", Assert.Throws<ConflictException>(() => runs.Do(Stage.Bench, 0)).Message);
    }

    private static BenchConfig Config(
        string changes = "\"seeds\": [1, 2]", string strategies = "\"random\", \"margin\"") =>
        BenchConfig.Parse($$"""
        { "data": "embedded", "images": 120, "initial": 20, "budget": 10, "rounds": 2,
          "task": { "epochs": 0, "minIterations": 2 }, "strategies": [{{strategies}}], {{changes}} }
        """);

    private static object Essence(ResultRow r) =>
        (r.Pool, r.Strategy, r.Seed, r.Round, r.Labelled, r.Accuracy, r.Cost, r.HeldOutAuc);

    private static IReadOnlyList<ResultRow> Rows(BenchConfig config, string folder)
    {
        using var bench = BenchGrid.Open(config, folder);
        return bench.Run().Rows;
    }

    private RoundResult[] Rounds(string side, string cell) => JsonSerializer.Deserialize<RoundResult[]>(
        File.ReadAllText(_folder[$"{side}/cells/pool/{cell}/rounds.json"]), Json.Options)!;

    private IReadOnlyList<BenchFailure> Run(BenchConfig config, string folder,
        Action<string, RoundResult>? finished = null, CancellationToken cancel = default)
    {
        using var bench = BenchGrid.Open(config, folder, runner: new ClusterBench(() => new ClusterJobs(silos.Grains)));
        return bench.Run(finished: finished, cancel: cancel).Failures;
    }

    private (string Name, JobFiles Files) Made(Func<BenchTask, BenchTask>? change = null)
    {
        var config = Config("\"seeds\": [1]", "\"random\"");
        using var data = config.Pools[0].Data.Load();
        var task = BenchTask.Of(config.Cells[0], config.Pools[0].Data, data.Fingerprint, "cpu", 1);
        var (name, files) = ($"made{Guid.NewGuid():N}", new JobFiles(OutputStore.Open(_folder["made"])));
        BenchJob.Make(files, name, [change?.Invoke(task) ?? task]);
        return (name, files);
    }

    // as soon as the cluster knows it
    private async Task<JobFiles> Job(string bench)
    {
        while (true)
        {
            foreach (var store in (await silos.Grains.GetGrain<IJobList>(0).Stores()).Values)
                if (store.StartsWith(bench, StringComparison.Ordinal)) return new(OutputStore.Open(store));
            await Task.Delay(20);
        }
    }

    // the leases' clock goes as fast as the worker's, so that a shard that was given back is offered again
    private async Task<T> WithAWorker<T>(Task<T> job)
    {
        using var over = new CancellationTokenSource();
        using var worker = new Worker(silos.Grains, new WorkerOptions
        {
            Name = Guid.NewGuid().ToString("N"),
            Poll = TimeSpan.FromMilliseconds(20),
        }, _ => { });
        var working = worker.Run(over.Token);
        while (!job.IsCompleted)
        {
            await Task.Delay(50);
            silos.Clock.Advance(TimeSpan.FromMilliseconds(50));
        }
        await over.CancelAsync();
        await working;
        return await job;
    }
}
