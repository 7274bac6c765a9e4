using CsCheck;
using Vaal.Data.Labels;
using Vaal.Workspaces;

namespace Vaal.Tests.Workspaces;

/// <summary>The ledger: rounds, and any sequence of changes taken back.</summary>
public sealed partial class WorkspaceLabelsTests
{
    [Fact]
    public void Undo_NothingThere_IsOneLine() =>
        Assert.Contains(
            "nothing to take back", Assert.Throws<InputException>(() => _w.Undo()).Message, StringComparison.Ordinal);

    [Fact]
    public void RecordRound_AndItsEnd()
    {
        var now = DateTimeOffset.UtcNow;
        var round = new Round
        {
            Strategy = "vaal",
            Options = """{"beta":1}""",
            Seed = 3,
            Budget = 2,
            Health = """{"verdict":"informative","auc":0.8}""",
            Started = now.AddMinutes(-2),
            Finished = now
        };
        Assert.Equal(
            1, _w.RecordRound(round, [new(_ids["1.png"], 1, 0.9, "far"), new(_ids["2.png"], 2, double.NaN, null)]));
        Assert.Equal((1, 2, 0), (_w.OpenRound!.Id, _w.OpenRound.Picks, _w.OpenRound.Labelled));
        Assert.Equal("informative", _w.Status().Verdict);
        Assert.Equal(
            [new PickRow(_ids["1.png"], 1, 0.9, "far"), new PickRow(_ids["2.png"], 2, null, null)], _w.Picks(1));

        var (path, count, _) = _w.Export(ExportWhat.Picks, "csv");
        Assert.Equal(2, count);
        Assert.Equal(
            "path,label,rank,score,reason,pre_label\n1.png,,1,0.9,far,\n2.png,,2,,,\n", File.ReadAllText(path)
            .ReplaceLineEndings("\n"));

        Import("path,label\n1.png,cat\n2.png,dog\n");
        Assert.Null(_w.OpenRound);
        Assert.All(_w.Labels(), l => Assert.Equal(1, l.Round));
        Assert.Equal("import", _w.Undo().What);
        Assert.Equal(("round", 2), (_w.Undo() is var undone ? undone.What : "", undone.Picks));
        Assert.Null(_w.OpenRound);
        Assert.Null(_w.Status().Verdict);                                            // that was of the round
        Assert.NotNull(_w.Rounds().Single().Undone);
        Import("path,label\n1.png,cat\n");
        Assert.Null(_w.Labels().Single().Round);
        Assert.Equal(2, _w.RecordRound(round, []));
        Assert.Contains(
            "not in the pool",
            Assert.Throws<InputException>(() => _w.RecordRound(round, [new(_ids["twin of 0.png"], 1, 0, "")])).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, _w.Rounds().Count);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void Status_PicksThatAreGoneOrCannotBeLabelled_WaitForNothing()
    {
        _w.RecordRound(SomeRound.Of(3), [.. new[] { "1.png", "2.png", "3.png" }
            .Select((path, i) => new PickRow(_ids[path], i + 1, null, null))]);
        Assert.Contains("the 3 images of round 1 that wait", _w.Status().Next, StringComparison.Ordinal);
        _w.Annotate([new("1", _ids["3.png"], LabelKind.Unusable)], "ann");
        Assert.Contains("the 2 images of round 1 that wait", _w.Status().Next, StringComparison.Ordinal);
        File.Delete(_folder["images/1.png"]);
        _w.Index(new());
        Assert.Contains("the 1 image of round 1 that waits", _w.Status().Next, StringComparison.Ordinal);
        File.Delete(_folder["images/2.png"]);
        _w.Index(new());
        Assert.DoesNotContain("round 1", _w.Status().Next, StringComparison.Ordinal);
    }

    /// <summary>The page always chooses ahead, and exports nothing: its last choice is no errand for anybody.</summary>
    [Fact]
    public void Status_PicksOfThePage_WaitForNothing()
    {
        _w.Index(new() { TestList = _folder.Write("test.txt", "5.png\n") });
        _w.RecordRound(SomeRound.Of(3) with { Options = """{"serve":{"labels":0}}""" },
            [.. new[] { "1.png", "2.png", "3.png" }.Select((path, i) => new PickRow(_ids[path], i + 1, null, null))]);
        Assert.StartsWith("'vaal serve' opens a page to label the images", _w.Status().Next, StringComparison.Ordinal);
        Import("path,label\n1.png,cat\n2.png,dog\n5.png,cat\n");
        Assert.StartsWith("'vaal train' trains a model on the new labels; 'vaal serve'", _w.Status().Next,
            StringComparison.Ordinal);
        Assert.DoesNotContain("picks-", _w.Status().Next, StringComparison.Ordinal);

        _w.RecordRound(SomeRound.Of(1), [new(_ids["4.png"], 1, null, null)]);
        Assert.Contains("the 1 image of round 2 that waits", _w.Status().Next, StringComparison.Ordinal);
        Assert.Contains("picks-2.csv", _w.Status().Next, StringComparison.Ordinal);
    }

    /// <summary>A cell of the table would give the whole image one class.</summary>
    [Fact]
    public void Status_LabelsAreShapes_DoesNotNameTheTableOfPicks()
    {
        _w.RecordRound(SomeRound.Of(1), [new(_ids["1.png"], 1, null, null)]);
        Assert.Contains("fill in the column 'label' of .vaal/exports/picks-1.csv, or use Label Studio",
            _w.Status().Next, StringComparison.Ordinal);
        _w.Label(_ids["2.png"], null, [new Box("cat", 1, 2, 3, 4)], "ann", "test");
        Assert.Equal("label the 1 image of round 1 that waits: 'vaal serve' opens a page; or use Label Studio, then "
            + "'vaal import FILE'", _w.Status().Next);
    }

    /// <summary>A step may be about one image twice: the later change is taken back first.</summary>
    [Fact]
    public void UndoStep_ThatChangedAnImageTwice_GivesTheLabelBeforeBoth()
    {
        _w.Annotate([new("1", 1, LabelKind.Label) { Class = "cat" }], "ann");
        _w.Annotate([new("2", 1, LabelKind.Label) { Class = "dog", Step = "s" },
            new("3", 1, LabelKind.Label) { Class = "emu", Step = "s" }], "ann");
        Assert.Equal("emu", _w.LabelFor(1)!.Class);
        _w.UndoStep("4", "ann");
        Assert.Equal("cat", _w.LabelFor(1)!.Class);
        Assert.Empty(_w.Problems());
    }

    [Fact]
    public void UndoStep_OfALabelThatSomebodyChangedSince_IsRefusedAndChangesNothing()
    {
        _w.Annotate([new("1", 1, LabelKind.Label) { Class = "cat" }, new("2", 2, LabelKind.Unsure)], "ann");
        _w.Annotate([new("3", 1, LabelKind.Label) { Class = "dog" }, new("4", 2, LabelKind.Unusable)], "bob");
        foreach (var step in new[] { "1", "2" })
            Assert.EndsWith("it was changed later, so nothing was taken back",
                Assert.Throws<InputException>(() => _w.UndoStep($"undo {step}", "ann", step)).Message,
                StringComparison.Ordinal);
        Assert.Equal(("dog", "bob", "unusable"), (_w.LabelFor(1)!.Class, _w.LabelFor(1)!.Who, _w.MarkOf(2)));
    }

    /// <summary>Whatever is done in whatever order: the ledger tells the labels, and undo restores them
    /// exactly.</summary>
    [Trait("Category", "Slow")]
    [Fact]
    public void AnySequence_LedgerAndLabelsAgree_UndoRestoresExactly() => Gen.Int.Array[1, 25].Sample(steps =>
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 4; i++) folder.Write($"{i}.png", TestImages.Rgb(32, 32, (byte)(i * 60), 9, 9));
        using var w = Workspace.Create(folder.Path);
        w.Index(new());
        var history = new Stack<Dictionary<int, LabelRow>>();
        Dictionary<int, LabelRow> Now() => w.Labels().ToDictionary(l => l.Image);
        foreach (var step in steps)
        {
            var random = new Random(step);
            var before = Now();
            switch (random.Next(6))
            {
                case 0:
                    var lines = Enumerable.Range(0, random.Next(1, 6))
                        .Select(_ => $"{random.Next(5)}.png,{"abc"[random.Next(3)]}\n");
                    if (w.Import(
                        folder.Write("l.csv", "path,label\n" + string.Concat(lines)),
                        new() { Replace = random.Next(2) == 0 }).Changed > 0) history.Push(before);
                    break;
                case 1:
                    if (w.Label(w.Images()[random.Next(4)].Id, "abc"[random.Next(3)].ToString(), [], "me", "page"))
                        history.Push(before);
                    break;
                case 2:
                    w.RecordRound(SomeRound.Of(1), [.. w.Images().Where(i => i.State == ImageState.Ok).Take(1)
                            .Select(i => new PickRow(i.Id, 1, null, null))]);
                    history.Push(before);
                    break;
                case 3:
                    folder.Write($"{random.Next(4)}.png", TestImages.Rgb(32, 32, (byte)random.Next(256), 1, 1));
                    w.Index(new() { NearDuplicates = 0 });
                    // twins and renamed files may pass labels on, which is init's own doing
                    if (!Same(before, Now())) return;
                    break;
                default:
                    if (history.Count == 0)
                    {
                        Assert.Throws<InputException>(() => w.Undo());
                        break;
                    }
                    w.Undo();
                    Assert.True(Same(history.Pop(), Now()));
                    break;
            }
            Assert.Empty(w.Problems());
        }
    }, iter: 40, threads: 1);

    private static bool Same(Dictionary<int, LabelRow> a, Dictionary<int, LabelRow> b) =>
        a.Count == b.Count && a.All(l => b.GetValueOrDefault(l.Key) == l.Value);
}
