using CsCheck;
using Vaal.Cluster.Work;
using Vaal.Scoring;

namespace Vaal.Cluster.Tests;

public sealed class TopScoresTests
{
    // few values, so that many scores are equal
    private static readonly Gen<(int Budget, int ShardSize, int[] Scores, int Seed)> Cases =
        Gen.Select(Gen.Int[1, 12], Gen.Int[1, 9], Gen.Int[0, 5].Array[0, 60], Gen.Int);

    [Fact]
    public void TopScores_ShardsInAnyOrderWithTheirBars_AreTheTopBOfAll() => Cases.Sample(c =>
    {
        int[] ids = [.. Enumerable.Range(0, c.Scores.Length)];
        float[] scores = [.. c.Scores.Select(s => s / 4f)];
        var (merged, random) = (new TopScores(c.Budget), new Random(c.Seed));
        var shards = ids.Chunk(c.ShardSize).ToArray();
        random.Shuffle(shards);
        foreach (var shard in shards)
        {
            // a worker sends its own best of those that beat the bar, which may be an old one; some come twice
            var bar = random.Next(2) == 0 ? merged.Bar : null;
            var own = new TopScores(c.Budget);
            foreach (var id in shard)
                if (bar?.IsBeatenBy(id, scores[id]) != false) own.Add(id, scores[id]);
            foreach (var (id, score) in own.Ranked().Concat(random.Next(3) == 0 ? own.Ranked() : []))
                merged.Add(id, score);
        }
        var expected = TopB.Highest(ids, scores, c.Budget);
        return merged.Ranked().Select(r => r.Id).SequenceEqual(expected.Ids)
            && merged.Ranked().Select(r => r.Score).SequenceEqual(expected.Scores);
    });

    [Fact]
    public void TopScores_NaN_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new TopScores(1).Add(3, float.NaN));
}
