using CsCheck;
using Vaal.Scoring;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests;

/// <summary>Choices of whole batches against their definitions, by brute force.</summary>
[Collection(TorchCollection.Name)]
public sealed class DiversityTests
{
    private static readonly Gen<int[][]> Points = Gen.Int[0, 6].Array[2].Array[1, 14];

    [Fact]
    public void OuterProductPlusPlus_SmallGrids_IsThatOfTheProductsWrittenOut() => Gen.Select(Points, Points, Gen.Int[1, 15], Gen.Int[0, 100]).Sample((a, h, budget, seed) =>
    {
        var n = Math.Min(a.Length, h.Length);
        using var scope = NewDisposeScope();
        var order = KCenter.PlusPlus(Rows(a[..n]), Rows(h[..n]), budget, seed);
        double[][] products = [.. Enumerable.Range(0, n).Select(i => a[i].SelectMany(x => h[i].Select(y => (double)x * y)).ToArray())];
        return order.SequenceEqual(LongestThenDrawn(products, budget, seed));
    });

    private static List<int> LongestThenDrawn(double[][] points, int budget, int seed)
    {
        var random = new Random(seed);
        var chosen = new List<int>();
        while (chosen.Count < Math.Min(budget, points.Length))
        {
            double[] nearest = [.. points.Select((p, i) => chosen.Contains(i) ? 0 : chosen.Count == 0 ? 0 : chosen.Min(c => Squared(p, points[c])))];
            var total = nearest.Sum();
            if (chosen.Count == 0) chosen.Add(Enumerable.Range(0, points.Length).MaxBy(i => points[i].Sum(v => v * v)));
            else if (total <= 0) chosen.Add(Enumerable.Range(0, points.Length).First(i => !chosen.Contains(i)));
            else
            {
                var (at, sum, target) = (-1, 0.0, random.NextDouble() * total);
                while (sum <= target) sum += nearest[++at];
                chosen.Add(at);
            }
        }
        return chosen;
    }

    [Fact]
    public void Representatives_SmallGrids_IsPlainGreedy() => Gen.Select(Points, Points, Gen.Int[1, 15]).Sample((candidates, pool, budget) =>
    {
        using var scope = NewDisposeScope();
        var order = Representatives.Choose(Rows(candidates), Rows(pool), budget, seed: 1);
        var (best, left, gains) = (new double[pool.Length], Enumerable.Range(0, candidates.Length).ToHashSet(), new List<double>());
        foreach (var row in order)                                                      // ties may go either way: what counts is the gain
        {
            double Gain(int c) => pool.Select((p, i) => Math.Max(0, Cosine(candidates[c], p) - best[i])).Sum();
            if (!left.Contains(row) || Gain(row) < left.Max(Gain) - 1e-4) return false;
            for (var i = 0; i < pool.Length; i++) best[i] = Math.Max(best[i], Cosine(candidates[row], pool[i]));
            left.Remove(row);
        }
        return order.Length == Math.Min(budget, candidates.Length);
    });

    [Fact]
    public void KMeans_Result_PutsEveryPointWithTheNearestMean() => Gen.Select(Points, Gen.Int[1, 5], Gen.Int[0, 50]).Sample((points, k, seed) =>
    {
        using var scope = NewDisposeScope();
        var cluster = KMeans.Cluster(Rows(points), Math.Min(k, points.Length), seed);
        var means = cluster.Distinct().ToDictionary(c => c, c => Mean([.. points.Where((_, i) => cluster[i] == c)]));
        return points.Select((p, i) => Distance(p, means[cluster[i]]) <= means.Values.Min(m => Distance(p, m)) + 1e-9).All(near => near);
    });

