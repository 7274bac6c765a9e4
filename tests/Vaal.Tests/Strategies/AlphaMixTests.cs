using Vaal.Data;
using Vaal.Models;
using Vaal.Scoring;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class AlphaMixTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void LeastEpsilon_RandomHead_IsThatOfTheMixingWrittenOut(int seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator((ulong)seed);
        // K, F
        var (w, b) =
            (randn(5, 7, ScalarType.Float64, generator: random), randn(5, ScalarType.Float64, generator: random));
        var (z, anchors) =
            (randn(40, 7, ScalarType.Float64, generator: random), randn(5, 7, ScalarType.Float64, generator: random));
        using var task = new Head(w, b);
        var least = LabelFlips.LeastEpsilon(task, z.to(ScalarType.Float32), anchors, CPU);
        foreach (var epsilon in new[] { 0.05, 0.1, 0.2, 0.4, 1 })
            Assert.Equal(Flips(z, anchors, w, b, epsilon), least.Select(e => e < epsilon));
        Assert.Contains(least, e => e < 0.1);
        Assert.Contains(least, e => e > 0.4);
    }

    // Eq. 5 and 6 in plain arithmetic: every anchor, every dimension
    private static List<bool> Flips(Tensor z, Tensor anchors, Tensor w, Tensor b, double epsilon)
    {
        double[][] W = Rows(w), A = Rows(anchors);
        var B = b.data<double>().ToArray();
        double[] Logits(double[] x) => [.. W.Select((row, k) => B[k] + row.Zip(x, (p, q) => p * q).Sum())];
        int Class(double[] x) => Logits(x).Index().MaxBy(p => p.Item).Index;
        double Norm(IEnumerable<double> v) => Math.Sqrt(v.Sum(p => p * p));
        return [.. Rows(z).Select(x =>
        {
            var e = Logits(x).Select(Math.Exp).ToArray();
            double[] residual = [.. e.Select((v, k) => v / e.Sum() - (k == Class(x) ? 1 : 0))];
            double[] g = [.. Enumerable.Range(0, x.Length).Select(f => residual.Select((r, k) => r * W[k][f]).Sum())];
            return A.Any(a =>
            {
                double[] way = [.. a.Zip(x, (p, q) => p - q)];
                double[] alpha =
                    [.. way.Select((d, f) => epsilon / Math.Sqrt(x.Length) * Norm(way) / Norm(g) * g[f] / d)];
                return Class([.. x.Select((v, f) => (1 - alpha[f]) * v + alpha[f] * a[f])]) != Class(x);
            });
        })];
    }

    [Fact]
    public void LeastEpsilon_TwoClassesOnALine_IsWorkedByHand()
    {
        using var scope = NewDisposeScope();
        // logits 0 and x: the border lies at 0. From −1 it is 1 away; the farther anchor, 3, is 4 away; F = 1
        using var task = new Head(tensor(new double[,] { { 0 }, { 1 } }), zeros(2, ScalarType.Float64));
        var least = LabelFlips.LeastEpsilon(
            task, tensor(new float[,] { { -1 }, { 2 } }), tensor(new double[,] { { -2 }, { 3 } }), CPU);
        Assert.Equal(0.25, least[0], 1e-9);
        Assert.Equal(0.5, least[1], 1e-9);                                              // 2 away, −2 is 4 away
    }

    [Fact]
    public void Candidates_StepsOfOneThirtySecond_StopAboveTheBudget()
    {
        double[] epsilon = [0.02, 0.05, 0.9, double.PositiveInfinity, 0.04];
        // 1/32: one, not more than one; 2/32: three
        Assert.Equal([0, 1, 4], AlphaMixStrategy.Candidates(epsilon, budget: 1));
        Assert.Equal([0], AlphaMixStrategy.Candidates(epsilon, budget: 0));
        Assert.Equal([0, 1, 2, 4], AlphaMixStrategy.Candidates(epsilon, budget: 4));       // never more: up to 1
    }

    [Fact]
    public void Anchors_ClassWithoutLabels_IsTheMeanOfAll()
    {
        using var images = TinyImages.Set(6, classes: 3);
        var pool = new Pool(images);
        foreach (var (id, label) in new[] { (1, 0), (3, 0), (5, 2) }) pool.Label(id, label);
        using var scope = NewDisposeScope();
        var anchors = AlphaMixStrategy.Anchors(tensor(new float[,] { { 1, 0 }, { 3, 0 }, { 2, 6 } }), pool, classes: 3);
        Assert.Equal([2, 0, 2, 2, 2, 6], anchors.data<double>().ToArray());
    }

    private static double[][] Rows(Tensor t) => [.. t.data<double>().ToArray().Chunk((int)t.shape[1])];

    /// <summary>A linear last layer with given weights, in float32 as task models are.</summary>
    private sealed class Head(Tensor w, Tensor b) : TaskModel(nameof(Head), 1, (int)w.shape[0], (int)w.shape[1])
    {
        public override Tensor Features(Tensor x) => throw new NotSupportedException();

        internal override Tensor Classify(Tensor features) =>
            features.mm(w.to(ScalarType.Float32).t()) + b.to(ScalarType.Float32);
    }
}
