using System.Net;

namespace Vaal.Web.Tests;

/// <summary>Who is given which image, and who may do what.</summary>
public sealed class LeaseTests
{
    private static async Task<Caller> Invite(ServedFolder served, string name, bool owner = false)
    {
        using var w = served.Open();
        return await Caller.Enter(new(served.Url, $"/join/{w.AddAnnotator(name, owner).Invitation}"));
    }

    [Fact]
    public async Task Release_GivesOnesOwnImagesBack_AndNobodyElses()
    {
        await using var served = await ServedFolder.Start(10);
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        var hers = await ann.Queue(4);
        using (var his = await ben.Send(HttpMethod.Post, "/api/v1/release", new { images = hers }))
            Assert.Equal(HttpStatusCode.NoContent, his.StatusCode);
        Assert.Empty((await ben.Queue(10)).Intersect(hers));
        using (await ann.Send(HttpMethod.Post, "/api/v1/release", new { images = hers })) { }
        Assert.Equal(10, (await ben.Queue(10)).Length);
    }

    [Fact]
    public async Task Image_OnSomebodysScreen_IsShownAsTaken_ToOthersOnly()
    {
        var clock = new StoppedClock();
        await using var served = await ServedFolder.Start(6, clock: clock);
        using var ann = await Invite(served, "ann");
        var hers = (await ann.Queue(1))[0];
        async Task<bool> Taken(Caller to) =>
            (await to.Get($"/api/v1/images/{hers}")).GetProperty("leased").GetBoolean();
        Assert.Equal((true, false), (await Taken(served.Owner), await Taken(ann)));
        clock.Advance(TimeSpan.FromSeconds(121));
        Assert.False(await Taken(served.Owner));
    }

    [Fact]
    public async Task Image_WhoseLabelWasUndone_IsOnThatScreenAgain()
    {
        await using var served = await ServedFolder.Start(6);
        using var ann = await Invite(served, "ann");
        var first = (await ann.Queue(2))[0];
        await ann.Label("cat", first);
        Assert.Equal(first, (await ann.Undo()).GetProperty("images")[0].GetProperty("id").GetInt32());
        Assert.DoesNotContain(first, await served.Owner.Queue(6));
    }

    /// <summary>The page shows it again; a label that was saved gives its image back.</summary>
    [Fact]
    public async Task Image_WhoseLabelWasRefused_IsStillOnThatScreen()
    {
        await using var served = await ServedFolder.Start(6);
        using var ann = await Invite(served, "ann");
        var hers = await ann.Queue(2);
        var answer = await ann.Label("puma", hers[0]);                             // no declared class
        Assert.False(answer.GetProperty("results")[0].GetProperty("saved").GetBoolean());
        await ann.Label("cat", hers[1]);
        async Task<bool> Taken(int id) =>
            (await served.Owner.Get($"/api/v1/images/{id}")).GetProperty("leased").GetBoolean();
        Assert.Equal((true, false), (await Taken(hers[0]), await Taken(hers[1])));
        Assert.DoesNotContain(hers[0], await served.Owner.Queue(6));
    }

    [Fact]
    public async Task Queue_WhereOthersHoldTheRest_SaysHowMany()
    {
        await using var served = await ServedFolder.Start(6);
        using var ann = await Invite(served, "ann");
        await ann.Queue(4);
        async Task<(int, int)> Given(int count)
        {
            var answer = await served.Owner.Get($"/api/v1/queue?count={count}");
            return (answer.GetProperty("items").GetArrayLength(), answer.GetProperty("others").GetInt32());
        }
        Assert.Equal((2, 0), await Given(2));                                      // as many as were asked for
        Assert.Equal((2, 4), await Given(8));
        await ann.Label("cat", await ann.Queue(4));
        Assert.Equal((2, 0), await Given(8));
    }

    [Fact]
    public async Task Skip_AndCount_DecideWhatTheQueueGives()
    {
        await using var served = await ServedFolder.Start(6);
        var all = await served.Owner.Queue(6);
        Assert.Equal(all[2..5], await served.Owner.Queue(3, $"&skip={all[0]},{all[1]}"));
    }

    [Theory]
    [InlineData(0.0, 0, 0)]
    [InlineData(0.3, 15, 45)]
    public async Task Overlap_OfAShare_GivesAboutThatShareToTwo(double share, int least, int most)
    {
        const int count = 100;
        await using var served = await ServedFolder.Start(count, options: new() { Overlap = share });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        await ann.Label("cat", [.. Enumerable.Range(1, count)]);
        Assert.Empty(await ann.Queue(count));                                      // nobody twice
        var his = await ben.Queue(count);
        Assert.InRange(his.Length, least, most);
        await ben.Label("cat", his is [] ? [1] : his);
        Assert.Empty(await served.Owner.Queue(count));                             // nor a third person
    }

