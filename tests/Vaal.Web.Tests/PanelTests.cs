using System.Text.Json;
using Vaal.Coverage;
using Vaal.Encoders;
using Vaal.Workspaces;

namespace Vaal.Web.Tests;

/// <summary>What the side panel says.</summary>
public sealed class PanelTests
{
    private static Round Of(string options, string? health = null) => new()
    {
        Strategy = "random",
        Health = health,
        Options = options,
        Seed = 1,
        Budget = 1,
        Started = DateTimeOffset.UnixEpoch,
        Finished = DateTimeOffset.UnixEpoch,
    };

    // what the server writes down of a head; without an encoder it is fitted on the pixels
    private static string Tested(int labels, int correct, string encoder = "pixels", Interval? meanAp = null) =>
        JsonSerializer.Serialize(new
        {
            encoder,
            serve = new { learnEvery = 20, labels, correct, tests = 50, meanAp, seconds = 0.1 },
        }, Json.Options);

    /// <summary>Means of 24 strips of the picture.</summary>
    private sealed class Strips : IImageEncoder
    {
        public const string Name = "strips-of-the-panel-test";
        public int Size => 32;
        public int FeatureDim => 24;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            for (var i = 0; i < features.Length; i++)
            {
                var sum = 0f;
                foreach (var value in images.Slice(i * 128, 128)) sum += value;
                features[i] = sum / 128;
            }
        }
    }

    /// <summary>An encoder that waits until it may go on.</summary>
    private sealed class Slow : IImageEncoder
    {
        public const string Name = "slow-of-the-panel-test";
        public static readonly ManualResetEventSlim Begun = new(), Go = new();
        public static int Encoded;
        public int Size => 32;
        public int FeatureDim => 2;
        public string Version => "1";

        public void Encode(ReadOnlySpan<byte> images, int count, Span<float> features)
        {
            Begun.Set();
            Go.Wait();
            for (var i = 0; i < count; i++) (features[2 * i], features[2 * i + 1]) = (images[i * 3_072], i);
            Interlocked.Add(ref Encoded, count);
        }
    }

    [Fact]
    public async Task Server_ThatStopsWhileItLearns_DoesNotFinishThat()
    {
        const int count = 700;
        PretrainedEncoders.Register(Slow.Name, "slow", () => new Slow());
        await using var served = await ServedFolder.Start(count, encoder: Slow.Name,
            picture: i => ServedFolder.OfClass(i % 3, i));
        await Task.Run(Slow.Begun.Wait);
        Assert.True((await served.Owner.Get("/api/v1/panel")).GetProperty("learning").GetBoolean());
        await served.Owner.Label("cat", (await served.Owner.Queue())[0]);             // nobody waits for it
        var learner = served.Serving.Learner;
        var stopping = Task.Run(served.Stop);
        for (var i = 0; i < 6_000 && !learner.IsStopping; i++) await Task.Delay(10);
        Slow.Go.Set();
        await stopping;
        Assert.InRange(Slow.Encoded, 0, count - 1);
        await served.Restart();
    }

    [Fact]
    public async Task Covered_AtEachChoice_IsTheFigureOfStatus()
    {
        PretrainedEncoders.Register(Strips.Name, "means of strips", () => new Strips());
        await using var served = await ServedFolder.Start(200, "20", new() { LearnEvery = 1_000 },
            encoder: Strips.Name, prepare: w => w.MakeFeatures(new FeatureMaker()));
        using var w = served.Open();
        int[] pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id)];
        async Task<double?> Covered(int labels)
        {
            using (await served.Owner.Send(HttpMethod.Post, "/api/v1/learn")) { }
            await Until.Learned(served.Owner, l => l.GetProperty("labels").GetInt32() == labels);
            return (await served.Owner.Get("/api/v1/panel")).GetProperty("covered") is
            { ValueKind: JsonValueKind.Number } share ? share.GetDouble() : null;
        }
        Assert.Null(await Covered(0));
        await served.Owner.Label("cat", pool[..10]);
        var ten = await Covered(10);
        Assert.Equal(w.Status(coverage: true).Coverage!.Value, ten!.Value, 1e-9);
        await served.Owner.Label("dog", pool[10..40]);
        var forty = await Covered(40);
        Assert.Equal(w.Status(coverage: true).Coverage!.Value, forty!.Value, 1e-9);
        Assert.True(forty > ten);
        for (var i = 0; i < 35; i++) await served.Owner.Undo();
        Assert.Equal(w.Status(coverage: true).Coverage!.Value, (await Covered(5))!.Value, 1e-9);
    }

    /// <summary>A pool of which only a part is looked at: what is kept from choice to choice gives what a new
    /// comparison does.</summary>
    [Fact]
    public void Covered_LabelsThatComeAndGo_IsThatOfAllLabelsAtOnce()
    {
        const int count = 4_500, width = 8;
        var random = new Random(3);
        var rows = UnitRows.Of([.. Enumerable.Range(0, count * width).Select(_ => random.NextSingle())], width);
        var (kept, labelled) = (new CoveredShare(rows), new bool[count]);
        var shares = new List<double?>();
        foreach (var (give, take) in new[] { (5, 0), (20, 0), (0, 15), (300, 10), (2_500, 0), (0, 2_000) })
        {
            for (var i = 0; i < give; i++) labelled[random.Next(count)] = true;
            foreach (var row in Enumerable.Range(0, count).Where(r => labelled[r]).ToArray().OrderBy(_ => random.Next())
                .Take(take)) labelled[row] = false;
            shares.Add(kept.Of([.. labelled], default));
            Assert.Equal(new CoveredShare(rows).Of([.. labelled], default), shares[^1]);
        }
        Assert.True(shares[0] < shares[1] && shares[2] < shares[1] && shares[4] > shares[3], string.Join(" ", shares));
        Assert.Null(kept.Of(new bool[count], default));
    }

    [Fact]
    public async Task LastHundred_AfterARestart_IsThatOfTheRoundsThatStand()
    {
        await using var served = await ServedFolder.Start(12, prepare: w =>
        {
            w.RecordRound(Of(Tested(100, 20)), [new(1, 1, null, null)]);
            w.RecordRound(Of(Tested(200, 30)), [new(2, 1, null, null)]);
            w.RecordRound(Of(Tested(300, 50)), [new(3, 1, null, null)]);
            w.Undo();
        });
        await served.Learn(0);
        var panel = await served.Owner.Get("/api/v1/panel");
        Assert.StartsWith("the last trainings gained +20.0 points",
            panel.GetProperty("lastHundred").GetProperty("words").GetString(), StringComparison.Ordinal);
    }

    /// <summary>What another encoder brings is no gain by labels.</summary>
    [Fact]
    public async Task History_OfHeadsOnOtherFeatures_IsLeftOut()
    {
        await using var served = await ServedFolder.Start(12, prepare: w =>
        {
            w.RecordRound(Of(Tested(100, 5, "another")), [new(1, 1, null, null)]);
            w.RecordRound(Of(Tested(200, 30)), [new(2, 1, null, null)]);
            w.RecordRound(Of(Tested(100, 0, "another", new Interval(0.2, 0.1, 0.3))), [new(3, 1, null, null)]);
            w.RecordRound(Of(Tested(200, 0, meanAp: new Interval(0.6, 0.5, 0.7))), [new(4, 1, null, null)]);
        });
        await served.Learn(0);
        var learner = served.Serving.Learner;
        Assert.Equal([(200, 30, 50)], learner.History);
        Assert.Equal([(200, 0.6)], learner.SeveralHistory.Select(h => (h.Labels, h.MeanAp.Estimate)));
        Assert.Null(PanelApi.Worth(learner.History));
    }

    /// <summary>What <c>vaal next</c> has chosen is labelled first: the server makes no choice of its own before
    /// that.</summary>
    [Fact]
    public async Task Round_OfACommand_IsNotOvertaken_BeforeSomethingIsLabelled()
    {
        await using var served = await ServedFolder.Start(12, prepare: w =>
            w.RecordRound(Of("{}"), [new(3, 1, null, null), new(1, 2, null, null), new(2, 3, null, null)]));
        await served.Learn(0);
        using var w = served.Open();
        Assert.Single(w.Rounds());
        var queue = await served.Owner.Queue(20);
        Assert.Equal([3, 1, 2], queue[..3]);
        Assert.Equal(Enumerable.Range(1, 12), queue.Order());                        // each once
        await served.Owner.Label("cat", 3);
        await served.Learn(1);
        Assert.Equal(2, w.Rounds().Count);
    }

    [Fact]
    public async Task Verdict_OnTheLastRanking_IsThatOfTheRound()
    {
        var health = new RankingHealth(0.5).Judged();
        await using var served = await ServedFolder.Start(6,
            prepare: w => w.RecordRound(Of("{}", health.ToJson()), [new(1, 1, null, null)]));
        Assert.NotNull(health.Verdict);
        Assert.Equal(health.Verdict, (await served.Owner.Get("/api/v1/panel")).GetProperty("verdict")
            .GetProperty("words").GetString());
    }

    [Fact]
    public void Advice_FollowsTheTestSet_AndWhatLabelsAreWorth()
    {
        var (worthIt, not) = (LabelsWorth.Of([(100, 200, 1_000), (200, 500, 1_000)]),
            LabelsWorth.Of([(1_000, 5_000, 10_000), (9_000, 5_000, 10_000)]));
        Assert.Equal((false, true), (worthIt.Stop, not.Stop));
        Assert.StartsWith("there is no test set", PanelApi.Advice(0, 0, worthIt), StringComparison.Ordinal);
        Assert.StartsWith("label test images too: 29 of 50", PanelApi.Advice(50, 29, not), StringComparison.Ordinal);
        Assert.StartsWith("label test images too: 9 of 10", PanelApi.Advice(10, 9, not), StringComparison.Ordinal);
        Assert.StartsWith("continue: after some more", PanelApi.Advice(50, 30, null), StringComparison.Ordinal);
        Assert.Equal("continue", PanelApi.Advice(50, 30, worthIt));
        Assert.StartsWith("stopping is sensible", PanelApi.Advice(10, 10, not), StringComparison.Ordinal);
    }

    [Fact]
    public void Pace_OfAPerson_IsThatOfTheLastFiveMinutes()
    {
        var clock = new StoppedClock();
        var pace = new Pace(clock);
        Assert.Equal(0, pace.PerMinute("ann"));
        pace.Count("ann", 4);
        Assert.Equal(24, pace.PerMinute("ann"));                                    // of at least ten seconds
        clock.Advance(TimeSpan.FromMinutes(2));
        pace.Count("ann", 6);
        pace.Count("ben", 50);
        Assert.Equal(5, pace.PerMinute("ann"));
        clock.Advance(TimeSpan.FromMinutes(4));                                     // the first four are too old
        Assert.Equal(1.5, pace.PerMinute("ann"));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, pace.PerMinute("ann"));
    }
}
