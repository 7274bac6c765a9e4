using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Tests;

/// <summary>
/// Leases, fencing, compare and set, and what is rebuilt from the files, on two silos in this process.
/// </summary>
public sealed class GrainTests(InProcess silos) : IClassFixture<InProcess>
{
    private static int _names;
    private readonly string _name = $"job{Interlocked.Increment(ref _names)}";

    [Theory]
    [InlineData("margin")]
    [InlineData("random")]
    [InlineData("uncertainty-coverage")]
    public async Task Workers_Several_ChooseExactlyWhatOneMachineChooses(string strategy)
    {
        using var tiny = new TinyJob(150, 30, strategy, name: _name);
        var expected = tiny.OneMachine();
        var (_, files) = await Opened(tiny);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Worked()));
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
        Assert.Equal(7, expected.Picks.Count);
        var status = await Job.Status();
        Assert.Equal((Offer.Done, 0, 0), (status.State, status.Refused, status.LeftOut));
    }

    [Fact]
    public async Task Complete_ByAZombie_IsRefusedAndTheOtherWorkerCounts()
    {
        using var tiny = new TinyJob(20, 5, name: _name);
        var (job, files) = await Opened(tiny);
        var store = files.Store.Address;
        var zombie = (await Book(Stage.Embed).Take(store, Info(tiny, "zombie")))!;
        silos.Clock.Advance(InProcess.Lease * 1.1);
        var other = (await Book(Stage.Embed).Take(store, Info(tiny, "other")))!;
        Assert.Equal(zombie.Shard, other.Shard);
        Assert.True(other.Epoch > zombie.Epoch);
        Assert.False(await Book(Stage.Embed).Renew(store, zombie.Shard, zombie.Epoch));
        Assert.Equal(Brought.Late, await Book(Stage.Embed).Complete(store, zombie.Shard, zombie.Epoch, "d", null, 0));
        Assert.Equal(Brought.Accepted, await Book(Stage.Embed).Complete(store, other.Shard, other.Epoch, "d", null, 0));
        var status = await Job.Status();
        Assert.Equal((1, 1), (status.Done, status.Refused));
        Assert.True(job.Shards > 1);
    }

    [Fact]
    public async Task Complete_WithAnotherDigest_FailsTheJobAndNamesBoth()
    {
        using var tiny = new TinyJob(20, 5, name: _name);
        var (_, files) = await Opened(tiny);
        var (store, book) = (files.Store.Address, Book(Stage.Embed));
        var lease = (await book.Take(store, Info(tiny)))!;
        var (one, two) = (new string('1', 64), new string('2', 64));
        Assert.Equal(Brought.Accepted, await book.Complete(store, lease.Shard, lease.Epoch, one, null, 0));
        Assert.Equal(Brought.Known, await book.Complete(store, lease.Shard, lease.Epoch, one, null, 0));
        Assert.Equal(Brought.Conflict, await book.Complete(store, lease.Shard, lease.Epoch, two, one, 0));
        var found = await Job.Find(Info(tiny));
        Assert.Equal(Offer.Failed, found.Offer);
        Assert.Contains("111111111111 and 222222222222", found.Text);
    }

    [Fact]
    public async Task Book_WhoseSiloForgotIt_IsRebuiltFromTheFiles_AndOldLeasesAreVoid()
    {
        using var tiny = new TinyJob(100, 20, name: _name);
        var (job, files) = await Opened(tiny);
        var (store, book) = (files.Store.Address, Book(Stage.Embed));
        var work = tiny.Work(job, files);
        foreach (var shard in new[] { 0, 3 })
            files.Store.WriteOnce(JobFiles.File(Stage.Embed, shard), work.Do(Stage.Embed, shard).Bytes);
        var before = (await book.Take(store, Info(tiny)))!;
        await book.Reload();
        Assert.Equal(2, (await book.Status(store)).Done);
        Assert.False(await book.Renew(store, before.Shard, before.Epoch));
        var after = (await book.Take(store, Info(tiny)))!;
        Assert.True(after.Epoch > before.Epoch + uint.MaxValue / 2);
        Assert.DoesNotContain(after.Shard, new[] { 0, 3 });
    }

    [Fact]
    public async Task Job_ThatTheClusterForgot_IsOpenedAgainByAWorkerAndGoesOn()
    {
        using var tiny = new TinyJob(60, 12, name: _name);
        var expected = tiny.OneMachine();
        var (_, files) = await Opened(tiny);
        using var worker = NewWorker();
        using var stop = new CancellationTokenSource();
        var running = worker.Run(stop.Token);
        while (worker.Done == 0) await Task.Delay(5);
        await silos.Grains.GetGrain<IJobList>(0).Remove(_name);
        await silos.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        while (files.Choice() is null) await Task.Delay(20);
        await stop.CancelAsync();
        await running;
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
    }

    [Fact]
    public async Task Worker_WithAnotherModel_IsRefusedWithBothDigests()
    {
        using var tiny = new TinyJob(20, 5, name: _name);
        await Opened(tiny);
        var found = await Job.Find(new("new", new string('f', 64), WorkerInfo.CurrentFormat));
        Assert.Equal(Offer.Refused, found.Offer);
        Assert.Contains($"expected the model {tiny.Encoder.Digest[..12]}", found.Text);
        Assert.Contains("found ffffffffffff", found.Text);
        Assert.Equal(Offer.Refused, (await Job.Find(new("old", tiny.Encoder.Digest, 0))).Offer);
        Assert.Equal(2, (await Job.Status()).RefusedWorkers.Length);
        Assert.Equal(Offer.Work, (await Job.Find(Info(tiny))).Offer);
    }

    [Fact]
    public async Task Open_AnotherJobOfThatName_SaysWhereTheFirstIs()
    {
        using var first = new TinyJob(20, 5, name: _name);
        using var second = new TinyJob(30, 5, name: _name);
        var (_, files) = await Opened(first);
        var (_, other) = second.Made("out");
        Assert.Contains(files.Store.Address, await Job.Open(other.Store.Address));
        Assert.Null(await Job.Open(files.Store.Address));
    }

    [Fact]
    public async Task Cancel_StopsLeases_AndOpeningAgainGoesOnToTheSameChoice()
    {
        using var tiny = new TinyJob(80, 16, name: _name);
        var expected = tiny.OneMachine();
        var (_, files) = await Opened(tiny);
        var lease = (await Book(Stage.Embed).Take(files.Store.Address, Info(tiny)))!;
        Assert.True(await Book(Stage.Embed).Renew(files.Store.Address, lease.Shard, lease.Epoch));
        await Job.Cancel();
        Assert.False(await Book(Stage.Embed).Renew(files.Store.Address, lease.Shard, lease.Epoch));
        Assert.True(files.IsCancelled);
        Assert.Equal(Offer.Cancelled, (await Job.Find(Info(tiny))).Offer);
        await Worked();
        Assert.Null(files.Choice());
        Assert.Null(await Job.Open(files.Store.Address));
        await Worked();
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
    }

    [Fact]
    public async Task Return_ForAFullDisk_IsToldAndTriedAgain()
    {
        using var tiny = new TinyJob(10, 5, name: _name);
        var (_, files) = await Opened(tiny);
        var (store, book) = (files.Store.Address, Book(Stage.Embed));
        var lease = (await book.Take(store, Info(tiny)))!;
        await book.Return(store, lease.Shard, lease.Epoch, "no space left on the disk", fatal: false);
        var status = await Job.Status();
        Assert.Equal((Offer.Work, 1), (status.State, status.Returned));
        Assert.Contains("no space left", status.Text);
        silos.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull(await book.Take(store, Info(tiny)));
    }

    [Fact]
    public async Task Silo_KilledInTheMiddle_LeavesTheChoiceAsItWas()
    {
        using var tiny = new TinyJob(200, 40, name: _name, shardSize: 4);
        var expected = tiny.OneMachine();
        var (_, files) = await Opened(tiny);
        using var worker = NewWorker();
        using var stop = new CancellationTokenSource();
        var running = worker.Run(stop.Token);
        while (worker.Done < 10) await Task.Delay(5);
        await Cluster().KillSiloAsync(Cluster().Silos[^1]);
        await Cluster().StartAdditionalSiloAsync();
        for (var i = 0; i < 4_000 && files.Choice() is null; i++)
        {
            silos.Clock.Advance(TimeSpan.FromSeconds(1));                            // so that lost leases end
            await Task.Delay(50);
        }
        await stop.CancelAsync();
        await running;
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
    }

    private Orleans.TestingHost.InProcessTestCluster Cluster() => silos.Cluster;

    private IJob Job => silos.Grains.GetGrain<IJob>(_name);

    private IShardBook Book(Stage stage) => silos.Grains.GetGrain<IShardBook>($"{_name}/{stage}/0");

    private static WorkerInfo Info(TinyJob tiny, string name = "worker") =>
        new(name, tiny.Encoder.Digest, WorkerInfo.CurrentFormat);

    private async Task<(JobManifest Job, JobFiles Files)> Opened(TinyJob tiny)
    {
        var made = tiny.Made("out");
        Assert.Null(await Job.Open(made.Files.Store.Address));
        return made;
    }

    private Worker NewWorker(bool untilDone = false) => new(silos.Grains, new WorkerOptions
    {
        Name = Guid.NewGuid().ToString("N"),
        Job = _name,
        UntilDone = untilDone,
        Poll = TimeSpan.FromMilliseconds(10),
    }, _ => { });

    private async Task Worked()
    {
        using var worker = NewWorker(untilDone: true);
        await worker.Run(CancellationToken.None);
    }
}
