using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>Groups, search, the map and what the head doubts, on pictures of three classes.</summary>
public sealed partial class LookApiTests
{
    private static readonly string[] _classes = ["cat", "dog", "owl"];

    private static async Task<ServedFolder> Start(int images, string? test = null)
    {
        var served = await ServedFolder.Start(images, test, new ServeOptions { LearnEvery = 1_000 }, _classes,
            picture: i => ServedFolder.OfClass((i - 1) % 3, i));
        await Learned(served);
        return served;
    }

    private static Task Learned(ServedFolder served, int labels = 0) =>
        Until.Learned(served.Owner, learned => learned.GetProperty("labels").GetInt32() >= labels);

    private static int[] Ids(JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetInt32())];

    [Fact]
    public async Task Groups_OfPicturesAlike_HoldOneClass_AndTheGridShowsThem()
    {
        await using var served = await Start(120);
        var groups = (await served.Owner.Get("/api/v1/groups?by=cluster")).GetProperty("groups")
            .EnumerateArray().ToList();
        Assert.Equal(120, groups.Sum(g => g.GetProperty("size").GetInt32()));
        foreach (var group in groups)
        {
            var id = group.GetProperty("id").GetString();
            var page = await served.Owner.Get($"/api/v1/grid?by=cluster&value={id}&count=200");
            Assert.Equal(group.GetProperty("size").GetInt32(), page.GetProperty("total").GetInt32());
        }
        // similar pictures are of the same class
        var alike = Ids(await served.Owner.Get("/api/v1/similar/1?count=10"));
        Assert.Equal(10, alike.Length);
        Assert.All(alike, id => Assert.Equal(1, id % 3));
        Assert.DoesNotContain(1, alike);
    }

    /// <summary>An image of the test set finds images of the pool.</summary>
    [Fact]
    public async Task Similar_ToATestImage_AreImagesOfThePool()
    {
        await using var served = await Start(90, "30");
        using var w = served.Open();
        var test = w.Images().Where(i => i.Test).Select(i => i.Id).ToList();
        foreach (var by in new[] { $"similar/{test[0]}?count=10", $"grid?by=similar&value={test[0]}&count=10" })
        {
            var alike = Ids(await served.Owner.Get($"/api/v1/{by}"));
            Assert.Equal(10, alike.Length);
            Assert.All(alike, id => Assert.Equal(test[0] % 3, id % 3));
            Assert.Empty(alike.Intersect(test));
        }
    }

    /// <summary><c>vaal init</c> beside the server.</summary>
    [Fact]
    public async Task Images_ThatInitAdds_AreOffered_AndLearnedFrom()
    {
        await using var served = await Start(12);
        File.WriteAllBytes(served["images/new.png"], ServedFolder.OfClass(2, 100));
        using var w = served.Open();
        w.Index(new());
        Assert.Contains(13, await served.Owner.Queue(20));
        await served.Owner.Label("owl", 13);
        await served.Learn(1);
        Assert.Contains(13, (await served.Owner.Get("/api/v1/map")).GetProperty("ids").EnumerateArray()
            .Select(id => id.GetInt32()));
        Assert.Equal(12, Ids(await served.Owner.Get("/api/v1/similar/13?count=50")).Length);
    }

    /// <summary>Nobody asks the server to learn, and meanwhile it does not say that there are no images.</summary>
    [Fact]
    public async Task Map_AfterInitBesideTheServer_ComesBackByItself()
    {
        await using var served = await Start(12);
        File.WriteAllBytes(served["images/new.png"], ServedFolder.OfClass(2, 100));
        using (var w = served.Open()) w.Index(new());
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            using var alike = await served.Owner.Send(HttpMethod.Get, "/api/v1/similar/13?count=50");
            if (alike.IsSuccessStatusCode)
                Assert.Equal(12, Ids(JsonDocument.Parse(await alike.Content.ReadAsStringAsync()).RootElement).Length);
            using var answer = await served.Owner.Send(HttpMethod.Get, "/api/v1/map");
            if (answer.StatusCode != System.Net.HttpStatusCode.ServiceUnavailable) break;
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(3), await answer.Content.ReadAsStringAsync());
            await Task.Delay(50);
        }
        Assert.Equal(Enumerable.Range(1, 13), (await served.Owner.Get("/api/v1/map")).GetProperty("ids")
            .EnumerateArray().Select(id => id.GetInt32()).Order());
        Assert.Equal(12, Ids(await served.Owner.Get("/api/v1/similar/13?count=50")).Length);
        var groups = (await served.Owner.Get("/api/v1/groups?by=cluster")).GetProperty("groups");
        Assert.Equal(13, groups.EnumerateArray().Sum(g => g.GetProperty("size").GetInt32()));
    }

    [Theory]
    [InlineData("grid?by=filter&value=unlabelled")]
    [InlineData("search?filter=unlabelled")]
    [InlineData("search?filter=broken")]
    public async Task Pages_OfWhatIsFound_AreItsParts(string query)
    {
        await using var served = await ServedFolder.Start(7, more:
            [.. Enumerable.Range(0, 7).Select(i => ($"broken-{i}.png", new byte[] { 0x89, (byte)i }))]);
        var (whole, parts) = (Ids(await served.Owner.Get($"/api/v1/{query}&count=200")), new List<int>());
        for (var offset = 0; offset < 9; offset += 3)
        {
            var page = await served.Owner.Get($"/api/v1/{query}&count=3&offset={offset}");
            Assert.Equal(7, page.GetProperty("total").GetInt32());
            parts.AddRange(Ids(page));
        }
        Assert.Equal(7, whole.Length);
        Assert.Equal(whole, parts);
    }

    [Fact]
    public async Task Search_ByRoundSplitAndChosen_FindsThose()
    {
        await using var served = await Start(60, "12");
        using var w = served.Open();
        var (picks, test) = (w.Picks(1).Select(p => p.Image).Order(), w.Images().Where(i => i.Test).Select(i => i.Id));
        async Task<int[]> Found(string query) => Ids(await served.Owner.Get($"/api/v1/search?{query}&count=200"));
        Assert.Equal(picks, await Found("round=1"));
        Assert.Equal(picks, await Found("filter=chosen"));
        Assert.Equal(test.Order(), await Found("split=test"));
        Assert.Equal(48, (await Found("split=pool")).Except(test).Count());
        Assert.Empty(await Found("round=7"));
        using var refused = await served.Owner.Send(HttpMethod.Get, "/api/v1/search?filter=nonsense");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Grid_ByClass_ShowsUnlabelledImagesOfThePredictedClass_AndNoTestImage()
    {
        await using var served = await Start(120, "20%");
        using var w = served.Open();
        var test = w.Images().Where(i => i.Test).Select(i => i.Id).ToHashSet();
        int[] pool = [.. Enumerable.Range(1, 120).Where(id => !test.Contains(id)).Take(45)];
        foreach (var id in pool) await served.Owner.Label(_classes[(id - 1) % 3], id);
        foreach (var id in test) await served.Owner.Label(_classes[(id - 1) % 3], id);
        await served.Owner.Label("owl", pool[0]);                                     // wrong: it is another class
        await served.Owner.Send(HttpMethod.Post, "/api/v1/learn");
        await Learned(served, 45);
        var owls = Ids(await served.Owner.Get("/api/v1/grid?by=class&value=owl&count=200"));
        Assert.NotEmpty(owls);
        Assert.Empty(owls.Intersect(test));
        Assert.Empty(owls.Intersect(pool));
        Assert.True(owls.Count(id => id % 3 == 0) >= 0.8 * owls.Length);

        var confusion = await served.Owner.Get("/api/v1/confusion");
        Assert.Equal(test.Count, confusion.GetProperty("counts").EnumerateArray().Sum(r => r.EnumerateArray()
            .Sum(c => c.GetInt32())));
        var suspects = await Until.Answer(
            served.Owner, "/api/v1/suspects?count=5", found => found.GetProperty("total").GetInt32() > 0);
        var first = suspects.GetProperty("items")[0];
        Assert.Equal((pool[0], "owl"), (first.GetProperty("image").GetProperty("id").GetInt32(),
            first.GetProperty("given").GetString()));
    }

    [Fact]
    public async Task Map_HasAPointForEachImageOfThePool_AndClassesLieApart()
    {
        await using var served = await Start(90, "30");
        var map = await served.Owner.Get("/api/v1/map");
        double[] x = [.. map.GetProperty("x").EnumerateArray().Select(v => v.GetDouble())];
        int[] ids = [.. map.GetProperty("ids").EnumerateArray().Select(v => v.GetInt32())];
        Assert.Equal((60, 60), (x.Length, ids.Distinct().Count()));
        double[] means = [.. Enumerable.Range(0, 3).Select(c => ids.Index().Where(i => (i.Item - 1) % 3 == c)
            .Average(i => x[i.Index]))];
        Assert.True(means.Max() - means.Min() > 0.5, string.Join(" ", means));
        var selection = (await served.Owner.Post("/api/v1/selection", new { images = ids[..5] }))
            .GetProperty("id").GetString();
        Assert.Equal(
            ids[..5].Order(), Ids(await served.Owner.Get($"/api/v1/grid?by=selection&value={selection}")).Order());
        Assert.Equal(ids[..5].Order(), (await served.Owner.Queue(20, $"&selection={selection}")).Order());
    }

    [Theory]
    [InlineData("filter=unlabelled", 7)]
    [InlineData("filter=labelled", 1)]
    [InlineData("filter=unusable", 1)]
    [InlineData("filter=unsure", 1)]
    [InlineData("filter=broken", 1)]
    [InlineData("filter=duplicates", 2)]
    [InlineData("filter=odd-size", 1)]
    [InlineData("filter=dark", 1)]
    [InlineData("filter=bright", 1)]
    [InlineData("filter=blurred", 1)]
    [InlineData("filter=low-information", 1)]
    [InlineData("class=cat", 1)]
    [InlineData("name=00", 4)]
    [InlineData("q=WIDE", 1)]
    [InlineData("filter=unlabelled&name=dark", 1)]
    public async Task Search_ByEachFilter_FindsWhatIsThere(string query, int found)
    {
        await using var served = await ServedFolder.Start(3, more:
        [
            ("00-alike.png", Vaal.Tests.Pictures.Random(1, brighter: 2)), ("broken.png", [0x89, 0x50]),
            ("dark.png", Vaal.Tests.TestImages.Rgb(64, 64, 3, 3, 3)),
            ("wide.png", Vaal.Tests.TestImages.Grey(640, 64, (x, y) => (x * 7 + y * 13) % 256)),
            ("normal.png", Vaal.Tests.Pictures.Random(77)),
            ("unclear.png", Vaal.Tests.Pictures.Random(78)),
            ("pale.png", Vaal.Tests.TestImages.Grey(64, 64, (x, y) => 220 + (x / 8 * 5 + y / 8 * 11) % 32)),
            ("slope.png", Vaal.Tests.TestImages.Grey(64, 64, (x, y) => 50 + x + y)),
        ]);
        using var w = served.Open();
        var ids = w.Images().ToDictionary(i => i.Path, i => i.Id);
        await served.Owner.Label("cat", ids["001.png"]);
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[]
            {
                new { op = "u", kind = "unusable", image = ids["normal.png"] },
                new { op = "v", kind = "unsure", image = ids["unclear.png"] },
            },
        });
        Assert.Equal(found, (await served.Owner.Get($"/api/v1/search?{query}")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Grid_OfNearDuplicates_ShowsOneAndHowMany_AndAllOnDemand()
    {
        await using var served = await ServedFolder.Start(3, more:
            [("000-alike.png", Vaal.Tests.Pictures.Random(1, brighter: 2))]);
        using var w = served.Open();
        var ids = w.Images().ToDictionary(i => i.Path, i => i.Id);
        int[] alike = [ids["000.png"], ids["000-alike.png"]];
        var grid = await served.Owner.Get("/api/v1/grid?by=filter&value=unlabelled");
        Assert.Equal((3, 3), (grid.GetProperty("total").GetInt32(), Ids(grid).Length));
        var shown = grid.GetProperty("items").EnumerateArray()
            .Single(i => alike.Contains(i.GetProperty("id").GetInt32()));
        Assert.Equal(2, shown.GetProperty("group").GetInt32());
        var of = shown.GetProperty("id").GetInt32();
        Assert.Equal(alike.Order(), Ids(await served.Owner.Get($"/api/v1/grid?by=duplicates&value={of}")).Order());
        Assert.Equal(4, Ids(await served.Owner.Get("/api/v1/search?filter=unlabelled")).Length);
    }

    [Fact]
    public void Quality_OfPicturesThatAreKnown_IsAsWorkedByHand()
    {
        // half black, half white in stripes of one pixel: 1 bit, mean 127.5. Where x is the distance from the mean, the
        // Laplacian is 4x − 2(−x) − 2x = 4x, so its variance is 16 times that of the grey
        var stripes = new byte[3 * 32 * 32];
        for (var i = 0; i < stripes.Length; i++) stripes[i] = (byte)(i % 2 * 255);
        var quality = Workspaces.PictureQuality.Of(stripes, 32);
        Assert.Equal((127.5, 1.0), (quality.Brightness, Math.Round(quality.Information, 9)));
        Assert.Equal(16, quality.Sharpness, 6);
        Assert.True(Workspaces.PictureQuality.Of(new byte[3 * 32 * 32], 32) is
        { IsDark: true, IsBlurred: false, IsLowInformation: true });
    }
}
