using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>
/// What the head suggests and what it chooses, on features made for it: 120 images whose class is clear, 30 that lie
/// between two classes, and 10 that are hardly of any.
/// </summary>
public sealed class ServeSuggestionTests : IDisposable
{
    private const int Labelled = 90, Clear = 120, Between = 150, All = 160, Width = 16;
    private static readonly string[] _classes = ["cat", "dog", "owl"];
    private readonly Vaal.Tests.TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static float[] Row(int i)
    {
        var (noise, row) = (new Random(i), new float[Width]);
        for (var k = 0; k < Width - 1; k++)
        {
            var own = k % 3 == i % 3;
            row[k] = i < Clear ? (own ? 1 : 0) + 0.3f * noise.NextSingle()
                : i < Between ? (own ? 0 : 0.5f) + 0.15f + 0.01f * noise.NextSingle()
                : 0.48f + (own ? 0.15f : 0) + 0.01f * noise.NextSingle();
        }
        row[^1] = i < Between ? 0 : 3;
        return row;
    }

    private Task<ServedFolder> Start(ServeOptions? options = null, Func<int, float[]>? row = null)
    {
        var table = _folder["features.npy"];
        Vaal.Tests.MadeTable.Write(table, [.. Enumerable.Range(0, All).Select(i => $"{i:000}.png")], row ?? Row);
        return ServedFolder.Start(All, null, options ?? new() { LearnEvery = 1_000 }, _classes, encoder: table);
    }

    private static string ClassOf(int id) => _classes[(id - 1) % 3];

    private static async Task Label(ServedFolder served, IEnumerable<int> ids, Func<int, string>? of = null)
    {
        foreach (var group in ids.GroupBy(of ?? ClassOf)) await served.Owner.Label(group.Key, [.. group]);
    }

    private static async Task<ServedFolder> Taught(Task<ServedFolder> starting, Func<int, string>? of = null)
    {
        var served = await starting;
        await Label(served, Enumerable.Range(1, Labelled), of);
        await served.Learn(Labelled);
        return served;
    }

    private static async Task<(string Class, double Probability)?> Suggested(ServedFolder served, int id) =>
        (await served.Owner.Get($"/api/v1/images/{id}")).GetProperty("suggestion") is
        { ValueKind: JsonValueKind.Object } made
            ? (made.GetProperty("class").GetString()!, made.GetProperty("probability").GetDouble()) : null;

    private static async Task<List<(int Id, string Class, double Probability)>> AllSuggested(ServedFolder served)
    {
        var found = new List<(int, string, double)>();
        foreach (var id in Enumerable.Range(Labelled + 1, All - Labelled))
            if (await Suggested(served, id) is var (name, probability)) found.Add((id, name, probability));
        return found;
    }

    private static async Task<double?> Threshold(ServedFolder served) =>
        (await served.Owner.Get("/api/v1/project")).GetProperty("suggestAbove") is
        { ValueKind: JsonValueKind.Number } least ? least.GetDouble() : null;

    [Fact]
    public async Task Suggestions_OfUnsurePredictions_AreNotShown_NorBelowTheSetting()
    {
        await using var served = await Taught(Start());
        var (least, found) = (await Threshold(served), await AllSuggested(served));
        Assert.NotNull(least);
        Assert.InRange(found.Count, 20, Clear - Labelled);
        Assert.All(found, s => Assert.True(s.Id <= Clear && s.Class == ClassOf(s.Id) && s.Probability >= least));

        var level = found.Select(s => s.Probability).Order().ElementAt(found.Count / 2);
        await served.Owner.Post("/api/v1/settings", new { op = "a", suggestAbove = level });
        Assert.Equal(level, await Threshold(served));
        Assert.Equal(found.Where(s => s.Probability >= level), await AllSuggested(served));
        // a setting below the threshold does not lower it
        await served.Owner.Post("/api/v1/settings", new { op = "b", suggestAbove = 0.01 });
        Assert.Equal(least, await Threshold(served));
        Assert.Equal(found, await AllSuggested(served));
    }

    /// <summary>A head of more features than labels repeats any labels that it saw.</summary>
    [Fact]
    public async Task Suggestions_FromLabelsByChance_AreNone()
    {
        await using var served = await Taught(Start(row: i =>
        {
            var random = new Random(i);
            return [.. Enumerable.Range(0, 256).Select(_ => random.NextSingle())];
        }), id => _classes[new Random(1_000 + id).Next(3)]);
        Assert.Null(await Threshold(served));
        Assert.Empty(await AllSuggested(served));
    }

