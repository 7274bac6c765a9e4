namespace Vaal.Workspaces;

/// <summary>What was taken back.</summary>
public sealed class UndoReport
{
    internal UndoReport(
        string what, DateTimeOffset at, string from, int? round, int removed, int restored, int picks) =>
        (What, At, From, Round, Removed, Restored, Picks) = (what, at, from, round, removed, restored, picks);

    /// <summary><c>import</c>, <c>folders</c>, <c>label</c>, <c>classes</c> or <c>round</c>.</summary>
    public string What { get; internal init; }

    /// <summary>When it had been done.</summary>
    public DateTimeOffset At { get; internal init; }

    /// <summary>The file or folder labels came from; for a round its strategy; for classes what was done.</summary>
    public string From { get; internal init; }

    /// <summary>Its number.</summary>
    public int? Round { get; internal init; }

    /// <summary>Images that lost a label.</summary>
    public int Removed { get; internal init; }

    /// <summary>Images that got an earlier label back.</summary>
    public int Restored { get; internal init; }

    /// <summary>Images that are not chosen any more.</summary>
    public int Picks { get; internal init; }

    /// <summary>Number of the ledger's entry that was taken back.</summary>
    public long Entry { get; internal init; }

    /// <summary>It had been taken back before this call, which changed nothing.</summary>
    public bool Already { get; internal init; }
}
