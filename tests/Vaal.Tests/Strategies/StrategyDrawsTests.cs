using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>Strategies draw from the seed of the query; a batch is thinned out in the latent space.</summary>
public sealed class StrategyDrawsTests : IDisposable
{
    private readonly ImageSet _images = TinyImages.Set(60);
    private readonly Pool _pool;
    private readonly Networks _networks;

    public StrategyDrawsTests()
    {
        _pool = TinyImages.Pool(_images, 20);
        _networks = new Networks(_pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
    }

    public void Dispose()
    {
        _networks.Dispose();
        _images.Dispose();
    }

    private Query Query(long seed) => new() { Pool = _pool, Budget = 8, Seed = seed, Networks = _networks };

    /// <summary>The networks are the same, so only the draws of the strategy can differ.</summary>
    [Theory]
    [InlineData("badge")]
    [InlineData("typiclust")]
    [InlineData("mc-dropout")]
    [InlineData("dbal")]
    [InlineData("batch-bald")]
    [InlineData("vaal-features")]
    [InlineData("drop-query")]
    public void Select_OtherSeed_DrawsOthers(string strategy)
    {
        var selections = new long[] { 1, 2, 3 }.Select(seed => QueryStrategies.Create(strategy).Select(Query(seed)));
        var found = selections.Select(s => $"{string.Join(' ', s.Ids)} {string.Join(' ', s.Scores)}");
        Assert.Equal(3, found.Distinct().Count());
    }

    [Fact]
    public void Diverse_OfVaal_IsKCenterGreedyOverTheLatentOfItsFavourites()
    {
        var favourites = QueryStrategies.Create("vaal").Select(Query(1).With(budget: 32));
        using var latent = _networks.Vaal.Latent(_images, favourites.Ids);
        using var labelled = _networks.Vaal.Latent(_images, _pool.Labelled);
        int[] expected = [.. KCenter.Greedy(latent, 8, labelled).Order.Select(i => favourites.Ids[i])];
        Assert.Equal(expected, DiverseBatch.Select(QueryStrategies.Create("vaal"), Query(1), candidates: 4).Ids);
        Assert.NotEqual(favourites.Ids.Take(8).Order(), expected.Order());
    }
}
