namespace Vaal.Web;

/// <summary>How far people agree beyond chance, by what each said of the same images.</summary>
internal static class Agreement
{
    /// <summary>Cohen's κ of two people over images that both labelled (Cohen 1960), with a jackknife
    /// interval.</summary>
    /// <returns>null: fewer than two images, or both gave every image one and the same class</returns>
    public static Interval? Kappa(IReadOnlyList<(string A, string B)> pairs)
    {
        if (pairs.Count < 2 || double.IsNaN(KappaOf(pairs))) return null;
        return With(pairs, KappaOf);
    }

    /// <summary>
    /// Krippendorff's α for classes: any number of people, each of whom labelled some of the images (Krippendorff
    /// 2011), with a jackknife interval.
    /// </summary>
    /// <param name="units">the classes that were given to each image; images with fewer than two say nothing</param>
    /// <returns>null: fewer than two images that two people labelled, or only one class was ever given</returns>
    public static Interval? Alpha(IEnumerable<IReadOnlyList<string>> units)
    {
        List<IReadOnlyList<string>> several = [.. units.Where(u => u.Count > 1)];
        if (several.Count < 2 || double.IsNaN(AlphaOf(several))) return null;
        return With(several, AlphaOf);
    }

    private static double KappaOf(IReadOnlyList<(string A, string B)> pairs)
    {
        var n = (double)pairs.Count;
        var observed = pairs.Count(p => p.A == p.B) / n;
        var (a, b) = (pairs.CountBy(p => p.A).ToDictionary(), pairs.CountBy(p => p.B).ToDictionary());
        var expected = a.Sum(c => c.Value / n * (b.GetValueOrDefault(c.Key) / n));
        return expected >= 1 ? double.NaN : (observed - expected) / (1 - expected);
    }

    // 1 − observed over expected disagreement, by the coincidences of pairs within images
    private static double AlphaOf(IReadOnlyList<IReadOnlyList<string>> units)
    {
        var (totals, disagreeing, n) = (new Dictionary<string, double>(), 0.0, 0.0);
        foreach (var unit in units)
        {
            double m = unit.Count;
            n += m;
            foreach (var (name, count) in unit.CountBy(c => c))
            {
                totals[name] = totals.GetValueOrDefault(name) + count;
                disagreeing += count * (m - count) / (m - 1);
            }
        }
        var expected = (n * n - totals.Values.Sum(t => t * t)) / (n - 1);
        return expected <= 0 ? double.NaN : 1 - disagreeing / expected;
    }

    // leaving one image out at a time; an image without which nothing can be said has no say
    private static Interval With<T>(IReadOnlyList<T> items, Func<IReadOnlyList<T>, double> statistic)
    {
        var whole = statistic(items);
        double[] without = [.. Enumerable.Range(0, items.Count)
            .Select(i => statistic([.. items.Where((_, j) => j != i)])).Where(double.IsFinite)];
        if (without.Length < 2) return Interval.Unbounded(whole);
        var mean = without.Average();
        var error = Math.Sqrt((without.Length - 1.0) / without.Length * without.Sum(v => Math.Pow(v - mean, 2)));
        return new(whole, Math.Max(-1, whole - Statistics.Z * error), Math.Min(1, whole + Statistics.Z * error));
    }
}
