namespace Vaal.Experiments;

/// <summary>One round of one run, as it stands in results.csv and results.json.</summary>
/// <param name="TrainSeconds">of the selection, training networks of the strategy's own</param>
/// <param name="PeakMebibytes">the process's most memory while it selected; null where that is not known</param>
/// <param name="HeldOutAuc">D's AUC on images kept out of its training; null where the strategy has no
/// discriminator</param>
/// <param name="Cost">of the labels that the task model was trained on; null where they have none</param>
/// <param name="ActiveUnits">latent dimensions in use; null likewise</param>
public sealed record ResultRow(
    string Strategy, long Seed, int Round, int Labelled, double Accuracy, double TaskSeconds, double SelectSeconds,
    double? HeldOutAuc, int? ActiveUnits, double? Kl, double? ReconstructionMse, double? MeanImageMse,
    double TrainSeconds = double.NaN, double? PeakMebibytes = null, decimal? Cost = null, string Pool = "")
{
    /// <summary>Of masks, whose mean intersection over union is the accuracy: share of the pixels that are right; null
    /// otherwise.</summary>
    public double? PixelAccuracy { get; init; }

    public static ResultRow Of(string strategy, long seed, RoundResult round, string pool = "")
    {
        ArgumentNullException.ThrowIfNull(round);
        return new(strategy, seed, round.Round, round.Labelled, round.Accuracy, round.TaskSeconds, round.SelectSeconds,
            round.Health?.HeldOutAuc, round.Health?.ActiveUnits, round.Health?.Kl, round.Health?.ReconstructionMse,
                round.Health?.MeanImageMse,
            round.TrainSeconds, round.PeakBytes / (1024.0 * 1024), round.Cost, pool)
        { PixelAccuracy = round.Masks?.PixelAccuracy };
    }
}
