using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>What was taken back.</summary>
public sealed class UndoReport : Report
{
    internal UndoReport(
        string what, DateTimeOffset at, string from, int? round, int removed, int restored, int picks) =>
        (What, At, From, Round, Removed, Restored, Picks) = (what, at, from, round, removed, restored, picks);

    /// <summary><c>import</c>, <c>folders</c>, <c>label</c>, <c>classes</c> or <c>round</c>.</summary>
    [JsonInclude]
    internal string What { get; }

    /// <summary>When it had been done.</summary>
    [JsonInclude]
    internal DateTimeOffset At { get; }

    /// <summary>The file or folder labels came from; for a round its strategy; for classes what was done.</summary>
    [JsonInclude]
    internal string From { get; }

    /// <summary>Its number.</summary>
    [JsonInclude]
    internal int? Round { get; }

    /// <summary>Images that lost a label.</summary>
    [JsonInclude]
    internal int Removed { get; }

    /// <summary>Images that got an earlier label back.</summary>
    [JsonInclude]
    internal int Restored { get; }

    /// <summary>Images that are not chosen any more.</summary>
    [JsonInclude]
    internal int Picks { get; }

    /// <summary>Number of the ledger's entry that was taken back.</summary>
    [JsonInclude]
    internal long Entry { get; init; }

    /// <summary>It had been taken back before this call, which changed nothing.</summary>
    [JsonInclude]
    internal bool Already { get; init; }

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        var when = At.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        var what = What switch
        {
            "round" => $"round {Round} ({From}, {when})",
            "folders" => $"the labels from folders ({From}, {when})",
            "classes" => $"the change of classes ({From}, {when})",
            _ => $"the {What} ({From}, {when})",
        };
        var effect = What == "round" ? $"{Counted.Of(Picks, "pick")} removed"
            : $"{Counted.Of(Removed, "label")} removed, {Restored:N0} restored";
        return [TextBlock.Of(Already ? $"#{Entry}, {what}, was taken back already; nothing else was changed"
            : $"took #{Entry} back, {what}: {effect}")];
    }
}
