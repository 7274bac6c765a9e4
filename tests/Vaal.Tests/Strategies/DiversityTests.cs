using CsCheck;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>Choices of whole batches against their definitions, by brute force.</summary>
public sealed partial class DiversityTests
{
    private static readonly Gen<int[][]> Points = Gen.Int[0, 6].Array[2].Array[1, 14];

    [Fact]
    public void OuterProductPlusPlus_SmallGrids_IsThatOfTheProductsWrittenOut() =>
        Gen.Select(Points, Points, Gen.Int[1, 15], Gen.Int[0, 100]).Sample((a, h, budget, seed) =>
    {
        var n = Math.Min(a.Length, h.Length);
        using var scope = NewDisposeScope();
        var order = KCenter.PlusPlus(Rows(a[..n]), Rows(h[..n]), budget, seed);
        double[][] products =
            [.. Enumerable.Range(0, n).Select(i => a[i].SelectMany(x => h[i].Select(y => (double)x * y)).ToArray())];
        return order.SequenceEqual(LongestThenDrawn(products, budget, seed));
    });

    // long vectors that hardly differ: the product of two is all cancellation, and float32 cannot tell them apart
    [Fact]
    public void OuterProductPlusPlus_CloseTogether_IsThatOfTheProductsWrittenOut() =>
        Gen.Select(
            Gen.Int[2, 40], Gen.Int[1, 9], Gen.Int[1, 40], Gen.Int[-2, 2].Select(i => MathF.Pow(10, i)),
            Gen.Int[0, 1000]).Sample((n, classes, width, offset, seed) =>
    {
        var random = new Random(seed);
        double[][] a = [
            .. Enumerable.Range(0, n)
            .Select(_ => Enumerable.Range(0, classes).Select(_ => random.NextDouble() - 0.3).ToArray())];
        float[][] h = [
            .. Enumerable.Range(0, n)
            .Select(_ => Enumerable.Range(0, width).Select(_ => offset + random.NextSingle()).ToArray())];
        using var scope = NewDisposeScope();
        var order = KCenter.PlusPlus(
            tensor(a.SelectMany(v => v).ToArray(), [n, classes]),
            tensor(h.SelectMany(v => v).ToArray(), [n, width]), n / 2, seed);
        double[][] products =
            [.. Enumerable.Range(0, n).Select(i => a[i].SelectMany(x => h[i].Select(y => x * y)).ToArray())];
        return order.SequenceEqual(LongestThenDrawn(products, n / 2, seed));
    }, iter: 200);

    private static List<int> LongestThenDrawn(double[][] points, int budget, int seed)
    {
        var random = new Random(seed);
        var chosen = new List<int>();
        var toChosen = Enumerable.Repeat(double.PositiveInfinity, points.Length).ToArray();
        while (chosen.Count < Math.Min(budget, points.Length))
        {
            double[] nearest = [.. toChosen.Select((d, i) => chosen.Count == 0 || chosen.Contains(i) ? 0 : d)];
            var total = nearest.Sum();
            if (chosen.Count == 0) chosen.Add(Enumerable.Range(0, points.Length).MaxBy(i => points[i].Sum(v => v * v)));
            else if (total <= 0) chosen.Add(Enumerable.Range(0, points.Length).First(i => !chosen.Contains(i)));
            else
            {
                var (at, sum, target) = (-1, 0.0, random.NextDouble() * total);
                while (sum <= target) sum += nearest[++at];
                chosen.Add(at);
            }
            for (var i = 0; i < points.Length; i++)
                toChosen[i] = Math.Min(toChosen[i], Squared(points[i], points[chosen[^1]]));
        }
        return chosen;
    }

    [Fact]
    public void FacilityLocation_SmallGrids_IsPlainGreedy() =>
        Gen.Select(Points, Points, Gen.Int[1, 15]).Sample((candidates, pool, budget) =>
    {
        using var scope = NewDisposeScope();
        var order = FacilityLocation.Choose(Rows(candidates), Rows(pool), budget, seed: 1);
        var (best, left, gains) =
            (new double[pool.Length], Enumerable.Range(0, candidates.Length).ToHashSet(), new List<double>());
        // ties may go either way: what counts is the gain
        foreach (var row in order)
        {
            double Gain(int c) => pool.Select((p, i) => Math.Max(0, Cosine(candidates[c], p) - best[i])).Sum();
            if (!left.Contains(row) || Gain(row) < left.Max(Gain) - 1e-4) return false;
            for (var i = 0; i < pool.Length; i++) best[i] = Math.Max(best[i], Cosine(candidates[row], pool[i]));
            left.Remove(row);
        }
        return order.Length == Math.Min(budget, candidates.Length);
    });

