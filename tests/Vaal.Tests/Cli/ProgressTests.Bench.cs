using Vaal.Cli.Commands;

namespace Vaal.Tests.Cli;

/// <summary>How far a bench is.</summary>
public sealed partial class ProgressTests
{
    /// <summary>Of twelve rounds, five will never be done: the time left is that of the other four.</summary>
    [Fact]
    public void Job_OfABench_LeavesOutRoundsThatNobodyDoes()
    {
        using var progress = Open();
        const string ended = "pool/random-1", failed = "pool/random-2";
        var bench = new BenchProgress(
            progress, "bench", new Dictionary<string, int> { [ended] = 4, [failed] = 4, ["pool/random-3"] = 4 });
        _clock.Pass(10);
        bench.Done(ended, [Round(0, 7)], earlier: false);
        _clock.Pass(10);
        bench.Done(ended, [Round(1)], earlier: false);
        _clock.Pass(10);
        bench.Done(failed, [Round(0, 7)], earlier: false);
        bench.Failed(failed, "broken\nat Vaal.Simulation");
        progress.Report(new("scoring", 0, 10));
        progress.Tick();
        Assert.Equal(
            ["2/10  pool/random-1: 50.0% with 20 labels",
                "vaal: pool/random-2 failed, the others continue: broken",
                "pool/random-2  3/7  0:40 left in all  scoring  0/10  0%"], Lines);

        static RoundResult Round(int round, params int[] picks) =>
            new(round, labelled: 10 * (round + 1), accuracy: 0.5, picks, taskSeconds: 1, selectSeconds: 1, null);
    }

    /// <summary>What an earlier start did counts, too, where it ended early.</summary>
    [Fact]
    public void Job_OfABenchThatGoesOn_LeavesOutRoundsThatNobodyDid()
    {
        using var progress = Open();
        const string ended = "pool/random-1";
        var bench = new BenchProgress(
            progress, "bench", new Dictionary<string, int> { [ended] = 4, ["pool/random-2"] = 4 });
        bench.Done(ended, [new(0, 10, 0.5, [7], 1, 1, null), new(1, 20, 0.5, [], 1, 1, null)], earlier: true);
        Assert.Equal(["2/6  pool/random-1: 50.0% with 20 labels"], Lines);
    }
}
