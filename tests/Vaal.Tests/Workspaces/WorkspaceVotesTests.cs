using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>What two people say of one image blind, while classes, labels and marks change.</summary>
public sealed class WorkspaceVotesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;
    private int _operations;

    public WorkspaceVotesTests()
    {
        for (var i = 0; i < 3; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        _w = Made("w", several: false);
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private Workspace Made(string name, bool several)
    {
        var made = Workspace.Create(_folder["images"], _folder[name], new SecondBySecond());
        made.Index(new() { Classes = ["bird", "cat", "dog"], MultiLabel = several, NearDuplicates = 0 });
        return made;
    }

    private void Say(Workspace w, string who, int image, params string[] classes) =>
        Do(w, who, new($"op {_operations++}", image, LabelKind.Label) { Classes = classes });

    private static void Do(Workspace w, string who, LabelOperation operation) =>
        Assert.Null(Assert.Single(w.Annotate([operation], who, _ => true)).Why);

    // "ann: cat dog"
    private static string[] Said(Workspace w, int image) =>
        [.. w.VotesOn(image).Select(v => $"{v.Who}: {string.Join(' ', v.Classes)}")];

    // as they are kept, with when it was said: "1 ann cat 2026-01-01T00:00:07.000Z"
    private static string[] Kept(Workspace w)
    {
        using var db = new Database(Path.Combine(w.Folder, "vaal.db"));
        return [.. db.Query("select concat_ws(' ', image, who, class, classes, at) from votes order by image, who",
            r => r.GetString(0))];
    }

    /// <summary>The second of two people may be the only one who has said a class.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Classes_OneThatOnlyABlindLabelHas_IsThere(bool several)
    {
        using var w = Workspace.Create(_folder["images"], _folder[$"undeclared {several}"], new SecondBySecond());
        w.Index(new() { MultiLabel = several, NearDuplicates = 0 });
        Say(w, "ann", 1, "cat");
        Say(w, "ben", 1, "puma");
        Assert.Contains("there is a class 'puma' already",
            Assert.Throws<InputException>(() => w.RenameClass("cat", "puma")).Message, StringComparison.Ordinal);
        w.RenameClass("puma", "cougar");
        Assert.Equal(["ann: cat", "ben: cougar"], Said(w, 1));
        Assert.Equal(["cat", "cougar", "lynx"], w.AddClasses("lynx").Classes);
        w.MergeClasses(["cougar"], "cat");
        Assert.Equal(["ann: cat", "ben: cat"], Said(w, 1));
    }

    [Fact]
    public void RenameClass_VotesOfBeforeAndAfter_AreTheSame_AndUndoBringsTheOldOneBack()
    {
        Say(_w, "ann", 1, "cat");
        Say(_w, "ann", 2, "dog");
        var before = Kept(_w);
        _w.RenameClass("cat", "feline");
        Assert.Equal(before.Select(v => v.Replace(" cat ", " feline ", StringComparison.Ordinal)), Kept(_w));
        Say(_w, "ben", 1, "feline");
        Assert.Equal(["ann: feline", "ben: feline"], Said(_w, 1));
        Assert.Single(_w.VotesOn(1).DistinctBy(v => v.Said));
        _w.Undo();                                                                    // what ben said
        Assert.Equal("classes", _w.Undo().What);
        Assert.Equal(before, Kept(_w));
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void MergeClasses_OfADisagreement_EndsIt_AndUndoBringsItBack()
    {
        Say(_w, "ann", 1, "cat");
        Say(_w, "ben", 1, "dog");
        Say(_w, "ben", 2, "dog");
        Say(_w, "ann", 2, "bird");
        var before = Kept(_w);
        _w.MergeClasses(["dog"], "cat");
        Assert.Equal(["ann: cat", "ben: cat"], Said(_w, 1));
        Assert.Equal(["ben: cat", "ann: bird"], Said(_w, 2));
        _w.Undo();
        Assert.Equal(before, Kept(_w));
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Annotate_OwnerCorrectsWhatSheSettled_ItStaysSettled()
    {
        Say(_w, "ann", 1, "cat");
        Say(_w, "ben", 1, "dog");
        Do(_w, "eve", new("settle", 1, LabelKind.Label) { Class = "bird", Settle = true });
        Say(_w, "eve", 1, "dog");
        var label = Assert.Single(_w.Labels());
        Assert.Equal(("dog", true), (label.Class, label.IsSettled));
    }

    [Fact]
    public void ChangeClasses_OnThePage_ChangesVotesToo_AndUndoStepBringsThemBack()
    {
        Say(_w, "ann", 1, "cat");
        Say(_w, "ben", 1, "dog");
        var before = Kept(_w);
        _w.ChangeClasses("rename", "rename", "dog", "hound", "eve");
        Assert.Equal(["ann: cat", "ben: hound"], Said(_w, 1));
        _w.ChangeClasses("merge", "merge", "hound", "cat", "eve");
        Assert.Equal(["ann: cat", "ben: cat"], Said(_w, 1));
        Assert.Equal([1], _w.UndoStep("first", "eve")!.Images);
        Assert.Equal(["ann: cat", "ben: hound"], Said(_w, 1));
        Assert.NotNull(_w.UndoStep("second", "eve"));
        Assert.Equal(before, Kept(_w));
    }

    /// <summary>The label is ann's and stays as it was; what ben says is not the label.</summary>
    [Fact]
    public void UndoStep_OfARename_WhereSomebodyHasVotedOtherwiseSince_IsRefused()
    {
        Say(_w, "ann", 1, "bird");
        Say(_w, "ben", 1, "cat");
        _w.ChangeClasses("rename", "rename", "cat", "feline", "eve");
        Say(_w, "ben", 1, "dog");
        var before = Kept(_w);
        var refused = Assert.Throws<InputException>(() => _w.UndoStep("undo", "eve")).Message;
        Assert.Contains("it was changed later", refused, StringComparison.Ordinal);
        Assert.Equal(before, Kept(_w));
        Assert.Contains("feline", _w.DeclaredClasses);
    }

    [Theory]
    [InlineData(nameof(LabelKind.Clear))]
    [InlineData(nameof(LabelKind.Unsure))]
    [InlineData(nameof(LabelKind.Unusable))]
    public void Annotate_ClearOrMark_TakesOnesOwnVoteAway_AndUndoBringsItBack(string kind)
    {
        Say(_w, "ann", 1, "cat");
        Say(_w, "ben", 1, "dog");
        Say(_w, "ann", 2, "cat");
        var before = Kept(_w);
        Do(_w, "ann", new("away", 1, Enum.Parse<LabelKind>(kind)));
        Assert.Equal(["ben: dog"], Said(_w, 1));
        Assert.Equal(["ann: cat"], Said(_w, 2));
        Assert.NotNull(_w.UndoStep("undo", "ann"));
        Assert.Equal(before, Kept(_w));
        Assert.Equal("cat", _w.Labels().Single(l => l.Image == 1).Class);
        Assert.Empty(_w.Problems());
    }

    [Theory]
    [InlineData(nameof(LabelKind.Clear))]
    [InlineData(nameof(LabelKind.Unsure))]
    [InlineData(nameof(LabelKind.Unusable))]
    public void Annotate_MarkOfTheSecondPerson_LeavesTheLabelThatIsNotShown(string kind)
    {
        Say(_w, "ann", 1, "cat");
        const string hidden =
            "'0.png' has a label of somebody else, which you do not see; give it a class too, or skip it";
        Assert.Equal(hidden, Why("ben"));
        Assert.Equal(hidden, Why("eve", owner: true));
        Say(_w, "ben", 1, "dog");
        Assert.Equal(hidden, Why("ben"));                                             // he sees his own only
        Assert.Equal("'0.png' has a label of somebody else; give it a class too, or skip it", Why("dan"));
        Assert.Equal("cat", Assert.Single(_w.Labels()).Class);
        Assert.Empty(_w.Marks());
        Assert.Equal(["ann: cat", "ben: dog"], Said(_w, 1));
        Assert.Null(Why("eve", owner: true));                                         // an owner sees both
        Assert.Empty(_w.Labels());

        string? Why(string who, bool owner = false) => Assert.Single(_w.Annotate(
            [new("mark", 1, Enum.Parse<LabelKind>(kind))], who, _ => true, owner)).Why;
    }

    /// <summary>Agreement is of classes: shapes are no votes, and the newest are the label.</summary>
    [Fact]
    public void Annotate_ShapesOfTwoPeople_AreTheLabelAndNoVotes()
    {
        Do(_w, "ann", new("one", 1, LabelKind.Label) { Part = LabelPart.Shapes, Shapes = [Square("cat", 9)] });
        Do(_w, "ben", new("two", 1, LabelKind.Label)
        {
            Part = LabelPart.Shapes,
            Shapes = [Square("cat", 9), Square("dog", 20)],
        });
        Assert.Equal(2, Assert.Single(_w.Labels()).Shapes.Count);
        Assert.Empty(_w.VotesOn(1));

        static Box Square(string @class, int side) => new(@class, 1, 1, side, side);
    }

    /// <summary>An import completed the label after the first person gave it a class.</summary>
    [Fact]
    public void Annotate_ShapesOfTheSecondPerson_DoNotReplaceThoseThatAreNotShown()
    {
        Say(_w, "ann", 1, "cat");
        _w.Import(_folder.Write("b.csv", "path,label,xmin,ymin,xmax,ymax\n0.png,cat,1,1,9,9\n"), new());
        var draw = new LabelOperation("draw", 1, LabelKind.Label)
        {
            Part = LabelPart.Shapes,
            Shapes = [new Box("dog", 1, 1, 20, 20)],
        };
        const string why =
            "'0.png' has a label of somebody else, which you do not see; give it a class alone, or skip it";
        Assert.Equal(why, Assert.Single(_w.Annotate([draw], "ben", _ => true)).Why);
        var both = draw with { Op = "both", Part = LabelPart.All, Classes = ["dog"] };
        Assert.Equal(why, Assert.Single(_w.Annotate([both], "ben", _ => true)).Why);
        Assert.Equal("'cat' with 1 shape", Assert.Single(_w.Labels()).Describe());
        Do(_w, "ann", draw);
        Assert.Equal(["dog"], Assert.Single(_w.Labels()).Shapes.Select(s => s.Class));
    }

    [Fact]
    public void UndoStep_OfASecondVote_BringsTheFirstBackAsItWas()
    {
        Say(_w, "ann", 1, "cat");
        var before = Kept(_w);
        Say(_w, "ann", 1, "dog");
        Assert.Equal(["ann: dog"], Said(_w, 1));
        Assert.NotNull(_w.UndoStep("undo", "ann"));
        Assert.Equal(before, Kept(_w));
    }

    [Fact]
    public void RenameAndMerge_VotesOfSeveralClasses_ChangeInsideTheirSets_AndUndoBringsThemBack()
    {
        using var w = Made("several", several: true);
        Say(w, "ann", 1, "cat", "dog");
        Say(w, "ann", 2, "bird", "cat");
        Say(w, "ben", 2, "bird");
        Say(w, "ann", 3);
        var before = Kept(w);
        w.RenameClass("cat", "wolf");
        Assert.Equal(["ann: dog wolf"], Said(w, 1));                                  // a set is kept in order
        Assert.Equal(["ann: bird wolf", "ben: bird"], Said(w, 2));
        Say(w, "ben", 1, "wolf", "dog");
        Assert.Single(w.VotesOn(1).DistinctBy(v => v.Said));
        w.MergeClasses(["wolf"], "bird");
        Assert.Equal(["ann: bird dog", "ben: bird dog"], Said(w, 1));
        Assert.Equal(["ann: bird", "ben: bird"], Said(w, 2));
        Assert.Single(w.VotesOn(2).DistinctBy(v => v.Said));
        Assert.Empty(w.Problems());
        for (var i = 0; i < 3; i++) w.Undo();
        Assert.Equal(before, Kept(w));
        Assert.Empty(w.Problems());
    }

    /// <summary>A second later each time somebody asks for the time.</summary>
    private sealed class SecondBySecond : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now += TimeSpan.FromSeconds(1);
    }
}