    [Fact]
    public void KMeans_SeparateGroups_AreTheClusters()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var groups = tensor(new[,] { { 0.0, 0 }, { 100, 0 }, { 0, 100 } });
        var points = cat([.. Enumerable.Range(0, 60).Select(i => groups[i % 3].unsqueeze(0) + randn(1, 2, ScalarType.Float64, generator: random))]);
        var cluster = KMeans.Cluster(points, 3, seed: 1);
        Assert.Equal(3, cluster.Distinct().Count());
        for (var i = 3; i < 60; i++) Assert.Equal(cluster[i % 3], cluster[i]);
    }

    [Fact]
    public void TypiClust_Choice_IsTheMiddleOfTheLargestClustersWithFewestLabels()
    {
        using var scope = NewDisposeScope();
        double[] line = [0, 1, 2, 3, 4, 5, 6, /* */ 100, 101, 102, 103, 104, 105, /* */ 200, 201, /* labelled: */ 3.5, 300];
        int[] cluster = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 0, 3];
        var points = tensor(line).unsqueeze(1);
        // cluster 1 has no label and is not small; then 0, which has one; then 2, which is small. Nearest half of the neighbours: in the middle, the first
        Assert.Equal([8, 1, 13], TypiClustStrategy.Choose(points, cluster, unlabelled: 15, budget: 3));
        Assert.Equal(Enumerable.Range(0, 15), TypiClustStrategy.Choose(points, cluster, 15, 15).Order());
    }

    [Fact]
    public void ProbCover_Radius_IsWhereNineteenOfTwentyBallsArePure()
    {
        using var scope = NewDisposeScope();
        double[] line = [.. Enumerable.Range(0, 20).Select(i => i < 10 ? i : 100.0 + i)];     // the nearest of the other cluster: 101 away at least
        var points = tensor(line).unsqueeze(1);
        int[] cluster = [.. Enumerable.Range(0, 20).Select(i => i / 10)];
        // distances to the other cluster: 101 (rows 9 and 10), 102, 102, …; the second least leaves 19 of 20 pure
        Assert.Equal(101, ProbCoverStrategy.Radius(points, cluster), 1e-9);
        Assert.Equal([8, 9], ProbCoverStrategy.Within(points, 1.5)[9].Order());
    }

    [Fact]
    public void ProbCover_Choice_IsPlainGreedyCover() => Gen.Select(Points, Gen.Int[0, 5], Gen.Int[1, 15], Gen.Int[1, 4]).Sample((points, labelled, budget, whole) =>
    {
        var radius = whole + 0.5;                                                       // no distance is
        using var scope = NewDisposeScope();
        var unlabelled = Math.Max(1, points.Length - labelled);
        budget = Math.Min(budget, unlabelled);
        var order = ProbCoverStrategy.Choose(ProbCoverStrategy.Within(Rows(points), radius), unlabelled, budget, seed: 1);
        var covered = new HashSet<int>();
        int[] Ball(int row) => [.. Enumerable.Range(0, points.Length).Where(i => i == row || Distance(points[i], points[row]) < radius)];
        for (var i = unlabelled; i < points.Length; i++) covered.UnionWith(Ball(i));
        foreach (var row in order)
        {
            var most = Enumerable.Range(0, unlabelled).Max(i => Ball(i).Count(j => !covered.Contains(j)));
            if (Ball(row).Count(j => !covered.Contains(j)) != most) return false;
            covered.UnionWith(Ball(row));
        }
        return order.Length == budget && order.Distinct().Count() == budget && order.All(i => i < unlabelled);
    });

    private static Tensor Rows(int[][] points) => tensor([.. points.SelectMany(p => p).Select(v => (double)v)], [points.Length, 2]);
    private static double[] Mean(int[][] points) => [points.Average(p => p[0]), points.Average(p => p[1])];
    private static double Distance(int[] a, int[] b) => Distance(a, new double[] { b[0], b[1] });
    private static double Distance(int[] a, double[] b) => Math.Sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]));
    private static double Squared(double[] a, double[] b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum();

    private static double Cosine(int[] a, int[] b)
    {
        var lengths = Math.Sqrt(a[0] * a[0] + a[1] * a[1]) * Math.Sqrt(b[0] * b[0] + b[1] * b[1]);
        return lengths == 0 ? 0 : (a[0] * b[0] + a[1] * b[1]) / lengths;
    }
}
