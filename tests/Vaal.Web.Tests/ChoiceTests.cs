using System.Text.Json;
namespace Vaal.Web.Tests;

/// <summary>What the server chooses next, on features made for it.</summary>
public sealed class ChoiceTests : IDisposable
{
    private readonly Vaal.Tests.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Table(int count, Func<int, float[]> row)
    {
        var table = _folder["features.npy"];
        Vaal.Tests.MadeTable.Write(table, [.. Enumerable.Range(0, count).Select(i => $"{i:000}.png")], row);
        return table;
    }

    /// <summary>Forty groups of five images that lie close together: who has labelled one of a group is asked about
    /// another group.</summary>
    [Fact]
    public async Task Coverage_AfterNewLabels_LeavesOutWhatTheyCover()
    {
        const int groups = 40, all = 200;
        var table = Table(all, i =>
        {
            var noise = new Random(i);
            return [.. Enumerable.Range(0, groups).Select(k => (k == i % groups ? 1 : 0) + 0.01f * noise.NextSingle())];
        });
        await using var served = await ServedFolder.Start(all, options: new() { LearnEvery = 1 }, encoder: table);
        await Until.Learned(served.Owner, l => l.GetProperty("round").ValueKind is JsonValueKind.Number);
        using var w = served.Open();
        int[] first = [.. w.Picks(1).Select(p => p.Image)];
        Assert.Equal(1 + Learner.Ahead, first.Select(GroupOf).Distinct().Count());
        await served.Owner.Label("cat", first);
        await Until.Learned(served.Owner, l => l.GetProperty("labels").GetInt32() == first.Length);
        int[] second = [.. w.Picks(2).Select(p => p.Image)];
        Assert.Equal("coverage", w.Rounds()[^1].Strategy);
        Assert.Equal(1 + Learner.Ahead, second.Select(GroupOf).Distinct().Count());
        Assert.Empty(second.Select(GroupOf).Intersect(first.Select(GroupOf)));

        static int GroupOf(int id) => (id - 1) % groups;
    }

    /// <summary>Ten pairs of pictures that look alike; the head is unsure of the first of each, and less so of the
    /// second.</summary>
    [Theory]
    [InlineData("margin")]
    [InlineData("entropy")]
    public async Task Unsure_OfPicturesThatLookAlike_AreChosenOnce(string strategy)
    {
        const int labelled = 40, all = 60;
        await using var served = await ServedFolder.Start(all, options: new() { LearnEvery = 1_000 },
            encoder: Table(all, i =>
            {
                var noise = new Random(i);
                var (cat, between) = (i < labelled ? i % 2 == 0 : i % 4 < 2, i >= labelled && i % 2 == 0);
                return [.. Enumerable.Range(0, 8).Select(k => (between ? 0.5f : k % 2 == 0 == cat ? 1 : 0)
                    + 0.02f * noise.NextSingle())];
            }),
            picture: i => i <= labelled ? Vaal.Tests.Pictures.Random(i)
                : Vaal.Tests.Pictures.Random(1_000 + PairOf(i), brighter: (i - labelled - 1) % 2 * 2));
        foreach (var group in Enumerable.Range(1, labelled).GroupBy(id => id % 2 == 1 ? "cat" : "dog"))
            await served.Owner.Label(group.Key, [.. group]);
        await served.Learn(labelled);
        var before = (await served.Owner.Get("/api/v1/panel")).GetProperty("learned").GetProperty("round").GetInt32();
        await served.Owner.Post("/api/v1/settings", new { op = "a", strategy });
        await Until.Learned(served.Owner, l => l.GetProperty("round").GetInt32() > before);
        using var w = served.Open();
        Assert.Equal(strategy, w.Rounds()[^1].Strategy);
        int[] picks = [.. w.Picks(w.Rounds()[^1].Id).Select(p => p.Image).Order()];
        Assert.Equal(Enumerable.Range(0, 10).Select(pair => labelled + 1 + 2 * pair), picks);

        static int PairOf(int id) => (id - labelled - 1) / 2;
    }
}
