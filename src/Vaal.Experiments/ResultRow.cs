using System.Text.Json.Serialization;
using Vaal.Data;

namespace Vaal.Experiments;

/// <summary>One round of one run, as it stands in results.csv and results.json.</summary>
internal sealed class ResultRow
{
    public string Strategy { get; init; } = "";

    public long Seed { get; init; }

    public int Round { get; init; }

    public int Labelled { get; init; }

    public double Accuracy { get; init; }

    public double TaskSeconds { get; init; }

    public double SelectSeconds { get; init; }

    /// <summary>D's AUC on images kept out of its training; null where the strategy has no discriminator.</summary>
    public double? HeldOutAuc { get; init; }

    /// <summary>Latent dimensions in use; null likewise.</summary>
    public int? ActiveUnits { get; init; }

    public double? Kl { get; init; }

    public double? ReconstructionMse { get; init; }

    public double? MeanImageMse { get; init; }

    /// <summary>Of the selection, training networks of the strategy's own.</summary>
    public double TrainSeconds { get; init; } = double.NaN;

    /// <summary>The process's most memory while it selected; null where that is not known.</summary>
    public double? PeakMebibytes { get; init; }

    /// <summary>Of the labels that the task model was trained on; null where they have none.</summary>
    public decimal? Cost { get; init; }

    public string Pool { get; init; } = "";

    /// <summary>Of masks, whose mean intersection over union is the accuracy: share of the pixels that are right; null
    /// otherwise.</summary>
    public double? PixelAccuracy { get; init; }

    /// <summary>Of several classes an image, whose mean average precision is the accuracy: mean F1 of the classes; null
    /// otherwise. Results without it have no such column, as those from before it was there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MacroF1 { get; init; }

    /// <summary>What <see cref="Accuracy"/> is, in words.</summary>
    internal string Measure => (MacroF1 is not null ? LabelForm.Classes
        : PixelAccuracy is not null ? LabelForm.Masks : LabelForm.Class).Measure;

    public static ResultRow Of(string strategy, long seed, RoundResult round, string pool = "")
    {
        ArgumentNullException.ThrowIfNull(round);
        return new()
        {
            Strategy = strategy,
            Seed = seed,
            Pool = pool,
            Round = round.Round,
            Labelled = round.Labelled,
            Accuracy = round.Accuracy,
            TaskSeconds = round.TaskSeconds,
            SelectSeconds = round.SelectSeconds,
            TrainSeconds = round.TrainSeconds,
            PeakMebibytes = round.PeakBytes / (1024.0 * 1024),
            HeldOutAuc = round.Health?.HeldOutAuc,
            ActiveUnits = round.Health?.ActiveUnits,
            Kl = round.Health?.Kl,
            ReconstructionMse = round.Health?.ReconstructionMse,
            MeanImageMse = round.Health?.MeanImageMse,
            Cost = round.Cost,
            PixelAccuracy = round.Masks?.PixelAccuracy,
            MacroF1 = round.MacroF1,
        };
    }
}
