using System.Text.Json.Serialization;

namespace Vaal.Experiments;

/// <summary>One round of one run, as it stands in results.csv and results.json.</summary>
public sealed class ResultRow
{
    [JsonConstructor]
    internal ResultRow(
        string strategy, long seed, int round, int labelled, double accuracy, double taskSeconds,
        double selectSeconds, double? heldOutAuc, int? activeUnits, double? kl, double? reconstructionMse,
        double? meanImageMse, double trainSeconds = double.NaN, double? peakMebibytes = null, decimal? cost = null,
        string pool = "")
    {
        (Strategy, Seed, Round, Labelled, Accuracy) = (strategy, seed, round, labelled, accuracy);
        (TaskSeconds, SelectSeconds, HeldOutAuc) = (taskSeconds, selectSeconds, heldOutAuc);
        (ActiveUnits, Kl, ReconstructionMse, MeanImageMse) = (activeUnits, kl, reconstructionMse, meanImageMse);
        (TrainSeconds, PeakMebibytes, Cost, Pool) = (trainSeconds, peakMebibytes, cost, pool);
    }

    public string Strategy { get; internal init; }

    public long Seed { get; internal init; }

    [JsonInclude]
    internal int Round { get; init; }

    public int Labelled { get; internal init; }

    public double Accuracy { get; internal init; }

    [JsonInclude]
    internal double TaskSeconds { get; init; }

    [JsonInclude]
    internal double SelectSeconds { get; init; }

    /// <summary>D's AUC on images kept out of its training; null where the strategy has no discriminator.</summary>
    [JsonInclude]
    internal double? HeldOutAuc { get; init; }

    /// <summary>Latent dimensions in use; null likewise.</summary>
    [JsonInclude]
    internal int? ActiveUnits { get; init; }

    [JsonInclude]
    internal double? Kl { get; init; }

    [JsonInclude]
    internal double? ReconstructionMse { get; init; }

    [JsonInclude]
    internal double? MeanImageMse { get; init; }

    /// <summary>Of the selection, training networks of the strategy's own.</summary>
    [JsonInclude]
    internal double TrainSeconds { get; init; }

    /// <summary>The process's most memory while it selected; null where that is not known.</summary>
    [JsonInclude]
    internal double? PeakMebibytes { get; init; }

    /// <summary>Of the labels that the task model was trained on; null where they have none.</summary>
    [JsonInclude]
    internal decimal? Cost { get; init; }

    [JsonInclude]
    internal string Pool { get; init; }

    /// <summary>Of masks, whose mean intersection over union is the accuracy: share of the pixels that are right; null
    /// otherwise.</summary>
    [JsonInclude]
    internal double? PixelAccuracy { get; init; }

    internal static ResultRow Of(string strategy, long seed, RoundResult round, string pool = "")
    {
        ArgumentNullException.ThrowIfNull(round);
        return new(strategy, seed, round.Round, round.Labelled, round.Accuracy, round.TaskSeconds, round.SelectSeconds,
            round.Health?.HeldOutAuc, round.Health?.ActiveUnits, round.Health?.Kl, round.Health?.ReconstructionMse,
                round.Health?.MeanImageMse,
            round.TrainSeconds, round.PeakBytes / (1024.0 * 1024), round.Cost, pool)
        { PixelAccuracy = round.Masks?.PixelAccuracy };
    }
}
