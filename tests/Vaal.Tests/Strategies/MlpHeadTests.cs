using TorchSharp;
using Vaal.Heads;

namespace Vaal.Tests.Strategies;

public sealed class MlpHeadTests
{
    // two classes on opposite corners of a square: no line parts them
    private static readonly HeadRows Corners = HeadRows.Of([1, 0, -1, 0, 0, 1, 0, -1], 2, [0, 0, 1, 1], 2);

    [Fact]
    public void Fit_ClassesThatNoLineParts_TellsThemApart()
    {
        using var head = MlpHead.Fit(Corners);
        var x = Corners.Rows([0, 1, 2, 3]);
        var p = head.Probabilities(x);
        Assert.All([0, 2, 5, 7], i => Assert.InRange(p[i], 0.9, 1));
        Assert.All(LinearHead.Fit(Corners).Probabilities(x), q => Assert.Equal(0.5, q, 1e-3));
    }

    [Fact]
    public void Coefficients_InThePlainFormula_GiveTheLogits()
    {
        var (values, of) = MadeFeatures.Of(60, 7, 3, seed: 2);
        var rows = HeadRows.Of(Coverage.UnitRows.Of(values, 7).Copy([.. Enumerable.Range(0, 60)]), 7, of, 3);
        using var head = MlpHead.Fit(rows, new() { Hidden = 5, Iterations = 30 });
        var (hidden, weights, biases) = head.Coefficients();
        var x = rows.Rows([.. Enumerable.Range(0, 60)]);
        var logits = head.Logits(x);
        for (var i = 0; i < 60; i++)
        {
            double[] h = [.. Enumerable.Range(0, 5).Select(u => Math.Max(0, hidden.Biases[u]
                + Enumerable.Range(0, 7).Sum(f => hidden.Weights[u * 7 + f] * x[i * 7 + f])))];
            for (var k = 0; k < 3; k++)
                Assert.Equal(biases[k] + Enumerable.Range(0, 5).Sum(u => weights[k * 5 + u] * h[u]), logits[i * 3 + k],
                    1e-4);
        }
        Assert.True(logits.Max() - logits.Min() > 1);
    }

    [Fact]
    public void Fit_SeveralLabels_IsASigmoidAClass()
    {
        var rows = new HeadRows([1, 0, -1, 0, 0, 1, 0, -1], 2, [1, 1, 1, 0, 0, 1, 0, 0], 2);
        using var head = MlpHead.Fit(rows, new() { MultiLabel = true });
        var p = head.Probabilities(rows.Rows([0, 1, 2, 3]));
        for (var i = 0; i < p.Length; i++) Assert.Equal(rows.Targets[i], p[i], 0.15);
    }

    /// <summary>The same image with two labels, of which one weighs three times as much.</summary>
    [Fact]
    public void Fit_RowsOfOtherWeights_CountByThem()
    {
        using var head = MlpHead.Fit(HeadRows.Of([1, 0, 1, 0], 2, [0, 1], 2, [3, 1]), new() { WeightDecay = 0 });
        Assert.Equal(0.75, head.Probabilities(new float[] { 1, 0 })[0], 0.01);
    }

    /// <summary>
    /// Of rows that weigh nothing only the decay is left: w ← w (1 − η_t λ), with η_t along half a cosine (Loshchilov
    /// and Hutter 2019).
    /// </summary>
    [Fact]
    public void Fit_RowsThatWeighNothing_DecaysAlongHalfACosine()
    {
        var rows = HeadRows.Of([1, 0, 0, 1], 2, [0, 1], 2, [1e-30, 1e-30]);
        double[] Weights(int iterations)
        {
            using var head = MlpHead.Fit(rows,
                new() { Hidden = 4, Iterations = iterations, LearningRate = 0.02, WeightDecay = 2 });
            return head.Coefficients().Weights;
        }
        var expected = Enumerable.Range(0, 20)
            .Aggregate(1.0, (w, t) => w * (1 - 0.02 * 2 * (1 + Math.Cos(Math.PI * t / 20)) / 2)) / (1 - 0.02 * 2);
        Assert.InRange(expected, 0.6, 0.75);
        Assert.All(Weights(1).Zip(Weights(20)), w => Assert.Equal(expected, w.Second / w.First, 1e-4));
    }

    [Fact]
    public void Fit_SameSeed_GivesTheSameHeadAndLeavesNoTensor()
    {
        double[] Logits(long seed)
        {
            using var head = MlpHead.Fit(Corners, new() { Iterations = 20 }, seed);
            return head.Logits(Corners.Rows([0, 1, 2, 3]));
        }
        var first = Logits(1);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.Equal(first, Logits(1));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.NotEqual(first, Logits(2));
    }

    /// <summary>A class with one label: where that is held out no row of the class is learned from, as in
    /// <see cref="LinearHead"/>.</summary>
    [Fact]
    public void CrossFitted_AClassThatAFoldLacks_SaysNothing()
    {
        var (values, _) = MadeFeatures.Of(21, 6, 3, seed: 3);
        var rows = HeadRows.Of(values, 6, [.. Enumerable.Range(0, 20).Select(i => i % 2), 2], 3);
        var logits = MlpHead.CrossFitted(rows, new() { Hidden = 4, Iterations = 20 }, seed: 1);
        Assert.Equal(double.NegativeInfinity, logits[^1]);
        Assert.All(logits.Where((_, i) => i % 3 != 2), z => Assert.True(double.IsFinite(z)));
        Assert.Contains(logits.Where((_, i) => i % 3 == 2), z => double.IsFinite(z));      // of folds that have it
        var others = rows.Subset([.. Enumerable.Range(0, 20)]);
        Assert.Equal(LinearHead.BestTemperature(logits[..60], others, several: false),
            LinearHead.BestTemperature(logits, rows, several: false));
    }

    /// <summary>Of several classes one that all other rows have is no question either.</summary>
    [Fact]
    public void CrossFitted_SeveralLabels_AClassThatAllOthersHave_SaysNothing()
    {
        var (values, _) = MadeFeatures.Of(12, 6, 3, seed: 3);
        int[][] labels = [.. Enumerable.Range(0, 11).Select(i => i % 2 == 0 ? new[] { 0, 1 } : [0]), [1]];
        var logits = MlpHead.CrossFitted(HeadRows.OfSeveral(values, 6, labels, 2),
            new() { Hidden = 4, Iterations = 20, MultiLabel = true }, seed: 1);
        Assert.Equal(double.PositiveInfinity, logits[^2]);
        Assert.True(double.IsFinite(logits[^1]));
    }

    /// <summary>After one step on one row, the bias of that row's class has risen: which row comes first is a matter of
    /// the seed.</summary>
    [Fact]
    public void Fit_OtherSeed_TakesTheRowsInAnotherOrder()
    {
        int First(long seed)
        {
            using var head = MlpHead.Fit(HeadRows.Of([1, 0, 0, 1, -1, 0, 0, -1], 2, [0, 1, 2, 3], 4),
                new() { Iterations = 1, BatchSize = 1 }, seed);
            return head.Coefficients().Biases.Index().MaxBy(b => b.Item).Index;
        }
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(1, 40).Select(seed => First(seed)).Distinct().Order());
    }
}
