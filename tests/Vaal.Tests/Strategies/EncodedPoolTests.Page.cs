using TorchSharp;
using Vaal.Data;
using Vaal.Scoring;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>Who uses an encoder's features, and that a diverse batch does so too.</summary>
public sealed partial class EncodedPoolTests
{
    /// <summary>A batch that is thinned out is placed by the features that chose it.</summary>
    [Fact]
    public void DiverseBatch_EncodersFeatures_TrainsNoNetwork()
    {
        using var scope = torch.NewDisposeScope();
        var margin = QueryStrategies.Create("margin");
        var favourites = margin.Select(Query.With(budget: 16)).Ids;
        var features = EncodedPool.Rows(Query);
        long[] rows = [.. favourites.Select(id => id - 12L)];
        var (order, _) = KCenter.Greedy(
            features.index_select(0, torch.tensor(rows)), 4, features.narrow(0, 48, 12));
        int[] expected = [.. order.Select(i => favourites[i])];
        Assert.NotEqual(favourites.Take(4), expected);
        Assert.Equal(expected, DiverseBatch.Select(margin, Query.With(budget: 4), candidates: 4).Ids);
        Assert.Equal(TimeSpan.Zero, _networks.TrainingTime);
    }

    /// <summary>It needs no classes, so one class is enough.</summary>
    [Fact]
    public void DiverseBatch_OfVaalFeaturesWithOneClass_NeedsNoTaskModel()
    {
        var pool = new Pool(_images);
        for (var id = 0; id < 12; id++) pool.Label(id, 0);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 1);
        var query = Query.With(pool: pool, networks: networks, budget: 4);
        var chosen = DiverseBatch.Select(QueryStrategies.Create("vaal-features"), query, candidates: 4).Ids;
        Assert.Equal(4, chosen.Distinct().Count());
        Assert.Equal(TimeSpan.Zero, networks.TrainingTime);
    }

    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    /// <summary>The list in docs/data.md, over the whole table of strategies.</summary>
    [Theory, MemberData(nameof(Names)), Trait("Category", "Slow")]
    public void Strategy_OtherFeatures_ChangeTheChoiceExactlyWhereThePageSaysSo(string name)
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "data.md"));
        var list = page.Split("## Features to compare images by")[1].Split("\n| `--features`")[0];
        var other = new FeatureSource(MadeFeatures.Of(Count, Width, 3, seed: 9, spread: 1).Values, Width);
        string Picks(Query query) => string.Join(' ', QueryStrategies.Create(name).Select(query).Ids);
        Assert.Equal(list.Contains($"`{name}`", StringComparison.Ordinal),
            Picks(Query) != Picks(Query.With(features: other)));
    }
}
