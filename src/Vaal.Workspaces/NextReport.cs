using System.Text.Json.Serialization;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>A batch of images to label.</summary>
public sealed class NextReport
{
    internal NextReport(RoundRow round, IReadOnlyList<PickRow> picks, bool again) =>
        (Round, Picks, Again) = (round, picks, again);

    /// <summary>As it was recorded; <c>cold-start</c> is its strategy where there was no label to learn
    /// from.</summary>
    public RoundRow Round { get; }

    /// <summary>Best first.</summary>
    [JsonInclude]
    internal IReadOnlyList<PickRow> Picks { get; }

    /// <summary>Nothing was chosen now: the last round answers this very question, and waits for its labels.</summary>
    public bool Again { get; }

    /// <summary>Images that were chosen, whole or in part.</summary>
    [JsonIgnore]
    public int Images => Picks.Count;

    /// <summary>The level of the verdict; null where there is none.</summary>
    [JsonIgnore]
    public Trust? Trust => Round.Health is { } health ? RankingHealth.Parse(health).Trust : null;

    /// <summary>Strategy of a round that had no label to learn from.</summary>
    internal const string ColdStart = "cold-start";

    /// <summary>What the budget counts: images, or regions of them.</summary>
    [JsonIgnore]
    public int Chosen => Picks.Sum(p => Math.Max(1, p.Regions.Count));

    /// <summary>What the ranking is worth, in words; null where nothing was ranked.</summary>
    [JsonIgnore]
    public string? Verdict => Round.Health is { } health ? RankingHealth.Parse(health).Verdict : null;

    /// <summary>What the user should know of the labels that were learned from; null: nothing.</summary>
    internal string? OfLabels { get; init; }

    /// <summary>What the user must know about how the batch came about; null: nothing out of the ordinary.</summary>
    [JsonIgnore]
    public string? Note => OfChoice is null || OfLabels is null ? OfChoice ?? OfLabels : $"{OfChoice}; {OfLabels}";

    private string? OfChoice
    {
        get
        {
            if (Again)
                return $"round {Round.Id} already has this choice and waits for its labels; nothing new was chosen " +
                    $"(use another --seed or -n to choose more)";
            if (Round.Strategy == ColdStart)
                return "no image has a label yet, so no discriminator can be trained: this is a spread-out first " +
                    "batch (k-means++ in the VAE's latent space)";
            if (Picks.All(p => p.Reason == Choice.AllThatIsLeft) && Chosen <= Round.Budget)
            {
                var what = Picks.Any(p => p.Regions.Count > 0) ? "regions" : "images";
                return $"{Chosen} {what} can still be chosen, and the budget is {Round.Budget}: "
                    + "all of them were chosen, without training";
            }
            if (Chosen >= Round.Budget) return null;
            var noun = Picks.Any(p => p.Regions.Count > 0) ? "regions" : "images";
            return $"{Chosen} {noun} were chosen, fewer than the {Round.Budget} asked for: "
                + "the others have a label, wait for one, or look like one of these";
        }
    }
}
