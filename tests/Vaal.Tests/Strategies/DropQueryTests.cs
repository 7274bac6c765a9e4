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

    /// <summary>Three bows of five images on a circle, no label: the middle of each is typical of its bow.</summary>
    [Fact]
    public void Select_WithoutLabels_TakesTheMiddleOfEachCluster()
    {
        using var images = TinyImages.Set(15);
        var pool = new Pool(images);
        using var networks = new Networks(pool);
        float[] values = [.. Enumerable.Range(0, 15).SelectMany(id =>
        {
            var angle = Math.PI / 180 * (120 * (id % 3) + 8 * (id / 3 - 2));
            return new[] { (float)Math.Cos(angle), (float)Math.Sin(angle) };
        })];
        var chosen = QueryStrategies.Create("drop-query").Select(new Query
        {
            Pool = pool,
            Budget = 3,
            Seed = 2,
            Networks = networks,
            Features = new FeatureSource(values, 2),
        });
        Assert.Equal([6, 7, 8], chosen.Ids.Order());
    }
}
