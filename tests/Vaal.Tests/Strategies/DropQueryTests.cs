using TorchSharp;
using Vaal.Data;
using Vaal.Heads;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

public sealed class DropQueryTests
{
    /// <summary>
    /// Of rows on two axes those between them change their class when most features are gone; those on an axis do so
    /// seldom.
    /// </summary>
    [Fact]
    public void Changed_RowsBetweenTwoClasses_AreTheCandidates()
    {
        using var scope = torch.NewDisposeScope();
        const int width = 64;
        var random = new Random(1);
        float[] Row(double share) => [.. Enumerable.Range(0, width)
            .Select(k => (float)((k % 2 == 0 ? share : 1 - share) + 0.02 * random.NextDouble()))];
        float[][] rows = [.. Enumerable.Range(0, 20).Select(i => Row(i < 10 ? 0.5 : i < 15 ? 1 : 0)), Row(1), Row(0)];
        using var pool = new PoolFeatures([.. Enumerable.Range(0, 22)], 20,
            torch.tensor([.. rows.SelectMany(r => r)], [22, width]));
        var unit = pool.ToUnitRows();
        var head = LinearHead.Fit(HeadRows.Of(unit.Copy([20, 21]), width, [0, 1], 2));
        var changed = DropQueryStrategy.Changed(head, pool, unit, seed: 3);
        Assert.NotEmpty(changed);
        Assert.All(changed, i => Assert.InRange(i, 0, 9));
    }

    /// <summary>
    /// Rows of noise: the whole logit and that of a quarter of the features correlate by ½. So a pass turns the class
    /// with chance Φ(−|z| / √3), z normal, and most of three passes do in 27.3% of the rows; any would in 67.8%.
    /// With half of the features most would in 18.7%.
    /// </summary>
    [Fact]
    public void Changed_RowsOfNoise_AreAsManyAsThreePassesOfAQuarterTurn()
    {
        using var scope = torch.NewDisposeScope();
        const int count = 3_000, width = 128;
        using var generator = new torch.Generator(4);
        var noise = torch.randn([count, width], generator: generator);
        var ends = torch.ones(2, width) * torch.tensor(new[] { 1f, -1 }, [2, 1]);
        using var pool = new PoolFeatures([.. Enumerable.Range(0, count + 2)], count, torch.cat([noise, ends]));
        var unit = pool.ToUnitRows();
        var head = LinearHead.Fit(HeadRows.Of(unit.Copy([count, count + 1]), width, [0, 1], 2));
        Assert.InRange(DropQueryStrategy.Changed(head, pool, unit, seed: 3).Length / (double)count, 0.24, 0.305);
    }

    /// <summary>Candidates come before all others, and alone where they are enough.</summary>
    [Theory]
    [InlineData(4), InlineData(40)]
    public void Select_WithTwoClasses_TakesTheCandidatesFirst(int budget)
    {
        const int count = 60, width = 16;
        using var images = TinyImages.Set(count);
        var pool = new Pool(images);
        for (var id = 0; id < 10; id++) pool.Label(id, id % 2);
        var values = MadeFeatures.Of(count, width, 2, seed: 3, spread: 1).Values;
        using var networks = new Networks(pool);
        var query = new Query
        {
            Pool = pool,
            Budget = budget,
            Seed = 5,
            Networks = networks,
            Features = new FeatureSource(values, width),
        };
        using var features = PoolFeatures.Of(query);
        var rows = features.ToUnitRows();
        var head = PoolHead.Fit(pool, features, rows)!;
        int[] candidates = [.. DropQueryStrategy
            .Changed(head, features, rows, Seeds.Derive(5, "drop-query passes", 0)).Select(i => features.Ids[i])];
        Assert.InRange(candidates.Length, 5, 39);
        var chosen = QueryStrategies.Create("drop-query").Select(query).Ids;
        Assert.Equal(budget, chosen.Distinct().Count());
        Assert.Subset(candidates.ToHashSet(), chosen.Take(candidates.Length).ToHashSet());
    }

    /// <summary>Bows of two to nine images: what is typical of most comes first.</summary>
    [Fact]
    public void Select_ClustersOfOtherSizes_BeginsWithTheLargest()
    {
        int[] sizes = [3, 9, 2, 7, 5];
        int[] bow = [.. sizes.SelectMany((n, b) => Enumerable.Repeat(b, n))];
        var chosen = OnCircle([.. bow.Select((b, id) => 72 * b + 0.5 * (id % 9))], budget: 5);
        Assert.Equal([1, 3, 4, 0, 2], chosen.Select(id => bow[id]));
    }

    /// <summary>Three bows of five images on a circle, no label: the middle of each is typical of its bow.</summary>
    [Fact]
    public void Select_WithoutLabels_TakesTheMiddleOfEachCluster() =>
        Assert.Equal(
            [6, 7, 8],
            OnCircle([.. Enumerable.Range(0, 15).Select(id => 120.0 * (id % 3) + 8 * (id / 3 - 2))], budget: 3)
                .Order());

    // chosen of images without labels, whose features lie at these angles
    private static IReadOnlyList<int> OnCircle(double[] degrees, int budget)
    {
        using var images = TinyImages.Set(degrees.Length);
        var pool = new Pool(images);
        using var networks = new Networks(pool);
        float[] values = [.. degrees.Select(d => Math.PI / 180 * d)
            .SelectMany(angle => new[] { (float)Math.Cos(angle), (float)Math.Sin(angle) })];
        return QueryStrategies.Create("drop-query").Select(new Query
        {
            Pool = pool,
            Budget = budget,
            Seed = 2,
            Networks = networks,
            Features = new FeatureSource(values, 2),
        }).Ids;
    }
}
