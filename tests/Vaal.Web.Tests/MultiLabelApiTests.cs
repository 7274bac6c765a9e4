using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>A served workspace whose images may have the classes <c>left</c>, <c>right</c>, both or neither.</summary>
public sealed partial class MultiLabelApiTests
{
    private const int Images = 160;
    private static readonly string[] _classes = ["left", "right"];

    private static string[] ClassesOf(int id) => [.. _classes.Where((_, k) => (id >> k & 1) == 1)];

    // the left half is bright, the right half, both or neither
    private static byte[] Picture(int id)
    {
        var (of, noise) = (ClassesOf(id), new Random(id));
        int[] blocks = [.. Enumerable.Range(0, 64).Select(_ => noise.Next(40))];
        return Vaal.Tests.TestImages.Grey(32, 32, (x, y) => blocks[y / 4 * 8 + x / 4]
            + (of.Contains(x < 16 ? "left" : "right") ? 160 : 20));
    }

    private static Task<ServedFolder> Start(int images = 12, string? test = null, ServeOptions? options = null) =>
        ServedFolder.Start(images, test, options ?? new ServeOptions { LearnEvery = 1_000 }, _classes,
            w => w.Index(new() { MultiLabel = true, NearDuplicates = 0 }), picture: Picture);

    private static object Op(int image, string[] classes, bool suggested = false, bool add = false) =>
        new { op = Guid.NewGuid().ToString(), kind = "label", image, classes, suggested, add };

    private static async Task Label(ServedFolder served, IEnumerable<int> images, Func<int, string[]>? of = null)
    {
        var answer = await served.Owner.Post("/api/v1/labels",
            new { ops = images.Select(i => Op(i, (of ?? ClassesOf)(i))) });
        Assert.All(
            answer.GetProperty("results").EnumerateArray(), r => Assert.True(r.GetProperty("saved").GetBoolean()));
    }

    private static string[] Strings(JsonElement list) => [.. list.EnumerateArray().Select(c => c.GetString()!)];

    [Fact]
    public async Task Labels_SeveralClassesAndNone_AreSavedCountedAndTakenBack()
    {
        await using var served = await Start();
        Assert.Equal("multi", (await served.Owner.Get("/api/v1/project")).GetProperty("kind").GetString());
        await Label(served, [3, 4, 5]);
        var image = await served.Owner.Get("/api/v1/images/3");
        Assert.Equal(["left", "right"], Strings(image.GetProperty("classes")));
        var none = await served.Owner.Get("/api/v1/images/4");
        Assert.Equal(("labelled", 0), (none.GetProperty("state").GetString(),
            none.GetProperty("classes").GetArrayLength()));
        var project = await served.Owner.Get("/api/v1/project");
        Assert.Equal(["left 2", "right 1"], project.GetProperty("classes").EnumerateArray()
            .Select(c => $"{c.GetProperty("name")} {c.GetProperty("pool")}"));
        Assert.Equal(3, project.GetProperty("counts").GetProperty("labelled").GetInt32());
        await served.Owner.Undo();
        using var w = served.Open();
        Assert.Equal([3, 4], w.Labels().Select(l => l.Image).Order());
        Assert.Empty(w.Problems());
    }

    [Fact]
    public async Task Labels_SeveralClasses_InAWorkspaceOfOne_AreRefused()
    {
        await using var served = await ServedFolder.Start(4);
        var answer = await served.Owner.Post("/api/v1/labels", new { ops = new[] { Op(1, ["cat", "dog"]) } });
        Assert.Equal("expected one class for an image, found 2",
            answer.GetProperty("results")[0].GetProperty("why").GetString());
    }

