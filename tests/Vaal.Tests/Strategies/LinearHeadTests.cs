using Vaal.Heads;

namespace Vaal.Tests.Strategies;

/// <summary>The linear head: that it is at the minimum, whatever the way there.</summary>
public sealed partial class LinearHeadTests
{
    internal static HeadRows Made(int n, int width, int classes, int seed = 1, double spread = 1)
    {
        var (values, of) = MadeFeatures.Of(n, width, classes, seed, spread);
        var rows = Coverage.UnitRows.Of(values, width);
        return HeadRows.Of(rows.Copy([.. Enumerable.Range(0, n)]), width, of, classes);
    }

    // ∂/∂(W, b) of ½‖W‖² + C Σ v · cross-entropy, by the plain formula
    private static double GradientLength(HeadRows rows, LinearHead head, double c, bool several = false)
    {
        var (weights, intercepts) = head.Coefficients();
        var x = rows.Rows([.. Enumerable.Range(0, rows.Count)]);
        var p = head.Probabilities(x);
        double[] g = [.. weights], b = new double[intercepts.Length];
        for (var i = 0; i < rows.Count; i++)
            for (var k = 0; k < rows.Classes; k++)
            {
                var residual = c * rows.Weights[i] * (p[i * rows.Classes + k] - rows.Targets[i * rows.Classes + k]);
                b[k] += residual;
                for (var f = 0; f < rows.Width; f++) g[k * rows.Width + f] += residual * x[i * rows.Width + f];
            }
        Assert.Equal(several, head.MultiLabel);
        return Math.Sqrt(g.Concat(b).Sum(v => v * v));
    }

    [Theory]
    [InlineData(40, 64, 3), InlineData(600, 33, 5), InlineData(200, 20, 2), InlineData(3, 8, 3)]
    public void Fit_FewOrManyRows_IsAtTheMinimum(int n, int width, int classes)
    {
        var rows = n == 3 ? HeadRows.Of(MadeFeatures.Of(3, width, 3, 1).Values, width, [0, 1, 2], 3)
            : Made(n, width, classes);
        Assert.InRange(GradientLength(rows, LinearHead.Fit(rows), 30), 0, 5e-3);
    }

    /// <summary>Numbers beyond the range of exp, such as those of classes that fill a tile, stand between
    /// others.</summary>
    [Fact]
    public void Exp_WhereverTheArrayLies_GivesTheSameBits()
    {
        var random = new Random(1);
        double[] z = [.. Enumerable.Range(0, 300).Select(i => i % 12 < 10 ? -8 * random.NextDouble() : -1e3)];
        double[] expected = [.. z];
        DoubleProducts.Exp(expected);
        for (var offset = 1; offset < 16; offset++)
        {
            var shifted = new double[z.Length + offset];
            z.CopyTo(shifted, offset);
            DoubleProducts.Exp(shifted.AsSpan(offset));
            Assert.Equal(expected, shifted[offset..]);
        }
    }

    [Fact]
    public void Fit_TwoPointsWorkedByHand_HasThatWeight()
    {
        // x = ±1, C = 1, symmetric: w₁ = −w₂ = w, and w solves 2w = 2 (1 − σ(2w)) · … : w = 2 σ(−2w)
        var head = LinearHead.Fit(HeadRows.Of([1f, -1f], 1, [0, 1], 2), new() { C = 1 });
        var w = head.Coefficients().Weights[0];
        Assert.Equal(2 / (1 + Math.Exp(2 * w)), w, 1e-4);
        Assert.Equal(-w, head.Coefficients().Weights[1], 1e-6);
        Assert.Equal(0, head.Coefficients().Intercepts[0], 1e-6);
    }

    [Fact]
    public void Fit_Warm_EndsWhereAColdFitDoes()
    {
        var all = Made(500, 48, 6);
        var first = LinearHead.Fit(all.Subset([.. Enumerable.Range(0, 480)]));
        var (cold, warm) = (LinearHead.Fit(all), LinearHead.Fit(all, warm: first));
        var x = all.Rows([.. Enumerable.Range(0, 500)]);
        Assert.All(cold.Probabilities(x).Zip(warm.Probabilities(x)), p => Assert.Equal(p.First, p.Second, 5e-5));
        Assert.True(warm.Iterations < cold.Iterations, $"{warm.Iterations} iterations, cold {cold.Iterations}");
    }

