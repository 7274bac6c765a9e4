using System.Text.Json.Serialization;
using Vaal.Data;
using Vaal.Training;

namespace Vaal;

/// <summary>What one round of active learning came to.</summary>
/// <param name="Round">0-based</param>
/// <param name="Labelled">labelled images that the task model was trained on</param>
/// <param name="Accuracy">of the task model on the test images, 0..1: share of the classes that are right, of masks the
/// mean intersection over union</param>
/// <param name="Picks">ids chosen after this round, best first; empty after the last</param>
/// <param name="TaskSeconds">training and testing the task model</param>
/// <param name="SelectSeconds">everything the strategy did, trainings included</param>
/// <param name="TrainSeconds">of these, training networks of its own: a VAE, the rest of a committee</param>
/// <param name="PeakBytes">the most memory (resident set) that the process held meanwhile; null where the system does
/// not say, or runs beside it would count too</param>
/// <param name="Health">what D knew, for a strategy that trained one</param>
/// <param name="Cost">of the labels that the task model was trained on, the first ones included; null where labels have
/// no cost</param>
public sealed record RoundResult(
    int Round, int Labelled, double Accuracy, IReadOnlyList<int> Picks, double TaskSeconds, double SelectSeconds,
        RankingHealth? Health,
    double TrainSeconds = double.NaN, long? PeakBytes = null, decimal? Cost = null)
{
    /// <summary>More about the accuracy where images have masks; null where they have classes.</summary>
    public MaskScores? Masks { get; init; }

    /// <summary>What <see cref="Accuracy"/> is, in words.</summary>
    [JsonIgnore]
    public string Measure => (Masks is null ? LabelForm.Class : LabelForm.Masks).Measure;
}
