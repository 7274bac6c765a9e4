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

    /// <summary>Eleven kinds of images, three copies of each, and one kind has labels. A kind of which one was chosen
    /// looks less unlabelled after the next fit: so each of the ten fits brings another kind, and the last slice, of
    /// two, has two copies.</summary>
    [Fact]
    public void Select_BatchThatTenDoesNotDivide_IsFittedTenTimes()
    {
        const int kinds = 11, count = 3 * kinds;
        using var images = new ImageSet(PixelStore.Allocate(count), 1, 1, 1);
        var pool = new Pool(images);
        for (var id = 30; id < count; id++) pool.Label(id, 0);
        using var networks = new Networks(pool);
        float[] values = [.. Enumerable.Range(0, count * kinds).Select(i => i / kinds / 3 == i % kinds ? 1f : 0)];
        int[] chosen = [.. QueryStrategies.Create("dal").Select(new Query
        {
            Pool = pool,
            Budget = 11,
            Seed = 1,
            Networks = networks,
            Features = new FeatureSource(values, kinds),
        }).Ids.Select(id => id / 3)];
        Assert.Equal(10, chosen[..10].Distinct().Count());
        Assert.Equal(chosen[9], chosen[10]);
    }

    /// <summary>Of a large pool the classifier learns from a sample, which the seed draws: images lie in the order of
    /// their files, and the first ones may all be of one kind.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void Select_LargePool_LearnsFromASampleThatTheSeedDraws()
    {
        const int count = 2_600, width = 6;
        using var images = new ImageSet(PixelStore.Allocate(count), 1, 1, 1);
        var pool = new Pool(images);
        for (var id = 0; id < 40; id++) pool.Label(id, 0);
        using var networks = new Networks(pool);
        var source = new FeatureSource(MadeFeatures.Of(count, width, 3, seed: 4, spread: 1).Values, width);
        string Picks(long seed) => string.Join(' ', QueryStrategies.Create("dal").Select(new Query
        {
            Pool = pool,
            Budget = 20,
            Seed = seed,
            Networks = networks,
            Features = source,
        }).Ids);
        Assert.Equal(Picks(1), Picks(1));
        Assert.Equal(3, new long[] { 1, 2, 3 }.Select(Picks).Distinct().Count());
    }
}
