using System.Text.Json;
using Vaal.Workspaces;

namespace Vaal.Web.Tests;

public sealed class LabelApiTests
{
    private static object Op(string op, string kind, int image, string? @class = null, string? step = null,
        bool suggested = false) =>
        new { op, kind, image, classes = @class is null ? Array.Empty<string>() : [@class], step, suggested };

    private static Task<JsonElement> Send(Caller who, params object[] ops) =>
        who.Post("/api/v1/labels", new { ops });

    [Fact]
    public async Task Labels_SameOperationTwice_CountsOnce_AndAnswersAsBefore()
    {
        await using var served = await ServedFolder.Start();
        var first = await Send(served.Owner, Op("a-1", "label", 1, "cat"));
        var second = await Send(served.Owner, Op("a-1", "label", 1, "cat"));
        Assert.Equal(first.GetProperty("results")[0].GetProperty("entry").GetInt64(),
            second.GetProperty("results")[0].GetProperty("entry").GetInt64());
        using var w = served.Open();
        Assert.Equal("cat", w.Labels().Single().Class);
        Assert.Single(w.Entries(), e => e.What == "label");
        Assert.Empty(w.Problems());
    }

    /// <summary>The second would be lost: the server would take it for the first, sent again.</summary>
    [Fact]
    public async Task Labels_SameOperationForTwoImages_TheSecondIsRefused()
    {
        await using var served = await ServedFolder.Start();
        var results = (await Send(served.Owner, Op("a", "label", 1, "cat"), Op("a", "label", 2, "dog")))
            .GetProperty("results");
        Assert.True(results[0].GetProperty("saved").GetBoolean());
        Assert.Equal("this operation id was used for something else; use a new one",
            results[1].GetProperty("why").GetString());
        using var w = served.Open();
        Assert.Equal((1, "cat"), (w.Labels().Single().Image, w.Labels().Single().Class));
    }

    [Fact]
    public async Task Labels_WithoutAClass_WhereAnImageHasOne_AreRefused()
    {
        await using var served = await ServedFolder.Start();
        var results = (await Send(served.Owner, Op("1", "label", 1), new { op = "2", kind = "label", image = 2 }))
            .GetProperty("results").EnumerateArray();
        Assert.All(results, r => Assert.Equal("expected one class for an image, found none",
            r.GetProperty("why").GetString()));
        using var w = served.Open();
        Assert.Empty(w.Labels());
    }

    /// <summary>Keys and colours go by place.</summary>
    [Fact]
    public async Task Classes_Renamed_KeepTheirPlaces()
    {
        await using var served = await ServedFolder.Start(2, classes: ["banana", "kiwi", "melon"]);
        await served.Owner.Label("banana", 1);
        var project = await served.Owner.Post("/api/v1/classes",
            new { op = "a", action = "rename", name = "banana", to = "bananas" });
        Assert.Equal(["bananas 1", "kiwi 0", "melon 0"], project.GetProperty("classes").EnumerateArray()
            .Select(c => $"{c.GetProperty("name")} {c.GetProperty("pool")}"));
    }