    // classes drawn without a look at the features, which lie in a few dimensions: no class is ever sure
    private static HeadRows Noise(int n, int width, int classes, int dimensions)
    {
        var random = new Random(6);
        double[] axes = [.. Enumerable.Range(0, dimensions * width).Select(_ => random.NextDouble() - 0.5)];
        var x = new float[n * width];
        for (var i = 0; i < n; i++)
            for (var d = 0; d < dimensions; d++)
            {
                var along = random.NextDouble() - 0.5;
                for (var f = 0; f < width; f++) x[i * width + f] += (float)(along * axes[d * width + f]);
            }
        return HeadRows.Of(Coverage.UnitRows.Of(x, width).Copy([.. Enumerable.Range(0, n)]), width,
            [.. Enumerable.Range(0, n).Select(_ => random.Next(classes))], classes);
    }

    /// <summary>A refit's passes are in float32, unless their rounding is too near to the tolerance.</summary>
    [Theory]
    [InlineData(30), InlineData(300), InlineData(300_000)]
    public void Fit_Again_EndsAtTheToleranceInFloat64(double c)
    {
        var all = Noise(420, 40, 3, 40);
        var options = new LinearHeadOptions { Refitted = true, C = c };
        var head = LinearHead.Fit(all.Subset([.. Enumerable.Range(0, 400)]), options);
        var again = LinearHead.Fit(all, options, head);
        var exact = LinearHead.Fit(all, options with { Exact = true }, head);
        Assert.InRange(GradientLength(all, exact, c), 0, LinearHeadOptions.RefitTolerance);
        Assert.InRange(GradientLength(all, again, c), 0, 1.2 * LinearHeadOptions.RefitTolerance);
        Assert.True(GradientLength(all, head, c) > 5 * LinearHeadOptions.RefitTolerance, "there was nothing to do");
    }

    /// <summary>Features that lie in a few dimensions: sums in float32 would not be positive definite.</summary>
    [Fact]
    public void Fit_FewDimensionsAndDataThatWeighMuch_IsAtTheMinimum()
    {
        var rows = Noise(600, 48, 3, 6);
        var head = LinearHead.Fit(rows, new() { C = 1e7, Tolerance = 1 });
        Assert.InRange(GradientLength(rows, head, 1e7), 0, 1.1);
        Assert.InRange(head.Iterations, 1, 100);
    }

    [Theory]
    [InlineData(4, 4, 32), InlineData(128, 8, 64), InlineData(60, 12, 544), InlineData(12, 20, 96)]
    public void SingleProducts_AnyShape_AreThoseInFloat64(int n, int k, int width)
    {
        var random = new Random(n);
        float[] x = [.. Enumerable.Range(0, n * width).Select(_ => random.NextSingle() - 0.5f)];
        float[] w = [.. Enumerable.Range(0, k * width).Select(_ => random.NextSingle() - 0.5f)];
        float[] r = [.. Enumerable.Range(0, n * k).Select(_ => random.NextSingle() - 0.5f)];
        var (single, exact) = (new double[n * k], new double[n * k]);
        SingleProducts.Logits(x, w, width, single);
        DoubleProducts.Logits(x, [.. w.Select(v => (double)v)], width, exact);
        Assert.All(exact.Zip(single), p => Assert.Equal(p.First, p.Second, 1e-5));
        double[] g = [.. w.Select(v => (double)v)], same = [.. g];
        SingleProducts.AddGradient(r, x, width, g);
        DoubleProducts.AddGradient([.. r.Select(v => (double)v)], x, width, same);
        Assert.All(same.Zip(g), p => Assert.Equal(p.First, p.Second, 1e-5));
    }

