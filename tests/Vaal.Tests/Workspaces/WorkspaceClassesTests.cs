using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>Declared classes, and renaming and merging them.</summary>
public sealed class WorkspaceClassesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Workspace _w;

    public WorkspaceClassesTests()
    {
        for (var i = 0; i < 6; i++) _folder.Write($"images/{i}.png", Pictures.Random(i));
        _w = Workspace.Create(_folder["images"]);
        _w.Index(new() { Classes = ["Apple", "Pear"] });
    }

    public void Dispose()
    {
        _w.Dispose();
        _folder.Dispose();
    }

    private ImportReport Import(string csv, ImportOptions? options = null) =>
        _w.Import(_folder.Write("labels.csv", "path,label\n" + csv), options ?? new());

    private string?[] Classes => [.. _w.Labels().OrderBy(l => l.Image).Select(l => l.Class)];

    [Fact]
    public void Import_ClassThatIsNotDeclared_IsLeftOutAndTheNearestIsNamed()
    {
        var report = Import("0.png,Apple\n1.png,Appel\n2.png,appel\n3.png,unsure\n4.png,unsure\n");
        Assert.Equal((1, 4, 3), (report.Added, report.LeftOut, report.Problems.Count));
        Assert.Equal(["Apple"], Classes);
        Assert.Equal(
        [
            "line 3: 'Appel' is no declared class; correct it, or pass --new-classes to add it; did you mean 'Apple'?",
            "line 4: 'appel' is no declared class; correct it, or pass --new-classes to add it; did you mean 'Apple'?",
            "line 5: 'unsure' is no declared class; correct it, or pass --new-classes to add it; there are: Apple, "
                + "Pear (2 entries)",
        ], report.Problems.Select(p => p.ToString()));
    }

    [Fact]
    public void Import_NewClasses_DeclaresThem_UndoTakesThemBack()
    {
        var report = Import("0.png,Apple\n1.png,Plum\n", new() { NewClasses = true });
        Assert.Equal((2, 0), (report.Added, report.LeftOut));
        Assert.Equal(["Plum"], report.NewClasses);
        Assert.Equal(["Apple", "Pear", "Plum"], _w.DeclaredClasses);
        _w.Undo();
        Assert.Empty(_w.Labels());
        Assert.Equal(["Apple", "Pear"], _w.DeclaredClasses);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Import_DryRun_DeclaresNothing()
    {
        Assert.Equal(["Plum"], Import("1.png,Plum\n", new() { NewClasses = true, DryRun = true }).NewClasses);
        Assert.Equal(["Apple", "Pear"], _w.DeclaredClasses);
    }

    [Fact]
    public void Import_LabelThatIsThereAlready_IsNoProblemThoughItsClassIsNotDeclared()
    {
        Import("0.png,Plum\n", new() { NewClasses = true });
        _w.Index(new() { Classes = ["Apple", "Pear"] });
        var report = Import("0.png,Plum\n1.png,Plum\n");
        Assert.Equal((0, 1, 1), (report.Changed, report.Unchanged, report.LeftOut));
    }

    [Fact]
    public void Import_NothingDeclared_AcceptsAnyClassAndNamesTheNew()
    {
        _w.Index(new() { Classes = [] });
        Assert.Equal(["Apple"], Import("0.png,Apple\n").NewClasses);
        Assert.Equal(["Appel"], Import("0.png,Apple\n1.png,Appel\n").NewClasses);
        Assert.Empty(_w.DeclaredClasses);
    }

    [Fact]
    public void Import_TableThatNobodyFilledIn_SaysSoOnce()
    {
        var report = Import("0.png,\n1.png,\n2.png,\n");
        Assert.Equal("labels.csv: column 'label' is empty in 3 rows; fill in the "
            + "classes", Assert.Single(report.Problems).ToString());
        Assert.Equal(0, report.Changed);
    }

    [Fact]
    public void Label_ClassThatIsNotDeclared_IsRefused()
    {
        var refused = Assert.Throws<InputException>(() => _w.Label(_w.Images()[0].Id, "Appel", [], "ann", "page"));
        Assert.StartsWith("'Appel' is no declared class; ", refused.Message, StringComparison.Ordinal);
        Assert.True(_w.Label(_w.Images()[0].Id, "Pear", [], "ann", "page"));
    }

    /// <summary>As every change of the classes: the log has it, and it can be taken back.</summary>
    [Fact]
    public void Index_OtherClasses_IsAnEntryThatUndoTakesBack_AndNamesLabelsOfNoneOfThem()
    {
        Import("0.png,Apple\n1.png,Apple\n2.png,Pear\n");
        var entries = _w.Entries().Count;
        var report = _w.Index(new() { Classes = ["Aple", "Pear"] });
        Assert.Equal(["2 labels have the class 'Apple', which is not declared; did you mean 'Aple'?"], report.Notes);
        Assert.Equal("declared 'Aple', 'Pear' and no other", _w.Entries()[^1].Words);
        Assert.Empty(_w.Index(new() { Classes = ["Aple", "Pear"] }).Notes);
        Assert.Equal(entries + 1, _w.Entries().Count);

        Assert.Equal(("classes", "declare", 0), (_w.Undo() is var undone ? undone.What : "", undone.From,
            undone.Removed));
        Assert.Equal(["Apple", "Pear"], _w.DeclaredClasses);
        Assert.Equal(["Apple", "Apple", "Pear"], Classes);
        _w.Index(new() { Classes = [] });
        Assert.Equal("declared no class: any is accepted", _w.Entries()[^1].Words);
        _w.Undo();
        Assert.Equal(["Apple", "Pear"], _w.DeclaredClasses);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void RenameClass_LabelsAndShapes_GetTheNewName_UndoGivesTheOldOneBack()
    {
        Import("0.png,Apple\n1.png,Pear\n");
        _w.Label(_w.Images()[2].Id, "Pear", [new Box("Apple", 1, 2, 3, 4), new Box("Pear", 0, 0, 5, 5)], "ann", "page");
        var before = _w.Labels().OrderBy(l => l.Image).ToList();
        var report = _w.RenameClass("Apple", "Malus");
        Assert.Equal(2, report.Images);
        Assert.Equal(["Malus", "Pear", "Pear"], Classes);
        Assert.Equal(["Malus", "Pear"], _w.Labels().Single(l => l.Image == _w.Images()[2].Id).Shapes
            .Select(s => s.Class));
        Assert.Equal(["Malus", "Pear"], _w.DeclaredClasses);

        var undone = _w.Undo();
        Assert.Equal(("classes", report.Entry, 0, 2), (undone.What, undone.Entry, undone.Removed, undone.Restored));
        Assert.Equal(before, _w.Labels().OrderBy(l => l.Image));
        Assert.Equal(["Apple", "Pear"], _w.DeclaredClasses);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void RenameClass_BackgroundAndLooks_GoWithIt_AndComeBack()
    {
        _w.Index(new() { Background = "Apple", Classes = ["Apple", "Pear"] });
        _w.Label(_w.Images()[0].Id, null, [new Box("Pear", 1, 2, 3, 4)], "ann", "page");
        _w.ChangeClasses("1", "color", "Apple", "#aa0000", "ann");
        _w.RenameClass("Apple", "Malus");
        Assert.Equal(["Malus", "Pear"], OfPixels());
        Assert.Equal("#aa0000", _w.ClassLooks["Malus"].Color);
        Assert.DoesNotContain("Apple", _w.ClassLooks.Keys);
        _w.Undo();
        Assert.Equal(["Apple", "Pear"], OfPixels());
        Assert.Equal("#aa0000", _w.ClassLooks["Apple"].Color);
        Assert.DoesNotContain("Malus", _w.ClassLooks.Keys);

        string[] OfPixels()
        {
            using var masks = _w.LoadMasks();
            return [.. masks.ClassNames];
        }
    }

    [Fact]
    public void MergeClasses_Several_BecomeOne_UndoTellsThemApartAgain()
    {
        Import("0.png,Apple\n1.png,Pear\n2.png,Plum\n", new() { NewClasses = true });
        Assert.Equal(2, _w.MergeClasses(["Apple", "Plum"], "Pear").Images);
        Assert.Equal(["Pear", "Pear", "Pear"], Classes);
        Assert.Equal(["Pear"], _w.DeclaredClasses);
        _w.Undo();
        Assert.Equal(["Apple", "Pear", "Plum"], Classes);
        Assert.Equal(["Apple", "Pear", "Plum"], _w.DeclaredClasses);
    }

    [Fact]
    public void AddClasses_TheFirstOne_DeclaresThoseInUseToo()
    {
        _w.Index(new() { Classes = [] });
        Import("0.png,Pear\n1.png,Apple\n");
        Assert.Equal(["Apple", "Pear", "Plum"], _w.AddClasses("Plum").Classes);
        Assert.Empty(Import("2.png,Apple\n").Problems);
    }

    [Fact]
    public void Classes_ThatCannotBeChanged_AreOneLine()
    {
        Assert.Equal("there is no class 'Appel'; did you mean "
            + "'Apple'?", Refused(() => _w.RenameClass("Appel", "Fruit")));
        Assert.Equal("there is a class 'Pear' already; 'vaal classes merge' makes one "
            + "of two", Refused(() => _w.RenameClass("Apple", "Pear")));
        Assert.Equal("the class 'Pear' cannot be merged into itself", Refused(() => _w.MergeClasses(["Pear"], "Pear")));
        Assert.Equal("the class 'Apple' is declared already", Refused(() => _w.AddClasses("Apple")));
        Assert.Equal("expected the name of a class, found nothing", Refused(() => _w.AddClasses(" ")));
        foreach (var broken in new[] { "x\ny", "x\ty", "x\ry" })
            Assert.Equal("the class 'x?y' has a control character in it, which label files of other tools cannot hold",
                Refused(() => _w.AddClasses(broken)));
        Assert.Equal("the class 'Plum\u200b' begins or ends with a blank or with a character that has no width",
            Refused(() => _w.AddClasses("Plum\u200b")));
        Assert.Equal(["Apple", "Pear", "Plum"], _w.AddClasses("Plum").Classes);

        static string Refused(Func<ClassesReport> change) => Assert.Throws<InputException>(change).Message;
    }

    [Fact]
    public void Status_PoolAndTestSet_AreCountedApartRarestFirst()
    {
        _folder.Write("test.txt", "4.png\n5.png\n");
        _w.Index(new() { TestList = _folder["test.txt"], Classes = ["Apple", "Pear", "Plum"] });
        Assert.StartsWith("none of the 2 images of the test set has a label, and 'vaal train' needs "
            + "them", _w.Status().Reminder, StringComparison.Ordinal);
        Assert.StartsWith("'vaal serve' opens a page", _w.Status().Next, StringComparison.Ordinal);
        Import("0.png,Apple\n1.png,Apple\n2.png,Apple\n3.png,Pear\n4.png,Pear\n5.png,Pear\n");
        var status = _w.Status();
        Assert.Equal([("Plum", 0, 0), ("Pear", 1, 2), ("Apple", 3, 0)],
            status.Classes.Select(c => (c.Class, c.Pool, c.Test)));
        Assert.Equal(3, status.Skew);
        Assert.Null(status.Reminder);
        Assert.Equal("every image of the pool has a label; 'vaal train' trains a model on the new labels", status.Next);
    }

    [Trait("Category", "Slow")]
    [Fact]
    public void Import_WhileATrainingHoldsTheWorkspace_IsTaken()
    {
        using (_w.Lock("next"))
        {
            Assert.Equal(1, Import("0.png,Apple\n").Added);
            Assert.Equal(1, _w.RenameClass("Apple", "Malus").Images);
            Assert.Contains("another vaal (next, pid", Assert.Throws<InputException>(() => _w.Undo()).Message,
                StringComparison.Ordinal);
            Assert.Contains("another vaal (next, pid", Assert.Throws<InputException>(() => _w.Index(new())).Message,
                StringComparison.Ordinal);
        }
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Undo_KilledAfterItsChange_GivenAgainIsDone()
    {
        Import("0.png,Apple\n");
        Import("1.png,Pear\n");
        Assert.Throws<IOException>(() => _w.Undo(told: _ => throw new IOException("killed before it could say so")));
        Assert.Equal(["Apple"], Classes);
        UndoReport? told = null;
        var again = _w.Undo(told: report => told = report);
        Assert.Equal((true, 1, again), (again.Already, again.Removed, told));
        Assert.Equal(["Apple"], Classes);                                            // nothing more was taken back
        Assert.False(_w.Undo(told: _ => { }).Already);
        Assert.Empty(Classes);
    }

    [Fact]
    public void Undo_KilledAndSomethingElseDoneSince_TakesThatBack()
    {
        Import("0.png,Apple\n");
        Import("1.png,Pear\n");
        Assert.Throws<IOException>(() => _w.Undo(told: _ => throw new IOException("killed")));
        Import("2.png,Pear\n");
        Assert.False(_w.Undo(told: _ => { }).Already);
        Assert.Equal(["Apple"], Classes);
    }

    [Fact]
    public void Undo_ByNumber_IsDoneOnce()
    {
        Import("0.png,Apple\n");
        Import("1.png,Pear\n");
        long[] imports = [.. _w.Entries().Where(e => e.What == "import").Select(e => e.Id)];
        Assert.Equal($"#{imports[0]} is not the last action; take #{imports[1]} back first: 'vaal undo {imports[1]}'",
            Assert.Throws<InputException>(() => _w.Undo(imports[0])).Message);
        Assert.Equal((imports[1], false), (_w.Undo(imports[1]) is var first ? first.Entry : 0, first.Already));
        Assert.Equal((imports[1], true), (_w.Undo(imports[1]) is var second ? second.Entry : 0, second.Already));
        Assert.Equal(["Apple"], Classes);
        var problem = Assert.Throws<InputException>(() => _w.Undo(1)).Message;
        Assert.StartsWith("#1 is not an import, label or round", problem,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Log_EveryKindOfAction_IsASentenceWithWho()
    {
        Import("0.png,Apple\n1.png,Plum\n");
        _w.Label(_w.Images()[2].Id, "Pear", [], "ann", "page");
        _w.RenameClass("Pear", "Pyrus");
        var undo = _w.Undo().Entry;
        var log = _w.Entries();
        Assert.Equal(
        [
            "indexed 6 images: 6 new", "imported labels from labels.csv: 1 added, 1 "
                + "left out", "labelled an image (page)",
            "renamed class 'Pear' to 'Pyrus' in 1 label", $"took #{undo} back (classes): 0 labels removed, 1 restored",
        ], log.Select(e => e.Words));
        Assert.All(log, e => Assert.Equal(Environment.UserName, e.Who));
        var parts = _w.Entries(parts: true).Where(e => e.Action is not null).Select(e => e.Words);
        Assert.Contains("2.png: 'Pear', by ann", parts);
        Assert.Contains("2.png: 'Pyrus', by ann (was 'Pear')", parts);
    }

    [Fact]
    public void SuggestedBudget_SmallPool_IsNotMoreThanThereIs() => Assert.Equal(6, _w.SuggestedBudget());

    [Fact]
    public void UndoStep_OfALook_KeepsTheLooksThatOthersChangedSince()
    {
        _w.ChangeClasses("1", "color", "Apple", "#aa0000", "ann");
        _w.ChangeClasses("2", "key", "Apple", "a", "ann");
        _w.ChangeClasses("3", "color", "Pear", "#00aa00", "bob");
        _w.UndoStep("4", "ann");
        Assert.Equal([("Apple", "#aa0000", null), ("Pear", "#00aa00", null)],
            _w.ClassLooks.Select(l => (l.Key, l.Value.Color, l.Value.Key)).Order());
        _w.ChangeClasses("5", "color", "Apple", "#bb0000", "bob");
        _w.UndoStep("6", "ann");                                                     // it is bob's colour now
        Assert.Equal("#bb0000", _w.ClassLooks["Apple"].Color);
        _w.UndoStep("7", "bob");
        Assert.Equal("#aa0000", _w.ClassLooks["Apple"].Color);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void UndoStep_OfAKeyThatAnotherClassHasNow_LeavesItThere()
    {
        _w.ChangeClasses("1", "key", "Apple", "a", "ann");
        _w.ChangeClasses("2", "key", "Pear", "a", "ann");                            // Apple goes without
        _w.ChangeClasses("3", "key", "Pear", "p", "bob");
        _w.AddClasses("Plum");
        _w.ChangeClasses("4", "key", "Plum", "a", "bob");
        _w.UndoStep("5", "ann", undoes: "2");
        Assert.Equal((null, "p", "a"),
            (_w.ClassLooks["Apple"].Key, _w.ClassLooks["Pear"].Key, _w.ClassLooks["Plum"].Key));
    }

    [Fact]
    public void Import_LabelOfAMarkedImage_TakesTheMarkAway_AndUndoBringsItBack()
    {
        _w.Annotate([new("op", 1, LabelKind.Unusable), new("op2", 2, LabelKind.Unsure)], "ann");
        Import("0.png,Apple\n");
        Assert.Equal((null, "unsure"), (_w.MarkOf(1), _w.MarkOf(2)));
        Assert.Equal((1, 0, 1, 4),
            (_w.Status().Labelled, _w.Status().Unusable, _w.Status().Unsure, _w.Status().Unlabelled));
        _w.Undo();
        Assert.Equal(("unusable", 0, 1), (_w.MarkOf(1), _w.Status().Labelled, _w.Status().Unusable));
        Assert.Empty(_w.Problems());
    }
}
