using System.Collections.Concurrent;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Pools;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Tests;

/// <summary>Keys that are wrong, or that expire while a job runs: no image is left out because of them.</summary>
public sealed class S3KeysTests(InProcess silos) : IClassFixture<InProcess>, IDisposable
{
    private const int Images = 40;

    private readonly FakeS3 _server = new();

    [Theory]
    [InlineData(400, "ExpiredToken", true)]
    [InlineData(400, "InvalidToken", true)]
    [InlineData(403, "RequestTimeTooSkewed", true)]
    [InlineData(403, "InvalidAccessKeyId", true)]
    [InlineData(403, "SignatureDoesNotMatch", true)]
    [InlineData(401, "Unauthorized", true)]
    [InlineData(403, "AccessDenied", false)]
    [InlineData(403, "InvalidObjectState", false)]
    [InlineData(400, "InvalidRequest", false)]
    public void Image_ThatABucketRefuses_IsNotLeftOut(int status, string code, bool ofThisMachine)
    {
        _server["photos/a.png"] = TinyJob.Png(0);
        _server.Refusal = (status, code);
        using var images = new ImageReader(null, _server.Options);
        var error = Assert.Throws<BucketException>(() => images.Read(new("s3://there/photos/a.png")));
        Assert.Equal(ofThisMachine, error.IsOfThisMachine);
        Assert.Contains($"({status} {code}", error.Message);
        Assert.StartsWith(ofThisMachine ? $"s3://there refuses {Environment.MachineName}: "
            : "s3://there/photos/a.png: ", error.Message);
        Assert.Equal(1, _server.Requests);                                           // it does not pass
        _server.Refusal = null;
        Assert.Equal(TinyJob.Png(0), images.Read(new("s3://there/photos/a.png")).Bytes);
        Assert.Equal("there is no such object", images.Read(new("s3://there/photos/b.png")).Problem);
    }

    [Fact]
    public void Make_WithAWrongKey_SaysSoAndMakesNoJob()
    {
        using var tiny = new TinyJob(Images, 0, "random");
        _server.Refusal = (403, "InvalidAccessKeyId");
        // what is the user's mistake ends with one line and exit code 1
        var error = Assert.ThrowsAny<InputException>(() => Made(tiny));
        Assert.Contains("(403 InvalidAccessKeyId)", error.Message);
        Assert.Null(new JobFiles(OutputStore.Open(tiny["out"])).Manifest());
        _server.Refusal = null;
        Assert.Equal(Images, Made(tiny).Job.Images);
    }

    [Fact]
    public void Run_WhoseTokenExpires_EndsWithTheAnswer_AndGoesOnWithAGoodOne()
    {
        using var tiny = new TinyJob(Images, 0, "random");
        var expected = tiny.OneMachine();
        var (job, files) = Made(tiny);
        Expire();
        var error = Assert.Throws<BucketException>(() => Run(tiny, job, files));
        Assert.Contains("(403 ExpiredToken)", error.Message);
        Assert.Equal(1, files.DoneIn(job, Stage.Embed));
        _server.Refusal = null;
        Run(tiny, job, files);
        Assert.Equal(Chosen(expected), Chosen(files.Choice()!));
        Assert.Equal(0, ClusterJobs.Outcome(tiny["out"]).UnreadableCount);
    }

    [Fact]
    public async Task Worker_WhoseTokenExpires_GivesItsShardsBack_AndTheNextOneLeavesNothingOut()
    {
        using var tiny = new TinyJob(Images, 0, "random", name: "expired");
        var expected = tiny.OneMachine();
        var (job, files) = Made(tiny);
        var grain = silos.Grains.GetGrain<IJob>("expired");
        Assert.Null(await grain.Open(files.Store.Address));
        Expire();
        var said = new ConcurrentQueue<string>();
        using var worker = NewWorker("expired", untilDone: false, said.Enqueue);
        using var stop = new CancellationTokenSource();
        var running = worker.Run(stop.Token);
        var status = await grain.Status();
        // the clock of the leases stands still: no shard is tried twice
        while (status.State == Offer.Work && status.Done + status.Returned < job.Shards && !running.IsCompleted)
        {
            await Task.Delay(10);
            status = await grain.Status();
        }
        await stop.CancelAsync();
        await running;
        Assert.Equal((Offer.Work, 0), (status.State, status.LeftOut));
        Assert.Contains("s3://there refuses", status.Text);
        Assert.StartsWith("job expired: s3://there refuses", Assert.Single(said));
        _server.Refusal = null;
        silos.Clock.Advance(TimeSpan.FromSeconds(1));
        await AssertDone(grain, files, expected);
    }

    [Fact]
    public async Task Job_OfAnObjectThatIsDenied_FailsAndNamesIt_UntilItIsOpenedAgain()
    {
        using var tiny = new TinyJob(Images, 0, "random", name: "denied");
        var expected = tiny.OneMachine();
        var (_, files) = Made(tiny);
        var grain = silos.Grains.GetGrain<IJob>("denied");
        Assert.Null(await grain.Open(files.Store.Address));
        (_server.Granted, _server.Refusal) = (20, (403, "AccessDenied"));
        using var worker = NewWorker("denied", untilDone: true, _ => { });
        await worker.Run(CancellationToken.None);
        var status = await grain.Status();
        Assert.Equal((Offer.Failed, 0), (status.State, status.LeftOut));
        Assert.Contains("s3://there/photos/", status.Text);
        Assert.Contains("(403 AccessDenied; also the answer for what is not there", status.Text);
        _server.Refusal = null;
        Assert.Null(await grain.Open(files.Store.Address));
        await AssertDone(grain, files, expected);
    }

    public void Dispose() => _server.Dispose();

    private void Expire() => (_server.Granted, _server.Refusal) = (20, (403, "ExpiredToken"));

    private (JobManifest Job, JobFiles Files) Made(TinyJob tiny)
    {
        for (var i = 0; i < Images; i++) _server[$"photos/{i:0000}.png"] = TinyJob.Png(i);
        var store = OutputStore.Open(tiny["out"]);
        return (JobMaker.Make(store, tiny.Wanted, "s3://there/photos/", null, _server.Options).Job, new(store));
    }

    private void Run(TinyJob tiny, JobManifest job, JobFiles files)
    {
        using var images = new ImageReader(job.Root, _server.Options);
        new LocalJob(job, files, new ShardWork(job, files, tiny.Encoder, images)).Run();
    }

    private static IEnumerable<(int, float)> Chosen(JobChoice choice) => choice.Picks.Select(p => (p.Id, p.Score));

    private async Task AssertDone(IJob grain, JobFiles files, JobChoice expected)
    {
        using var worker = NewWorker(files.NeedManifest().Name, untilDone: true, _ => { });
        await worker.Run(CancellationToken.None);
        Assert.Equal(Chosen(expected), Chosen(files.Choice()!));
        var status = await grain.Status();
        Assert.Equal((Offer.Done, 0), (status.State, status.LeftOut));
    }

    private Worker NewWorker(string job, bool untilDone, Action<string> say) => new(silos.Grains, new WorkerOptions
    {
        Name = Guid.NewGuid().ToString("N"),
        Job = job,
        UntilDone = untilDone,
        Poll = TimeSpan.FromMilliseconds(10),
        S3 = _server.Options,
    }, say);
}