    [Fact]
    public async Task Overlap_SecondLooks_AreOneImageInFour()
    {
        await using var served = await ServedFolder.Start(16, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        int[] hers = [3, 7, 11];
        await ann.Label("cat", hers);
        var his = await ben.Queue(16);
        Assert.Equal(16, his.Length);
        Assert.Equal([2, 6, 10], his.Index().Where(i => hers.Contains(i.Item)).Select(i => i.Index));
    }

    /// <summary>The overlap is a share of the pool: a test image is labelled once, and its label is seen.</summary>
    [Fact]
    public async Task Overlap_OfTestImages_IsNone()
    {
        await using var served = await ServedFolder.Start(10, "40%", new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        using var w = served.Open();
        int[] test = [.. w.Images().Where(i => i.Test).Select(i => i.Id).Order()];
        int[] pool = [.. w.Images().Where(i => !i.Test).Select(i => i.Id).Order()];
        await ann.Label("cat", [.. test, pool[0]]);
        Assert.Equal(pool, (await ben.Queue(10)).Order());                         // the first is a second look
        Assert.Empty(await ben.Queue(10, "&split=test"));
        foreach (var id in test)
            Assert.Equal("ann", (await ben.Get($"/api/v1/images/{id}")).GetProperty("by").GetString());
        Assert.Equal(test, (await ben.Get("/api/v1/search?class=cat")).GetProperty("items").EnumerateArray()
            .Select(i => i.GetProperty("id").GetInt32()));
        await ben.Label("dog", test[0]);
        Assert.Equal("ben", w.Labels().Single(l => l.Image == test[0]).Who);
        Assert.Equal(pool[0], Assert.Single(w.Votes()).Key);
    }

    /// <summary>What was said and taken back hides nothing from the next person.</summary>
    [Fact]
    public async Task Overlap_TheOnlyVoteTakenBack_IsForgotten()
    {
        await using var served = await ServedFolder.Start(4, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        await ann.Label("cat", 1);
        Assert.Equal("unlabelled", (await served.Owner.Get("/api/v1/images/1")).GetProperty("state").GetString());
        await ann.Undo();
        using var w = served.Open();
        w.Label(1, "dog", null, "me", "elsewhere");
        Assert.Equal("labelled", (await served.Owner.Get("/api/v1/images/1")).GetProperty("state").GetString());
        Assert.DoesNotContain(1, await served.Owner.Queue(4));
    }

    [Fact]
    public async Task Undo_OfAnothersStep_ByItsOperation_ChangesNothing()
    {
        await using var served = await ServedFolder.Start(4);
        using var ann = await Invite(served, "ann");
        using var ben = await Invite(served, "ben");
        await ann.Post("/api/v1/labels", new
        {
            ops = new[] { new { op = "hers", kind = "label", image = 1, classes = new[] { "cat" } } },
        });
        using var answer = await ben.Send(HttpMethod.Post, "/api/v1/undo", new { op = "his", undoes = "hers" });
        Assert.Contains("expected a step of your own to take back, found one of another person",
            await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var w = served.Open();
        Assert.Equal(("ann", "cat"), (w.Labels().Single().Who, w.Labels().Single().Class));
    }

    [Fact]
    public async Task Labeller_MayAddAClass_AndMayNotSettle_WhatAnOwnerMay()
    {
        await using var served = await ServedFolder.Start(4, options: new() { Overlap = 1 });
        using var ann = await Invite(served, "ann");
        using var eve = await Invite(served, "eve", owner: true);
        await ann.Post("/api/v1/classes", new { op = "a", action = "add", name = "owl" });
        static object Settle(string op) => new
        {
            ops = new[] { new { op, kind = "label", image = 1, classes = new[] { "owl" }, settle = true } },
        };
        var refused = (await ann.Post("/api/v1/labels", Settle("b"))).GetProperty("results")[0];
        Assert.Equal("expected the owner to settle a disagreement, found a labeller",
            refused.GetProperty("why").GetString());
        using var w = served.Open();
        Assert.Empty(w.Labels());
        var taken = (await eve.Post("/api/v1/labels", Settle("c"))).GetProperty("results")[0];
        Assert.True(taken.GetProperty("saved").GetBoolean());
        Assert.True(w.Labels().Single().IsSettled);
        await eve.Post("/api/v1/settings", new { op = "d", learnEvery = 7 });
        Assert.Equal("owner", (await eve.Get("/api/v1/project")).GetProperty("me").GetProperty("role").GetString());
    }
}
