using System.Globalization;
using System.Text.Json;

namespace Vaal.Reports;

/// <summary>The rounds of a run, as <c>vaal simulate</c> prints them.</summary>
internal sealed class RoundsTable(IReadOnlyList<RoundResult> rounds) : Report
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        string[] f1 = rounds[0].MacroF1 is null ? [] : ["macro F1"];
        return [TextBlock.Table(
            ["round", "labels", rounds[0].Measure, .. f1, "train s", "select s", "held-out AUC of D"],
            rounds.Select(Cells))];
    }

    /// <inheritdoc/>
    public override string ToJson() => JsonSerializer.Serialize(rounds, Json.Options);

    /// <summary>What a round came to, in a line.</summary>
    /// <param name="all">how many rounds there will be</param>
    public static string Line(RoundResult round, int all)
    {
        var cost = round.Cost is { } paid ? string.Create(Invariant, $" for {paid}") : "";
        var f1 = round.MacroF1 is { } mean ? $", macro F1 {Percent(mean)}" : "";
        return string.Create(Invariant, $"round {round.Round + 1}/{all}: {Counted.Of(round.Labelled, "label")}{cost}, "
            + $"{round.Measure} {100 * round.Accuracy:0.00}%{f1}");
    }

    private static string[] Cells(RoundResult r)
    {
        string[] f1 = r.MacroF1 is { } mean ? [Percent(mean)] : [];
        return [$"{r.Round + 1}", $"{r.Labelled}", Percent(r.Accuracy), .. f1, Fixed(r.TaskSeconds, "0.0"),
            Fixed(r.SelectSeconds, "0.0"), r.HeldOutAuc is { } auc ? Fixed(auc, "0.000") : ""];
    }

    private static string Percent(double share) => Fixed(100 * share, "0.00") + "%";

    private static string Fixed(double value, string format) => value.ToString(format, Invariant);
}
