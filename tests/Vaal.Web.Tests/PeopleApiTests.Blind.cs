using System.Net;
using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>Who labels blind is not told what the others said.</summary>
public sealed partial class PeopleApiTests
{
    private static int[] Ids(JsonElement page) =>
        [.. page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetInt32())];

    /// <summary>Ann has labelled sixty images of two groups, some of them wrongly; ben has labelled none.</summary>
    [Fact]
    public async Task Blind_NoPathTellsTheOthersClass()
    {
        const int all = 100, width = 16, labelled = 60;
        using var folder = new Vaal.Tests.TemporaryFolder();
        string[] names = [.. Enumerable.Range(0, all).Select(i => $"{i:000}.png")];
        Vaal.Tests.MadeTable.Write(folder["features.npy"], names, i =>
        {
            var noise = new Random(i);
            return [.. Enumerable.Range(0, width).Select(k => (k % 2 == i % 2 ? 1 : 0) + 0.3f * noise.NextSingle())];
        });
        await using var served = await ServedFolder.Start(all, "20", new() { LearnEvery = 1_000, Overlap = 1 },
            encoder: folder["features.npy"]);
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        int[] hers;
        using (var w = served.Open())
            hers = [.. w.Images().Where(i => !i.Test).Select(i => i.Id).Order().Take(labelled)];
        foreach (var group in hers.GroupBy(id => (id % 2 == 0) == (Array.IndexOf(hers, id) >= 6)))
            await ann.Label(group.Key ? "cat" : "dog", [.. group]);
        await served.Learn(labelled);

        Assert.Equal((labelled, labelled), (await ByClass(ann), await WithAClass(ann)));
        Assert.Equal((0, 0), (await ByClass(ben), await WithAClass(ben)));
        Assert.Equal((labelled, labelled, labelled), await Counted(ann));
        Assert.Equal((0, 0, 0), await Counted(ben));
        Assert.Equal((labelled, 2), (await OnTheMap(ann), await Named(ann)));
        Assert.Equal((0, 0), (await OnTheMap(ben), await Named(ben)));
        Assert.NotEqual(0, await Suspected(ann));
        Assert.Equal(0, await Suspected(ben));

        // images that the search for a class finds
        async Task<int> ByClass(Caller who) =>
            (await who.Get("/api/v1/search?class=cat")).GetProperty("total").GetInt32()
            + (await who.Get("/api/v1/search?class=dog")).GetProperty("total").GetInt32();

        // images that any list shows with a class
        async Task<int> WithAClass(Caller who)
        {
            var found = new HashSet<int>();
            foreach (var list in new[] { "search?", "search?filter=labelled", "search?filter=unlabelled", "queue?",
                "grid?by=cluster&value=0", "grid?by=cluster&value=1", "grid?by=filter&value=labelled",
                $"similar/{hers[0]}?" })
            {
                var page = await who.Get($"/api/v1/{list}&count=200");
                found.UnionWith(page.GetProperty("items").EnumerateArray()
                    .Where(i => i.GetProperty("classes").GetArrayLength() > 0)
                    .Select(i => i.GetProperty("id").GetInt32()));
            }
            return found.Count;
        }

        async Task<(int OfProject, int OfItsClasses, int OfPanel)> Counted(Caller who)
        {
            var (project, panel) = (await who.Get("/api/v1/project"), await who.Get("/api/v1/panel"));
            return (project.GetProperty("counts").GetProperty("labelled").GetInt32(),
                project.GetProperty("classes").EnumerateArray().Sum(c => c.GetProperty("pool").GetInt32()),
                panel.GetProperty("perClass").EnumerateArray().Sum(c => c.GetProperty("pool").GetInt32()));
        }

        async Task<int> OnTheMap(Caller who) => (await who.Get("/api/v1/map")).GetProperty("classes")
            .EnumerateArray().Count(c => c.ValueKind == JsonValueKind.String);

        // groups with the class of most of their labels
        async Task<int> Named(Caller who) => (await who.Get("/api/v1/groups?by=cluster")).GetProperty("groups")
            .EnumerateArray().Count(g => g.GetProperty("mostly").ValueKind == JsonValueKind.String);

        async Task<int> Suspected(Caller who) =>
            (await who.Get("/api/v1/suspects")).GetProperty("total").GetInt32();
    }

    [Fact]
    public async Task Vote_OfTheSecondPerson_ShowsHimHisOwn_UntilItIsSettled()
    {
        await using var served = await ServedFolder.Start(4, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        await ann.Label("cat", 1, 2);
        await ben.Label("dog", 1);
        await ben.Label("cat", 2);
        // whether they agree or not
        Assert.Equal("1: dog by ben, 2: cat by ben, found 2 and 1, counted 1 1", await Shown(ben));
        Assert.Equal("1: cat by ann, 2: cat by ann, found 1 2 and , counted 2 0", await Shown(ann));
        Assert.Equal("1: cat by ann, 2: cat by ann, found 1 2 and , counted 2 0", await Shown(served.Owner));
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[] { new { op = "s", kind = "label", image = 1, classes = new[] { "cat" }, settle = true } },
        });
        var owner = (await served.Owner.Get("/api/v1/project")).GetProperty("me").GetProperty("name").GetString();
        Assert.Equal($"1: cat by {owner}, 2: cat by ben, found 1 2 and , counted 2 0", await Shown(ben));

        static async Task<string> Shown(Caller who)
        {
            var (one, two) = (await who.Get("/api/v1/images/1"), await who.Get("/api/v1/images/2"));
            int[] cats = Ids(await who.Get("/api/v1/search?class=cat"));
            int[] dogs = Ids(await who.Get("/api/v1/search?class=dog"));
            var counts = (await who.Get("/api/v1/project")).GetProperty("classes").EnumerateArray()
                .Select(c => c.GetProperty("pool").GetInt32());
            return $"1: {Said(one)}, 2: {Said(two)}, found {string.Join(' ', cats)} and {string.Join(' ', dogs)}, "
                + $"counted {string.Join(' ', counts)}";
        }

        static string Said(JsonElement image) =>
            $"{image.GetProperty("classes")[0].GetString()} by {image.GetProperty("by").GetString()}";
    }

    [Fact]
    public async Task Labeller_IsToldOfNoDisagreement()
    {
        await using var served = await ServedFolder.Start(4, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        await ann.Label("cat", 1);
        await ben.Label("dog", 1);
        foreach (var path in new[] { "search?filter=disagreement", "grid?by=filter&value=disagreement" })
        {
            using var hidden = await ann.Send(HttpMethod.Get, $"/api/v1/{path}");
            Assert.Equal(HttpStatusCode.Forbidden, hidden.StatusCode);
            Assert.Equal(1, Assert.Single(Ids(await served.Owner.Get($"/api/v1/{path}"))));
        }
        Assert.Equal((false, true), (await IsOffered(ann), await IsOffered(served.Owner)));

        static async Task<bool> IsOffered(Caller who) => (await who.Get("/api/v1/groups?by=filter"))
            .GetProperty("groups").EnumerateArray().Any(g => g.GetProperty("id").GetString() == "disagreement");
    }

    /// <summary>What answers requests reads labels by way of <see cref="Seen"/>.</summary>
    [Fact]
    public void Answers_ReadLabels_AsAPersonMaySeeThem()
    {
        var folder = Path.Combine(Vaal.Tests.Repository.Root, "src", "Vaal.Web");
        string[] files = [.. Directory.EnumerateFiles(folder, "*Api.cs"), Path.Combine(folder, "MultiLabelDoubts.cs")];
        Assert.True(files.Length > 5, $"found {files.Length} files");
        var faults =
            from file in files
            from line in File.ReadLines(file)
            where new[] { "b.Status[", "b.ClassesOf(", "oard.Status[", "oard.ClassesOf(", ".LabelFor(" }
                .Any(past => line.Contains(past, StringComparison.Ordinal))
            select $"{Path.GetFileName(file)}: {line.Trim()}";
        Assert.Empty(faults);
    }
}
