using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>The id of an operation says that it is the same one, sent again. Anything else is refused.</summary>
public sealed class OperationIdTests : IDisposable
{
    private const string Other = "this operation id was used for something else; use a new one";
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;

    public OperationIdTests()
    {
        for (var i = 0; i < 3; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        _w = Workspace.Create(_folder["images"], clock: new MinuteByMinute());
        _w.Index(new() { NearDuplicates = 0 });
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private static LabelOperation Cat(string op, int image = 1) => new(op, image, LabelKind.Label) { Class = "cat" };

    private OperationResult Say(string who, LabelOperation operation) =>
        Assert.Single(_w.Annotate([operation], who));

    private static string Refused(Action change) => Assert.Throws<InputException>(change).Message;

    [Fact]
    public void Annotate_SentAgain_IsAnsweredAsBefore_AndSaysSo()
    {
        var first = Say("ann", Cat("a"));
        // how long somebody looked, and what was suggested, is no part of what was asked for
        var again = Say("ann", Cat("a") with { Milliseconds = 9, Suggested = true });
        Assert.NotNull(first.Entry);
        Assert.Equal((first.Entry, false, true), (again.Entry, first.Again, again.Again));
        Assert.Single(_w.Entries(), e => e.What == "label");
    }

    [Fact]
    public void Annotate_AnotherOperationWithItsId_IsRefused_AndChangesNothing()
    {
        Say("ann", Cat("a"));
        LabelOperation[] others =
        [
            Cat("a", image: 2), Cat("a") with { Class = "dog" }, new("a", 1, LabelKind.Unsure),
            new("a", 1, LabelKind.Clear), Cat("a") with { Shapes = [new Box("cat", 1, 1, 9, 9)] },
            Cat("a") with { Shapes = [new Box("cat", double.NaN, 1, 9, 9)] }, Cat("a") with { Settle = true },
        ];
        foreach (var other in others)
            Assert.Equal(((long?)null, Other), (Say("ann", other).Entry, Say("ann", other).Why));
        Assert.Equal(Other, Say("ben", Cat("a")).Why);
        Assert.Equal(("cat", "ann"), (_w.Labels().Single().Class, _w.Labels().Single().Who));
        Assert.Empty(_w.Marks());
    }

    [Fact]
    public void Annotate_TwoClassesUnderOneIdAtOnce_TheSecondIsRefused()
    {
        var results = _w.Annotate([Cat("a"), Cat("a") with { Class = "dog" }, Cat("a")], "ann");
        Assert.Equal([null, Other, null], results.Select(r => r.Why));
        Assert.Equal([false, false, true], results.Select(r => r.Again));
        Assert.Equal("cat", _w.Labels().Single().Class);
    }

    /// <summary>Each id of one kind of change, used for each other kind.</summary>
    [Fact]
    public void Id_OfOneKindOfChange_IsRefusedForEveryOther()
    {
        Say("ann", Cat("label"));
        Say("ann", Cat("step", image: 2));
        _w.ChangeClasses("classes", "color", "cat", "#aa0000", "ann");
        _w.SaveServeSettings("settings", "{}", """{"learnEvery":7}""", "ann", null);
        _w.UndoStep("undo", "ann", "step");
        var log = _w.Entries().Count;
        foreach (var op in new[] { "label", "classes", "settings", "undo" })
        {
            if (op != "label") Assert.Equal(Other, Say("ann", Cat(op)).Why);
            if (op != "classes")
                Assert.Equal(Other, Refused(() => _w.ChangeClasses(op, "color", "cat", "#aa0000", "ann")));
            if (op != "settings")
                Assert.Equal(Other, Refused(() => _w.SaveServeSettings(op, "{}", "{}", "ann", null)));
            if (op != "undo") Assert.Equal(Other, Refused(() => _w.UndoStep(op, "ann", "step")));
        }
        Assert.Equal(Other, Refused(() => _w.ChangeClasses("classes", "color", "cat", "#bb0000", "ann")));
        Assert.Equal(Other, Refused(() => _w.SaveServeSettings("settings", """{"a":1}""", "{}", "ann", null)));
        Assert.Equal(Other, Refused(() => _w.UndoStep("undo", "ann")));
        Assert.Equal(Other, Refused(() => _w.UndoStep("undo", "ben", "step")));

        _w.ChangeClasses("classes", "color", "cat", "#aa0000", "ann");                // sent again
        Assert.False(_w.SaveServeSettings("settings", "{}", "{}", "ann", null));
        Assert.Equal([2], _w.UndoStep("undo", "ann", "step")!.Images);
        Assert.Equal(log, _w.Entries().Count);
    }

    /// <summary>An older vaal kept the id and the entry alone.</summary>
    [Fact]
    public void Id_OfAnOlderVaal_IsComparedByKindAndPerson()
    {
        var first = Say("ann", Cat("a"));
        using (var db = new Database(Path.Combine(_w.Folder, "vaal.db")))
            db.Execute("update operations set said = null");
        Assert.Equal((first.Entry, true), (Say("ann", Cat("a")) is var again ? again.Entry : 0, again.Again));
        Assert.Equal(Other, Say("ben", Cat("a")).Why);
        Assert.Equal(Other, Refused(() => _w.UndoStep("a", "ann")));
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void UndoStep_OfWhatIsNoStepOfOnesOwn_SaysWhatItIs()
    {
        Say("ann", Cat("a"));
        Say("ann", Cat("b", image: 2));
        _w.SaveServeSettings("settings", "{}", "{}", "ann", null);
        Assert.NotNull(_w.UndoStep("undo", "ann", "a"));
        Assert.Null(_w.UndoStep("again", "ann", "a"));                               // it was taken back already
        Assert.Equal("expected a label or a change of classes to take back, found a change of settings; nothing was "
            + "taken back", Refused(() => _w.UndoStep("1", "ann", "settings")));
        Assert.Equal("expected a label or a change of classes to take back, found an undo; nothing was taken back",
            Refused(() => _w.UndoStep("2", "ann", "undo")));
        Assert.Equal("expected a step of your own to take back, found one of another person; nothing was taken back",
            Refused(() => _w.UndoStep("3", "ben", "b")));
        Assert.Equal("expected a step that was saved, found none; nothing was taken back",
            Refused(() => _w.UndoStep("4", "ann", "nothing")));
        Assert.Equal(2, _w.Labels().Single().Image);
    }

    /// <summary>Whoever takes a label back did not give the mark that was there before it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Undo_OfALabelOnAMark_BringsTheMarkBackAsItWas(bool ofThePage)
    {
        Say("ann", new("mark", 1, LabelKind.Unsure));
        var before = _w.Marks()[1];
        if (ofThePage) Say("ben", Cat("label"));
        else _w.Import(_folder.Write("l.csv", "path,label\n0.png,cat\n"));
        Assert.Empty(_w.Marks());
        if (ofThePage) _w.UndoStep("undo", "ben");
        else _w.Undo();
        Assert.Equal("ann", before.Who);
        Assert.Equal(before, _w.Marks()[1]);
    }

    private sealed class MinuteByMinute : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => _now += TimeSpan.FromMinutes(1);
    }
}
