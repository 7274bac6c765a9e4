using TorchSharp;
using Vaal.Data;
using Vaal.Strategies;

namespace Vaal.Tests.Strategies;

/// <summary>What every query strategy in the table must keep to. They all ask the same networks.</summary>
[Trait("Category", "Slow")]
public sealed class StrategyContractTests(StrategyContractTests.Trained trained)
    : IClassFixture<StrategyContractTests.Trained>
{
    private const int Labelled = 20, Unlabelled = 40;
    private readonly ImageSet _images = trained.Images;
    private readonly Pool _pool = trained.Pool;
    private readonly Networks _networks = trained.Networks;

    public sealed class Trained : IDisposable
    {
        public Trained()
        {
            Images = TinyImages.Set(Labelled + Unlabelled);
            Pool = TinyImages.Pool(Images, Labelled);
            Networks = new Networks(Pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
            _ = (Networks.Vaal, Networks.Task);                                   // before anything is counted
        }

        public ImageSet Images { get; }

        public Pool Pool { get; }

        public Networks Networks { get; }

        public void Dispose()
        {
            Networks.Dispose();
            Images.Dispose();
        }
    }

    public static IEnumerable<TheoryDataRow<string>> Names =>
        QueryStrategies.Names.Select(name => new TheoryDataRow<string>(name));

    private Query Query(int budget = 7, long seed = 1) =>
        new() { Pool = _pool, Budget = budget, Seed = seed, Networks = _networks };

    private Selection Select(string name, int budget = 7, long seed = 1) =>
        QueryStrategies.Create(name).Select(Query(budget, seed));

    [Theory, MemberData(nameof(Names))]
    public void Strategy_BudgetWithinPool_GivesThatManyDistinctUnlabelledIds(string name)
    {
        var ids = Select(name).Ids;
        Assert.Equal(7, ids.Count);
        Assert.Equal(7, ids.Distinct().Count());
        Assert.All(ids, id => Assert.False(_pool.IsLabelled(id)));
        Assert.All(ids, id => Assert.InRange(id, 0, _images.Count - 1));
    }

    [Theory, MemberData(nameof(Names))]
    public void Strategy_BudgetLargerThanPool_ReturnsWholePool(string name) =>
        Assert.Equal(_pool.Unlabelled, Select(name, Unlabelled + 1).Ids.Order());

    [Theory, MemberData(nameof(Names))]
    public void Strategy_NothingUnlabelled_GivesNothing(string name)
    {
        var pool = TinyImages.Pool(_images, _images.Count);
        using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        Assert.Empty(QueryStrategies.Create(name)
            .Select(new() { Pool = pool, Budget = 7, Seed = 1, Networks = networks }).Ids);
    }

    /// <summary>What real pools hold: one labelled class of two, and images that are all alike.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Strategy_OneLabelledClassAndCopies_StillChoosesDistinctIds(string name)
    {
        using var copies = new ImageSet(PixelStore.Allocate(24 * 1024), 1, 32, 32, [.. Enumerable.Repeat(0, 24)]);
        foreach (var images in new[] { _images, copies })
        {
            var pool = new Pool(images);
            foreach (var id in new[] { 2, 3, 5, 7 }) pool.Label(id, 0);
            using var networks = new Networks(pool, TinyImages.Vaal, TinyImages.Task, classes: 2);
            var ids = QueryStrategies.Create(name)
                .Select(new() { Pool = pool, Budget = 9, Seed = 1, Networks = networks }).Ids;
            Assert.Equal(9, ids.Distinct().Count());
            Assert.DoesNotContain(ids, pool.IsLabelled);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public void Strategy_SameQuery_GivesSameIds(string name)
    {
        var (first, second) = (Select(name), Select(name));
        Assert.Equal(first.Ids, second.Ids);
        Assert.Equal(first.Scores, second.Scores);
    }

    [Theory, MemberData(nameof(Names))]
    public void Strategy_FirstToAskForNetworks_ChoosesTheSameAndLeavesThemUsable(string name)
    {
        using var fresh = new Networks(_pool, TinyImages.Vaal, TinyImages.Task, classes: 4);
        var chosen = QueryStrategies.Create(name).Select(Query().With(networks: fresh));
        Assert.Equal(Select(name).Ids, chosen.Ids);
        var (task, vaal) = (fresh.Task, fresh.Vaal);
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var x = torch.zeros(2, 1, 32, 32);
        Assert.Equal([2, 4], task.call(x).shape);
        Assert.Equal([2, 4], vaal.Vae.Mean(x).shape);
    }

    [Fact]
    public void Random_OtherSeed_GivesOtherIds() =>
        Assert.NotEqual(Select("random", seed: 1).Ids, Select("random", seed: 2).Ids);

    [Fact]
    public void Random_ManySeeds_DrawsEveryImageAlikeOften()
    {
        var drawn = new int[_images.Count];
        foreach (var seed in Enumerable.Range(0, 4_000))
            foreach (var id in Select("random", budget: 10, seed).Ids) drawn[id]++;
        // 40,000 draws over 40 images: 1,000 each, standard deviation √(4000 · ¼ · ¾) = 27; six of them
        Assert.All(drawn[Labelled..], n => Assert.InRange(n, 1_000 - 6 * 27, 1_000 + 6 * 27));
    }

    [Theory, MemberData(nameof(Names))]
    public void Strategy_AfterSelecting_PoolNetworksAndModesAreAsBefore(string name)
    {
        _networks.Vaal.Vae.train();
        _networks.Vaal.D.train();
        _networks.Task.eval();
        var (labelled, unlabelled) = (_pool.Labelled.ToArray(), _pool.Unlabelled.ToArray());
        var (modes, weights) = (Modes(), Weights());
        Select(name);
        Assert.Equal(labelled, _pool.Labelled);
        Assert.Equal(unlabelled, _pool.Unlabelled);
        Assert.Equal(modes, Modes());
        Assert.Empty(TensorsOf.Changed(weights, Weights()));
    }

    [Theory, MemberData(nameof(Names))]
    public void Strategy_AfterSelecting_NoTensorIsLeft(string name)
    {
        Select(name);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Select(name);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>What judges every image by itself has a score for each; a batch as a whole may have none.</summary>
    [Theory, MemberData(nameof(Names))]
    public void Strategy_Scores_AreOneAnIdAndDescendOrAreNone(string name)
    {
        var (ids, scores) = Select(name);
        var strategy = QueryStrategies.Create(name);
        if (scores.Count == 0 && strategy is not ScoringStrategy && !strategy.JudgesAlone) return;
        Assert.Equal(ids.Count, scores.Count);
        Assert.Equal(scores.OrderDescending(), scores);
    }

    [Fact]
    public void Vaal_Choice_IsWhatDiscriminatorHoldsLeastLabelled()
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var vaal = _networks.Vaal;
        vaal.Vae.eval();
        var unlabelled = _pool.Unlabelled.ToArray();
        var logits = new Dictionary<int, float>();
        foreach (var id in unlabelled)                                            // one by one: no batch mates
        {
            var x = torch.tensor(Array.ConvertAll(_images[id].ToArray(), b => (b / 255f - 0.5f) / 0.5f))
                .view(1, 1, 32, 32);
            logits[id] = vaal.D.call(vaal.Vae.call(x, torch.zeros(1, 4)).Mu).item<float>();
        }
        var (ids, scores) = Select("vaal");
        Assert.Equal(unlabelled.OrderBy(id => logits[id]).Take(7), ids);
        for (var i = 0; i < ids.Count; i++) Assert.Equal(-logits[ids[i]], scores[i], 1e-4f);
    }

    private List<bool> Modes() => [.. All().SelectMany(m => m.modules().Prepend(m)).Select(m => m.training)];

    private SortedDictionary<string, byte[]> Weights() =>
        TensorsOf.Copy(All().SelectMany((m, i) => m.state_dict().Select(p => ($"{i}.{p.Key}", p.Value))));

    private IEnumerable<torch.nn.Module> All() => [_networks.Vaal.Vae, _networks.Vaal.D, _networks.Task];
}
