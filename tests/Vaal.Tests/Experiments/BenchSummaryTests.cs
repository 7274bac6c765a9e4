using CsCheck;
using Vaal.Experiments;
using Vaal.Reports;

namespace Vaal.Tests.Experiments;

/// <summary>The statistics of a bench on numbers small enough to work by hand.</summary>
public sealed class BenchSummaryTests
{
    private static IEnumerable<ResultRow> Run(
        string strategy, long seed, double[] accuracy, string pool = "p", double select = 2) =>
        accuracy.Select((a, round) => new ResultRow
        {
            Strategy = strategy,
            Seed = seed,
            Pool = pool,
            Round = round,
            Labelled = 100 * (round + 1),
            Accuracy = a,
            TaskSeconds = 1,
            SelectSeconds = round == accuracy.Length - 1 ? 0 : select,
            TrainSeconds = 0.5,
            PeakMebibytes = 300,
        });

    private static ResultRow Copy(ResultRow r, int labelled, double? pixels = null) => new()
    {
        Strategy = r.Strategy,
        Seed = r.Seed,
        Pool = r.Pool,
        Round = r.Round,
        Labelled = labelled,
        Accuracy = r.Accuracy,
        TaskSeconds = r.TaskSeconds,
        SelectSeconds = r.SelectSeconds,
        TrainSeconds = r.TrainSeconds,
        PeakMebibytes = r.PeakMebibytes,
        PixelAccuracy = pixels,
    };

    // five seeds: the strategy is ahead by 2 points with 200 labels and 4 with 300, in every seed
    private static readonly ResultRow[] Five = [
        .. Enumerable.Range(1, 5)
        .SelectMany(
            s => Run("random", s, [0.5, 0.6 + 0.001 * s, 0.7]).Concat(Run("good", s, [0.5, 0.62 + 0.001 * s, 0.74])))];

