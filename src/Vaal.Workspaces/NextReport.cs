using System.Text.Json.Serialization;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>A batch of images to label.</summary>
/// <param name="Round">as it was recorded; <c>cold-start</c> is its strategy where there was no label to learn
/// from</param>
/// <param name="Picks">best first</param>
/// <param name="Again">nothing was chosen now: the last round answers this very question, and waits for its
/// labels</param>
public sealed record NextReport(RoundRow Round, IReadOnlyList<PickRow> Picks, bool Again)
{
    /// <summary>Strategy of a round that had no label to learn from.</summary>
    public const string ColdStart = "cold-start";

    /// <summary>What the budget counts: images, or regions of them.</summary>
    [JsonIgnore]
    public int Chosen => Picks.Sum(p => Math.Max(1, p.Regions.Count));

    /// <summary>What the ranking is worth, in words; null where nothing was ranked.</summary>
    [JsonIgnore]
    public string? Verdict => Round.Health is { } health ? RankingHealth.Parse(health).Verdict : null;

    /// <summary>What the user must know about how the batch came about; null: nothing out of the ordinary.</summary>
    [JsonIgnore]
    public string? Note
    {
        get
        {
            if (Again)
                return $"round {Round.Id} answers this already and waits for its labels; nothing new was chosen " +
                    $"(another --seed or -n chooses more)";
            if (Round.Strategy == ColdStart)
                return "no image has a label yet, so there is nothing to tell apart: this is a spread-out first " +
                    "batch (k-means++ in the VAE's latent space)";
            if (Picks.All(p => p.Reason == Choice.AllThatIsLeft) && Chosen <= Round.Budget)
            {
                var what = Picks.Any(p => p.Regions.Count > 0) ? "regions" : "images";
                return $"{Chosen} {what} can still be chosen, and the budget is {Round.Budget}: "
                    + "all of them were chosen, without training";
            }
            return Chosen < Round.Budget ? $"{Chosen} {(Picks.Any(p => p.Regions.Count > 0) ? "regions" : "images")} were chosen, fewer than the {Round.Budget} asked for: the others have a label, wait for one, or look like one of these" : null;
        }
    }
}
