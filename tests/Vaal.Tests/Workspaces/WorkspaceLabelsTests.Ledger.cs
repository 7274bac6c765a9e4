using CsCheck;
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

        var (path, count) = _w.Export(ExportWhat.Picks, "csv");
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
        Assert.NotNull(_w.Rounds().Single().Undone);
        Assert.Equal(2, _w.RecordRound(round, []));
        Assert.Contains(
            "not in the pool",
            Assert.Throws<InputException>(() => _w.RecordRound(round, [new(_ids["twin of 0.png"], 1, 0, "")])).Message,
            StringComparison.Ordinal);
        Assert.Equal(2, _w.Rounds().Count);
        Assert.Empty(_w.Problems());
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
