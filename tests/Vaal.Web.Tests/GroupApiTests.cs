using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>The lists of groups beside the grid.</summary>
public sealed class GroupApiTests : IDisposable
{
    private const int All = 60, Width = 16;
    private readonly Vaal.Tests.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Two groups: images with odd and with even ids. 7 and 8 are the middle of theirs.</summary>
    private Task<ServedFolder> Start()
    {
        var table = _folder["features.npy"];
        Vaal.Tests.MadeTable.Write(table, [.. Enumerable.Range(0, All).Select(i => $"{i:000}.png")], i =>
        {
            var noise = new Random(i);
            return [.. Enumerable.Range(0, Width).Select(k => (k % 2 == i % 2 ? 1 : 0)
                + (i is 6 or 7 ? 0.15f : 0.3f * noise.NextSingle()))];
        });
        return ServedFolder.Start(All, options: new() { LearnEvery = 1_000 }, encoder: table);
    }

    private static Dictionary<string, JsonElement> ById(JsonElement groups) => groups.GetProperty("groups")
        .EnumerateArray().ToDictionary(g => g.GetProperty("id").GetString()!);

    [Fact]
    public async Task Groups_OfImagesThatLookAlike_HaveTheImageInTheirMiddle_AndTheClassOfMostLabels()
    {
        await using var served = await Start();
        await served.Owner.Label("cat", 1, 3, 5, 2);
        await served.Owner.Label("dog", 9, 4);
        await served.Learn(6);
        var groups = ById(await served.Owner.Get("/api/v1/groups?by=cluster")).Values.ToDictionary(
            g => g.GetProperty("image").GetInt32());
        Assert.Equal([7, 8], groups.Keys.Order());
        Assert.Equal((30, 26, "cat"), (groups[7].GetProperty("size").GetInt32(),
            groups[7].GetProperty("unlabelled").GetInt32(), groups[7].GetProperty("mostly").GetString()));
        // one cat and one dog: neither is more than half
        Assert.Equal((28, JsonValueKind.Null), (groups[8].GetProperty("unlabelled").GetInt32(),
            groups[8].GetProperty("mostly").ValueKind));
    }

    [Fact]
    public async Task Groups_ByFilter_SayHowManyImagesTheGridThenShows()
    {
        await using var served = await Start();
        await served.Owner.Label("cat", 1, 2, 3);
        await served.Owner.Post("/api/v1/labels",
            new { ops = new[] { new { op = "a", kind = "unsure", image = 4 } } });
        var filters = ById(await served.Owner.Get("/api/v1/groups?by=filter"));
        Assert.Equal((56, 3, 1), (filters["unlabelled"].GetProperty("size").GetInt32(),
            filters["labelled"].GetProperty("size").GetInt32(), filters["unsure"].GetProperty("size").GetInt32()));
        Assert.DoesNotContain("broken", filters.Keys);                                // no grid shows a broken file
        foreach (var (id, filter) in filters)
            Assert.Equal(filter.GetProperty("size").GetInt32(), (await served.Owner.Get(
                $"/api/v1/grid?by=filter&value={id}")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Grid_OfAClassWhoseImagesAllHaveLabels_IsEmpty_AndOfNoClassIsRefused()
    {
        await using var served = await Start();
        foreach (var group in Enumerable.Range(1, All).GroupBy(id => id % 2 == 1 ? "cat" : "dog"))
            await served.Owner.Label(group.Key, [.. group]);
        await served.Learn(All);
        Assert.Equal(0, (await served.Owner.Get("/api/v1/grid?by=class&value=cat")).GetProperty("total").GetInt32());
        using var refused = await served.Owner.Send(HttpMethod.Get, "/api/v1/grid?by=class&value=owl");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
    }
}