    [Fact]
    public async Task Queue_OfASelectionThatIsGone_SaysSo()
    {
        await using var served = await ServedFolder.Start(2);
        using var answer = await served.Owner.Http.GetAsync("/api/v1/queue?selection=gone");
        Assert.Equal(System.Net.HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("this selection no longer exists", await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Labels_OneOfThemIsWrong_SavesTheOthers_AndSaysWhy()
    {
        await using var served = await ServedFolder.Start();
        var results = (await Send(served.Owner, Op("1", "label", 1, "cat"), Op("2", "label", 2, "hourse"),
            Op("3", "label", 999, "cat"), Op("4", "paint", 3))).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal([true, false, false, false], results.Select(r => r.GetProperty("saved").GetBoolean()));
        Assert.Equal("'hourse' is no declared class; there are: cat, dog", results[1].GetProperty("why").GetString());
        Assert.Equal("there is no image 999", results[2].GetProperty("why").GetString());
        Assert.StartsWith("expected the kind label", results[3].GetProperty("why").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Undo_WithoutLimit_TakesBackEveryStep_AStepOfManyAtOnce()
    {
        await using var served = await ServedFolder.Start();
        var me = served.Owner;
        await me.Label("cat", 1);
        await Send(me, Op("g1", "label", 2, "dog", "grid"), Op("g2", "label", 3, "dog", "grid"));
        await Send(me, Op("u", "unsure", 1));
        Assert.Equal("unsure", (await me.Get("/api/v1/images/1")).GetProperty("state").GetString());
        Assert.Equal("cat", (await me.Undo()).GetProperty("images")[0].GetProperty("classes")[0].GetString());
        Assert.Equal(2, (await me.Undo()).GetProperty("images").GetArrayLength());
        var last = await me.Undo();
        Assert.False(last.GetProperty("undoable").GetBoolean());
        Assert.Equal(JsonValueKind.Null, (await me.Undo()).GetProperty("entry").ValueKind);
        using var w = served.Open();
        Assert.Empty(w.Labels());
        Assert.Empty(w.Marks());
        Assert.Empty(w.Problems());
    }

    [Fact]
    public async Task Undo_SameOperationTwice_TakesOneStepBack()
    {
        await using var served = await ServedFolder.Start();
        await served.Owner.Label("cat", 1, 2);
        var first = await served.Owner.Post("/api/v1/undo", new { op = "z" });
        var second = await served.Owner.Post("/api/v1/undo", new { op = "z" });
        Assert.Equal(first.GetProperty("entry").GetInt64(), second.GetProperty("entry").GetInt64());
        using var w = served.Open();
        Assert.Equal(1, w.Labels().Single().Image);
    }

    [Fact]
    public async Task Undo_OfTheCommandLine_TakesAMarkBack()
    {
        await using var served = await ServedFolder.Start();
        await Send(served.Owner, Op("x", "unusable", 4));
        using var w = served.Open();
        Assert.Equal("unusable", w.MarkOf(4));
        Assert.Equal("label", w.Undo().What);
        Assert.Null(w.MarkOf(4));
        Assert.Equal("unlabelled", (await served.Owner.Get("/api/v1/images/4")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Marks_OfImagesThatHaveALabel_DoNotHideIt()
    {
        await using var served = await ServedFolder.Start(prepare: w => w.Label(1, "cat", null, "me", "elsewhere"));
        using (var db = new Database(Path.Combine(served.Images, ".vaal", "vaal.db")))
            db.Execute("insert into marks values (1, 'unsure', 'me', '2026-01-01T00:00:00.000Z')");
        await served.Restart();
        Assert.Equal("labelled", (await served.Owner.Get("/api/v1/images/1")).GetProperty("state").GetString());
        using var w = served.Open();
        Assert.Equal((1, 0), (w.Status().Labelled, w.Status().Unsure));
    }

    [Fact]
    public async Task Marks_KeepImagesOutOfTheQueue_AndOutOfNext()
    {
        await using var served = await ServedFolder.Start(6);
        await Send(served.Owner, Op("1", "unsure", 1), Op("2", "unusable", 2));
        Assert.Equal([3, 4, 5, 6], (await served.Owner.Queue(20)).Order());
        var counts = (await served.Owner.Get("/api/v1/project")).GetProperty("counts");
        Assert.Equal((4, 1, 1), (counts.GetProperty("unlabelled").GetInt32(), counts.GetProperty("unsure").GetInt32(),
            counts.GetProperty("unusable").GetInt32()));
        using var w = served.Open();
        using var images = w.LoadImages();
        Assert.Equal(4, images.Unlabelled.Length);
        Assert.Equal((1, 1, 4), (w.Status().Unsure, w.Status().Unusable, w.Status().Unlabelled));
        await Send(served.Owner, Op("3", "clear", 1));                               // brings it back
        Assert.Equal([1, 3, 4, 5, 6], (await served.Owner.Queue(20)).Order());
    }

    [Fact]
    public async Task Shapes_AreKept_InPixelsOfTheOriginal()
    {
        await using var served = await ServedFolder.Start();
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[]
            {
                new
                {
                    op = "s", kind = "shapes", image = 1, shapes = new object[]
                    {
                        new { kind = "box", @class = "cat", points = new[] { new[] { 30.0, 8 }, [10, 20] } },
                        new { kind = "polygon", @class = "dog", points = new[] { new[] { 1.0, 1 }, [9, 1], [5, 9] } },
                    },
                },
            },
        });
        using var w = served.Open();
        var shapes = w.Labels().Single().Shapes;
        Assert.Equal(new Vaal.Data.Labels.Box("cat", 10, 8, 20, 12), shapes[0]);
        Assert.Equal(32, Vaal.Data.Labels.Shapes.Area((Vaal.Data.Labels.Polygon)shapes[1]));
        var seen = (await served.Owner.Get("/api/v1/images/1")).GetProperty("shapes");
        Assert.Equal("box", seen[0].GetProperty("kind").GetString());
        Assert.Equal("shapes", (await served.Owner.Get("/api/v1/project")).GetProperty("kind").GetString());
        Assert.Equal(2, seen[0].GetProperty("points").GetArrayLength());
    }

    [Fact]
    public async Task Classes_AddRenameColourAndKey_AreEntriesOfTheLedger_AndAreTakenBack()
    {
        await using var served = await ServedFolder.Start();
        var me = served.Owner;
        await me.Label("cat", 1);
        Task<JsonElement> Change(string action, string name, string? to = null, string? color = null,
            string? key = null) =>
            me.Post("/api/v1/classes", new { op = Guid.NewGuid(), action, name, to, color, key });
        await Change("add", "owl");
        await Change("color", "cat", color: "#aa3300");
        await Change("key", "cat", key: "c");
        var project = await Change("rename", "cat", "Cat");
        var cat = project.GetProperty("classes").EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == "Cat");
        Assert.Equal(("#aa3300", "c", 1), (cat.GetProperty("color").GetString(), cat.GetProperty("key").GetString(),
            cat.GetProperty("pool").GetInt32()));
        for (var i = 0; i < 4; i++) await me.Undo();
        using var w = served.Open();
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
        Assert.DoesNotContain(w.ClassLooks, l => l.Value.Color is not null || l.Value.Key is not null);
        Assert.Equal("cat", w.Labels().Single().Class);
        Assert.Empty(w.Problems());
    }

    [Fact]
    public async Task Suggested_IsRecorded_AndRefusedOnTestImages()
    {
        await using var served = await ServedFolder.Start(20, "30%");
        using var w = served.Open();
        var (test, pool) = (w.Images().First(i => i.Test).Id, w.Images().First(i => !i.Test).Id);
        var results = (await Send(served.Owner, Op("1", "label", pool, "cat", suggested: true),
            Op("2", "label", test, "cat", suggested: true))).GetProperty("results");
        Assert.True(results[0].GetProperty("saved").GetBoolean());
        Assert.Contains("a suggestion would bias it", results[1].GetProperty("why").GetString(),
            StringComparison.Ordinal);
        Assert.True(w.Labels().Single().Suggested);
        Assert.Empty(w.Problems());
    }

    [Fact]
    public async Task OtherCommands_WriteBesideTheServer_AndItSeesThat()
    {
        await using var served = await ServedFolder.Start();
        using var w = served.Open();
        w.Label(3, "dog", null, "me", "elsewhere");
        Assert.Equal("labelled", (await served.Owner.Get("/api/v1/images/3")).GetProperty("state").GetString());
        var message = await Assert.ThrowsAsync<InputException>(() => WorkspaceServer.Start(served.Open(), new()));
        Assert.Contains("serve, pid", message.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_SameOperationTwice_DoNotTakeALaterChangeBack()
    {
        await using var served = await ServedFolder.Start(2);
        await served.Owner.Post("/api/v1/settings", new { op = "a", learnEvery = 7 });
        await served.Owner.Post("/api/v1/settings", new { op = "b", learnEvery = 9 });
        var project = await served.Owner.Post("/api/v1/settings", new { op = "a", learnEvery = 7 });
        Assert.Equal(9, project.GetProperty("learnEvery").GetInt32());
        using var w = served.Open();
        Assert.Equal(2, w.Entries().Count(e => e.What == "settings"));
    }

    [Theory]
    [InlineData("labels")]
    [InlineData("undo")]
    [InlineData("classes")]
    public async Task Write_ForAnotherWorkspace_IsRefused_AndChangesNothing(string path)
    {
        await using var served = await ServedFolder.Start(2);
        await served.Owner.Label("cat", 2);
        using var answer = await served.Owner.Send(HttpMethod.Post, $"/api/v1/{path}", new
        {
            project = Guid.NewGuid(),
            op = "a",
            action = "add",
            name = "owl",
            ops = new[] { new { op = "a", kind = "label", image = 1, classes = new[] { "cat" } } },
        });
        Assert.Equal(System.Net.HttpStatusCode.Conflict, answer.StatusCode);
        using var w = served.Open();
        Assert.Equal(2, w.Labels().Single().Image);
        Assert.Equal(["cat", "dog"], w.DeclaredClasses);
    }

    [Fact]
    public async Task Labels_NoneOrTooManyAtOnce_AreRefused()
    {
        await using var served = await ServedFolder.Start(2);
        foreach (var count in new[] { 0, 501 })
        {
            using var answer = await served.Owner.Send(HttpMethod.Post, "/api/v1/labels",
                new { ops = Enumerable.Range(0, count).Select(i => Op($"{i}", "label", 1, "cat")) });
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains($"expected 1 to 500 operations, found {count}", await answer.Content.ReadAsStringAsync(),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Classes_SameOperationTwice_CountsOnce()
    {
        await using var served = await ServedFolder.Start(2);
        var change = new { op = "a", action = "rename", name = "cat", to = "Cat" };
        await served.Owner.Post("/api/v1/classes", change);
        await served.Owner.Post("/api/v1/classes", change);                          // there is no cat any more
        using var w = served.Open();
        Assert.Equal(["Cat", "dog"], w.DeclaredClasses);
        Assert.Single(w.Entries(), e => e.What == "classes");
    }

    /// <summary>The page makes thousands of rounds: of those that are overtaken only the last few are read.</summary>
    [Fact]
    public async Task Rounds_OfThePage_ThatAreLongOvertaken_AreNotReadAgain()
    {
        await using var served = await ServedFolder.Start(12);
        await served.Learn(0);                                                        // its first round is there
        using var w = served.Open();
        var before = w.Rounds().Count;
        Round Of(string options) => new()
        {
            Strategy = "random",
            Options = options,
            Seed = 1,
            Budget = 1,
            Started = DateTimeOffset.UnixEpoch,
            Finished = DateTimeOffset.UnixEpoch,
        };
        var command = w.RecordRound(Of("{}"), [new(1, 1, null, null)]);
        int[] page = [.. Enumerable.Range(2, 6).Select(i =>
            w.RecordRound(Of("""{"serve": {}}"""), [new(i, 1, null, null)]))];
        int[] read = [command, .. page[^3..]], wanted = [7, 6, 5, 1];
        Assert.Equal(read, w.RoundsToLabel().Where(r => r.Id >= command).Select(r => r.Id));
        Assert.Equal(before + 7, w.Rounds().Count);
        Assert.Equal(wanted, await served.Owner.Queue(4));
    }
}
