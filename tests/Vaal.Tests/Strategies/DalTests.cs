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
}
