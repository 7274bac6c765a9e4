using Vaal.Workspaces;

namespace Vaal.Web.Tests;

/// <summary>What the server keeps in memory of the labels, as they come and go.</summary>
public sealed class BoardTests : IDisposable
{
    private const string Me = "me";
    private readonly Vaal.Tests.TemporaryFolder _folder = new();
    private readonly Workspace _workspace;
    private readonly Board _board = new();
    private int _operations;

    public BoardTests()
    {
        for (var i = 1; i <= 8; i++) _folder.Write($"images/{i}.png", Vaal.Tests.Pictures.Random(i));
        _workspace = Workspace.Create(_folder["images"]);
        _workspace.Index(new() { Encoder = "none", Classes = ["cat", "dog"] });
        _board.Sync(_workspace);
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _folder.Dispose();
    }

    private string Next() => $"op-{_operations++}";

    private void Say(int image, LabelKind kind)
    {
        var operation = new LabelOperation(Next(), image, kind) { Class = kind == LabelKind.Label ? "cat" : null };
        Assert.All(_workspace.Annotate([operation], Me), r => Assert.Null(r.Why));
        _board.Sync(_workspace);
    }

    private void Undo()
    {
        Assert.NotNull(_workspace.UndoStep(Next(), Me));
        _board.Sync(_workspace);
    }

    private (int Labelled, int Unsure, int Unusable, int Unlabelled) Counts()
    {
        var anew = new Board();
        anew.Sync(_workspace);
        Assert.Equal((anew.Labelled, anew.Unsure, anew.Unusable, anew.Unlabelled),
            (_board.Labelled, _board.Unsure, _board.Unusable, _board.Unlabelled));
        return (_board.Labelled, _board.Unsure, _board.Unusable, _board.Unlabelled);
    }

    [Fact]
    public void Counts_WhileMarksAndLabelsComeAndGo_AreThoseOfTheImages()
    {
        Say(1, LabelKind.Unsure);
        Say(2, LabelKind.Unsure);
        Say(3, LabelKind.Unusable);
        Assert.Equal((0, 2, 1, 5), Counts());
        Say(1, LabelKind.Clear);
        Assert.Equal((0, 1, 1, 6), Counts());
        Say(2, LabelKind.Label);                                                      // a label takes the mark away
        Assert.Equal((1, 0, 1, 6), Counts());
        Say(3, LabelKind.Clear);
        Assert.Equal((1, 0, 0, 7), Counts());
        Undo();
        Undo();
        Undo();
        Assert.Equal((0, 2, 1, 5), Counts());
    }

    [Fact]
    public void Queue_WhenALabelIsTakenBack_HoldsItsImageAgainInItsPlace()
    {
        int[] order = [.. _board.Queue()];
        Assert.Equal(8, order.Length);
        foreach (var position in order[..3]) Say(_board.Rows[position].Id, LabelKind.Label);
        Assert.Equal(order[3..], _board.Queue());
        Undo();
        Assert.Equal(order[2..], _board.Queue());
        Undo();
        Undo();
        Assert.Equal(order, _board.Queue());
        Say(_board.Rows[order[0]].Id, LabelKind.Unsure);
        Assert.Equal(order[1..], _board.Queue());
        Say(_board.Rows[order[0]].Id, LabelKind.Clear);
        Assert.Equal(order, _board.Queue());
    }
}
