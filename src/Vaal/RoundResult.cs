using Vaal.Scoring;
using Vaal.Training;

namespace Vaal;

/// <summary>What one round of active learning came to.</summary>
/// <param name="Round">0-based</param>
/// <param name="Labelled">labelled images that the task model was trained on</param>
/// <param name="Accuracy">of the task model on the test images, 0..1: share of the classes that are right, of masks the mean intersection over union</param>
/// <param name="Picks">ids chosen after this round, best first; empty after the last</param>
/// <param name="TaskSeconds">training and testing the task model</param>
/// <param name="SelectSeconds">everything the strategy did</param>
/// <param name="Health">what D knew, for a strategy that trained one</param>
public sealed record RoundResult(
    int Round, int Labelled, double Accuracy, IReadOnlyList<int> Picks, double TaskSeconds, double SelectSeconds, RankingHealth? Health)
{
    /// <summary>More about the accuracy where images have masks; null where they have classes.</summary>
    public MaskScores? Masks { get; init; }
}
