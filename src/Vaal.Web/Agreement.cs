namespace Vaal.Web;

/// <summary>How far people agree beyond chance, by what each said of the same images. What the jackknife leaves out is
/// taken off the sums, so the time grows with the number of images and not with its square.</summary>
internal static class Agreement
{
    /// <summary>Cohen's κ of two people over images that both labelled (Cohen 1960), with a jackknife
    /// interval.</summary>
    /// <returns>null: fewer than two images, or both gave every image one and the same class</returns>
    public static Interval? Kappa(IReadOnlyList<(string A, string B)> pairs)
    {
        var (a, b) = (pairs.CountBy(p => p.A).ToDictionary(), pairs.CountBy(p => p.B).ToDictionary());
        var agreeing = pairs.LongCount(p => p.A == p.B);
        var chance = a.Sum(c => (long)c.Value * b.GetValueOrDefault(c.Key));
        var whole = KappaOf(pairs.Count, agreeing, chance);
        if (pairs.Count < 2 || double.IsNaN(whole)) return null;
        return Jackknife(whole, pairs.Select(p =>
        {
            var same = p.A == p.B ? 1 : 0;
            return KappaOf(pairs.Count - 1, agreeing - same,
                chance - b.GetValueOrDefault(p.A) - a.GetValueOrDefault(p.B) + same);
        }));
    }

    /// <summary>
    /// Krippendorff's α for classes: any number of people, each of whom labelled some of the images (Krippendorff
    /// 2011), with a jackknife interval.
    /// </summary>
    /// <param name="units">the classes that were given to each image; images with fewer than two say nothing</param>
    /// <returns>null: fewer than two images that two people labelled, or only one class was ever given</returns>
    public static Interval? Alpha(IEnumerable<IReadOnlyList<string>> units)
    {
        List<Unit> several = [.. units.Where(u => u.Count > 1).Select(Unit.Of)];
        var (totals, n, disagreeing) = (new Dictionary<string, long>(), 0L, 0.0);
        foreach (var unit in several)
        {
            n += unit.Size;
            disagreeing += unit.Disagreeing;
            foreach (var (name, count) in unit.Counts) totals[name] = totals.GetValueOrDefault(name) + count;
        }
        var squares = totals.Values.Sum(t => t * t);
        var whole = AlphaOf(n, squares, disagreeing);
        if (several.Count < 2 || double.IsNaN(whole)) return null;
        // t² − (t − c)² = c(2t − c)
        return Jackknife(whole, several.Select(u => AlphaOf(n - u.Size,
            squares - u.Counts.Sum(c => c.Count * (2 * totals[c.Name] - c.Count)), disagreeing - u.Disagreeing)));
    }

    // (observed − expected) / (1 − expected), where agreeing / n is observed and chance / n² expected
    private static double KappaOf(long n, long agreeing, long chance) =>
        chance >= n * n ? double.NaN : (double)(n * agreeing - chance) / (n * n - chance);

    // 1 − observed over expected disagreement, by the coincidences of pairs within images
    private static double AlphaOf(long n, long squares, double disagreeing) =>
        squares >= n * n ? double.NaN : 1 - disagreeing * (n - 1) / (n * n - squares);

    // Leaving one image out at a time. No interval where nothing can be said without one of them, or where none makes a
    // difference: three images on which two people agree do not show that they always do.
    private static Interval Jackknife(double whole, IEnumerable<double> leavingOut)
    {
        double[] without = [.. leavingOut];
        var (least, most) = (without.Min(), without.Max());
        if (!double.IsFinite(least + most) || most - least < 1e-12) return Interval.Unbounded(whole);
        var interval = Statistics.Jackknife(whole, without);
        return new(whole, Math.Max(-1, interval.Low), Math.Min(1, interval.High));
    }

    /// <summary>What people said of one image: how often each class was given.</summary>
    private sealed record Unit(int Size, (string Name, long Count)[] Counts)
    {
        /// <summary>What it adds to the observed disagreement.</summary>
        public double Disagreeing { get; } = Counts.Sum(c => (double)c.Count * (Size - c.Count)) / (Size - 1);

        public static Unit Of(IReadOnlyList<string> said) =>
            new(said.Count, [.. said.CountBy(c => c).Select(c => (c.Key, (long)c.Value))]);
    }
}
