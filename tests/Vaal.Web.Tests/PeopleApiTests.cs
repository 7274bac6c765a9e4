using System.Net;
using System.Text.Json;

namespace Vaal.Web.Tests;

/// <summary>Several people label one workspace.</summary>
public sealed partial class PeopleApiTests
{
    private static async Task<Caller> Invite(ServedFolder served, string name, bool owner = false)
    {
        using var w = served.Open();
        var (invitation, _, _) = w.AddAnnotator(name, owner);
        return await Caller.Enter(new(served.Url, $"/join/{invitation}"));
    }

    [Fact]
    public async Task Queue_OfTwoPeople_SharesNoImage_UntilALeaseEnds()
    {
        var clock = new StoppedClock();
        await using var served = await ServedFolder.Start(12, clock: clock);
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        var (hers, his) = (await ann.Queue(6), await ben.Queue(12));
        Assert.Equal((6, 6), (hers.Length, his.Length));
        Assert.Empty(hers.Intersect(his));
        Assert.Equal(hers, await ann.Queue(6));                                       // her own again
        clock.Advance(TimeSpan.FromSeconds(90));
        Assert.Equal(
            6, (await ann.Post("/api/v1/lease", new { images = hers })).GetProperty("images").GetArrayLength());
        clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty((await ben.Queue(12)).Intersect(hers));                          // renewed: hers still
        clock.Advance(TimeSpan.FromSeconds(121));
        Assert.Equal(12, (await ben.Queue(12)).Length);
        Assert.Empty((await ann.Post("/api/v1/lease", new { images = hers })).GetProperty("images").EnumerateArray());
    }

    [Fact]
    public async Task Invitation_WorksOnce_AndASecondOneReplacesIt()
    {
        await using var served = await ServedFolder.Start(2);
        string first, second;
        using (var w = served.Open())
        {
            first = w.AddAnnotator("ann", owner: false).Invitation;
            second = w.AddAnnotator("ann", owner: false).Invitation;
        }
        using var stranger = new Caller(served.Url);
        using var old = await stranger.Send(HttpMethod.Get, $"/join/{first}");
        Assert.Equal(HttpStatusCode.Unauthorized, old.StatusCode);
        using var ann = await Caller.Enter(new(served.Url, $"/join/{second}"));
        using var again = await stranger.Send(HttpMethod.Get, $"/join/{second}");
        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
    }

    [Fact]
    public async Task Invitation_ASecondOneWithoutARole_LeavesAnOwnerAnOwner()
    {
        await using var served = await ServedFolder.Start(2);
        using var w = served.Open();
        Assert.Equal("owner", RoleAfter(owner: true));
        Assert.Equal("owner", RoleAfter(owner: false));
        w.RemoveAnnotator("ann");
        Assert.Equal("labeller", RoleAfter(owner: false));
        Assert.Equal("owner", RoleAfter(owner: true));

        string RoleAfter(bool owner)
        {
            w.AddAnnotator("ann", owner);
            return w.People().Single(a => a.Name == "ann").Role;
        }
    }

