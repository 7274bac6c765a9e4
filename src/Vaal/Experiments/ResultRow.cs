namespace Vaal.Experiments;

/// <summary>One round of one run, as it stands in results.csv and results.json.</summary>
/// <param name="HeldOutAuc">D's AUC on images kept out of its training; null where the strategy has no discriminator</param>
/// <param name="ActiveUnits">latent dimensions in use; null likewise</param>
public sealed record ResultRow(
    string Strategy, long Seed, int Round, int Labelled, double Accuracy, double TaskSeconds, double SelectSeconds,
    double? HeldOutAuc, int? ActiveUnits, double? Kl, double? ReconstructionMse, double? MeanImageMse)
{
    /// <summary>Of masks, whose mean intersection over union is the accuracy: share of the pixels that are right; null otherwise.</summary>
    public double? PixelAccuracy { get; init; }

    public static ResultRow Of(string strategy, long seed, RoundResult round)
    {
        ArgumentNullException.ThrowIfNull(round);
        return new(strategy, seed, round.Round, round.Labelled, round.Accuracy, round.TaskSeconds, round.SelectSeconds,
            round.Health?.HeldOutAuc, round.Health?.ActiveUnits, round.Health?.Kl, round.Health?.ReconstructionMse, round.Health?.MeanImageMse)
        { PixelAccuracy = round.Masks?.PixelAccuracy };
    }
}