    [Fact]
    public void JointInformation_FewOutcomes_IsBruteForces() =>
        Gen.Select(Gen.Double[0.01, 1].Array[12], Gen.Int[1, 5]).Sample((weights, budget) =>
    {
        // of class 0
        var p = Enumerable.Range(0, 3)
            .Select(t => Enumerable.Range(0, 4).Select(i => weights[4 * t + i] / (1 + weights[4 * t + i])).ToArray())
            .ToArray();
        using var scope = NewDisposeScope();
        var order = JointInformation.Choose(Binary(p), budget, seed: 1).Order;
        var chosen = new List<int>();
        foreach (var row in order)
        {
            if (Information(p, [.. chosen, row]) < Enumerable.Range(0, 4).Except(chosen)
                .Max(i => Information(p, [.. chosen, i])) - 1e-9) return false;
            chosen.Add(row);
        }
        return order.Length == Math.Min(budget, 4) && order.Distinct().Count() == order.Length;
    });

    [Fact]
    public void JointInformation_ManyOutcomes_SaysNothingTwice()
    {
        using var scope = NewDisposeScope();
        // two passes, both sure; rows 0 to 19 are the same question, rows 20 to 23 ask nothing that those do not, but
        // less surely
        double[][] p = [
            [.. Enumerable.Repeat(1.0, 20), .. Enumerable.Repeat(0.6, 4)],
            [.. Enumerable.Repeat(0.0, 20), .. Enumerable.Repeat(0.4, 4)]];
        Assert.Equal(0, JointInformation.Choose(Binary(p), 15, seed: 1).Order[0]);
        // four passes tell rows 0 and 1 apart (two bits); row 2 repeats row 0, thirty times over, so that outcomes must
        // be drawn
        double[] first = [1, 1, 0, 0], second = [1, 0, 1, 0];
        p = [.. Enumerable.Range(0, 4)
            .Select(t =>
                (double[])[
                    .. Enumerable.Repeat(first[t], 30), 0.9 * second[t] + 0.05,
                    .. Enumerable.Repeat(0.8 * first[t] + 0.1, 3)])];
        Assert.Equal([0, 30], JointInformation.Choose(Binary(p), 2, seed: 1).Order);
        Assert.Equal(34, JointInformation.Choose(Binary(p), 40, seed: 1).Order.Distinct().Count());
    }

