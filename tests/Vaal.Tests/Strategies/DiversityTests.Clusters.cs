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

    /// <summary>The radius comes of as many clusters as there are classes, or of ten where nobody knows.</summary>
    [Theory]
    [InlineData(3, 3), InlineData(0, 10)]
    public void ProbCover_Radius_IsOfAsManyClustersAsClasses(int classes, int clusters)
    {
        const int count = 90, width = 6;
        using var scope = NewDisposeScope();
        using var images = TinyImages.Set(count);
        var pool = new Pool(images);
        for (var id = 0; id < 5; id++) pool.Label(id, id % 3);
        var values = MadeFeatures.Of(count, width, 3, seed: 4, spread: 1).Values;
        using var networks = new Networks(pool, classes: classes);
        var query = new Query
        {
            Pool = pool,
            Budget = 12,
            Seed = 3,
            Networks = networks,
            Features = new FeatureSource(values, width),
        };
        int[] order = [.. Enumerable.Range(5, count - 5), .. Enumerable.Range(0, 5)];
        var rows = tensor([.. order.SelectMany(id => values[(id * width)..((id + 1) * width)])], [count, width]);
        Assert.Equal(ByHand(clusters), QueryStrategies.Create("prob-cover").Select(query).Ids);
        Assert.NotEqual(ByHand(3), ByHand(10));

        IEnumerable<int> ByHand(int k) => ProbCoverStrategy.Choose(
            ProbCoverStrategy.Within(rows, ProbCoverStrategy.Radius(
                rows, KMeans.Cluster(rows, k, Seeds.Derive(3, "probcover", 0)))),
            count - 5, 12, Seeds.Derive(3, "probcover", 1)).Select(i => order[i]);
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
