using System.Text.Json.Serialization;
using Vaal.Data;

namespace Vaal.Experiments;

/// <summary>One round of one run, as it stands in results.csv and results.json.</summary>
public sealed class ResultRow
{
    [JsonConstructor]
    internal ResultRow()
    {
    }

    [JsonInclude]
    public string Strategy { get; internal init; } = "";

    [JsonInclude]
    public long Seed { get; internal init; }

    [JsonInclude]
    internal int Round { get; init; }

    [JsonInclude]
    public int Labelled { get; internal init; }

    [JsonInclude]
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
    internal double TrainSeconds { get; init; } = double.NaN;

    /// <summary>The process's most memory while it selected; null where that is not known.</summary>
    [JsonInclude]
    internal double? PeakMebibytes { get; init; }

    /// <summary>Of the labels that the task model was trained on; null where they have none.</summary>
    [JsonInclude]
    internal decimal? Cost { get; init; }

    [JsonInclude]
    internal string Pool { get; init; } = "";

    /// <summary>Of masks, whose mean intersection over union is the accuracy: share of the pixels that are right; null
    /// otherwise.</summary>
    [JsonInclude]
    internal double? PixelAccuracy { get; init; }

    /// <summary>Of several classes an image, whose mean average precision is the accuracy: mean F1 of the classes; null
    /// otherwise. Results without it have no such column, as those from before it was there.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal double? MacroF1 { get; init; }

    /// <summary>What <see cref="Accuracy"/> is, in words.</summary>
    internal string Measure => (MacroF1 is not null ? LabelForm.Classes
        : PixelAccuracy is not null ? LabelForm.Masks : LabelForm.Class).Measure;

    internal static ResultRow Of(string strategy, long seed, RoundResult round, string pool = "")
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
