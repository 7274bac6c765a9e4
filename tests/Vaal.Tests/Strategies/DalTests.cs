using TorchSharp;
using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

public sealed class DalTests
{
    /// <summary>Four pictures, twelve copies of each, labels on two of them: as many are taken of the others.</summary>
    [Fact]
    public void Select_GroupsWithoutLabels_AreChosenInTurn()
    {
        using var scope = torch.NewDisposeScope();
        using var four = TinyImages.Set(4);
        using var images = four.Subset([.. Enumerable.Range(0, 48).Select(id => id % 4)]);
        var pool = new Pool(images);
        foreach (var id in new[] { 1, 5, 9, 2, 6, 10 }) pool.Label(id, 0);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        var query = new Query { Pool = pool, Budget = 6, Seed = 1, Networks = networks };
        var groups = QueryStrategies.Create("dal").Select(query).Ids.Select(id => id % 4).ToList();
        Assert.All(groups, group => Assert.True(group is 0 or 3));
        Assert.Equal([0, 3], groups.Distinct().Order());
    }

    /// <summary>The classifier learns from a sample of the unlabelled images, drawn from all of them: images lie in the
    /// order of their files, and what no label is like comes last.</summary>
    [Fact]
    public void Select_LargePoolInOrder_LearnsFromAllOfIt()
    {
        const int count = 2_400, like = 2_200;
        using var images = new ImageSet(PixelStore.Allocate(count), 1, 1, 1);
        var pool = new Pool(images);
        for (var id = 0; id < 40; id++) pool.Label(id, 0);
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, count).SelectMany(id => Enumerable.Range(0, 4)
            .Select(k => random.NextSingle() + (id >= like && k == 3 ? 5 : 0)))];
        using var networks = new Networks(pool);
        var query = new Query
        {
            Pool = pool,
            Budget = 20,
            Seed = 1,
            Networks = networks,
            Features = new FeatureSource(values, 4),
        };
        // the first slice is a tenth of the batch; then images of this kind are chosen ones
        var first = QueryStrategies.Create("dal").Select(query).Ids.Take(2);
        Assert.All(first, id => Assert.InRange(id, like, count - 1));
    }
}
