using CsCheck;
using Vaal.Cluster.Stores;
using Vaal.Cluster.Work;
using Vaal.Data;
using Vaal.Encoders;
using Vaal.Heads;
using Vaal.Scoring;
using Vaal.Tests;

namespace Vaal.Cluster.Tests;

public sealed class LocalJobTests
{
    [Fact]
    public void Run_Margin_ChoosesWhatAHeadOnAllFeaturesChooses()
    {
        using var tiny = new TinyJob(100, 30);
        var choice = tiny.OneMachine();
        var (job, files) = tiny.Made("one-machine");
        // the same by the features that 'vaal next' would use, with none of the job's code
        string[] names = [.. Enumerable.Range(0, 100).Select(i => $"{i:0000}.png")];
        SourceFile[] sources = [.. names.Select(n => new SourceFile(n, new FileInfo(tiny[$"images/{n}"]).Length, 1))];
        using var rows = FeatureStore.Open(tiny["features"], tiny.Encoder)
            .Of(ImageRoot.OfDataSet(tiny["images"]), sources);
        var x = rows.Rows([.. Enumerable.Range(0, 100)]);
        var unit = Coverage.UnitRows.Of(x, rows.Dim);
        int[] classes = [.. files.Labels().Values];
        var head = LinearHead.Fit(HeadRows.Of(unit.Copy([.. Enumerable.Range(0, 30)]), rows.Dim, classes, 3));
        var p = head.Probabilities(unit.Copy([.. Enumerable.Range(30, 70)]));
        float[] scores = [.. Enumerable.Range(0, 70).Select(i =>
            -Strategies.UncertaintyCoverageStrategy.Margin(p.AsSpan(i * 3, 3)))];
        var expected = TopB.Highest([.. Enumerable.Range(30, 70)], scores, 7);
        Assert.Equal(expected.Ids, choice.Picks.Select(p => p.Id));
        Assert.All(choice.Picks, pick => Assert.Equal(expected.Scores[pick.Rank - 1], pick.Score, 1e-6));
        Assert.Equal(7, job.Shards);
    }

    /// <summary>A worker gives a shard back where a share is away, and would end the job at a mistake of the
    /// user's.</summary>
    [Fact]
    public void WriteOnce_FolderThatIsAway_IsNoMistakeOfTheUsers()
    {
        using var folder = new TemporaryFolder();
        var store = new FolderStore(folder.Write("share", [1]));
        Assert.ThrowsAny<IOException>(() => store.WriteOnce("rows/0", [1]));
    }

    [Theory]
    [InlineData("entropy")]
    [InlineData("coverage")]
    [InlineData("facility-location")]
    public void Run_ByThreeProcessesWithTwoThreads_GivesTheSameFiles(string strategy)
    {
        using var tiny = new TinyJob(90, 20, strategy);
        var expected = tiny.OneMachine("a");
        var (job, files) = tiny.Made("b");
        Parallel.For(0, 3, i => new LocalJob(job, files, tiny.Work(job, files, threads: 2))
        {
            Poll = TimeSpan.FromMilliseconds(10),
        }.Run(i, 3));
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
        foreach (var stage in job.Stages)
            for (var shard = 0; shard < job.Count(stage); shard++)
                Assert.Equal(File.ReadAllBytes(tiny["a/" + JobFiles.File(stage, shard)]),
                    File.ReadAllBytes(tiny["b/" + JobFiles.File(stage, shard)]));
    }

    /// <summary>Any order, any repetition, by any of three processes: the files are the same.</summary>
    [Fact]
    public void Shards_InAnyOrderAndMoreThanOnce_GiveTheSameChoice()
    {
        using var tiny = new TinyJob(60, 15, shardSize: 8);
        var expected = tiny.OneMachine("a");
        var run = 0;
        Gen.Int.Sample(seed =>
        {
            var (job, files) = tiny.Made($"run{Interlocked.Increment(ref run)}");
            var random = new Random(seed);
            foreach (var stage in job.Stages)
            {
                int[] order = [.. Enumerable.Range(0, job.Count(stage)).SelectMany(s => new[] { s, s })];
                random.Shuffle(order);
                foreach (var shard in order)
                    LocalJob.Keep(files.Store, JobFiles.File(stage, shard), tiny.Work(job, files).Do(stage, shard));
            }
            return files.Choice()!.Picks.SequenceEqual(expected.Picks);
        }, iter: 5, threads: 1);
    }