    [Fact]
    public void Fit_ClassesOfUnlikeSizes_NeedsFewIterations()
    {
        var (values, of) = MadeFeatures.Of(1_500, 40, 8, 3, 0.4);
        int[] labels = [.. of.Select((c, i) => i % 4 == 0 ? c : c % 2)];
        var rows = HeadRows.Of(Coverage.UnitRows.Of(values, 40).Copy([.. Enumerable.Range(0, 1_500)]), 40, labels, 8);
        var head = LinearHead.Fit(rows);
        Assert.InRange(GradientLength(rows, head, 30), 0, 5e-3);
        Assert.InRange(head.Iterations, 1, 55);
    }

    [Fact]
    public void Fit_Again_GivesTheSameBits()
    {
        var rows = Made(3_000, 40, 4);
        Assert.Equal(LinearHead.Fit(rows).Coefficients().Weights, LinearHead.Fit(rows).Coefficients().Weights);
    }

    [Fact]
    public void Fit_ClassWithoutLabels_HasProbabilityZero()
    {
        var rows = HeadRows.Of([1f, 0, 0, 1, -1, 0, 0, -1], 2, [0, 3, 0, 3], 5);
        var p = LinearHead.Fit(rows).Probabilities(new float[] { 1, 0, 0, 1 });
        Assert.All([1, 2, 4, 6, 7, 9], i => Assert.Equal(0, p[i]));
        Assert.Equal(1, p[..5].Sum(), 1e-12);
    }

    [Fact]
    public void Fit_OneClass_IsSureOfIt()
    {
        var head = LinearHead.Fit(HeadRows.Of([1f, 2f], 1, [1, 1], 3));
        Assert.Equal([0, 1, 0], head.Probabilities(new float[] { -7 }));
    }

    [Fact]
    public void Fit_SeveralLabels_IsASigmoidAClassAtTheMinimum()
    {
        var (values, of) = MadeFeatures.Of(120, 16, 3, 1, 1);
        double[] targets = [.. of.SelectMany((c, i) =>
            new double[] { c == 0 ? 1 : 0, c != 1 ? 1 : 0, i % 3 == 0 ? 1 : 0, 0, 1 })];
        var rows = new HeadRows(Coverage.UnitRows.Of(values, 16).Copy([.. Enumerable.Range(0, 120)]), 16, targets, 5);
        var options = new LinearHeadOptions { MultiLabel = true, C = 5 };
        var head = LinearHead.Fit(rows, options);
        var p = head.Probabilities(rows.Rows([0, 1]));
        Assert.Equal([0, 1], p[3..5]);                                               // never, always
        var three = new HeadRows(rows.Rows([.. Enumerable.Range(0, 120)]), 16,
            [.. targets.Chunk(5).SelectMany(t => t[..3])], 3);
        Assert.InRange(GradientLength(three, LinearHead.Fit(three, options), 5, several: true), 0, 5e-3);
    }

    [Fact]
    public void Fit_Balanced_IsThatOfWeightedRows()
    {
        var (values, of) = MadeFeatures.Of(90, 12, 2, 1, 1);
        int[] labels = [.. of.Select((c, i) => i % 5 == 0 ? c : 0)];
        double[] weights = [.. labels.Select(c => 90.0 / (2 * labels.Count(l => l == c)))];
        var plain = LinearHead.Fit(HeadRows.Of(values, 12, labels, 2, weights)).Coefficients();
        var balanced = LinearHead.Fit(HeadRows.Of(values, 12, labels, 2), new() { Balanced = true }).Coefficients();
        Assert.All(plain.Weights.Zip(balanced.Weights), p => Assert.Equal(p.First, p.Second, 1e-4));
    }

    [Fact]
    public void FoldOf_EveryClass_IsSpreadOverTheFolds()
    {
        var rows = Made(100, 4, 4);
        var fold = LinearHead.FoldOf(rows, 7);
        Assert.Equal([20, 20, 20, 20, 20], fold.CountBy(f => f).OrderBy(p => p.Key).Select(p => p.Value));
        Assert.NotEqual(fold, LinearHead.FoldOf(rows, 8));
        Assert.Equal(fold, LinearHead.FoldOf(rows, 7));
    }
}