    [Fact]
    public async Task Undo_TakesBackOnesOwnStep_NotAnothersLaterOne()
    {
        await using var served = await ServedFolder.Start(4);
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        await ann.Label("cat", 1);
        await ben.Label("dog", 2);
        Assert.Equal(1, (await ann.Undo()).GetProperty("images")[0].GetProperty("id").GetInt32());
        using var w = served.Open();
        Assert.Equal(("ben", 2), (w.Labels().Single().Who, w.Labels().Single().Image));
        await ben.Label("cat", 3);
        await ann.Label("dog", 3);                                                    // ann changes his label
        using var refused = await ben.Send(HttpMethod.Post, "/api/v1/undo", new { op = "b" });
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("changed later", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/api/v1/settings", """{"op":"a","overlap":0.5}""")]
    [InlineData("/api/v1/classes", """{"op":"a","action":"rename","name":"cat","to":"x"}""")]
    [InlineData("/api/v1/classes", """{"op":"a","action":"merge","name":"cat","to":"dog"}""")]
    public async Task Labeller_MayNotChangeTheProject(string path, string body)
    {
        await using var served = await ServedFolder.Start(2);
        using var ann = await Invite(served, "ann");
        using var answer = await ann.Send(HttpMethod.Post, path, JsonSerializer.Deserialize<JsonElement>(body));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        using var hidden = await ann.Send(HttpMethod.Get, "/api/v1/disagreements");
        Assert.Equal(HttpStatusCode.Forbidden, hidden.StatusCode);
    }

    [Fact]
    public async Task Overlap_GivesEachImageToTwoPeopleBlind_AndDisagreementsAreSettled()
    {
        await using var served = await ServedFolder.Start(10, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        foreach (var id in await ann.Queue(20)) await ann.Label("cat", id);
        var seen = (await ben.Get("/api/v1/queue?count=20")).GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(10, seen.Count);
        Assert.All(seen, i => Assert.Equal(("unlabelled", 0, JsonValueKind.Null), (i.GetProperty("state").GetString(),
            i.GetProperty("classes").GetArrayLength(), i.GetProperty("by").ValueKind)));
        foreach (var id in seen.Select(i => i.GetProperty("id").GetInt32()))
            await ben.Label(id <= 7 ? "cat" : "dog", id);
        Assert.Empty(await ben.Queue(20));
        using var w = served.Open();
        Assert.Equal(10, w.Labels().Count(l => l.Who == "ann"));                      // the first label stands

        var found = await served.Owner.Get("/api/v1/disagreements");
        Assert.Equal([8, 9, 10], found.GetProperty("items").EnumerateArray()
            .Select(i => i.GetProperty("image").GetProperty("id").GetInt32()));
        Assert.Equal(0, found.GetProperty("kappa").GetProperty("estimate").GetDouble(), 12);
        Assert.Equal(2, found.GetProperty("items")[0].GetProperty("votes").GetArrayLength());
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[] { new { op = "s", kind = "label", image = 8, classes = new[] { "dog" }, settle = true } },
        });
        Assert.Equal(2, (await served.Owner.Get("/api/v1/disagreements")).GetProperty("total").GetInt32());
        Assert.Equal("dog", w.Labels().Single(l => l.Image == 8).Class);
        Assert.Equal(2, (await served.Owner.Get("/api/v1/search?filter=disagreement")).GetProperty("total").GetInt32());
        var last = (await ben.Undo()).GetProperty("images")[0];                        // his last vote is gone
        Assert.Equal(0, last.GetProperty("classes").GetArrayLength());                // and ann's is hidden again
        found = await served.Owner.Get("/api/v1/disagreements");
        Assert.Equal(9, found.GetProperty("twice").GetInt32());
        Assert.DoesNotContain(found.GetProperty("items").EnumerateArray(), i =>
            i.GetProperty("image").GetProperty("id").GetInt32() == last.GetProperty("id").GetInt32());
        Assert.Empty(w.Problems());
    }

    /// <summary>A rename beside the server, a merge on the page, and a label that is taken away again.</summary>
    [Fact]
    public async Task Disagreements_WhileClassesAndLabelsChange_AreThoseThatAreLeft()
    {
        await using var served = await ServedFolder.Start(4, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        await ann.Label("cat", 1, 2);
        await ann.Label("dog", 3, 4);
        await ben.Label("cat", 1);
        await ben.Label("dog", 3);
        using var w = served.Open();
        w.RenameClass("cat", "feline");
        await ben.Label("feline", 2);
        await ben.Label("dog", 4);
        var found = await Found(disagreements: 0, twice: 4);
        Assert.Equal(1, found.GetProperty("kappa").GetProperty("estimate").GetDouble(), 12);
        Assert.Equal(["dog", "feline"], found.GetProperty("perClass").EnumerateArray()
            .Select(c => c.GetProperty("name").GetString()));

        await ben.Label("feline", 4);
        await Found(disagreements: 1, twice: 4);
        await served.Owner.Post("/api/v1/classes", new { op = "m", action = "merge", name = "feline", to = "dog" });
        await Found(disagreements: 0, twice: 4);
        await served.Owner.Undo();
        await Found(disagreements: 1, twice: 4);
        await ann.Post("/api/v1/labels", new { ops = new[] { new { op = "c", kind = "clear", image = 4 } } });
        await Found(disagreements: 0, twice: 3);
        await ann.Undo();
        await Found(disagreements: 1, twice: 4);
        Assert.Empty(w.Problems());

        async Task<JsonElement> Found(int disagreements, int twice)
        {
            var all = await served.Owner.Get("/api/v1/disagreements");
            Assert.Equal((disagreements, twice),
                (all.GetProperty("total").GetInt32(), all.GetProperty("twice").GetInt32()));
            var search = await served.Owner.Get("/api/v1/search?filter=disagreement");
            Assert.Equal(disagreements, search.GetProperty("total").GetInt32());
            return all;
        }
    }

    // of three people each image has two: κ is not defined, and α = 1 − 2 / ((6² − 3² − 3²) / 5) = 4/9. Leaving out one
    // image at a time gives 0, 1 and 0, so the error of the jackknife is 2/3
    [Fact]
    public async Task Agreement_OfThreePeople_IsTheirAlpha_AndNoKappa()
    {
        await using var served = await ServedFolder.Start(3, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        using var eve = await Invite(served, "eve");
        await ann.Label("cat", 1, 2);
        await ben.Label("cat", 1);
        await eve.Label("dog", 2);
        await ben.Label("dog", 3);
        await eve.Label("dog", 3);
        var found = await served.Owner.Get("/api/v1/disagreements");
        Assert.Equal((3, JsonValueKind.Null), (found.GetProperty("twice").GetInt32(),
            found.GetProperty("kappa").ValueKind));
        var alpha = found.GetProperty("alpha");
        Assert.Equal(4.0 / 9, alpha.GetProperty("estimate").GetDouble(), 12);
        // 4/9 − 4.303 · 2/3 lies below −1
        Assert.Equal(-1, alpha.GetProperty("low").GetDouble());
        Assert.Equal(1, alpha.GetProperty("high").GetDouble());
        // dog against the rest: the same three images, seen as yes and no
        var dog = found.GetProperty("perClass").EnumerateArray().Single(c =>
            c.GetProperty("name").GetString() == "dog");
        Assert.Equal((2, 0.5), (dog.GetProperty("images").GetInt32(), dog.GetProperty("agreed").GetDouble()));
        Assert.Equal(4.0 / 9, dog.GetProperty("alpha").GetProperty("estimate").GetDouble(), 12);
    }

    // Wikipedia's "Cohen's kappa", first example: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: κ = 0.4
    [Fact]
    public void Kappa_OfTheKnownExample_IsAsPublished()
    {
        var pairs = Enumerable.Repeat(("yes", "yes"), 20).Concat(Enumerable.Repeat(("yes", "no"), 5))
            .Concat(Enumerable.Repeat(("no", "yes"), 10)).Concat(Enumerable.Repeat(("no", "no"), 15)).ToList();
        var kappa = Agreement.Kappa(pairs)!.Value;
        Assert.Equal(0.4, kappa.Estimate, 12);
        // its large-sample standard error (Fleiss, Cohen, Everitt 1969) is 0.1258; a jackknife comes near
        Assert.InRange((kappa.High - kappa.Low) / (2 * 1.959964), 0.115, 0.14);
        Assert.Null(Agreement.Kappa([("a", "a"), ("a", "a")]));
    }

    // Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": sections A and C; '.' is no answer
    [Theory]
    [InlineData(0.095, "0100000010", "1110010000")]
    [InlineData(0.743, "123321412...", "1233224125.3", ".3332342251.", "12332441251.")]
    public void Alpha_OfTheKnownExamples_IsAsPublished(double alpha, params string[] people)
    {
        var units = Enumerable.Range(0, people[0].Length)
            .Select(i => people.Select(p => p[i]).Where(c => c != '.').Select(c => $"{c}").ToList());
        Assert.Equal(alpha, Math.Round(Agreement.Alpha(units)!.Value.Estimate, 3));
    }

    [Fact]
    public void Alpha_OfOneClassOnly_IsNotTold() =>
        Assert.Null(Agreement.Alpha([["a", "a"], ["a", "a"], ["b"]]));
}
