using CsCheck;
using Vaal.Data;
using Vaal.Strategies;
using static TorchSharp.torch;

namespace Vaal.Tests.Strategies;

public sealed class DiverseBatchTests
{
    private static Pool PoolOf(int images, params int[] labelled)
    {
        var pool = new Pool(new ImageSet(PixelStore.Allocate(images * 4), 1, 2, 2));
        foreach (var id in labelled) pool.Label(id, 0);
        return pool;
    }

    private static PoolImage[] Images(params IEnumerable<int?> groups) =>
        [.. groups.Select((group, id) => new PoolImage((ImageNumber)(100 + id), group))];

    [Fact]
    public void Offer_LookAlikes_OneOfEachGroup_ThoseOfLabelledOnesOnlyIfNeeded()
    {
        // 0 labelled; groups: {0, 1}, {2, 3}, {4, 5}; 5 waits; 6 and 7 look like nothing
        var images = Images(0, 0, 2, 2, 4, 4, null, null);
        var pool = PoolOf(8, 0);
        Assert.Equal([2, 6, 7], DiverseBatch.Offer(pool, images, new HashSet<int> { 5 }, budget: 3));
        Assert.Equal([1, 2, 4, 6, 7], DiverseBatch.Offer(pool, images, new HashSet<int> { 5 }, budget: 4));
    }

    [Fact]
    public void Offer_AnyPool_NeverTwoOfAGroup_NothingTwice_NothingThatMustNotBe() =>
        Gen.Select(
            Gen.Int[0, 5].Array[1, 30], Gen.Int[0, 29].HashSet[0, 10], Gen.Int[0, 29].HashSet[0, 10], Gen.Int[1, 20])
            .Sample((groups, labelled, waiting, budget) =>
        {
            int? Group(int id) => groups[id] == 0 ? null : groups[id];
            waiting = [.. waiting.Where(id => id < groups.Length)];
            var pool = PoolOf(groups.Length, [.. labelled.Where(id => id < groups.Length)]);
            var free = pool.Unlabelled.Except(waiting).ToList();
            var offer = DiverseBatch.Offer(pool, Images(groups.Select((_, id) => Group(id))), waiting, budget);
            var perGroup = free.Select(Group).OfType<int>().Distinct().Count() + free.Count(id => Group(id) is null);
            return offer.Distinct().Count() == offer.Length && offer.All(free.Contains)
                && offer.Select(Group).OfType<int>().GroupBy(g => g).All(g => g.Count() == 1)
                // nobody is left out without need
                && (offer.Length >= budget || offer.Length == perGroup);
        });

    private sealed class Fixed(Selection selection) : IQueryStrategy
    {
        public Selection Select(Query query) => selection;
    }

    /// <summary>Of images 0 to 7, 0 is labelled; a strategy of the user's own may choose what cannot be.</summary>
    [Theory]
    [InlineData(new[] { 1, 1 }, new float[0], "image 1 twice")]
    [InlineData(new[] { 0 }, new float[0], "image 0, which has a label")]
    [InlineData(new[] { 2, 8 }, new float[0], "image 8, which is not in the pool")]
    [InlineData(new[] { 1, 2, 3, 4, 5, 6 }, new float[0], "6 images")]
    [InlineData(new int[0], new float[0], "no image")]
    [InlineData(new[] { 1, 2 }, new[] { 1f }, "1 score for 2 images")]
    [InlineData(new[] { 1, 2 }, new[] { 1f, float.NaN }, "NaN as the score of image 2")]
    [InlineData(null, new float[0], "null")]
    public void Select_WhatCannotBeChosen_IsRefused(int[]? ids, float[] scores, string found)
    {
        var pool = PoolOf(8, 0);
        using var networks = new Networks(pool);
        var query = new Query { Pool = pool, Budget = 5, Seed = 1, Networks = networks };
        var e = Assert.Throws<InputException>(
            () => DiverseBatch.Select(new Fixed(new(ids!, scores)), query, candidates: 1, "mine"));
        Assert.Equal("the strategy 'mine': expected 1 to 5 different unlabelled images, with a score for each or none, "
            + $"found {found}", e.Message);
    }

    [Fact]
    public void Query_BudgetOfNothing_IsRefused()
    {
        var pool = PoolOf(2);
        using var networks = new Networks(pool);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new Query { Pool = pool, Budget = 0, Seed = 1, Networks = networks });
    }

    [Fact]
    public void ThinOut_Favourites_TakesTheBestThenThoseFarFromIt()
    {
        // on a line at 0, 1, 2, 10, 11: after the best (at 1) comes 11 (10 away); then 0, 2 and 10 are 1 away, and 0 is
        // the first
        var favourites = new Selection([7, 3, 5, 9, 4], [5, 4, 3, 2, 1]);
        using var latent = tensor(new float[] { 1, 0, 2, 10, 11 }).view(5, 1);
        var chosen = DiverseBatch.ThinOut(favourites, latent, 3);
        Assert.Equal([7, 4, 3], chosen.Ids);
        Assert.Equal([5f, 1f, 4f], chosen.Scores);
    }

    /// <summary>A strategy of the user's own may judge images alone and give no scores.</summary>
    [Fact]
    public void ThinOut_FavouritesWithoutScores_HasNoneEither()
    {
        using var latent = tensor(new float[] { 1, 0, 2, 10, 11 }).view(5, 1);
        var chosen = DiverseBatch.ThinOut(new Selection([7, 3, 5, 9, 4], []), latent, 3);
        Assert.Equal([7, 4, 3], chosen.Ids);
        Assert.Empty(chosen.Scores);
    }

    // on a line, labelled at 11: of 1, 0, 2, 10 the farthest is 0, and then 2 and not 10, which is near the label
    [Fact]
    public void ThinOut_LabelledImages_CountAsChosen()
    {
        var favourites = new Selection([7, 3, 5, 9], [5, 4, 3, 2]);
        using var latent = tensor(new float[] { 1, 0, 2, 10 }).view(4, 1);
        using var labelled = tensor(new float[] { 11 }).view(1, 1);
        Assert.Equal([3, 5], DiverseBatch.ThinOut(favourites, latent, 2, labelled).Ids);
        using var none = zeros(0, 1);
        Assert.Equal([7, 9], DiverseBatch.ThinOut(favourites, latent, 2, none).Ids);
    }

    [Fact]
    public void ThinOut_TinySets_IsWithinTwiceTheBestRadius() =>
        Gen.Select(Gen.Int[-20, 20].Array[3, 9], Gen.Int[1, 4]).Sample((at, budget) =>
    {
        using var latent = tensor([.. at.Select(v => (float)v)]).view(at.Length, 1);
        var favourites = new Selection([.. Enumerable.Range(0, at.Length)], [.. at.Select(v => (float)v)]);
        var chosen = DiverseBatch.ThinOut(favourites, latent, budget).Ids;
        // brute force over all batches
        var best = Subsets(at.Length, Math.Min(budget, at.Length)).Min(Radius);
        return chosen.Count == Math.Min(budget, at.Length) && Radius(chosen) <= 2 * best;

        int Radius(IReadOnlyList<int> centres) => at.Max(v => centres.Min(c => Math.Abs(at[c] - v)));
    });

    private static IEnumerable<int[]> Subsets(int of, int size) =>
        Enumerable.Range(0, 1 << of).Where(bits => int.PopCount(bits) == size)
            .Select(bits => Enumerable.Range(0, of).Where(i => (bits >> i & 1) == 1).ToArray());
}
