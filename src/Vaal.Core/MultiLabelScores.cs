namespace Vaal;

/// <summary>
/// How well several labels an image are predicted: the average precision of each class, and its F1. Average precision
/// is Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, highest first, as scikit-learn defines it: without interpolation.
/// </summary>
internal sealed class MultiLabelScores
{
    private const int Resamples = 2_000, FewestResamples = 200;
    private const long MostNumbers = 200_000_000;
    private const double Half = 0.5;

    private readonly double[] _p;
    private readonly bool[] _truth;
    private readonly int _classes;
    private readonly int[][] _order; // of each class: rows, the highest score first

    /// <param name="p">(N, K), the probability of each class</param>
    /// <param name="truth">(N, K), whether the image has it</param>
    /// <param name="classes">K</param>
    /// <exception cref="InputException">a probability is NaN</exception>
    public MultiLabelScores(double[] p, bool[] truth, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        if (p.Length != truth.Length || p.Length % classes != 0)
            throw new ArgumentException($"{p.Length} probabilities, {truth.Length} labels, {classes} classes");
        if (Array.FindIndex(p, double.IsNaN) is >= 0 and var at)
            throw new InputException($"expected a probability of each class, found NaN in row {at / classes} for class "
                + $"{at % classes}; the model's training has diverged");
        (_p, _truth, _classes) = (p, truth, classes);
        int[] rows = [.. Enumerable.Range(0, p.Length / classes)];
        _order = [.. Enumerable.Range(0, classes)
            .Select(k => rows.OrderByDescending(i => p[i * classes + k]).ToArray())];
    }

    /// <summary>N.</summary>
    public int Count => _p.Length / _classes;

    /// <summary>Of each class; NaN for one that no image has.</summary>
    public double[] AveragePrecision() => AveragePrecision([.. Enumerable.Repeat(1, Count)]);

    /// <summary>F1 of each class, where what has a probability of at least one half is predicted; NaN for a class that
    /// no image has and that is never predicted.</summary>
    public double[] F1() => F1([.. Enumerable.Repeat(1, Count)]);

    /// <summary>Mean average precision over the classes that some image has; NaN where no image has any.</summary>
    public double MeanAveragePrecision() => MeanOf(AveragePrecision());

    /// <summary>Mean F1 over the classes that have one; NaN where none has.</summary>
    public double MacroF1() => MeanOf(F1());

    /// <summary>Mean F1 over the classes that have one, with an interval as
    /// <see cref="MeanAveragePrecision(int)"/> has; NaN where none has.</summary>
    public Interval MacroF1(int seed) =>
        Statistics.Bootstrap(Count, rows => MeanOf(F1(Weights(rows))), seed, Draws);

    /// <summary>
    /// Mean average precision over the classes that some image has. The 95% interval is of the percentiles of 2,000
    /// draws of as many images, or of as few as 200 where there are very many images and classes.
    /// </summary>
    public Interval MeanAveragePrecision(int seed) =>
        Statistics.Bootstrap(Count, rows => MeanOf(AveragePrecision(Weights(rows))), seed, Draws);

    // of very many numbers fewer draws, lest a test takes longer than what it tests
    private int Draws => (int)Math.Clamp(MostNumbers / Math.Max(1, _p.Length), FewestResamples, Resamples);

    private int[] Weights(IEnumerable<int> rows)
    {
        var weight = new int[Count];
        foreach (var row in rows) weight[row]++;
        return weight;
    }

    private double[] F1(int[] weight) => [.. Enumerable.Range(0, _classes).Select(k =>
    {
        var (both, either) = (0L, 0L);
        for (var row = 0; row < weight.Length; row++)
        {
            var i = row * _classes + k;
            var predicted = _p[i] >= Half;
            if (predicted && _truth[i]) both += weight[row];
            either += (predicted ? weight[row] : 0) + (_truth[i] ? weight[row] : 0);
        }
        return either == 0 ? double.NaN : 2.0 * both / either;
    })];

    private double[] AveragePrecision(int[] weight) => [.. Enumerable.Range(0, _classes).Select(k =>
    {
        var (found, seen, sum) = (0L, 0L, 0.0);
        var order = _order[k];
        for (var i = 0; i < order.Length;)
        {
            // images with the same score come together
            var (score, before) = (_p[order[i] * _classes + k], found);
            for (; i < order.Length && _p[order[i] * _classes + k] == score; i++)
            {
                seen += weight[order[i]];
                if (_truth[order[i] * _classes + k]) found += weight[order[i]];
            }
            if (found > before) sum += (found - before) * (double)found / seen;
        }
        return found == 0 ? double.NaN : sum / found;
    })];

    private static double MeanOf(IEnumerable<double> values) =>
        values.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
}
