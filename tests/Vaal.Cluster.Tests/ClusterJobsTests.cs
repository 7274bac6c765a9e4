using System.Collections.Concurrent;
using Vaal.Cluster.Grains;
using Vaal.Cluster.Hosting;
using Vaal.Cluster.Work;

namespace Vaal.Cluster.Tests;

/// <summary>Jobs as the commands ask for them, on silos in this process.</summary>
public sealed class ClusterJobsTests(InProcess silos) : IClassFixture<InProcess>
{
    [Fact]
    public async Task CancelAndStatus_OfNoJob_SayThatThereIsNone()
    {
        using var tiny = new TinyJob(20, 5, name: "known");
        var (_, files) = tiny.Made("out");
        await Task.Run(() =>
        {
            using var jobs = new ClusterJobs(silos.Grains);
            const string none = "there is no job typo; 'vaal cluster status' lists all";
            Assert.Equal(none, Assert.Throws<InputException>(() => jobs.Cancel("typo")).Message);
            Assert.Equal(none, Assert.Throws<InputException>(() => jobs.Jobs("typo")).Message);
            Assert.DoesNotContain(jobs.Jobs(), j => j.Name == "typo");
            jobs.Start("known", files.Store.Address);
            jobs.Cancel("known");
            Assert.Equal("cancelled", jobs.Jobs("known")[0].State);
            Assert.Equal("cancelled", Assert.Single(jobs.Jobs(), j => j.Name == "known").State);
            // a bench that is stopped need not care whether the cluster has forgotten its job
            Assert.Null(jobs.Stop("typo"));
        });
    }

    [Fact]
    public async Task Cancel_OfAJobThatIsDone_ChangesNothing()
    {
        using var tiny = new TinyJob(20, 5, name: "finished");
        tiny.OneMachine("out");
        var (_, files) = tiny.Made("out");
        await Task.Run(() =>
        {
            using var jobs = new ClusterJobs(silos.Grains);
            jobs.Start("finished", files.Store.Address);
            Assert.Equal("the job finished is done already; nothing is left to cancel",
                Assert.Throws<InputException>(() => jobs.Cancel("finished")).Message);
            Assert.Equal("done", jobs.Jobs("finished")[0].State);
        });
        Assert.False(files.IsCancelled);
        // nor does a worker load its encoder
        using var open = new OpenJobs(silos.Grains, new WorkerOptions { Job = "finished" });
        Assert.Empty((await open.Held(_ => { })).Jobs);
    }

    /// <summary>Neither a job that a silo knows already, nor one that it only has the name of, keeps others from
    /// being asked.</summary>
    [Fact]
    public async Task Status_OfJobsThatAreDamaged_SaysSo_AndHowTheOthersAre()
    {
        string[] names = ["whole", "opened", "listed"];
        TinyJob[] all = [.. names.Select(n => new TinyJob(20, 5, name: n))];
        try
        {
            string[] stores = [.. all.Select(t => t.Made("out").Files.Store.Address)];
            await silos.Grains.GetGrain<IJobList>(0).Add("listed", stores[2]);
            await Task.Run(() =>
            {
                using var jobs = new ClusterJobs(silos.Grains) { Idle = TimeSpan.Zero };
                jobs.Start("whole", stores[0]);
                jobs.Start("opened", stores[1]);
                foreach (var store in stores[1..]) File.WriteAllText(Path.Combine(store, JobFiles.ManifestName), "{");
                var found = jobs.Jobs().Where(j => names.Contains(j.Name)).ToDictionary(j => j.Name, j => j.State);
                Assert.Equal(("running", "unreadable", "unreadable"),
                    (found["whole"], found["opened"], found["listed"]));
                Assert.Contains("expected a job in", jobs.Jobs("listed")[0].Note);
                Assert.Contains("expected a job in", jobs.Jobs("opened")[0].Note);
                Assert.StartsWith("a silo cannot read the job listed: expected a job in",
                    Assert.Throws<InputException>(() => jobs.Cancel("listed")).Message);
                Assert.StartsWith("a silo cannot read the job listed: expected a job in",
                    Assert.Throws<InputException>(() => jobs.Wait("listed", stores[2])).Message);
            });
            var asked = await silos.Grains.GetGrain<IJob>("listed").Find(new("w", "", WorkerInfo.CurrentFormat));
            Assert.Equal(Offer.Unreadable, asked.Offer);
        }
        finally
        {
            foreach (var job in all) job.Dispose();
        }
    }

    [Fact]
    public async Task Wait_WithoutAWorker_SaysSo_AndWhoIsRefused()
    {
        using var tiny = new TinyJob(20, 5, name: "alone");
        var (_, files) = tiny.Made("out");
        var (told, phases) = (new List<string>(), new List<string>());
        await Task.Run(Wait);
        Assert.Equal("no worker takes shards; start 'vaal cluster worker'", Assert.Single(phases));
        await silos.Grains.GetGrain<IJob>("alone").Find(new("old", new string('f', 64), WorkerInfo.CurrentFormat));
        await Task.Run(Wait);
        Assert.StartsWith("refused worker old: expected the model", phases[1]);
        Assert.StartsWith("job alone: refused worker old: expected the model", Assert.Single(told));

        void Wait()
        {
            using var stop = new CancellationTokenSource();
            using var jobs = new ClusterJobs(silos.Grains, told.Add) { Idle = TimeSpan.Zero };
            jobs.Start("alone", files.Store.Address);
            Assert.Throws<OperationCanceledException>(() => jobs.Wait("alone", files.Store.Address, e =>
            {
                phases.Add(e.Phase);
                stop.Cancel();
            }, stop.Token));
        }
    }

    /// <summary>What a worker does not see must not become part of a result, which is written once.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Worker_WhoseShareIsAway_GivesItsShardsBack_AndNothingIsLeftOut()
    {
        using var tiny = new TinyJob(40, 10, name: "away");
        var expected = tiny.OneMachine();
        var (_, files) = tiny.Made("out");
        var grain = silos.Grains.GetGrain<IJob>("away");
        Assert.Null(await grain.Open(files.Store.Address));
        Directory.Move(tiny["images"], tiny["aside"]);
        var (said, status) = (new ConcurrentQueue<string>(), await grain.Status());
        using (var worker = NewWorker(untilDone: false, said.Enqueue))
        {
            using var stop = new CancellationTokenSource();
            var running = worker.Run(stop.Token);
            while ((status = await grain.Status()).Returned == 0)
                await Task.Delay(10, TestContext.Current.CancellationToken);
            Assert.Contains($"expected the folder {tiny["images"]} on", status.Text);
            await stop.CancelAsync();
            await running;
        }
        status = await grain.Status();
        Assert.Equal((Offer.Work, 0, 0), (status.State, status.Done, status.LeftOut));
        Assert.StartsWith($"job away: expected the folder {tiny["images"]} on", Assert.Single(said));
        Directory.Move(tiny["aside"], tiny["images"]);
        silos.Clock.Advance(TimeSpan.FromSeconds(1));
        using (var worker = NewWorker(untilDone: true, _ => { }))
            await worker.Run(TestContext.Current.CancellationToken);
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
        Assert.Equal(0, (await grain.Status()).LeftOut);
    }

    private Worker NewWorker(bool untilDone, Action<string> say) => new(silos.Grains, new WorkerOptions
    {
        Name = Guid.NewGuid().ToString("N"),
        Job = "away",
        UntilDone = untilDone,
        Poll = TimeSpan.FromMilliseconds(10),
    }, say);
}
