using System.Globalization;

namespace Vaal;

/// <summary>
/// How much of the pool looks like nothing that has a label. A classifier that is <see cref="CrossFitted"/> scores
/// labelled and unlabelled images by how unlabelled they look. The unlabelled images are seen as a mixture: some are
/// like the labelled ones, the others are of another kind. Let a share u of the unlabelled and a share l of the
/// labelled images lie above a score. Then at least (u − l)/(1 − l) of the unlabelled are of the other kind. This needs
/// no model of the scores.
/// </summary>
/// <param name="Share">of the unlabelled images, 0..1; 0: none could be shown</param>
/// <param name="AtLeast">the lower end of its 95% interval, one-sided; 0 likewise</param>
/// <param name="Examples">unlabelled images of that kind, the surest first</param>
internal sealed record UnlikeShare(double Share, double AtLeast, IReadOnlyList<ImageNumber> Examples)
{
    private const int MostExamples = 6;

    /// <summary>Shares of unlabelled images that are looked at: the interval is corrected for their number.</summary>
    private static readonly double[] Looks = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];

    /// <param name="ofLabelled">scores, higher where an image looks more unlabelled</param>
    /// <param name="ofUnlabelled">the same</param>
    /// <param name="numbers">of the unlabelled images, for the examples</param>
    internal static UnlikeShare Of(
        double[] ofLabelled, double[] ofUnlabelled, IReadOnlyList<ImageNumber> numbers)
    {
        var (best, share, bar) = (0.0, 0.0, double.PositiveInfinity);
        foreach (var look in Looks)
        {
            var at = Statistics.Quantile(ofUnlabelled, 1 - look);
            var (u, l) = (Above(ofUnlabelled, at), Above(ofLabelled, at));
            var most = Statistics.UpperBound(l, ofLabelled.Length, 0.05 / Looks.Length);
            var least = Statistics.LowerBound(u, ofUnlabelled.Length, 0.05 / Looks.Length);
            var bound = (least - most) / (1 - most);
            if (bound <= best) continue;
            var (unlabelled, labelled) = ((double)u / ofUnlabelled.Length, (double)l / ofLabelled.Length);
            (best, share, bar) = (bound, (unlabelled - labelled) / (1 - labelled), at);
        }
        int[] surest = [.. Enumerable.Range(0, ofUnlabelled.Length).Where(i => ofUnlabelled[i] > bar)
            .OrderByDescending(i => ofUnlabelled[i]).ThenBy(i => i)];
        return new(share, best, [.. Spread(surest).Select(i => numbers[i])]);
    }

    /// <summary>In a sentence; null: nothing could be shown.</summary>
    /// <param name="examples">names of <see cref="Examples"/></param>
    public string? Words(IReadOnlyList<string> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        if (Share <= 0) return null;
        var percent = Math.Max(1, Math.Round(100 * Share)).ToString("0", CultureInfo.InvariantCulture);
        var about = $"About {percent}% of the unlabelled images look like nothing that has a label";
        return examples.Count == 0 ? about + "." : $"{about}, for example {string.Join(", ", examples)}.";
    }

    // from the surest half, evenly, so that they are not all of one kind
    private static IEnumerable<int> Spread(int[] surest)
    {
        var half = Math.Min(surest.Length, Math.Max(MostExamples, surest.Length / 2));
        var count = Math.Min(MostExamples, half);
        return Enumerable.Range(0, count).Select(k => surest[(int)((long)k * half / count)]);
    }

    private static int Above(double[] scores, double bar) => scores.Count(s => s > bar);
}