    [Fact]
    public void Run_StoppedAndStartedAgain_MakesOnlyWhatIsMissing()
    {
        using var tiny = new TinyJob(60, 15);
        var expected = tiny.OneMachine("a");
        var (job, files) = tiny.Made("b");
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new LocalJob(job, files, tiny.Work(job, files)).Run(
            report: e => { if (e.Done >= 2) stop.Cancel(); }, cancel: stop.Token));
        var first = File.GetLastWriteTimeUtc(tiny["b/" + JobFiles.File(Stage.Embed, 0)]);
        var told = new List<long>();
        new LocalJob(job, files, tiny.Work(job, files)).Run(report: e => told.Add(e.Done));
        // two were there: that they were found at once says nothing about how long the others take
        Assert.Equal([2L, 3, 3, 4], told.Take(4));
        Assert.Equal(first, File.GetLastWriteTimeUtc(tiny["b/" + JobFiles.File(Stage.Embed, 0)]));
        Assert.Equal(expected.Picks, files.Choice()!.Picks);
    }

    [Fact]
    public void Keep_AnotherResult_NamesBothDigests()
    {
        using var folder = new TemporaryFolder();
        var store = new FolderStore(folder.Path);
        LocalJob.Keep(store, "x", new([1], []));
        LocalJob.Keep(store, "x", new([1], []));
        var conflict = Assert.Throws<ConflictException>(() => LocalJob.Keep(store, "x", new([2], [])));
        Assert.Contains(new ShardResult([1], []).Digest[..12], conflict.Message);
        Assert.Contains(new ShardResult([2], []).Digest[..12], conflict.Message);
        Assert.Equal([1], store.Read("x")!);
    }

    /// <summary>A processor of another kind is no fault of vaal.</summary>
    [Fact]
    public void RunLocally_AnotherProcessCameToAnotherResult_IsOneLine()
    {
        using var tiny = new TinyJob(40, 10);
        var (_, files) = tiny.Made("out");
        var error = Assert.Throws<InputException>(() => ClusterJobs.RunLocally(tiny["out"],
            report: _ => files.Store.WriteOnce(JobFiles.File(Stage.Embed, 0), [1])));
        Assert.IsType<ConflictException>(error.InnerException);
        Assert.Contains($"expected one result of {JobFiles.File(Stage.Embed, 0)}, found two", error.Message);
        Assert.EndsWith("use one kind, delete the folder and submit again", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Image_ThatCannotBeDecoded_IsLeftOutAndTold()
    {
        using var tiny = new TinyJob(40, 10);
        File.WriteAllText(tiny["images/0020.png"], "no picture");
        File.WriteAllBytes(tiny["images/0021.png"], TinyJob.Png(21)[..200]);
        var choice = tiny.OneMachine();
        Assert.DoesNotContain(choice.Picks, p => p.Id is 20 or 21);
        var outcome = ClusterJobs.Outcome(tiny["one-machine"]);
        Assert.Equal(2, outcome.UnreadableCount);
        Assert.Equal(["0020.png", "0021.png"], outcome.Unreadable!.Select(u => u.Location));
        Assert.Contains("not a JPEG, PNG", outcome.Unreadable![0].Problem);
        Assert.Equal(7, outcome.Chosen.Count);
    }

    [Fact]
    public void File_Damaged_IsRefusedByName()
    {
        using var tiny = new TinyJob(40, 10);
        tiny.OneMachine();
        var (job, files) = tiny.Made("one-machine");
        var name = JobFiles.File(Stage.Embed, 1);
        var bytes = File.ReadAllBytes(tiny["one-machine/" + name]);
        bytes[^100] ^= 1;
        File.WriteAllBytes(tiny["one-machine/" + name], bytes);
        var error = Assert.Throws<InputException>(() => tiny.Work(job, files).Do(Stage.Score, 1));
        Assert.Contains(name, error.Message);
    }
}