    [Fact]
    public void Save_OfMasks_CallsTheirMeasureByItsName()
    {
        using var folder = new TemporaryFolder();
        var page =
            BenchReport.Save(BenchSummary.Of([.. Five.Select(r => Copy(r, r.Labelled, 0.9))]), folder.Path);
        foreach (var text in new[] { File.ReadAllText(page), File.ReadAllText(folder["table.md"]) })
        {
            Assert.Contains("mean IoU", text, StringComparison.Ordinal);
            Assert.DoesNotContain("accuracy", text, StringComparison.OrdinalIgnoreCase);
        }
        Assert.Contains("test accuracy in %", BenchReport.Markdown(BenchSummary.Of(Five)), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_FivePairsAllAhead_HasTheAreaByTrapezoidsAndTheExactP()
    {
        var summary = BenchSummary.Of(Five);
        var good = summary.Strategies[0];
        Assert.Equal(("good", 5), (good.Name, good.Runs));
        Assert.Equal(0.02, good.Difference.Estimate, 12);                              // (0 + 2·2 + 4) / 4 points
        Assert.Equal((0.02, 0.02), (Math.Round(good.Difference.Low, 12), Math.Round(good.Difference.High, 12)));
        Assert.Equal(2.0 / 32, good.P, 12);
        Assert.Equal(good.P, good.Corrected);
        Assert.Equal("no difference shown", good.Verdict);
        Assert.Equal(2.0 / 32, summary.LeastP, 12);                                    // five seeds cannot show more
        Assert.Equal((2, 0.5, 300), (good.SelectSeconds, good.TrainSeconds, good.PeakMebibytes));
        Assert.Equal(("random", ""), (summary.Strategies[^1].Name, summary.Strategies[^1].Verdict));
    }

    [Fact]
    public void Of_SixPairsOnOnePool_CallsItBetterAndAnotherWorse()
    {
        var summary = BenchSummary.Of([.. from s in Eight from r in Three(s, "p") select r]);
        Assert.Equal(
            [("good", "better"), ("bad", "worse"), ("random", "")],
            summary.Strategies.Select(s => (s.Name, s.Verdict)));
        Assert.Equal("Better than random: good. Worse: bad.", summary.Outcome);
        Assert.All(summary.Strategies.Take(2), s => Assert.Equal((2.0 / 256, 2 * 2.0 / 256), (s.P, s.Corrected)));
        Assert.All(summary.Strategies.Take(2), s => Assert.Equal(2.0 / 256, s.LeastP));
    }

    // two pools say little about pools in general, however many seeds they have: the least p is a half
    [Fact]
    public void Of_TwoPools_CountsBothLevelsAndJudgesEachPoolByItself()
    {
        var rows = from pool in new[] { "p", "q" } from s in Eight from r in Three(s, pool) select r;
        var summary = BenchSummary.Of([.. rows]);
        var good = summary.Strategies[0];
        Assert.Equal(("good", "no difference shown"), (good.Name, good.Verdict));
        Assert.Equal((0.5, 0.5, 1.0), (good.P, good.LeastP, summary.LeastP));
        Assert.Equal(["p", "q"], summary.Curves.Keys.Order());
        Assert.Equal([("p", 8, "better"), ("q", 8, "better")], good.Pools.Select(p => (p.Pool, p.Pairs, p.Verdict)));
        Assert.All(good.Pools, p => Assert.Equal((2.0 / 256, 4 * 2.0 / 256, 2.0 / 256), (p.P, p.Corrected, p.LeastP)));
        Assert.Equal(4 * 2.0 / 256, summary.LeastPOfPools);
        Assert.Contains("On each pool by itself: Better than random: good on p, good on q. Worse: bad on p, bad on q.",
            summary.Outcome);
        Assert.Contains("| q | **good** | 8 | +1.2 (+1.1 to +1.3) | 0.008 | 0.008 | 0.031 | better |",
            BenchReport.Markdown(summary));
    }

    /// <summary>What counts is the p after the correction, and exactly 0.05 is small enough.</summary>
    [Theory]
    [InlineData(0.03, 0.06, 0.01, "no difference shown"), InlineData(0.01, 0.05, 0.01, "better")]
    [InlineData(0.01, 0.03, -0.01, "worse"), InlineData(double.NaN, double.NaN, 0.01, "")]
    public void Verdict_OfAPAndItsCorrection_GoesByTheCorrection(
        double p, double corrected, double difference, string verdict) =>
        Assert.Equal(verdict, BenchSummary.VerdictOf(p, corrected, new(difference, -1, 1)));

    /// <summary>Nothing is chosen after the last round, which takes a moment all the same: selections of 1, 9, 2 and
    /// 3 s have the median 2.5. Of the memory the largest counts.</summary>
    [Fact]
    public void Of_Selections_TakesTheMedianOfAllButTheLastRounds()
    {
        double[] seconds = [1, 9, 1e-5, 2, 3, 1e-5];
        var rows = seconds.Select((s, i) => new ResultRow
        {
            Strategy = "random",
            Seed = i / 3,
            Round = i % 3,
            Labelled = 10 * (i % 3 + 1),
            Accuracy = 0.5,
            SelectSeconds = s,
            TrainSeconds = s / 2,
            PeakMebibytes = 100 * s,
        });
        var found = BenchSummary.Of([.. rows]).Strategies.Single();
        Assert.Equal((2.5, 1.25, 900), (found.SelectSeconds, found.TrainSeconds, found.PeakMebibytes));
    }

    // 0.621 to 0.625: 0.623 ± 2.776445 · 0.0015811388 / √5
    [Fact]
    public void Of_Curves_HaveStudentsIntervalOverTheSeeds()
    {
        var accuracy = BenchSummary.Of(Five).Curves["p"].Single(c => c.Strategy == "good").Accuracy[1];
        Assert.Equal(0.623, accuracy.Estimate, 1e-12);
        Assert.Equal((0.6210367568, 0.6249632432), (Math.Round(accuracy.Low, 10), Math.Round(accuracy.High, 10)));
    }

    // scipy: ttest over the ten seeds of docs/results/fashion-mnist-again, areas by numpy.trapz
    [Theory]
    [InlineData("badge", 0.014765, 0.010247496648, 0.019282503352)]
    [InlineData("alpha-mix", 0.012615, 0.007964492489, 0.017265507511)]
    [InlineData("margin", 0.009186666667, 0.005866895425, 0.012506437908)]
    [InlineData("vaal", -0.027386666667, -0.035468485573, -0.019304847760)]
    public void Of_CommittedRows_HasScipysIntervalsAndP(string strategy, double estimate, double low, double high)
    {
        var rows = ResultsFile.Read<ResultRow>(Path.Combine(Repository.Root, "docs", "results", "fashion-mnist-again"));
        var found = BenchSummary.Of(rows).Strategies.Single(s => s.Name == strategy);
        Assert.Equal(estimate, found.Difference.Estimate, 1e-9);
        Assert.Equal(low, found.Difference.Low, 1e-9);
        Assert.Equal(high, found.Difference.High, 1e-9);
        Assert.Equal((0.001953125, 0.001953125, 4 * 0.001953125), (found.P, found.LeastP, found.Corrected));
    }

    private static readonly long[] Eight = [1, 2, 3, 4, 5, 6, 7, 8];

    private static IEnumerable<ResultRow> Three(long s, string pool) => Run("random", s, [0.5, 0.6], pool)
        .Concat(Run("good", s, [0.5, 0.62 + 0.001 * s], pool)).Concat(Run("bad", s, [0.5, 0.58 - 0.001 * s], pool));

    // budgets in cost buy strategies and seeds different numbers of labels
    [Fact]
    public void Of_RunsWithMeansHalfWayBetweenTwoNumbers_HaveCurvesThatRise()
    {
        var rows = from strategy in new[] { "random", "good" }
                   from s in new[] { 1, 2 }
                   from r in Run(
            strategy, s, [0.5, 0.6, 0.7])
                   select Copy(r, 20 + r.Round + (r.Round > 0 ? s - 1 : 0));
        // 21.5 and 22.5
        Assert.Equal([20, 22, 23], BenchSummary.Of([.. rows]).Curves.Values.Single()[0].Labels);
    }

    // the heads of the columns are of all strategies, and not of the first alone
    [Fact]
    public void Markdown_StrategiesWithOtherNumbersOfLabels_HasTheirSpan()
    {
        ResultRow[] rows =
        [
            .. Run("random", 1, [0.5, 0.6, 0.7]),
            .. Run("cheap", 1, [0.5, 0.6, 0.7]).Select(r => Copy(r, r.Labelled + 1_000 * r.Round)),
        ];
        Assert.Contains("| strategy | 100 labels | 200 to 1,200 labels | 300 to 2,300 labels |",
            BenchReport.Markdown(BenchSummary.Of(rows)), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_UnfinishedRuns_AreLeftOutOfPairs()
    {
        var summary = BenchSummary.Of([.. Five, .. Run("late", 1, [0.5, 0.9]), .. Run("late", 2, [0.5, 0.9, 0.95])]);
        var late = summary.Strategies.Single(s => s.Name == "late");
        Assert.Equal(1, late.Runs);
        Assert.Equal((0.0 + 2 * 0.298 + 0.25) / 4, late.Difference.Estimate, 12);       // seed 2 alone
        Assert.Equal(1, late.P);
        Assert.Equal(1, BenchSummary.Of([.. Run("only", 1, [0.5, 0.6])]).Strategies[0].Runs);
        Assert.Empty(BenchSummary.Of([]).Strategies);
    }

    [Fact]
    public void Savings_AgainstRandomsMeanCurve_AreInterpolatedAndTheEndIsMarked()
    {
        var saving = Assert.Single(BenchSummary.Of(Five).Savings);
        Assert.Equal(200, saving.Used);                                                // the last round but one
        Assert.Equal(100 * 0.02 / 0.097, saving.Saved.Estimate, 9);                     // 0.623 between 0.603 and 0.7
        Assert.False(saving.AtLeast);
        var beyond = Assert.Single(
            BenchSummary.Of(
                [.. Enumerable.Range(1, 3)
                    .SelectMany(s => Run("random", s, [0.5, 0.6, 0.65]).Concat(Run("great", s, [0.5, 0.8, 0.9])))])
                    .Savings);
        // 300, the end of what was measured, less 200
        Assert.Equal((100, true), (beyond.Saved.Estimate, beyond.AtLeast));
        var alone = Assert.Single(
            BenchSummary.Of([.. Run("random", 1, [0.5, 0.6, 0.65]), .. Run("great", 1, [0.5, 0.8, 0.9])]).Savings);
        // of one seed there are no resamples
        Assert.Equal((100, true), (alone.Saved.Estimate, alone.AtLeast));
        var worse = Assert.Single(
            BenchSummary.Of(
                [.. Enumerable.Range(1, 3)
                    .SelectMany(s => Run("random", s, [0.5, 0.6, 0.65]).Concat(Run("bad", s, [0.4, 0.45, 0.5])))])
                    .Savings);
        Assert.Equal((-100, false), (worse.Saved.Estimate, worse.AtLeast));             // 100, its beginning, less 200
    }

    /// <summary>Made monotone, .75 and .70 are .725; .64 and .58 are .61; the curve gets there with 400 and 200 labels,
    /// and so does the same curve of the baseline.</summary>
    [Theory]
    [InlineData(400, 0.40, 0.50, 0.60, 0.75, 0.70)]
    [InlineData(200, 0.40, 0.64, 0.58, 0.70)]
    [InlineData(200, 0.40, 0.60, 0.60, 0.60, 0.70)]
    [InlineData(100, 0.60, 0.60, 0.60, 0.70)]
    public void Savings_OfAStrategyAgainstItself_AreNone(int used, params double[] means)
    {
        var rows = from s in Eight
                   from name in new[] { "random", "same" }
                   from row in Run(name, s, [.. means.Select(m => m + 0.001 * s)])
                   select row;
        var saving = Assert.Single(BenchSummary.Of([.. rows]).Savings);
        Assert.Equal(
            (used, 0.0, 0.0, 0.0, false),
            (saving.Used, saving.Saved.Estimate, saving.Saved.Low, saving.Saved.High, saving.AtLeast));
    }

    /// <summary>The strategy has .7 with 200 labels already, and the baseline with 300.</summary>
    [Fact]
    public void Savings_OfAPlateau_CountFromItsFirstNumberOfLabels()
    {
        var saving = Assert.Single(BenchSummary.Of(
            [.. Run("random", 1, [0.4, 0.6, 0.7, 0.75]), .. Run("flat", 1, [0.4, 0.7, 0.7, 0.75])]).Savings);
        Assert.Equal((200, 100.0, false), (saving.Used, saving.Saved.Estimate, saving.AtLeast));
    }

    /// <summary>Of one seed, or of none, nobody knows how often others were better; 0.00 would be the best.</summary>
    [Fact]
    public void Penalties_WithoutTwoCommonSeeds_AreEmpty()
    {
        var rows = Enumerable.Range(1, 3)
            .SelectMany(
                s => Run("a", s, [0.9, 0.5 + 0.01 * s, 0.54 + 0.01 * s]).Concat(Run("random", s, [0.1, 0.5, 0.5])));
        var summary = BenchSummary.Of(
            [.. rows, .. Run("once", 1, [0.9, 0.9, 0.9]), .. Run("late", 1, [0.5, 0.9])]);
        Assert.Equal(["once", "a", "late", "random"], summary.Strategies.Select(s => s.Name));
        // a and random as below; the means leave out what is not known
        Assert.Equal([double.NaN, 0, double.NaN, 0.25], summary.Strategies.Select(s => s.Penalty));
        Assert.Equal([double.NaN, 0, double.NaN, 0.5], summary.Penalties[1].AsEnumerable());
        Assert.Contains("| late | 0 |  |  |  |  |  |  |", BenchReport.Markdown(summary), StringComparison.Ordinal);
    }

    /// <summary>t(1) / 2 is 6.353: 99.5 and 0.5 points, two seeds one point apart.</summary>
    [Fact]
    public void Markdown_AccuracyNearItsEnds_HasNoIntervalBeyondThem()
    {
        var text = BenchReport.Markdown(
            BenchSummary.Of([.. Run("random", 1, [0.0, 0.99]), .. Run("random", 2, [0.01, 1.0])]));
        Assert.Contains("| 0.5 (0.0 to 6.9) | 99.5 (93.1 to 100.0) |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Penalties_PairedT_CountRoundsWonAndLeaveTheFirstOut()
    {
        // differences with 200 labels are 1, 2, 3: t = 2 / (1 / √3) = 3.46 < 4.30; with 300 they are 5, 6, 7: t = 10.4
        var rows = Enumerable.Range(1, 3)
            .SelectMany(
                s => Run("a", s, [0.9, 0.5 + 0.01 * s, 0.54 + 0.01 * s]).Concat(Run("random", s, [0.1, 0.5, 0.5])));
        var summary = BenchSummary.Of([.. rows]);
        Assert.Equal(["a", "random"], summary.Strategies.Select(s => s.Name));
        Assert.Equal([[0, 0.5], [0, 0]], summary.Penalties);
        Assert.Equal([0, 0.25], summary.Strategies.Select(s => s.Penalty));
    }

    [Fact]
    public void Of_RowsInAnyOrder_SaysTheSame() => Gen.Shuffle(Five).Sample(rows =>
        Assert.Equal(
            BenchSummary.Of(Five).Strategies.Single(s => s.Name == "good").Difference, BenchSummary.Of(rows)
            .Strategies.Single(s => s.Name == "good").Difference), iter: 5, threads: 1);
}
