using Vaal.Heads;

namespace Vaal.Tests.Strategies;

/// <summary>A head that is fitted again: where it ends, and by how many passes over the rows.</summary>
public sealed partial class LinearHeadTests
{
    [Theory]
    [InlineData(1_500, 64, 6, 0.5), InlineData(1_200, 96, 12, 1), InlineData(900, 40, 2, 2), InlineData(300, 400, 5, 1)]
    public void Fit_AgainWithTwentyMore_IsTheColdSolutionInFewPasses(int n, int width, int classes, double spread)
    {
        var all = Made(n + 60, width, classes, seed: 4, spread);
        HeadRows First(int count) => all.Subset([.. Enumerable.Range(0, count)]);
        var x = all.Rows([.. Enumerable.Range(0, n + 60)]);
        var options = new LinearHeadOptions { Refitted = true };
        var head = LinearHead.Fit(First(n), options);
        for (var more = 20; more <= 60; more += 20)
        {
            head = LinearHead.Fit(First(n + more), options, head);
            var cold = LinearHead.Fit(First(n + more), new() { Tolerance = 1e-6 });
            Assert.All(cold.Probabilities(x).Zip(head.Probabilities(x)), p => Assert.Equal(p.First, p.Second, 1e-4));
            Assert.InRange(head.Iterations, 1, 12);
            Assert.True(2 * head.Iterations < cold.Iterations, $"{head.Iterations} passes, cold {cold.Iterations}");
        }
    }

    [Fact]
    public void Fit_SeveralLabelsAgainWithTwentyMore_IsTheColdSolutionInFewPasses()
    {
        var (values, of) = MadeFeatures.Of(1_260, 48, 8, 4, 1);
        var pool = Coverage.UnitRows.Of(values, 48);
        // every fifth image may have a second class
        int[][] sets = [.. of.Select((c, i) => i % 5 == 0 ? new[] { c / 2, (c + i) % 4 } : [c / 2])];
        HeadRows First(int count) => HeadRows.OfSeveral(pool, [.. Enumerable.Range(0, count)], sets[..count], 4);
        var options = new LinearHeadOptions { MultiLabel = true, Refitted = true };
        var (head, x) = (LinearHead.Fit(First(1_200), options), pool.Copy([.. Enumerable.Range(0, 1_260)]));
        for (var more = 20; more <= 60; more += 20)
        {
            head = LinearHead.Fit(First(1_200 + more), options, head);
            var cold = LinearHead.Fit(First(1_200 + more), new() { MultiLabel = true, Tolerance = 1e-6 });
            Assert.All(cold.Probabilities(x).Zip(head.Probabilities(x)), p => Assert.Equal(p.First, p.Second, 1e-4));
            Assert.InRange(head.Iterations, 1, 8);
        }
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Fit_AgainWithChangedAndFewerLabels_IsTheColdSolution(bool fewer)
    {
        var (values, of) = MadeFeatures.Of(800, 48, 5, 4, 1);
        var x = Coverage.UnitRows.Of(values, 48).Copy([.. Enumerable.Range(0, 800)]);
        var options = new LinearHeadOptions { Refitted = true };
        var head = LinearHead.Fit(HeadRows.Of(x, 48, of, 5), options);
        int[] kept = [.. Enumerable.Range(0, 800).Where(i => !fewer || i % 9 != 0)];
        // every tenth label was wrong
        int[] changed = [.. kept.Select(i => i % 10 == 0 ? (of[i] + 1) % 5 : of[i])];
        var rows = HeadRows.Of(Coverage.UnitRows.Of(values, 48).Copy(kept), 48, changed, 5);
        head = LinearHead.Fit(rows, options, head);
        var cold = LinearHead.Fit(rows, new() { Tolerance = 1e-6 });
        Assert.All(cold.Probabilities(x).Zip(head.Probabilities(x)), p => Assert.Equal(p.First, p.Second, 1e-4));
        Assert.InRange(GradientLength(rows, head, 30), 0, 1.2 * LinearHeadOptions.RefitTolerance);
    }

    /// <summary>Passes of twenty refits. Where the directions of the fits before are not kept, they are 63, 204 and
    /// 183.</summary>
    [Theory]
    [InlineData(1_500, 64, 6, 0.5, 50), InlineData(2_000, 32, 10, 1, 180), InlineData(600, 24, 4, 1, 155)]
    public void Fit_TwentyTimesWithTwentyMore_GoesOnFromWhatWasLearned(
        int n, int width, int classes, double spread, int most)
    {
        var all = Made(n + 400, width, classes, seed: 4, spread);
        HeadRows First(int count) => all.Subset([.. Enumerable.Range(0, count)]);
        var options = new LinearHeadOptions { Refitted = true };
        var (head, passes) = (LinearHead.Fit(First(n), options), 0);
        for (var more = 20; more <= 400; more += 20)
        {
            head = LinearHead.Fit(First(n + more), options, head);
            passes += head.Iterations;
        }
        Assert.InRange(passes, 20, most);
    }
}
