using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>What the head doubts: mistakes on the test set and suspects of the pool.</summary>
public sealed partial class LookApiTests
{
    /// <summary>Features of three classes with much noise: a head is not sure of all of them.</summary>
    private static string Table(Vaal.Tests.TemporaryFolder folder, int count)
    {
        const int width = 16;
        var table = folder["features.npy"];
        Vaal.Tests.MadeTable.Write(table, [.. Enumerable.Range(0, count).Select(i => $"{i:000}.png")], i =>
        {
            var random = new Random(i);
            return [.. Enumerable.Range(0, width).Select(k => (k % 3 == i % 3 ? 1f : 0) + random.NextSingle())];
        });
        return table;
    }

    [Fact]
    public async Task Mistakes_AreTheSurestFirst_AndTheConfusionHasThemUnderTheirLabels()
    {
        using var folder = new Vaal.Tests.TemporaryFolder();
        await using var served = await ServedFolder.Start(120, "40", new() { LearnEvery = 1_000 }, _classes,
            encoder: Table(folder, 120));
        int[] test, pool;
        using (var w = served.Open())
        {
            test = [.. w.Images().Where(i => i.Test).Select(i => i.Id)];
            pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id).Take(60)];
        }
        static string ClassOf(int id) => _classes[(id - 1) % 3];
        // wrong labels of the pool make the head less sure
        foreach (var group in test.Concat(pool).GroupBy(id => pool.Contains(id) && id % 8 == 0 ? "owl" : ClassOf(id)))
            await served.Owner.Label(group.Key, [.. group]);
        int[] wrong = [.. test.Where(id => ClassOf(id) == "cat").Take(5)];
        await served.Owner.Label("owl", wrong);
        await served.Learn(60);
        var found = await served.Owner.Get("/api/v1/mistakes?count=200");
        var items = found.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(items.Count, found.GetProperty("total").GetInt32());
        var ofWrong = items.Where(i => wrong.Contains(i.GetProperty("image").GetProperty("id").GetInt32())).ToList();
        Assert.Equal(5, ofWrong.Count);
        Assert.All(ofWrong, i => Assert.Equal(("owl", "cat"), (i.GetProperty("given").GetString(),
            i.GetProperty("believed").GetString())));
        var all = items.Select(i => i.GetProperty("probability").GetDouble()).ToList();
        Assert.Equal(all.OrderDescending(), all);
        Assert.True(all[0] > all[^1]);
        var some = await served.Owner.Get("/api/v1/mistakes?count=3");
        Assert.Equal((items.Count, 3), (some.GetProperty("total").GetInt32(),
            some.GetProperty("items").GetArrayLength()));
        foreach (var by in new[] { "given", "believed" })
        {
            // a cell of the table opens its images
            var owls = items.Where(i => i.GetProperty(by).GetString() == "owl").Select(Id).ToList();
            Assert.InRange(owls.Count, by == "given" ? 5 : 0, items.Count - 1);
            Assert.Equal(owls, (await served.Owner.Get($"/api/v1/mistakes?count=200&{by}=owl")).GetProperty("items")
                .EnumerateArray().Select(Id));
        }
        static int Id(JsonElement i) => i.GetProperty("image").GetProperty("id").GetInt32();
        var confusion = await served.Owner.Get("/api/v1/confusion");
        Assert.Equal(["cat", "dog", "owl"], confusion.GetProperty("classes").EnumerateArray()
            .Select(c => c.GetString()));
        var counts = confusion.GetProperty("counts");
        Assert.InRange(counts[2][0].GetInt32(), 5, items.Count);
        Assert.InRange(counts[0][2].GetInt32(), 0, 4);
    }

    [Fact]
    public async Task Suspects_AreTheListOfReview()
    {
        using var folder = new Vaal.Tests.TemporaryFolder();
        await using var served = await ServedFolder.Start(120, "20%", new() { LearnEvery = 1_000 }, _classes,
            encoder: Table(folder, 120));
        using var w = served.Open();
        int[] pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id).Order().Take(80)];
        // every eighth answer is wrong
        foreach (var group in pool.GroupBy(id => _classes[(id - 1 + (id % 8 == 0 ? 1 : 0)) % 3]))
            await served.Owner.Label(group.Key, [.. group]);
        await served.Learn(80);
        var expected = w.Review(new LabelReviewer()).Labels;
        var found = await served.Owner.Get("/api/v1/suspects?count=200");
        Assert.InRange(expected.Count, 5, 20);
        Assert.Equal(expected.Select(s => (s.Path, s.Given, s.Believed, s.BelievedProbability)),
            found.GetProperty("items").EnumerateArray().Select(i => (i.GetProperty("image").GetProperty("name")
                .GetString()!, i.GetProperty("given").GetString()!, i.GetProperty("believed").GetString()!,
                i.GetProperty("probability").GetDouble())));
        // a label that was changed is suspected no longer
        var first = found.GetProperty("items")[0].GetProperty("image").GetProperty("id").GetInt32();
        await served.Owner.Label(expected[0].Believed, first);
        var after = await served.Owner.Get("/api/v1/suspects?count=200");
        Assert.DoesNotContain(after.GetProperty("items").EnumerateArray(),
            i => i.GetProperty("image").GetProperty("id").GetInt32() == first);
    }
}
