namespace Vaal.Records;

/// <summary>How D scores labelled and unlabelled images: counts in bins of one width.</summary>
/// <param name="Low">where the first bin begins; what lies below is counted in it</param>
/// <param name="High">where the last bin ends; what lies above is counted in it</param>
/// <param name="HeldOut">the images were kept out of the training, so that a difference is no rote learning</param>
internal sealed record ScoreHistogram(
    double Low, double High, IReadOnlyList<int> Labelled, IReadOnlyList<int> Unlabelled, bool HeldOut)
{
    /// <summary>Bins span the scores but for the outermost half per cent at either side.</summary>
    /// <exception cref="ArgumentException">a score is NaN or infinite</exception>
    public static ScoreHistogram Of(
        IReadOnlyList<float> labelled, IReadOnlyList<float> unlabelled, bool heldOut, int bins = 40)
    {
        ArgumentNullException.ThrowIfNull(labelled);
        ArgumentNullException.ThrowIfNull(unlabelled);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        float[] sorted = [.. labelled, .. unlabelled];
        if (!sorted.All(float.IsFinite)) throw new ArgumentException("a score is NaN or infinite");
        Array.Sort(sorted);
        var tail = sorted.Length / 200;
        double low = sorted.Length == 0 ? 0 : sorted[tail], high = sorted.Length == 0 ? 1 : sorted[^(1 + tail)];
        if (high <= low) (low, high) = (low - 0.5, low + 0.5);
        return new(low, high, Count(labelled), Count(unlabelled), heldOut);

        int[] Count(IReadOnlyList<float> scores)
        {
            var counts = new int[bins];
            foreach (var score in scores) counts[(int)Math.Clamp(bins * (score - low) / (high - low), 0, bins - 1)]++;
            return counts;
        }
    }
}
