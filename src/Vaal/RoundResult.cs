using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Training;

namespace Vaal;

/// <summary>What one round of active learning came to.</summary>
public sealed class RoundResult
{
    [JsonConstructor]
    internal RoundResult(
        int round, int labelled, double accuracy, IReadOnlyList<int> picks, double taskSeconds, double selectSeconds,
        RankingHealth? health, double trainSeconds = double.NaN, long? peakBytes = null, decimal? cost = null)
    {
        (Round, Labelled, Accuracy, Picks, TaskSeconds) = (round, labelled, accuracy, picks, taskSeconds);
        (SelectSeconds, Health, TrainSeconds, PeakBytes) = (selectSeconds, health, trainSeconds, peakBytes);
        Cost = cost;
    }

    /// <summary>0-based.</summary>
    public int Round { get; internal init; }

    /// <summary>Labelled images that the task model was trained on.</summary>
    public int Labelled { get; internal init; }

    /// <summary>Of the task model on the test images, 0..1: share of the classes that are right; of several classes an
    /// image the mean average precision, of masks the mean intersection over union.</summary>
    public double Accuracy { get; internal init; }

    /// <summary>Ids chosen after this round, best first; empty after the last.</summary>
    public IReadOnlyList<int> Picks { get; internal init; }

    /// <summary>Training and testing the task model.</summary>
    [JsonInclude]
    internal double TaskSeconds { get; init; }

    /// <summary>Everything the strategy did, trainings included.</summary>
    [JsonInclude]
    internal double SelectSeconds { get; init; }

    /// <summary>What D knew, for a strategy that trained one.</summary>
    [JsonInclude]
    internal RankingHealth? Health { get; init; }

    /// <summary>Chance that D takes a labelled image that it has not seen for more labelled than such an unlabelled
    /// one; null where the strategy trained none.</summary>
    internal double? HeldOutAuc => Health?.HeldOutAuc;

    /// <summary>What the ranking is worth, in words; null where nothing was ranked.</summary>
    [JsonIgnore]
    public string? Verdict => Health?.Verdict;

    /// <summary>Of these, training networks of its own: a VAE, the rest of a committee.</summary>
    [JsonInclude]
    internal double TrainSeconds { get; init; }

    /// <summary>The most memory (resident set) that the process held meanwhile; null where the system does not say, or
    /// runs beside it would count too.</summary>
    [JsonInclude]
    internal long? PeakBytes { get; init; }

    /// <summary>Of the labels that the task model was trained on, the first ones included; null where labels have no
    /// cost.</summary>
    [JsonInclude]
    internal decimal? Cost { get; init; }

    /// <summary>More about the accuracy where images have masks; null where they have classes.</summary>
    [JsonInclude]
    internal MaskScores? Masks { get; init; }

    /// <summary>More about the accuracy where an image may have several classes; null where it has one.</summary>
    // runs from before it was there stay the same
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal MultiLabelMeans? MultiLabel { get; init; }

    /// <summary>Mean F1 of the classes on the test images, 0..1, where an image may have several; null where it has
    /// one.</summary>
    internal double? MacroF1 => MultiLabel?.MacroF1;

    /// <summary>What <see cref="Accuracy"/> is, in words.</summary>
    [JsonIgnore]
    public string Measure =>
        (MultiLabel is not null ? LabelForm.Classes : Masks is null ? LabelForm.Class : LabelForm.Masks).Measure;
}