    [Fact]
    public async Task Suggestions_OfImagesThatTwoPeopleLabelBlind_AreNone()
    {
        await using var served = await Taught(Start(new() { LearnEvery = 1_000, Overlap = 1 }));
        Assert.NotNull(await Threshold(served));
        Assert.Empty(await AllSuggested(served));
        Assert.Equal((0, 0), await Predicted());
        await served.Owner.Post("/api/v1/settings", new { op = "a", overlap = 0 });
        Assert.Equal((All - Labelled, All - Labelled), await Predicted());

        // images that the grid offers by class, and those whose class Label Studio is told
        async Task<(int Offered, int Told)> Predicted()
        {
            var groups = (await served.Owner.Get("/api/v1/groups?by=class")).GetProperty("groups");
            var told = (await served.Owner.Post("/predict", new
            {
                tasks = Enumerable.Range(Labelled, All - Labelled)
                    .Select(i => new { id = i, data = new { image = $"{i:000}.png" } }),
            })).GetProperty("results");
            return (groups.EnumerateArray().Sum(g => g.GetProperty("size").GetInt32()),
                told.EnumerateArray().Count(r => r.GetProperty("result").GetArrayLength() > 0));
        }
    }

    /// <summary>The new choice is told before the new head is calibrated: the page asks for images at that
    /// moment.</summary>
    [Fact]
    public async Task Suggestions_WhenANewChoiceIsTold_AreThereStill()
    {
        await using var served = await Taught(Start());
        var sure = (await AllSuggested(served)).MaxBy(s => s.Probability).Id;
        using var answer = await served.Owner.Http.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        using var told = new StreamReader(await answer.Content.ReadAsStreamAsync());
        while (await told.ReadLineAsync() != "data: hello") { }
        var clear = Enumerable.Range(Labelled + 1, Clear - Labelled).Where(id => id != sure).Take(3).ToList();
        foreach (var (time, id) in clear.Index())
        {
            await Label(served, [id]);
            using (await served.Owner.Send(HttpMethod.Post, "/api/v1/learn")) { }
            while (await told.ReadLineAsync() != "data: learned") { }
            Assert.NotNull(await Suggested(served, sure));
            await Until.Learned(served.Owner, l => l.GetProperty("labels").GetInt32() == Labelled + time + 1);
        }
    }

    [Fact]
    public async Task Image_OfTheTestSet_HasNoSuggestion_WhateverTheHeadSays()
    {
        await using var served = await ServedFolder.Start(20, "30%");
        using var w = served.Open();
        var board = new Board();
        board.Sync(w);
        SuggestionJson? Made(bool test) => ImageJson.Of(board, Array.FindIndex(board.Rows, r => r.Test == test),
            ImageStatus.Unlabelled, null, [new("cat", 0.99)], leased: false).Suggestion;
        Assert.Equal((null, "cat"), (Made(test: true), Made(test: false)!.Class));
    }

    /// <summary>A strategy that the owner chooses is used at once.</summary>
    [Theory]
    [InlineData("margin", Clear, Between, "its two most probable classes are ")]
    [InlineData("entropy", Between, All, "its classes are equally probable to ")]
    public async Task Strategy_Changed_ChoosesAtOnce_WhatItIsUnsureOf(string strategy, int from, int end, string reason)
    {
        await using var served = await Taught(Start());
        var before = (await served.Owner.Get("/api/v1/panel")).GetProperty("learned").GetProperty("round").GetInt32();
        await served.Owner.Post("/api/v1/settings", new { op = "a", strategy });
        await Until.Learned(served.Owner, l => l.GetProperty("round").GetInt32() > before);
        var items = (await served.Owner.Get("/api/v1/queue?count=8")).GetProperty("items").EnumerateArray().ToList();
        Assert.All(items, i =>
        {
            Assert.InRange(i.GetProperty("id").GetInt32(), from + 1, end);
            Assert.StartsWith(reason, i.GetProperty("reason").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(Enumerable.Range(1, 8), items.Select(i => i.GetProperty("rank").GetInt32()));
        using var w = served.Open();
        Assert.Equal(strategy, w.Rounds()[^1].Strategy);
        var scores = w.Picks(before + 1).Select(p => p.Score!.Value).ToList();
        Assert.Equal(scores.OrderDescending(), scores);
    }
}
