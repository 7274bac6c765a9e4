using System.Globalization;
using System.Text.Json.Serialization;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>A batch of images to label.</summary>
public sealed class NextReport : Report
{
    /// <summary>Strategy of a round that had no label to learn from.</summary>
    internal const string ColdStart = "cold-start";

    private const int MostPicks = 10;

    /// <param name="rows">best first</param>
    internal NextReport(RoundRow round, IReadOnlyList<PickRow> rows, bool again) =>
        (Recorded, Rows, Again) = (round, rows, again);

    /// <summary>The round as it was recorded.</summary>
    [JsonInclude, JsonPropertyName("round")]
    internal RoundRow Recorded { get; }

    /// <summary>Its number: counts from 1 and is never used again.</summary>
    [JsonIgnore]
    public int Round => Recorded.Id;

    /// <summary>The strategy that chose; <c>cold-start</c> where there was no label to learn from.</summary>
    [JsonIgnore]
    public string Strategy => Recorded.Strategy;

    /// <summary>Nothing was chosen now: the last round answers this very question, and waits for its labels.</summary>
    public bool Again { get; }

    /// <summary>What the ranking is worth, in words; null where nothing was ranked.</summary>
    public string? Verdict => Health?.Verdict;

    /// <summary>Whether the ranking is known to be better than random; null where nothing was ranked.</summary>
    [JsonIgnore]
    public bool? Informative => Health?.Trust is { } trust ? trust == Trust.Informative : null;

    /// <summary>What the user must know about how the batch came about; null: nothing out of the ordinary.</summary>
    public string? Note => OfChoice is null || OfLabels is null ? OfChoice ?? OfLabels : $"{OfChoice}; {OfLabels}";

    [JsonInclude]
    internal string? Unlike => Status?.Unlike;

    /// <summary>Where the picks were written at once.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>What was chosen, best first. Images that are not there any more are left out.</summary>
    public IReadOnlyList<ChosenPlace> Picks { get; internal init; } = [];

    /// <summary>The same as it was recorded.</summary>
    internal IReadOnlyList<PickRow> Rows { get; }

    /// <summary>Images that were chosen, whole or in part.</summary>
    internal int Images => Rows.Count;

    /// <summary>What the budget counts: images, or regions of them.</summary>
    internal int Chosen => Rows.Sum(p => Math.Max(1, p.Regions.Count));

    /// <summary>What the user should know of the labels that were learned from; null: nothing.</summary>
    internal string? OfLabels { get; init; }

    /// <summary>Where the workspace stood after it; null: nobody asked.</summary>
    internal WorkspaceStatus? Status { get; init; }

    private RankingHealth? Health => Recorded.Health is { } health ? RankingHealth.Parse(health) : null;

    private string? OfChoice
    {
        get
        {
            if (Again)
                return $"round {Round} already has this choice and waits for its labels; nothing new was chosen " +
                    $"(use another --seed or -n to choose more)";
            if (Strategy == ColdStart)
                return "no image has a label yet, so no discriminator can be trained: this is a spread-out first " +
                    "batch (k-means++ in the VAE's latent space)";
            if (Rows.All(p => p.Reason == Choice.AllThatIsLeft) && Chosen <= Recorded.Budget)
            {
                var what = Rows.Any(p => p.Regions.Count > 0) ? "regions" : "images";
                return $"{Chosen} {what} can still be chosen, and the budget is {Recorded.Budget}: "
                    + "all of them were chosen, without training";
            }
            if (Chosen >= Recorded.Budget) return null;
            var noun = Rows.Any(p => p.Regions.Count > 0) ? "regions" : "images";
            return $"{Chosen} {noun} were chosen, fewer than the {Recorded.Budget} asked for: "
                + "the others have a label, wait for one, or look like one of these";
        }
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => [.. Blocks(verbose)];

    private IEnumerable<TextBlock> Blocks(bool verbose)
    {
        yield return TextBlock.Table(["rank", "score", "image", "why"], Picks.Take(MostPicks).Select(p => (string[])
            [$"{p.Rank}", p.Score is { } score ? PlainTable.Number(score) : "", p.Place, p.Reason ?? ""]));
        if (Chosen > MostPicks)
            yield return TextBlock.Of(string.Create(CultureInfo.InvariantCulture, $"and {Chosen - MostPicks:N0} more"));
        yield return TextBlock.Of("");
        if (VerdictText.Short(Health?.Trust) is { } verdict) yield return TextBlock.Of(verdict);
        if (verbose && Verdict is { } why) yield return TextBlock.Of($"Why: {why}.");
        var regions = Recorded.Parts > 0 ? $"{Counted.Of(Chosen, "region")} of " : "";
        yield return TextBlock.Of($"Round {Round}: {regions}{Counted.Of(Images, "image")} to label");
        foreach (var file in Files) yield return TextBlock.Of($"  {file}");
        if (Unlike is { } unlike) yield return TextBlock.Of(unlike);
        foreach (var step in Status?.Steps() ?? []) yield return step;
    }
}
