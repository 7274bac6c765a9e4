using CsCheck;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

/// <summary>Clusters and covers.</summary>
public sealed partial class DiversityTests
{
    [Fact]
    public void KMeans_Result_PutsEveryPointWithTheNearestMean() =>
        Gen.Select(Points, Gen.Int[1, 5], Gen.Int[0, 50]).Sample((points, k, seed) =>
    {
        using var scope = NewDisposeScope();
        var cluster = KMeans.Cluster(Rows(points), Math.Min(k, points.Length), seed);
        var means = cluster.Distinct().ToDictionary(c => c, c => Mean([.. points.Where((_, i) => cluster[i] == c)]));
        return points.Select((p, i) => Distance(p, means[cluster[i]]) <= means.Values.Min(m => Distance(p, m)) + 1e-9)
            .All(near => near);
    });

    [Fact]
    public void KMeans_SeparateGroups_AreTheClusters()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var groups = tensor(new[,] { { 0.0, 0 }, { 100, 0 }, { 0, 100 } });
        var points = cat(
            [.. Enumerable.Range(0, 60)
                .Select(i => groups[i % 3].unsqueeze(0) + randn(1, 2, ScalarType.Float64, generator: random))]);
        var cluster = KMeans.Cluster(points, 3, seed: 1);
        Assert.Equal(3, cluster.Distinct().Count());
        for (var i = 3; i < 60; i++) Assert.Equal(cluster[i % 3], cluster[i]);
    }

    [Fact]
    public void TypiClust_Choice_IsTheMiddleOfTheLargestClustersWithFewestLabels()
    {
        using var scope = NewDisposeScope();
        double[] line =
            [0, 1, 2, 3, 4, 5, 6, /* */ 100, 101, 102, 103, 104, 105, /* */ 200, 201, /* labelled: */ 3.5, 300];
        int[] cluster = [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 0, 3];
        var points = tensor(line).unsqueeze(1);
        // cluster 1 has no label and is not small; then 0, which has one; then 2, which is small. Nearest half of the
        // neighbours: in the middle, the first
        Assert.Equal([8, 1, 13], TypiClustStrategy.Choose(points, cluster, unlabelled: 15, budget: 3));
        Assert.Equal(Enumerable.Range(0, 15), TypiClustStrategy.Choose(points, cluster, 15, 15).Order());
    }

    /// <summary>The authors' constants: a cluster of five is left for last, one of six is not; twenty neighbours
    /// count.</summary>
    [Fact]
    public void TypiClust_SmallClustersAndNeighbours_AreTheAuthors()
    {
        using var scope = NewDisposeScope();
        double[] line = [0, 1, 2, 3, 4, /* */ 100, 101, 102, 103, 104, 105];
        int[] cluster = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1];
        var order = TypiClustStrategy.Choose(tensor(line).unsqueeze(1), cluster, unlabelled: 11, budget: 2);
        Assert.Equal([1, 0], order.Select(i => cluster[i]));
        // with a label the cluster of six is behind a cluster of six without, and still before the small one
        double[] two = [.. line, 102.5, 200, 201, 202, 203, 204, 205];
        int[] of = [.. cluster, 1, 2, 2, 2, 2, 2, 2];
        int[] rows = [.. Enumerable.Range(0, 11), .. Enumerable.Range(12, 6), 11];
        order = TypiClustStrategy.Choose(tensor([.. rows.Select(r => two[r])]).unsqueeze(1),
            [.. rows.Select(r => of[r])], unlabelled: 17, budget: 3);
        Assert.Equal([2, 1, 0], order.Select(i => of[rows[i]]));

        // six points in a heap, the others half a unit apart: of five neighbours the heap would be the typical place
        double[] heap = [.. Enumerable.Range(0, 6).Select(i => 0.01 * i),
            .. Enumerable.Range(0, 44).Select(i => 10 + 0.5 * i)];
        Assert.InRange(
            TypiClustStrategy.Choose(tensor(heap).unsqueeze(1), new int[50], unlabelled: 50, budget: 1)[0], 16, 39);
    }

    [Fact]
    public void ProbCover_Radius_IsWhereNineteenOfTwentyBallsArePure()
    {
        using var scope = NewDisposeScope();
        // the nearest of the other cluster: 101 away at least
        double[] line = [.. Enumerable.Range(0, 20).Select(i => i < 10 ? i : 100.0 + i)];
        var points = tensor(line).unsqueeze(1);
        int[] cluster = [.. Enumerable.Range(0, 20).Select(i => i / 10)];
        // distances to the other cluster: 101 (rows 9 and 10), 102, 102, …; the second least leaves 19 of 20 pure
        Assert.Equal(101, ProbCoverStrategy.Radius(points, cluster), 1e-9);
        Assert.Equal([8, 9], ProbCoverStrategy.Within(points, 1.5)[9].Order());
    }

    /// <summary>
    /// The radius comes of as many clusters as there are classes, or of ten where nobody knows. Rows on a line: ten
    /// heaps in three groups of 7, 5 and 4. Of three clusters a ball holds a group, of ten it holds a heap.
    /// </summary>
    [Theory]
    [InlineData(3, new[] { 0, 7, 12 })]
    [InlineData(0, new[] { 1, 8, 13, 0, 5, 6, 7, 11, 12, 15 })]
    public void ProbCover_Radius_IsOfAsManyClustersAsClasses(int classes, int[] expected)
    {
        float[] line = [0, 10, 10.01f, 10.02f, 10.03f, 20, 30, /* */ 1000, 1010, 1010.01f, 1010.02f, 1020,
            /* */ 3000, 3010, 3010.01f, 3020];
        using var images = TinyImages.Set(line.Length);
        var pool = new Pool(images);
        using var networks = new Networks(pool, classes: classes);
        var chosen = QueryStrategies.Create("prob-cover").Select(new Query
        {
            Pool = pool,
            Budget = 10,
            Seed = 3,
            Networks = networks,
            Features = new FeatureSource(line, 1),
        }).Ids;
        Assert.Equal(expected, chosen.Take(expected.Length));
        Assert.Equal(10, chosen.Distinct().Count());
    }

    /// <summary>
    /// The radius is one of the distances, and above 25 rows those of a pair differ in the last bit: i must not cover j
    /// where j does not cover i, or a row is chosen twice.
    /// </summary>
    [Fact]
    public void ProbCover_RadiusOfADistance_CoversMutuallyAndChoosesNothingTwice()
    {
        const int n = 40;
        for (var seed = 0; seed < 100; seed++)
        {
            using var scope = NewDisposeScope();
            var width = 2 + seed % 9;
            var (values, cluster) = MadeFeatures.Of(n, width, 2, seed, spread: 1);
            if (cluster.Distinct().Count() < 2) continue;
            var points = tensor(values, [n, width]);
            var radius = ProbCoverStrategy.Radius(points, cluster);
            int[][] within = ProbCoverStrategy.Within(points, radius);
            for (var i = 0; i < n; i++)
                for (var j = 0; j < i; j++)
                {
                    Assert.Equal(within[i].Contains(j), within[j].Contains(i));
                    var distance = Math.Sqrt(Enumerable.Range(0, width)
                        .Sum(k => Math.Pow((double)values[i * width + k] - values[j * width + k], 2)));
                    if (Math.Abs(distance - radius) > 1e-6)
                        Assert.Equal(distance < radius, within[i].Contains(j));
                }
            var order = ProbCoverStrategy.Choose(within, unlabelled: n, budget: n, seed: 1);
            Assert.Equal(Enumerable.Range(0, n), order.Order());
            int[] plain = [.. PlainCover(within)];
            Assert.Equal(plain, order.Take(plain.Length));
        }
    }

    // of equal ones the lowest, until everything is covered
    private static IEnumerable<int> PlainCover(int[][] within)
    {
        var open = Enumerable.Range(0, within.Length).ToHashSet();
        while (open.Count > 0)
        {
            var best = Enumerable.Range(0, within.Length).MaxBy(i => within[i].Count(open.Contains));
            yield return best;
            open.ExceptWith(within[best]);
        }
    }

    [Theory]
    [InlineData(2, 3), InlineData(7, 16)]
    public void ProbCover_WholePoolOfFeatures_IsChosenOnceEach(int from, int width)
    {
        const int n = 40;
        using var images = TinyImages.Set(n);
        var pool = new Pool(images);
        using var networks = new Networks(pool, classes: 2);
        for (var seed = from; seed < from + 40; seed++)
        {
            var features = new FeatureSource(MadeFeatures.Of(n, width, 2, seed, spread: 1).Values, width);
            var chosen = QueryStrategies.Create("prob-cover").Select(
                new() { Pool = pool, Budget = n, Seed = seed, Networks = networks, Features = features }).Ids;
            Assert.Equal(Enumerable.Range(0, n), chosen.Order());
        }
    }

    [Fact]
    public void ProbCover_Choice_IsPlainGreedyCover() =>
        Gen.Select(Points, Gen.Int[0, 5], Gen.Int[1, 15], Gen.Int[1, 4]).Sample((points, labelled, budget, whole) =>
    {
        var radius = whole + 0.5;                                                       // no distance is
        using var scope = NewDisposeScope();
        var unlabelled = Math.Max(1, points.Length - labelled);
        budget = Math.Min(budget, unlabelled);
        var order =
            ProbCoverStrategy.Choose(ProbCoverStrategy.Within(Rows(points), radius), unlabelled, budget, seed: 1);
        var covered = new HashSet<int>();
        int[] Ball(int row) =>
            [.. Enumerable.Range(0, points.Length).Where(i => i == row || Distance(points[i], points[row]) < radius)];
        for (var i = unlabelled; i < points.Length; i++) covered.UnionWith(Ball(i));
        foreach (var row in order)
        {
            var most = Enumerable.Range(0, unlabelled).Max(i => Ball(i).Count(j => !covered.Contains(j)));
            if (Ball(row).Count(j => !covered.Contains(j)) != most) return false;
            covered.UnionWith(Ball(row));
        }
        return order.Length == budget && order.Distinct().Count() == budget && order.All(i => i < unlabelled);
    });

    private static double Cosine(int[] a, int[] b)
    {
        var lengths = Math.Sqrt(a[0] * a[0] + a[1] * a[1]) * Math.Sqrt(b[0] * b[0] + b[1] * b[1]);
        return lengths == 0 ? 0 : (a[0] * b[0] + a[1] * b[1]) / lengths;
    }
}
