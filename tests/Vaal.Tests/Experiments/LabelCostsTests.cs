using System.Globalization;
using CsCheck;
using Vaal.Data;
using Vaal.Experiments;
using Vaal.Oracles;
using Vaal.Strategies;

namespace Vaal.Tests.Experiments;

/// <summary>Budgets in cost: the file, what is bought, and the loop that spends.</summary>
public sealed class LabelCostsTests(TinyRun run) : IClassFixture<TinyRun>, IDisposable
{
    private static readonly LoopOptions Tiny = TinyLoop.Options;
    private readonly TemporaryFolder _folder = new();
    private readonly DataSet _data = TinyImages.Data(40);

    public void Dispose()
    {
        _folder.Dispose();
        _data.Dispose();
    }

    private string Write(IEnumerable<decimal> costs) =>
        _folder.Write(
            "costs.csv", "index,cost\n" +
            string.Concat(costs.Select((c, i) => string.Create(CultureInfo.InvariantCulture, $"{i},{c}\n"))));

    private LabelCosts Of(params decimal[] costs)
    {
        using var images = new ImageSet(PixelStore.Allocate(costs.Length), 1, 1, 1);
        return new LabelCosts(Write(costs), images);
    }

    [Fact]
    public void Spend_InOrderOfTheRanking_PassesOverWhatDoesNotFit()
    {
        var costs = Of(5, 3, 4, 1, 2);
        Assert.Equal([0, 1], costs.Spend([0, 1, 2, 3, 4], 8));
        Assert.Equal([0, 3], costs.Spend([0, 1, 2, 3, 4], 6.5m));
        Assert.Equal([2, 4], costs.Spend([2, 0, 4, 1], 6));
        Assert.Equal([], costs.Spend([0, 1, 2], 2.99m));
        Assert.Equal(15, costs.Of([0, 1, 2, 3, 4]));
    }

    [Fact]
    public void Spend_Tenths_AreExact() => Assert.Equal(3, Of(0.1m, 0.1m, 0.1m, 0.1m).Spend([0, 1, 2, 3], 0.3m).Count);

    [Fact]
    public void Spend_AnyCosts_StaysWithinAndLeavesNothingThatFits() =>
        Gen.Select(Gen.Int[1, 500].Select(c => c / 10m).Array[1, 30], Gen.Int[1, 2_000].Select(b => b / 10m), Gen.Int)
            .Sample((prices, budget, seed) =>
        {
            var costs = Of(prices);
            int[] ranking = [.. Enumerable.Range(0, prices.Length)];
            new Random(seed).Shuffle(ranking);
            var taken = costs.Spend(ranking, budget);
            var spent = taken.Sum(id => prices[id]);
            Assert.True(spent <= budget);
            Assert.Equal(taken, ranking.Where(taken.Contains));                      // distinct, in order
            Assert.All(ranking.Except(taken), id => Assert.True(prices[id] > budget - spent));
            Assert.Equal(prices.Min() <= budget, taken.Count > 0);
            Assert.InRange(taken.Count, 0, costs.AtMost(ranking, budget));
        }, iter: 200, threads: 1);

    [Fact]
    public void AtMost_FewImages_IsTheLargestSubsetThatFits() =>
        Gen.Select(Gen.Int[1, 9].Array[1, 8], Gen.Int[1, 30]).Sample((prices, budget) =>
        {
            var largest = Enumerable.Range(0, 1 << prices.Length)
                .Where(set => prices.Where((_, i) => (set >> i & 1) == 1).Sum() <= budget)
                .Max(set => int.PopCount(set));
            Assert.Equal(
                largest, Of([.. prices.Select(p => (decimal)p)]).AtMost(Enumerable.Range(0, prices.Length), budget));
        }, iter: 100, threads: 1);

