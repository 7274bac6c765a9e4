using Vaal.Models;
using Vaal.Scoring;
using Vaal.Tests.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.Experiments;

/// <summary>What is computed by several threads of libtorch is what one computes.</summary>
[Collection(RunsAlone.Name)]
[Trait("Category", "Slow")]
public sealed class TorchThreadsTests
{
    [Fact]
    public void Bench_TwoAtOnce_ShareTheCallersThreadsAndLeaveThemAsTheyWere()
    {
        using var folder = new TemporaryFolder();
        using var four = new TorchThreads(4);
        var seen = new HashSet<int>();
        BenchTests.Run(BenchTests.Config("\"seeds\": [1]"), folder["out"], jobs: 2,
            finished: (_, _) => seen.Add(get_num_threads()));
        Assert.Equal([2], seen);
        Assert.Equal(4, get_num_threads());
    }

    /// <summary>A worker does each run of a bench on a new thread, beside threads with other numbers.</summary>
    [Fact]
    public void Threads_OfANewThread_AreNotThoseThatAnotherSetsLater()
    {
        using var two = new TorchThreads(2);
        using ManualResetEventSlim set = new(), setElsewhere = new();
        var found = 0;
        var thread = new Thread(() =>
        {
            Libtorch.Threads = 1;
            set.Set();
            setElsewhere.Wait();
            found = get_num_threads();
        });
        thread.Start();
        set.Wait();
        set_num_threads(3);
        setElsewhere.Set();
        thread.Join();
        Assert.Equal(1, found);
    }

    /// <summary>Each image has its own r, whichever thread scores it, in both arithmetics; and the ranker is left as it
    /// was.</summary>
    [Fact]
    public void TaskAwareVaal_SeveralBatchesAtOnce_ScoresAreThoseOfOneAfterAnother()
    {
        using var images = TinyImages.Set(1_500);
        var pool = TinyImages.Pool(images, 40);
        using var networks = TaVaalTests.Networks(pool, TinyImages.Vaal);
        var ranker = networks.Ranker;
        ranker.Task.train();
        var vaal = networks.TaskAwareVaal;
        int[] ids = [.. Enumerable.Range(0, images.Count)];
        new Random(1).Shuffle(ids);
        var (alone, aloneRoughly) = Scored(1);
        var (together, togetherRoughly) = Scored(3);
        for (var i = 0; i < ids.Length; i++)
        {
            Assert.Equal(alone[i], together[i], 1e-4f);
            Assert.Equal(aloneRoughly[i], togetherRoughly[i], 1e-4f);
            Assert.Equal(alone[i], aloneRoughly[i], 0.02f * (Math.Abs(alone[i]) + 1));
        }
        using var three = new TorchThreads(3);
        Dictionary<int, float> one = ids.Zip(alone).ToDictionary(), two = ids.Order()
            .Zip(vaal.ScoreExactly(images, [.. ids.Order()])).ToDictionary();
        Assert.All(ids, id => Assert.Equal(one[id], two[id], 1e-4f));
        var others = new VaalNetworks(vaal.Vae, vaal.D, vaal.Options, [], [], vaal.Device)
        { Ranks = [.. vaal.Ranks!.Select(r => r + 3)] };                             // D does look at r
        Assert.DoesNotContain(
            others.ScoreExactly(images, ids).Zip(alone), p => Math.Abs(p.First - p.Second) < 1e-4f);
        Assert.True(ranker.Task.training);

        (float[] Exactly, float[] Roughly) Scored(int threads)
        {
            using var some = new TorchThreads(threads);
            return (vaal.ScoreExactly(images, ids), vaal.ScoreRoughly(images, ids));
        }
    }
}