    [Fact]
    public void JointInformation_DrawnOutcomes_ChooseLikeCountedOnes()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        // ten pairs: the second of each pair repeats the first's answers; after the tenth question outcomes are drawn
        // (2¹⁰ > 1,000)
        var bits = rand(16, 12, ScalarType.Float64, generator: random).gt(0.5).to(ScalarType.Float64);
        double[][] p = [
            .. Enumerable.Range(0, 16)
            .Select(t => bits[t].data<double>().ToArray()
                .SelectMany(b => new[] { 0.96 * b + 0.02, 0.96 * b + 0.02 }).ToArray())];
        var order = JointInformation.Choose(Binary(p), 12, seed: 1).Order;
        var best = new List<int>();
        while (best.Count < 12) best.Add(Enumerable.Range(0, 24).Except(best).MaxBy(i => Information(p, [.. best, i])));
        // counted still: each choice is a best one, of equal ones any
        for (var k = 0; k < 9; k++)
            Assert.InRange(
                Information(p, order[..(k + 1)]), Enumerable.Range(0, 24).Except(order[..k])
                .Max(i => Information(p, [.. order[..k], i])) - 1e-9, double.MaxValue);
        Assert.InRange(Information(p, order), 0.99 * Information(p, [.. best]), double.MaxValue);
    }

    // eight passes, each with answers of its own: three yes-or-no questions tell them apart, which is ln 8 nats
    [Fact]
    public void JointInformation_WhatEachRowAdds_IsTheInformationAndEndsAtLnT()
    {
        using var scope = NewDisposeScope();
        double[] Answers(int t) => [t & 1, t >> 1 & 1, t >> 2, 0.4, 0.1 + 0.1 * t];
        double[][] p = [.. Enumerable.Range(0, 8).Select(Answers)];
        var (order, added) = JointInformation.Choose(Binary(p), 5, seed: 1);
        Assert.Equal([0, 1, 2], order[..3]);
        Assert.All(added[..3], nats => Assert.Equal(Math.Log(2), nats, 1e-9));
        Assert.All(added[3..], nats => Assert.InRange(nats, 0, 1e-9));
        Assert.InRange(added.Sum(), 0, Math.Log(8));

        using var random = new Generator(1);
        var noisy = rand(8, 30, ScalarType.Float64, generator: random);
        double[][] q = [.. Enumerable.Range(0, 8).Select(t => noisy[t].data<double>().ToArray())];
        (order, added) = JointInformation.Choose(Binary(q), 30, seed: 1);        // far more than 1,000 outcomes
        for (var k = 1; k <= 9; k++) Assert.Equal(Information(q, order[..k]), added[..k].Sum(), 1e-9);
        Assert.Equal(30, added.Length);
        Assert.All(added, nats => Assert.InRange(nats, 0, Math.Log(2)));
        Assert.InRange(added.Sum(), 0.9 * Math.Log(8), Math.Log(8) + 1e-12);
    }

    private static Tensor Binary(double[][] p) =>
        tensor([.. p.SelectMany(row => row.SelectMany(v => new[] { v, 1 - v }))], [p.Length, p[0].Length, 2]);

    // I(y_1 … y_b; w) by counting every outcome of the batch
    private static double Information(double[][] p, int[] rows)
    {
        static double H(double v) => v <= 0 ? 0 : -v * Math.Log(v);
        var ofOutcomes = new double[1 << rows.Length];
        foreach (var pass in p)
        {
            double[] together = [1];                                              // the outcomes of the rows so far
            foreach (var row in rows)
                together = [.. together.Select(v => v * pass[row]), .. together.Select(v => v * (1 - pass[row]))];
            for (var i = 0; i < ofOutcomes.Length; i++) ofOutcomes[i] += together[i] / p.Length;
        }
        return ofOutcomes.Sum(H) - rows.Sum(row => p.Average(pass => H(pass[row]) + H(1 - pass[row])));
    }

    // a choice of many images takes minutes and more, and Ctrl-C is to be heard in it
    [Fact]
    public void Choices_Cancelled_Stop()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        var points = randn(40, 3, ScalarType.Float64, generator: random);
        int[] cluster = [.. Enumerable.Range(0, 40).Select(i => i % 4)];
        using var task = TaskModels.Create("small-cnn", 1, 4);
        Action<CancellationToken>[] choices =
        [
            stop => _ = JointInformation.Choose(points.softmax(1).view(2, 20, 3), 5, 1, stop),
            stop => KMeans.Cluster(points, 4, 1, stop),
            stop => FacilityLocation.Choose(points, points, 5, 1, stop),
            stop => LabelFlips.LeastEpsilon(task, randn(10, task.FeatureDim), randn(4, task.FeatureDim), CPU, stop),
            stop => TypiClustStrategy.Choose(points, cluster, 40, 5, stop),
            stop => ProbCoverStrategy.Radius(points, cluster, stop),
            stop => ProbCoverStrategy.Within(points, 1, stop),
            stop => ProbCoverStrategy.Choose(ProbCoverStrategy.Within(points, 1), 40, 5, 1, stop),
        ];
        foreach (var choice in choices)
        {
            choice(CancellationToken.None);
            Assert.Throws<OperationCanceledException>(() => choice(stopped.Token));
        }
    }

    private static Tensor Rows(int[][] points) =>
        tensor([.. points.SelectMany(p => p).Select(v => (double)v)], [points.Length, 2]);
    private static double[] Mean(int[][] points) => [points.Average(p => p[0]), points.Average(p => p[1])];
    private static double Distance(int[] a, int[] b) => Distance(a, new double[] { b[0], b[1] });
    private static double Distance(int[] a, double[] b) =>
        Math.Sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
    private static double Squared(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum;
    }
}
