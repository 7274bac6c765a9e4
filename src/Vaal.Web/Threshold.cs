namespace Vaal.Web;

/// <summary>From which probability on a suggestion is right often enough to be shown.</summary>
internal static class Threshold
{
    /// <summary>Suggestions that should be right at the least.</summary>
    public const double Wanted = 0.95;

    /// <summary>Held-out labels above the threshold at the least.</summary>
    public const int Fewest = 30;

    /// <summary>
    /// The lowest probability above which the lower end of the 95% interval of the share of right predictions, of
    /// labels that the head did not see, is at least <see cref="Wanted"/>.
    /// </summary>
    /// <param name="held">probability of the predicted class, and whether it was right, of each held-out label</param>
    /// <returns>null: there is none</returns>
    public static double? Of(IEnumerable<(double Probability, bool Right)> held)
    {
        var (right, count, least) = (0, 0, (double?)null);
        foreach (var group in held.GroupBy(h => h.Probability).OrderByDescending(g => g.Key))
        {
            count += group.Count();
            right += group.Count(h => h.Right);
            if (count >= Fewest && Statistics.Wilson(right, count).Low >= Wanted) least = group.Key;
        }
        return least;
    }
}