    [Fact]
    public void PerCost_Scores_AreDividedByIt()
    {
        var costs = Of(4, 1, 2, 10, 1);
        // 0.9, 0.5, 0.4, 0.3, 0.1
        Assert.Equal([1, 0, 2, 4, 3], costs.PerCost(new Selection([0, 3, 1, 2, 4], [2, 1, 0.9f, 0.8f, 0.3f]), s => s));
        Assert.Contains(
            "scores go below 0",
            Assert.Throws<InputException>(() => costs.PerCost(new Selection([0, 1], [1, -1]), s => s)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith("expected a score of each image, which a cost divides, found 0 for 2 images",
            Assert.Throws<InputException>(() => costs.PerCost(new Selection([0, 1], []), s => s)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "has no column 'index'")]
    [InlineData("id,cost\n0,1\n", "has no column 'index'; there are: id, cost")]
    [InlineData("index,price\n0,1\n", "has no column 'cost'; there are: index, price")]
    [InlineData("index,cost\n0,0\n", "line 2: cost is '0'; expected a number above 0")]
    [InlineData("index,cost\n0,-1\n", "line 2: cost is '-1'; expected a number above 0")]
    [InlineData("index,cost\n0,NaN\n", "line 2: cost is 'NaN'; ")]
    [InlineData("index,cost\n0,1e300\n", "line 2: cost is '1e300'; ")]
    [InlineData("index,cost\n0\n", "line 2: has 1 cell; expected 2, as in the first line")]
    [InlineData("index,cost\n0,\n", "line 2: cost is ''; ")]
    [InlineData("index,cost\n0,1,5\n", "line 2: has 3 cells; expected 2, as in the first line")]
    [InlineData("index,cost\nx,1\n", "line 2: index is 'x'; expected a number")]
    [InlineData("index,cost\n0,1\n0,2\n", "line 3: image 0 has a cost already")]
    [InlineData("index,cost\n0,1\n", "has no cost for image 1; each of the 40 labels needs one")]
    public void Costs_BadFile_IsRefusedInOneLine(string text, string problem)
    {
        var file = _folder.Write("bad.csv", text);
        Assert.Contains(
            problem, Assert.Throws<InputException>(() => new LabelCosts(file, _data.Pool)).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            "no file ", Assert.Throws<InputException>(() => new LabelCosts(file + "x", _data.Pool)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Costs_OfFiles_GoByTheirPaths()
    {
        using var images = new ImageSet(PixelStore.Allocate(2), 1, 1, 1, paths: ["a/x.png", "-b.png"]);
        var costs = new LabelCosts(
            _folder.Write("paths.csv", "cost,path,who\n2.5,'-b.png,ann\n9,not/here.png,ann\n1e1,a\\x.png,bob\n"),
            images);
        Assert.Equal((10, 2.5m), (costs.Of(0), costs.Of(1)));
        Assert.Contains(
            "has no column 'path'",
            Assert.Throws<InputException>(
                () => new LabelCosts(_folder.Write("i.csv", "index,cost\n0,1\n1,1\n"), images)).Message,
                StringComparison.Ordinal);
    }

    [Trait("Category", "Slow")]
    [Theory, MemberData(nameof(TinyLoop.Strategies), MemberType = typeof(TinyLoop))]
    public void Run_EveryLabelCostsOne_IsTheSameAsACount(string strategy)
    {
        var counted = TinyLoop.Of(strategy).Rounds;
        var paid = new ActiveLearningLoop(new(Tiny)
        {
            Strategy = strategy,
            CostsFrom = Write(Enumerable.Repeat(1m, 40)),
            BudgetCost = 6,
        }, _data).Run();
        Assert.Equal(counted.Select(r => string.Join(' ', r.Picks)), paid.Select(r => string.Join(' ', r.Picks)));
        Assert.Equal(counted.Select(r => r.Accuracy), paid.Select(r => r.Accuracy));
        Assert.Equal([12m, 18m, 24m], paid.Select(r => r.Cost));
        Assert.All(counted, r => Assert.Null(r.Cost));
    }

    [Trait("Category", "Slow")]
    [Theory, MemberData(nameof(TinyLoop.Strategies), MemberType = typeof(TinyLoop))]
    public void Run_LabelsOfAnyCost_SpendsTheBudgetAndNoMore(string strategy)
    {
        decimal[] prices = [.. Enumerable.Range(0, 40).Select(i => i % 5 == 0 ? 100 : 1 + i % 7 * 0.5m)];
        var rounds = new ActiveLearningLoop(
            new(Tiny) { Strategy = strategy, Rounds = 9, CostsFrom = Write(prices), BudgetCost = 30 }, _data).Run();
        Assert.True(rounds.Count > 2);
        var labelled = InitialPool.Draw(_data.Pool, 12, InitialDraw.Stratified, Tiny.Seed).ToHashSet();
        foreach (var round in rounds)
        {
            Assert.Equal(labelled.Sum(id => prices[id]), round.Cost);
            var spent = round.Picks.Sum(id => prices[id]);
            var left = Enumerable.Range(0, 40).Where(id => !labelled.Contains(id) && prices[id] <= 30).ToList();
            Assert.True(spent <= 30);
            if (left.Sum(id => prices[id]) <= 30) Assert.Equal(left, round.Picks.Order());
            // what was passed over costs 4 at most
            else Assert.True(spent > 26, $"{spent}");
            labelled.UnionWith(round.Picks);
        }
        Assert.All(Enumerable.Range(0, 40).Except(labelled), id => Assert.Equal(100, prices[id]));
        Assert.Empty(rounds[^1].Picks);                                               // ended by itself
        Assert.True(rounds.Count < 9);
    }

    [Fact]
    public void Benefit_OfVaalAndMargin_StartsAtZero()
    {
        var (vaal, margin) = (QueryStrategies.Create("vaal"), QueryStrategies.Create("margin"));
        // the score is minus the logit of D = 1/4
        Assert.Equal(0.75, vaal.Benefit((float)Math.Log(3)), 6);
        Assert.Equal(0, vaal.Benefit(-100), 6);
        Assert.Equal((0, 1), (margin.Benefit(-1), margin.Benefit(0)));                // the score is minus the margin
    }

    [Theory]
    [InlineData("entropy")]
    [InlineData("margin")]
    [InlineData("vaal")]
    public void Run_PerCost_PrefersCheapLabels(string strategy)
    {
        decimal[] prices = [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 ? 1m : 1_000m)];
        var options = new LoopOptions(Tiny)
        {
            Strategy = strategy,
            Rounds = 2,
            CostsFrom = Write(prices),
            BudgetCost = 3_000,
            PerCost = true
        };
        var picks = new ActiveLearningLoop(options, _data).Run()[0].Picks;
        var cheap = Enumerable.Range(0, 40).Except(InitialPool.Draw(_data.Pool, 12, InitialDraw.Stratified, 1))
            .Count(id => id % 2 == 0);
        // benefits differ by less than the factor of 1000
        Assert.All(picks.Take(cheap), id => Assert.Equal(0, id % 2));
        Assert.Equal(2, picks.Count(id => id % 2 == 1));
    }

    [Theory]
    [InlineData("a budget of cost 5 is given, and no file of costs", false, 5, false, "entropy")]
    [InlineData("and no budget of cost is given; give both", true, null, false, "entropy")]
    [InlineData("the budget of cost is 0; it must be above 0", true, 0, false, "entropy")]
    [InlineData("scores per cost need a file of costs, and none is given", false, null, true, "entropy")]
    [InlineData("'core-set' does not score each image alone", true, 5, true, "core-set")]
    [InlineData(
        "'learning-loss' does not score each image alone, so no score can be divided", true, 5, true, "learning-loss")]
    public void Options_ThatDoNotGoTogether_AreRefused(
        string problem, bool file, int? budget, bool perCost, string strategy)
    {
        var options = new LoopOptions(Tiny)
        {
            Strategy = strategy,
            CostsFrom = file
            ? Write(Enumerable.Repeat(1m, 40))
            : null,
            BudgetCost = budget,
            PerCost = perCost
        };
        Assert.Contains(problem, Assert.Single(options.Problems()), StringComparison.Ordinal);
    }

    /// <summary>Each slice learns from the one before, also where the batch is what the money buys.</summary>
    [Fact]
    public void Run_InSlices_EveryLabelCostsOne_ChoosesWhatTheBudgetDoes()
    {
        var sliced = new LoopOptions(Tiny) { Strategy = "vaal", Rounds = 2, Vaal = new(Tiny.Vaal) { MiniQueries = 3 } };
        var costs =
            new LoopOptions(sliced) { CostsFrom = Write(Enumerable.Repeat(1m, 40)), BudgetCost = sliced.Budget };
        Assert.Equal(new ActiveLearningLoop(sliced, _data).Run()[0].Picks,
            new ActiveLearningLoop(costs, _data).Run()[0].Picks);
        Assert.StartsWith("scores per cost need one ranking, and mini-queries make several",
            Assert.Single(new LoopOptions(costs) { PerCost = true }.Problems()), StringComparison.Ordinal);
    }

    [Fact]
    public void RunFolder_OtherCosts_AreAnotherRun()
    {
        var options = new LoopOptions(Tiny) { CostsFrom = Write(Enumerable.Repeat(1m, 40)), BudgetCost = 6 };
        RunFolder.Open(_folder["run"], options, _data.Name, _data.Fingerprint).Dispose();
        RunFolder.Open(_folder["run"], options, _data.Name, _data.Fingerprint).Dispose();
        Write(Enumerable.Repeat(2m, 40));
        Assert.Contains(
            "holds another run (costs there is ",
            Assert.Throws<InputException>(() => RunFolder.Open(_folder["run"], options, _data.Name, _data.Fingerprint))
            .Message, StringComparison.Ordinal);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Simulate_WithCosts_RecordsThemEverywhere()
    {
        var lines = Enumerable.Range(0, 96)
            .Select(i => $"class-{i % 4}/{i / 4:00}.png,{(i % 3 == 0 ? "2.5" : "1")}\n");
        var file = _folder.Write("files.csv", "path,cost\n" + string.Concat(lines));
        string[] Args(string output, params string[] more) =>
            ["simulate", "--data", run.Pictures, "--strategy", "random", "--initial", "12", "--rounds", "2",
                "--task-epochs", "0", "--task-min-iterations", "3", "--costs", file, "--out", _folder[output], .. more];
        var outcome = CommandLine.Run(Args("paid", "--budget-cost", "10.5"));
        Assert.Equal(0, outcome.ExitCode);
        Assert.Matches("round 2/2: [0-9]+ labels for [0-9.]+, accuracy", outcome.Error);
        var rows = ResultsFile.Read<ResultRow>(_folder["paid"]);
        Assert.All(
            rows.Zip(rows.Skip(1)), p => Assert.InRange(p.Second.Cost!.Value - p.First.Cost!.Value, 8.5m, 10.5m));
        Assert.Contains("cost", File.ReadLines(Path.Combine(_folder["paid"], "results.csv")).First().Split(','));
        foreach (var (problem, more) in new (string, string[])[]
        {
            ("--budget counts images and --budget-cost what they cost", ["--budget-cost", "5", "--budget", "5"]),
            ("and no budget of cost is given", []),
            ("--costs numbers the images of the unchanged pool", ["--budget-cost", "5", "--copies", "2"]),
        })
        {
            var refused = CommandLine.Run(Args("refused", more));
            Assert.Equal(1, refused.ExitCode);
            Assert.Contains(problem, Assert.Single(refused.ErrorLines));
        }
    }
}
