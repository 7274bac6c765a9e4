namespace Vaal.Web.Tests;

/// <summary>Classes that join those of a label, which somebody may have changed since the page was loaded.</summary>
public sealed partial class MultiLabelApiTests
{
    [Fact]
    public async Task Add_ToALabelThatSomebodyChangedMeanwhile_KeepsBoth()
    {
        await using var served = await Start();
        await Label(served, [5], _ => ["left"]);
        await served.Owner.Post("/api/v1/labels", new
        {
            ops = new[] { Op(5, ["right"], add: true), Op(6, ["right"], add: true) },
        });
        using var w = served.Open();
        Assert.Equal(["left", "right"], w.LabelFor(5)!.Classes);
        Assert.Equal(["right"], w.LabelFor(6)!.Classes);
        Assert.Empty(w.Problems());
    }

    /// <summary>Nobody adds to what they do not see.</summary>
    [Fact]
    public async Task Add_ToAnImageThatTwoPeopleLabelBlind_JoinsWhatThatPersonSaid()
    {
        await using var served = await Start(options: new() { LearnEvery = 1_000, Overlap = 1 });
        using var w = served.Open();
        async Task<string[]> Add(string who, string @class)
        {
            using var caller = new Caller(served.Url, bearer: w.AddAnnotator(who, owner: false).Token);
            await caller.Post("/api/v1/labels", new { ops = new[] { Op(1, [@class], add: true) } });
            return [.. w.VotesOn(1).Select(v => $"{v.Who}: {string.Join(' ', v.Classes)}").Order()];
        }
        Assert.Equal(["ann: left"], await Add("ann", "left"));
        Assert.Equal(["ann: left", "ben: right"], await Add("ben", "right"));
        Assert.Equal(["left"], w.LabelFor(1)!.Classes);
        Assert.Equal(["ann: left", "ben: left right"], await Add("ben", "left"));
        Assert.Equal(["left"], w.LabelFor(1)!.Classes);
        Assert.Equal(["ann: left right", "ben: left right"], await Add("ann", "right"));
        Assert.Equal(["left", "right"], w.LabelFor(1)!.Classes);
        Assert.Empty(w.Problems());
    }
}
