namespace Vaal;

/// <summary>Which labels count as suspected.</summary>
internal enum Pruning
{
    /// <summary>Of each class as many as are estimated to be wrong, those that are least likely to be it.</summary>
    Class,

    /// <summary>Of each pair of classes as many as are estimated to be mixed up, those that are surest of the other
    /// class.</summary>
    NoiseRate,

    /// <summary>Those that both name.</summary>
    Both,
}

/// <summary>
/// Which labels are likely wrong, by probabilities of models that did not see them: confident learning (Northcutt,
/// Jiang and Chuang, JAIR 2021).
/// </summary>
internal static class ConfidentLearning
{
    /// <summary>A class with fewer labels has no threshold: models that did not see some of them hardly know
    /// it.</summary>
    public const int LeastLabels = 5;

    /// <summary>
    /// How many labels of class i really are of class j, (K, K). An image counts as j if its probability of j is at
    /// least the mean over the images labelled j. Row i is scaled so that it sums to the number of labels of i.
    /// </summary>
    /// <param name="p">probabilities, (N, K)</param>
    /// <param name="given">the class that each image is labelled with</param>
    public static double[,] Joint(IReadOnlyList<double> p, IReadOnlyList<int> given, int classes)
    {
        var (thresholds, labels) = (new double[classes], new int[classes]);
        for (var i = 0; i < given.Count; i++)
        {
            thresholds[given[i]] += p[i * classes + given[i]];
            labels[given[i]]++;
        }
        for (var k = 0; k < classes; k++)
            thresholds[k] = labels[k] < LeastLabels ? double.PositiveInfinity : thresholds[k] / labels[k];
        var joint = new double[classes, classes];
        for (var i = 0; i < given.Count; i++)
        {
            var best = -1;
            for (var k = 0; k < classes; k++)
                if (p[i * classes + k] >= thresholds[k] && (best < 0 || p[i * classes + k] > p[i * classes + best]))
                    best = k;
            if (best >= 0 && labels[given[i]] >= LeastLabels) joint[given[i], best]++;
        }
        for (var a = 0; a < classes; a++)
        {
            var sum = Enumerable.Range(0, classes).Sum(b => joint[a, b]);
            for (var b = 0; b < classes; b++)
                joint[a, b] = sum > 0 ? joint[a, b] * labels[a] / sum : a == b ? labels[a] : 0;
        }
        return joint;
    }

    /// <summary>Images whose label is suspected, the most suspected first. None whose label is the likeliest class is
    /// among them.</summary>
    public static IReadOnlyList<int> Suspects(IReadOnlyList<double> p, IReadOnlyList<int> given, int classes,
        Pruning pruning)
    {
        var joint = Joint(p, given, classes);
        IEnumerable<int> found = pruning switch
        {
            Pruning.Class => ByClass(),
            Pruning.NoiseRate => ByNoiseRate(),
            _ => ByClass().Intersect(ByNoiseRate()),
        };
        return [.. found.Where(i => Margin(i, Likeliest(p, i, classes)) > 0)
            .OrderByDescending(i => Margin(i, Likeliest(p, i, classes))).ThenBy(i => i)];

        double Of(int i, int k) => p[i * classes + k];

        double Margin(int i, int k) => Of(i, k) - Of(i, given[i]);

        IEnumerable<int> Labelled(int k) => Enumerable.Range(0, given.Count).Where(i => given[i] == k);

        IEnumerable<int> ByClass() => Enumerable.Range(0, classes).SelectMany(k => Labelled(k)
            .OrderBy(i => Of(i, k)).ThenBy(i => i)
            .Take(Whole(Enumerable.Range(0, classes).Where(j => j != k).Sum(j => joint[k, j]))));

        IEnumerable<int> ByNoiseRate() => (from k in Enumerable.Range(0, classes)
                                           from j in Enumerable.Range(0, classes)
                                           where j != k && joint[k, j] > 0
                                           from i in Labelled(k).OrderByDescending(i => Margin(i, j)).ThenBy(i => i)
                                               .Take(Whole(joint[k, j]))
                                           select i).Distinct();
    }

    /// <summary>The class of the highest probability.</summary>
    public static int Likeliest(IReadOnlyList<double> p, int image, int classes)
    {
        var best = 0;
        for (var k = 1; k < classes; k++) if (p[image * classes + k] > p[image * classes + best]) best = k;
        return best;
    }

    private static int Whole(double number) => (int)Math.Round(number, MidpointRounding.AwayFromZero);
}