    [Fact]
    public async Task Settings_SeveralClasses_ChangeUntilTheFirstLabel()
    {
        await using var served = await ServedFolder.Start(4);
        var settings = await served.Owner.Post("/api/v1/settings", new { op = "k", kind = "multi" });
        Assert.Equal("multi", settings.GetProperty("kind").GetString());
        await served.Owner.Post("/api/v1/labels", new { ops = new[] { Op(1, ["cat", "dog"]) } });
        using var refused = await served.Owner.Send(HttpMethod.Post, "/api/v1/settings",
            new { op = "l", kind = "classes" });
        Assert.Contains("expected no labels where an image is to have one class from now on, found 1",
            await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var w = served.Open();
        Assert.True(w.IsMultiLabel);
        Assert.Equal(["cat", "dog"], w.Labels().Single().Classes);
        Assert.Empty(w.Problems());
    }

    [Fact]
    public async Task Labels_OfClasses_KeepTheShapesOfThoseThatStay()
    {
        await using var served = await Start();
        object Box(string of, int x) =>
            new { kind = "box", @class = of, points = new[] { new[] { x, 1 }, [x + 5, 8] } };
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[] { new { op = "s", kind = "shapes", image = 3, classes = Array.Empty<string>(),
                shapes = new[] { Box("left", 1), Box("right", 20) } } },
        });
        Assert.Equal(["left", "right"], Strings((await served.Owner.Get("/api/v1/images/3")).GetProperty("classes")));
        Assert.Equal("multi False left 1, right 1", await Project(served));
        await Label(served, [3], _ => ["left"]);
        Assert.Equal("multi False left 1, right 0", await Project(served));
        var image = await served.Owner.Get("/api/v1/images/3");
        Assert.Equal(["left"], Strings(image.GetProperty("classes")));
        Assert.Equal("left", image.GetProperty("shapes").EnumerateArray().Single().GetProperty("class").GetString());
    }

    // the kind stays, though there are shapes: else the page would offer no classes
    private static async Task<string> Project(ServedFolder served)
    {
        var project = await served.Owner.Get("/api/v1/project");
        return $"{project.GetProperty("kind")} {project.GetProperty("shapes")} " + string.Join(", ", project
            .GetProperty("classes").EnumerateArray().Select(c => $"{c.GetProperty("name")} {c.GetProperty("pool")}"));
    }

    [Fact]
    public async Task Learn_SeveralClasses_MeasuresSuggestsAndGroupsBySets()
    {
        await using var served = await Start(Images, "40");
        int[] test, pool;
        using (var w = served.Open())
        {
            test = [.. w.Images().Where(i => i.Test).Select(i => i.Id)];
            pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id)];
        }
        int[] labelled = pool[..100];
        await Label(served, test[1..].Concat(labelled));
        using (await served.Owner.Send(HttpMethod.Post, "/api/v1/learn", new { })) { }
        var panel = await Panel(served, p => p.GetProperty("learned").ValueKind == JsonValueKind.Object
            && p.GetProperty("learned").GetProperty("labels").GetInt32() == 100);
        Assert.Equal("mean AP", panel.GetProperty("measure").GetString());
        Assert.InRange(panel.GetProperty("accuracy").GetProperty("estimate").GetDouble(), 0.95, 1);
        Assert.InRange(panel.GetProperty("macroF1").GetProperty("estimate").GetDouble(), 0.9, 1);
        Assert.Equal(39, panel.GetProperty("macroF1").GetProperty("n").GetInt32());

        // the head that was fitted chose too
        await Panel(served, _ =>
        {
            using var w = served.Open();
            return w.Rounds()[^1].Strategy == "uncertainty-coverage";
        });

        // what is left of the pool, and the one test image without a label
        var suggested = new List<(int Id, string[] Classes)>();
        var least = new Dictionary<int, double>();
        foreach (var id in pool[100..])
        {
            var image = await served.Owner.Get($"/api/v1/images/{id}");
            Assert.Equal(JsonValueKind.Null, image.GetProperty("suggestion").ValueKind);
            if (image.GetProperty("suggestions") is { ValueKind: JsonValueKind.Array } list)
            {
                suggested.Add(
                    (id, [.. list.EnumerateArray().Select(s => s.GetProperty("class").GetString()!).Order()]));
                least[id] = list.EnumerateArray().Min(s => s.GetProperty("probability").GetDouble());
            }
        }
        Assert.Contains(suggested, s => s.Classes.Length == 2);
        Assert.All(suggested, s => Assert.Subset(ClassesOf(s.Id).ToHashSet(), s.Classes.ToHashSet()));
        Assert.Equal(JsonValueKind.Null,
            (await served.Owner.Get($"/api/v1/images/{test[0]}")).GetProperty("suggestions").ValueKind);

        // Label Studio is told the same classes, and orders tasks by the class that is least sure
        var told = (await served.Owner.Post("/predict", new
        {
            tasks = pool[100..].Append(test[0]).Select(id => new { id, data = new { image = $"{id - 1:000}.png" } }),
        })).GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(pool.Length - 100 + 1, told.Count);
        foreach (var (id, made) in pool[100..].Zip(told))
        {
            Assert.Equal(ClassesOf(id), Strings(made.GetProperty("result")[0].GetProperty("value")
                .GetProperty("choices")).Order());
            var score = made.GetProperty("score").GetDouble();
            Assert.InRange(score, 0.5, 1);
            if (suggested.Any(s => s.Id == id && s.Classes.Length == 2)) Assert.Equal(least[id], score, 1e-9);
        }
        Assert.Equal(0, told[^1].GetProperty("result").GetArrayLength());

        var groups = (await served.Owner.Get("/api/v1/groups?by=class")).GetProperty("groups");
        // an image of both stands under both
        Assert.Equal(pool[100..].Sum(id => ClassesOf(id).Length),
            groups.EnumerateArray().Sum(g => g.GetProperty("size").GetInt32()));
        var answers = (await served.Owner.Get("/api/v1/confusion")).GetProperty("perClass");
        Assert.All(answers.EnumerateArray(), c => Assert.Equal(39, c.GetProperty("right").GetInt32()
            + c.GetProperty("missed").GetInt32() + c.GetProperty("wrong").GetInt32()
            + c.GetProperty("without").GetInt32()));
        Assert.Empty((await served.Owner.Get("/api/v1/mistakes")).GetProperty("items").EnumerateArray());

        // nothing is predicted of images that two people label blind
        await served.Owner.Post("/api/v1/settings", new { op = "o", overlap = 1 });
        Assert.Empty((await served.Owner.Get("/api/v1/groups?by=class")).GetProperty("groups").EnumerateArray());
    }

    [Fact]
    public async Task Choice_UntilAClassDividesTheLabels_IsCoverage_AndThenAsksTheHead()
    {
        await using var served = await Start(40);
        async Task<string> StrategyAfter(int labels)
        {
            await served.Learn(labels);
            using var w = served.Open();
            return w.Rounds()[^1].Strategy;
        }
        Assert.Equal("coverage", await StrategyAfter(0));
        await Label(served, [3, 7, 11]);                                              // both classes on each
        Assert.Equal("coverage", await StrategyAfter(3));
        await Label(served, [1]);                                                     // left alone
        Assert.Equal("uncertainty-coverage", await StrategyAfter(4));
    }

    /// <summary>A head of more features than labels repeats any labels that it saw.</summary>
    [Fact]
    public async Task Suggestions_FromLabelsByChance_AreNone()
    {
        await using var served = await ServedFolder.Start(150, options: new() { LearnEvery = 1_000 },
            classes: _classes, prepare: w => w.Index(new() { MultiLabel = true, NearDuplicates = 0 }));
        await Label(served, Enumerable.Range(1, 150), id => ClassesOf(new Random(1_000 + id).Next(4)));
        await served.Learn(150);
        Assert.Equal(JsonValueKind.Null,
            (await served.Owner.Get("/api/v1/project")).GetProperty("suggestAbove").ValueKind);
    }

    [Fact]
    public async Task Suspects_OneAnswerWrong_IsBelievedTurnedRound()
    {
        await using var served = await Start(100, options: new() { LearnEvery = 1_000, Overlap = 1 });
        await Label(served, Enumerable.Range(1, 100), id => id == 7 ? ["left"] : ClassesOf(id));
        using (await served.Owner.Send(HttpMethod.Post, "/api/v1/learn", new { })) { }
        JsonElement[] found = [];
        await Panel(served, p => p.GetProperty("learned").ValueKind == JsonValueKind.Object
            && p.GetProperty("learned").GetProperty("labels").GetInt32() == 100
            && (found = [.. served.Owner.Get("/api/v1/suspects").Result.GetProperty("items").EnumerateArray()])
                .Length > 0);
        Assert.Equal(7, found[0].GetProperty("image").GetProperty("id").GetInt32());
        Assert.Equal(["left"], Strings(found[0].GetProperty("givenClasses")));
        Assert.Equal(["left", "right"], Strings(found[0].GetProperty("believedClasses")));
        // of labels that ann does not see, she is not told
        string token;
        using (var w = served.Open()) token = w.AddAnnotator("ann", owner: false).Token;
        using var ann = new Caller(served.Url, bearer: token);
        Assert.Equal(0, (await ann.Get("/api/v1/suspects")).GetProperty("total").GetInt32());
        // a label that was changed is suspected no longer
        await Label(served, [7]);
        var after = await served.Owner.Get("/api/v1/suspects");
        Assert.DoesNotContain(after.GetProperty("items").EnumerateArray(),
            i => i.GetProperty("image").GetProperty("id").GetInt32() == 7);
    }

    // of three images ann and ben agree on one; on "right" they agree on two of three
    [Fact]
    public async Task Disagreements_SetsOfTwoPeople_AreComparedWholeAndClassByClass()
    {
        await using var served = await Start(options: new() { Overlap = 1 });
        async Task Say(string who, int image, params string[] classes)
        {
            string token;
            using (var w = served.Open()) token = w.AddAnnotator(who, owner: false).Token;
            using var caller = new Caller(served.Url, bearer: token);
            await caller.Post("/api/v1/labels", new { ops = new[] { Op(image, classes) } });
        }
        await Say("ann", 1, "left", "right");
        await Say("ben", 1, "right", "left");
        await Say("ann", 2, "left");
        await Say("ben", 2);
        await Say("ann", 3, "right");
        await Say("ben", 3, "left");
        var found = await served.Owner.Get("/api/v1/disagreements");
        Assert.Equal((2, 3), (found.GetProperty("total").GetInt32(), found.GetProperty("twice").GetInt32()));
        var perClass = found.GetProperty("perClass").EnumerateArray().ToDictionary(
            c => c.GetProperty("name").GetString()!);
        Assert.Equal((3, 2), (perClass["left"].GetProperty("images").GetInt32(),
            perClass["right"].GetProperty("images").GetInt32()));
        Assert.Equal(1.0 / 3, perClass["left"].GetProperty("agreed").GetDouble(), 1e-9);
        // yes yes, no no, yes no: 1 − 2 / (6 · 6 − 9 − 9) · 5 = 4/9
        Assert.Equal(4.0 / 9, perClass["right"].GetProperty("alpha").GetProperty("estimate").GetDouble(), 1e-9);
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[]
            {
                new { op = "settle", kind = "label", image = 2, classes = new[] { "right" }, settle = true },
            },
        });
        Assert.Equal(1, (await served.Owner.Get("/api/v1/disagreements")).GetProperty("total").GetInt32());
    }

    private static async Task<JsonElement> Panel(ServedFolder served, Func<JsonElement, bool> until)
    {
        for (var i = 0; i < 1_200; i++)
        {
            var panel = await served.Owner.Get("/api/v1/panel");
            if (!panel.GetProperty("learning").GetBoolean() && until(panel)) return panel;
            await Task.Delay(50);
        }
        throw new TimeoutException((await served.Owner.Get("/api/v1/panel")).ToString());
    }
}
