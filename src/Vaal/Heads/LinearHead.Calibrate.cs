namespace Vaal.Heads;

/// <summary>
/// Predictions of rows by heads that did not see them, and the temperature that makes them honest (Guo et al., ICML
/// 2017).
/// </summary>
internal sealed partial class LinearHead
{
    /// <summary>Folds of a cross-fit.</summary>
    public const int Folds = 5;

    private const double LeastTemperature = 0.05, MostTemperature = 20;

    /// <summary>
    /// Standard deviation of 1/T from 1, before anything is known. If all of ten labels that were left out are
    /// predicted rightly, they fit best at certainty, which is wrong.
    /// </summary>
    private const double TemperatureApart = 0.5;

    /// <summary>
    /// Logits of each row by a head fitted on the other folds, (N, K). Folds hold like shares of each class.
    /// </summary>
    /// <param name="seed">of the folds</param>
    /// <returns>−∞ for a class that the other folds lack</returns>
    public static double[] CrossFitted(HeadRows rows, LinearHeadOptions? options = null, long seed = 1,
        LinearHead? warm = null, CancellationToken cancel = default) =>
        CrossFitted(rows, seed, (kept, held) => Fit(kept, options, warm, cancel).Logits(held));

    /// <summary>The same of any head.</summary>
    /// <param name="logitsOf">of the rows held out, (n, F), by a head fitted on the others</param>
    internal static double[] CrossFitted(HeadRows rows, long seed, Func<HeadRows, float[], double[]> logitsOf)
    {
        var fold = FoldOf(rows, seed);
        return CrossFitted(rows, fold, (f, held) => logitsOf(
            rows.Subset([.. Enumerable.Range(0, rows.Count).Where(i => fold[i] != f)]), held));
    }

    /// <param name="fold">of each row</param>
    /// <param name="logitsOf">of the rows of a fold, (n, F), by a head that did not see the fold</param>
    internal static double[] CrossFitted(HeadRows rows, int[] fold, Func<int, float[], double[]> logitsOf)
    {
        var logits = new double[rows.Count * rows.Classes];
        for (var f = 0; f < Folds; f++)
        {
            int[] held = [.. Enumerable.Range(0, rows.Count).Where(i => fold[i] == f)];
            if (held.Length == 0) continue;
            var found = logitsOf(f, rows.Rows(held));
            for (var i = 0; i < held.Length; i++)
                found.AsSpan(i * rows.Classes, rows.Classes).CopyTo(logits.AsSpan(held[i] * rows.Classes));
        }
        return logits;
    }

    /// <summary>
    /// The same head with the temperature at which the predictions of rows that it did not see cost least.
    /// </summary>
    public LinearHead Calibrated(HeadRows rows, LinearHeadOptions? options = null, long seed = 1,
        CancellationToken cancel = default)
    {
        if (_parameters.Length == 0 || rows.Count < 2 * Folds) return this;
        return CalibratedBy(rows, CrossFitted(rows, options, seed, this, cancel));
    }

    /// <summary>The same head with another temperature.</summary>
    public LinearHead With(double temperature) => new(this) { Temperature = temperature };

    /// <param name="crossFitted">logits of the rows by heads that did not see them, (N, K)</param>
    public LinearHead CalibratedBy(HeadRows rows, double[] crossFitted) =>
        _parameters.Length == 0 || rows.Count < 2 * Folds ? this
            : new(this) { Temperature = BestTemperature(crossFitted, rows, MultiLabel) };

    /// <summary>
    /// Where the cross-entropy of logits / T is least, 0.05..20, and 1/T not far from 1. A row whose class its head had
    /// not seen says nothing; of several classes, each that its head could not learn says nothing, and the others do.
    /// </summary>
    /// <param name="logits">(N, K)</param>
    /// <param name="apart">standard deviation of 1/T from 1; infinite: the rows alone decide</param>
    internal static double BestTemperature(double[] logits, HeadRows rows, bool several,
        double apart = TemperatureApart)
    {
        var k = rows.Classes;
        int[] known = [.. Enumerable.Range(0, rows.Count).Where(i => several
            ? Enumerable.Range(i * k, k).Any(c => double.IsFinite(logits[c]))
            : Enumerable.Range(i * k, k).All(c => double.IsFinite(logits[c]) || rows.Targets[c] == 0))];
        if (known.Length == 0) return 1;
        // convex in 1/T: golden section on its logarithm
        var (low, high, golden) = (-Math.Log(MostTemperature), -Math.Log(LeastTemperature), (Math.Sqrt(5) - 1) / 2);
        while (high - low > 1e-4)
        {
            var (left, right) = (high - golden * (high - low), low + golden * (high - low));
            if (Cost(left) <= Cost(right)) high = right;
            else low = left;
        }
        return Math.Exp(-(low + high) / 2);

        double Cost(double logInverse)
        {
            var (temperature, away) = (Math.Exp(-logInverse), (Math.Exp(logInverse) - 1) / apart);
            var sum = away * away / 2;
            foreach (var i in known)
            {
                var z = logits.AsSpan(i * k, k);
                var target = rows.Targets.AsSpan(i * k, k);
                if (!several) sum += rows.Weights[i] * CrossEntropy.OfOne(z, target, temperature);
                for (var c = 0; several && c < k; c++)
                {
                    if (double.IsFinite(z[c]))
                        sum += rows.Weights[i] * CrossEntropy.OfSeveral(z.Slice(c, 1), target.Slice(c, 1), temperature);
                }
            }
            return sum;
        }
    }

    // the rows of each likeliest class, shuffled, dealt out in turn
    internal static int[] FoldOf(HeadRows rows, long seed)
    {
        var (fold, random, next) = (new int[rows.Count], new Random((int)seed), 0);
        foreach (var members in Enumerable.Range(0, rows.Count).GroupBy(i => Likeliest(rows, i)).OrderBy(g => g.Key))
        {
            int[] shuffled = [.. members];
            random.Shuffle(shuffled);
            foreach (var i in shuffled) fold[i] = next++ % Folds;
        }
        return fold;
    }

    internal static int Likeliest(HeadRows rows, int row)
    {
        var best = 0;
        for (var k = 1; k < rows.Classes; k++)
            if (rows.Targets[row * rows.Classes + k] > rows.Targets[row * rows.Classes + best]) best = k;
        return best;
    }
}
