using Vaal.Coverage;
using Vaal.Data;
using Vaal.Data.Features;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>A choice by features takes minutes in a large pool, and says how far it has come.</summary>
public sealed class ChoiceProgressTests
{
    private const int Count = 90, Width = 12, Labelled = 15;

    // monotone, on the caller's thread, and at its end where that is known
    private static string[] Phases(IReadOnlyList<(TrainEvent Event, int Thread)> told)
    {
        Assert.All(told, t => Assert.Equal(Environment.CurrentManagedThreadId, t.Thread));
        var phases = told.Select(t => t.Event).GroupBy(e => e.Phase).ToList();
        foreach (var phase in phases)
        {
            Assert.Single(phase.Select(e => e.Total).Distinct());
            Assert.Equal(phase.Select(e => e.Done).Order(), phase.Select(e => e.Done));
            if (phase.First().Total > 0) Assert.Equal(phase.Last().Total, phase.Last().Done);
        }
        return [.. phases.Select(p => p.Key)];
    }

    [Theory]
    [InlineData("coverage", "measuring distances|comparing with labelled images|comparing images|choosing")]
    [InlineData("facility-location", "comparing with labelled images|comparing images|choosing")]
    [InlineData("uncertainty-coverage", "measuring distances|comparing with labelled images|fitting the linear head|"
        + "scoring the pool|comparing images|choosing")]
    [InlineData("margin", "fitting the linear head|scoring the pool")]
    [InlineData("core-set", "comparing with labelled images|choosing")]
    [InlineData("badge", "fitting the linear head|scoring the pool|choosing")]
    [InlineData("typiclust", "placing clusters|clustering|choosing")]
    [InlineData("prob-cover", "placing clusters|clustering|measuring distances|comparing images|choosing")]
    [InlineData("dal", "choosing")]
    [InlineData("drop-query", "fitting the linear head|scoring the pool")]
    [InlineData("alpha-mix", "fitting the linear head")]
    [InlineData("suggestive-annotation", "fitting the linear head|fitting a committee|comparing images|choosing")]
    public void Strategy_OnFeatures_ReportsItsPhasesAndChoosesTheSame(string strategy, string expected)
    {
        using var images = TinyImages.Set(Count);
        var pool = new Pool(images);
        for (var id = 0; id < Labelled; id++) pool.Label(id, id % 3);
        using var networks = new Networks(pool, classes: 3);
        var features = new FeatureSource(MadeFeatures.Of(Count, Width, 3, seed: 4, spread: 1).Values, Width);
        var silent = new Query { Pool = pool, Budget = 12, Seed = 1, Networks = networks, Features = features };
        var told = new List<(TrainEvent, int)>();
        var chosen = QueryStrategies.Create(strategy).Select(
            silent.With(report: e => told.Add((e, Environment.CurrentManagedThreadId))));
        Assert.Empty(expected.Split('|').Except(Phases(told)));
        var without = QueryStrategies.Create(strategy).Select(silent);
        Assert.Equal(without.Ids, chosen.Ids);
        Assert.Equal(without.Scores, chosen.Scores);
    }

    /// <summary>The default choice: rows that an encoder made are read first.</summary>
    [Fact]
    public void Features_Stored_AreReadInAPhaseOfTheirOwn()
    {
        using var images = TinyImages.Set(3);
        var pool = new Pool(images);
        using var networks = new Networks(pool);
        var events = new List<TrainEvent>();
        var query = new Query { Pool = pool, Budget = 1, Seed = 1, Networks = networks, Report = events.Add };
        using var rows = new FeatureRows(
            PixelStore.Allocate(3 * 2 * sizeof(ushort)), "", [0, 4, 8], 2, new Dictionary<int, string>());
        using var read = new FeatureSource(rows).Of(query, [0, 1, 2]);
        Assert.Equal([("reading features", 0L, 3L), ("reading features", 3L, 3L)],
            events.Select(e => (e.Phase, e.Done, e.Total)));
    }

    [Theory]
    [InlineData(int.MaxValue, "comparing images"), InlineData(2_000, "estimating gains"),
        InlineData(0, "estimating gains")]
    public void GreedyCover_EachOfItsWays_Reports(int mostPairs, string compares)
    {
        const int n = 160;
        var rows = UnitRows.Of(MadeFeatures.Of(n, 37, 7, seed: 4).Values, 37);
        int[] candidates = [.. Enumerable.Range(0, n - 5)], labelled = [.. Enumerable.Range(n - 5, 5)];
        var like = Vaal.Coverage.Likeness.Gaussian(GreedyCover.Sigma(rows, 5, 30));
        var told = new List<(TrainEvent Event, int Thread)>();
        void Report(TrainEvent e) => told.Add((e, Environment.CurrentManagedThreadId));
        var cover = new GreedyCover(rows, candidates, labelled, 30, like, report: Report) { MostPairs = mostPairs };
        var picks = cover.Choose(30, report: Report).Picks;
        var silent = new GreedyCover(rows, candidates, labelled, 30, like) { MostPairs = mostPairs };
        Assert.Equal(silent.Choose(30).Picks, picks);
        var phases = Phases(told);
        Assert.Contains("comparing with labelled images", phases);
        Assert.True(Array.IndexOf(phases, compares) < Array.IndexOf(phases, "choosing"));
        Assert.Contains(compares, phases);
        Assert.Contains("choosing", phases);
        Assert.Equal(30, told.Last(t => t.Event.Phase == "choosing").Event.Done);
    }

    [Fact]
    public void PhaseCount_ManyUnitsOnManyThreads_TellsRarelyAndToTheEnd()
    {
        var told = new List<(TrainEvent, int)>();
        var count = new PhaseCount(e => told.Add((e, Environment.CurrentManagedThreadId)), "counting", 1_000_000);
        Blocks.InParallel(1_000_000, 10, (_, _) => { }, rows: count);
        count.End();
        Assert.Equal(["counting"], Phases(told));
        Assert.InRange(told.Count, 2, 1_002);
        Assert.Equal(0, told[0].Item1.Done);
    }

    [Fact]
    public void PhaseCount_OfNothing_TellsNothing()
    {
        var told = 0;
        var count = new PhaseCount(_ => told++, "counting", 0);
        count.End();
        Assert.Equal(0, told);
    }

    /// <summary>One image of 100,000 covers little, and not nothing.</summary>
    [Theory]
    [InlineData(0.00032f, "less than 0.1%"), InlineData(0.00099f, "less than 0.1%"), InlineData(0f, "less than 0.1%")]
    [InlineData(0.001f, "0.1%"), InlineData(0.0412f, "4.1%"), InlineData(1f, "100.0%")]
    public void Reason_OfCoverage_NeverRoundsAShareToNothing(float share, string words)
    {
        Assert.Equal($"covers {words} of what labelled images do not cover", new CoverageStrategy().Reason(share));
        Assert.Equal($"covers {words} of the uncertain images that labelled images do not cover",
            new UncertaintyCoverageStrategy().Reason(share));
        Assert.Equal($"represents {words} of what labelled images do not represent",
            new FacilityLocationStrategy().Reason(share));
    }
}
