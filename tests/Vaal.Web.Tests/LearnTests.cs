using System.Text.Json;

namespace Vaal.Web.Tests;

public sealed class LearnTests
{
    private static readonly string[] _classes = ["cat", "dog", "owl"];

    private static string ClassOf(int id) => _classes[(id - 1) % 3];

    /// <summary>Pictures of three classes that a head on their pixels tells apart.</summary>
    private static Task<ServedFolder> Start(int images, string? test = null, ServeOptions? options = null) =>
        ServedFolder.Start(images, test, options ?? new ServeOptions { LearnEvery = 10 }, _classes,
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));

    private static Task<JsonElement> Panel(ServedFolder served, Func<JsonElement, bool> until) =>
        Until.Answer(served.Owner, "/api/v1/panel",
            panel => !panel.GetProperty("learning").GetBoolean() && until(panel));

    private static bool HasRound(JsonElement panel, int round) =>
        panel.GetProperty("learned") is { ValueKind: JsonValueKind.Object } learned
        && learned.GetProperty("round") is { ValueKind: JsonValueKind.Number } n && n.GetInt32() >= round;

    private static async Task Label(ServedFolder served, int count, string more = "")
    {
        for (var done = 0; done < count;)
        {
            var ids = await served.Owner.Queue(Math.Min(10, count - done), more);
            Assert.NotEmpty(ids);
            foreach (var id in ids) await served.Owner.Label(ClassOf(id), id);
            done += ids.Length;
        }
    }

    [Fact]
    public async Task Start_WithoutALabel_ChoosesWithoutLabels_AndRecordsARound()
    {
        await using var served = await Start(60);
        await Panel(served, p => HasRound(p, 1));
        using var w = served.Open();
        var round = w.Rounds().Single();
        Assert.Equal(("coverage", 10 + Learner.Ahead), (round.Strategy, round.Picks));
        Assert.Equal(w.Picks(1).Take(8).Select(p => p.Image), await served.Owner.Queue(8));
        var first = (await served.Owner.Get("/api/v1/queue?count=1")).GetProperty("items")[0];
        Assert.Equal(1, first.GetProperty("rank").GetInt32());
        Assert.StartsWith("covers", first.GetProperty("reason").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_AsManyAsItLearnsAfter_MakeARound_ThatAsksTheHead()
    {
        await using var served = await Start(120, "20%");
        await Panel(served, p => HasRound(p, 1));
        await Label(served, 12, "&split=test");
        await Panel(served, p => HasRound(p, 2));
        await Label(served, 10);
        await Panel(served, p => HasRound(p, 3));
        await Label(served, 10);
        var panel = await Panel(served, p => HasRound(p, 4));
        using var w = served.Open();
        Assert.Equal("uncertainty-coverage", w.Rounds()[^1].Strategy);
        var accuracy = panel.GetProperty("accuracy");
        Assert.Equal(12, accuracy.GetProperty("n").GetInt32());
        Assert.True(accuracy.GetProperty("estimate").GetDouble() > 0.9, accuracy.ToString());
        Assert.True(panel.GetProperty("perMinute").GetDouble() > 0);
        Assert.Empty(w.Problems());
        string taken;
        do taken = w.Undo().What;                           // labels that came while it learned are newer
        while (taken == "label");
        Assert.Equal("round", taken);                       // the command line takes it back
    }

    [Fact]
    public async Task Suggestions_AreOnlyAboveTheThreshold_AndNeverOfTestImages()
    {
        await using var served = await Start(240, "25%", new() { LearnEvery = 90 });
        await Panel(served, p => HasRound(p, 1));
        Assert.Equal(
            JsonValueKind.Null, (await served.Owner.Get("/api/v1/project")).GetProperty("suggestAbove").ValueKind);
        await Label(served, 90);
        await Panel(served, p => HasRound(p, 2));
        var least = (await served.Owner.Get("/api/v1/project")).GetProperty("suggestAbove").GetDouble();
        Assert.InRange(least, 0.34, 1);
        var items = (await served.Owner.Get("/api/v1/queue?count=60")).GetProperty("items").EnumerateArray().ToList();
        var suggested = items.Where(i => i.GetProperty("suggestion").ValueKind == JsonValueKind.Object).ToList();
        Assert.NotEmpty(suggested);
        Assert.All(
            suggested, i => Assert.True(i.GetProperty("suggestion").GetProperty("probability").GetDouble() >= least));
        var tests = (await served.Owner.Get("/api/v1/queue?count=60&split=test")).GetProperty("items").EnumerateArray();
        Assert.All(tests, i => Assert.Equal(JsonValueKind.Null, i.GetProperty("suggestion").ValueKind));
        await served.Owner.Post("/api/v1/settings", new { op = "off", suggestAbove = 1 });
        items = [.. (await served.Owner.Get("/api/v1/queue?count=60")).GetProperty("items").EnumerateArray()];
        Assert.All(items, i => Assert.Equal(JsonValueKind.Null, i.GetProperty("suggestion").ValueKind));
    }

    /// <summary>Images wait for a label, so that it learns without a new choice.</summary>
    [Fact]
    public async Task Panel_AfterARestart_SaysTheLastChoice()
    {
        await using var served = await Start(60);
        await Panel(served, p => HasRound(p, 1));
        await Label(served, 10);
        await Panel(served, p => HasRound(p, 2));
        await served.Owner.Label("cat", (await served.Owner.Queue(1))[0]);
        await served.Restart(new() { LearnEvery = 10 });
        var learned = (await Panel(served, p => p.GetProperty("learned").ValueKind == JsonValueKind.Object))
            .GetProperty("learned");
        Assert.Equal((2, 10, 11), (learned.GetProperty("round").GetInt32(),
            learned.GetProperty("roundLabels").GetInt32(), learned.GetProperty("labels").GetInt32()));
    }

    [Fact]
    public async Task RoundOfThePage_ThatIsOvertaken_DoesNotKeepItsImagesFromNext()
    {
        await using var served = await Start(80);
        await Panel(served, p => HasRound(p, 1));
        await Label(served, 10);
        await Panel(served, p => HasRound(p, 2));
        using var w = served.Open();
        var left = w.Picks(1).Select(p => p.Image).Except(w.Labels().Select(l => l.Image))
            .Except(w.Picks(2).Select(p => p.Image)).ToList();
        Assert.NotEmpty(left);
        Assert.DoesNotContain(w.WaitingPicks(), p => left.Contains((int)p.Image));
        Assert.Contains(w.WaitingPicks(), p => p.Round == 2);
    }

    // independent reference: 30 of 30 right have a Wilson interval from 0.8865; 73 of 73 from 0.95004, 72 of 72 from
    // 0.9494
    [Theory]
    [InlineData(72, false)]
    [InlineData(73, true)]
    public void Threshold_NeedsEnoughRightAnswers(int right, bool found) =>
        Assert.Equal(found ? 0.9 : null, Threshold.Of(Enumerable.Repeat((0.9, true), right)));

    [Fact]
    public void Threshold_LeavesOutWhereItIsWrongTooOften()
    {
        var sure = Enumerable.Repeat((0.95, true), 100);
        var unsure = Enumerable.Range(0, 50).Select(i => (0.6, i % 2 == 0));
        Assert.Equal(0.95, Threshold.Of([.. sure, .. unsure]));
        Assert.Null(Threshold.Of(unsure));
    }

    [Fact]
    public void Worth_OfHeadsTooCloseTogether_IsNotTold()
    {
        Assert.Null(PanelApi.Worth([(20, 10, 50), (40, 20, 50)]));
        Assert.StartsWith("the last trainings gained +20.0 points",
            PanelApi.Worth([(100, 20, 50), (130, 45, 50), (150, 25, 50), (200, 30, 50)])!.Words,
            StringComparison.Ordinal);
    }

    private static Interval Of(double share) => new(share, share - 0.1, share + 0.1);

    // the slope of a line through the points that count, by hand: 60% to 80% in a hundred labels
    [Theory]
    [InlineData(39)]                                                                  // 50 tests · 0.8 = 40
    [InlineData(63)]                                                                  // 50 tests / 0.8 = 62.5
    public void Worth_OfTestSetsOfOtherSizes_IsOfThoseThatCompareAlone(int other)
    {
        Assert.StartsWith("the last trainings gained +20.0 points",
            PanelApi.Worth([(100, other, other), (200, 30, 50), (300, 40, 50)])!.Words, StringComparison.Ordinal);
        Assert.Null(PanelApi.Worth([(200, other, other), (300, 40, 50)]));
        Assert.StartsWith("the last trainings gained +20.0 points",
            PanelApi.Worth([(100, Of(1), other), (200, Of(0.6), 50), (300, Of(0.8), 50)])!.Words,
            StringComparison.Ordinal);
        Assert.Null(PanelApi.Worth([(200, Of(1), other), (300, Of(0.8), 50)]));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(62)]
    public void Worth_OfTestSetsOfNearlyTheSameSize_CountsThem(int tests)
    {
        Assert.NotNull(PanelApi.Worth([(200, 30, tests), (300, 40, 50)]));
        Assert.NotNull(PanelApi.Worth([(200, Of(0.6), tests), (300, Of(0.8), 50)]));
    }
}
