using System.Numerics.Tensors;
using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// A linear head that also learns from the pool's own structure: what labels become when they spread over the pool
/// enters the fit with a small weight. That helps with few labels and harms with many. So the weight falls with the
/// square of the labels a class, and a cross-fit chooses between the head with spread labels and the one without.
/// </summary>
/// <param name="Head">the head that was chosen</param>
/// <param name="Spreads">whether spread labels take part</param>
/// <param name="Gain">what the choice expects of them, in accuracy, −1..1</param>
internal sealed record TransductiveHead(LinearHead Head, bool Spreads, double Gain)
{
    /// <summary>Logits of the labelled rows by heads of the same kind that did not see them, (N, K); null where nobody
    /// asked for them.</summary>
    public double[]? CrossFitted { get; private init; }

    /// <summary>
    /// Weight of a sure spread label beside a given one, up to <see cref="FullUpTo"/> labels a class.
    /// </summary>
    private const double Weight = 0.1, FullUpTo = 3;

    /// <summary>Labels a class from which on nothing spreads: the gain is over by far.</summary>
    private const double Enough = 20;

    /// <summary>Unlabelled rows that take part: the weight of all spread labels does not grow with the pool.</summary>
    private const int MostRows = 2_000;

    /// <summary>
    /// Labels a class, and what was gained there in the mean of five data sets, in recall a class
    /// (docs/results/transductive.md); between them by the logarithm.
    /// </summary>
    private static readonly (double Labels, double Gain)[] Measured =
        [(1, 0.022), (2, 0.018), (5, 0.007), (10, 0), (20, -0.001)];

    /// <summary>How far data sets lie apart in that gain.</summary>
    private const double Apart = 0.02;

    /// <param name="rows">the pool</param>
    /// <param name="labelled">rows with a label</param>
    /// <param name="classes">of each, 0..K − 1</param>
    /// <param name="k">K; with labels of one class only, nothing spreads</param>
    /// <param name="seed">of folds, clusters and the sample of unlabelled rows</param>
    /// <param name="spreads">whether spread labels are to take part; null: the cross-fit chooses</param>
    /// <param name="crossFitted">whether to give <see cref="CrossFitted"/> too</param>
    public static TransductiveHead Fit(UnitRows rows, int[] labelled, int[] classes, int k,
        LinearHeadOptions? options = null, long seed = 1, bool? spreads = null, bool crossFitted = false,
        CancellationToken cancel = default)
    {
        var given = HeadRows.Of(rows, labelled, classes, k);
        var known = classes.Distinct().Count();
        var perClass = (double)labelled.Length / known;
        if (known < 2 || labelled.Length == rows.Count || spreads == false || (spreads is null && perClass >= Enough))
            return Plain(0);
        var near = LabelSpreading.Near(rows, seed, cancel);
        int[] first = NearCopies.FirstOf(rows, near), single = [.. first.Distinct().Order()];
        var graph = LabelSpreading.Of(NearCopies.Among(rows, near, first, single, cancel));
        int[] others = Sample([.. single.Except(labelled.Select(row => first[row]))], seed);
        int[] asked = [.. labelled, .. others];
        int[] nodes = [.. asked.Select(row => Array.BinarySearch(single, first[row]))];
        var (x, fold) = (rows.Copy(asked), LinearHead.FoldOf(given, seed));
        // what labels become without those of a fold, and last of all; of the labelled rows, then of the others
        var held = graph.Without(nodes[..labelled.Length], classes, fold, LinearHead.Folds, k, nodes, cancel);
        var sharpness = SpreadSharpness.Of(
            HeldRows().Select(h => (held[h.Fold].AsMemory(h.Row * k, k), classes[h.Row])));
        var withoutFold = new LinearHead?[LinearHead.Folds];
        var gain = spreads == true ? double.NaN : Expected(Compare(), perClass);
        if (spreads != true && gain <= 0) return Plain(gain);
        return new(With(held[^1], Kept(-1)), true, gain)
        {
            CrossFitted = crossFitted ? LinearHead.CrossFitted(given, fold, (f, x) => Without(f).Logits(x)) : null,
        };

        TransductiveHead Plain(double gain)
        {
            var head = LinearHead.Fit(given, options, cancel: cancel);
            return new(head, false, gain)
            {
                CrossFitted = crossFitted ? LinearHead.CrossFitted(given, options, seed, head, cancel) : null,
            };
        }

        // all labelled rows without those of a fold
        int[] Kept(int without) => [.. Enumerable.Range(0, labelled.Length).Where(i => fold[i] != without)];

        // labelled rows whose class has a label in another fold: of others no head can tell anything
        IEnumerable<(int Row, int Fold)> HeldRows() => Enumerable.Range(0, labelled.Length)
            .Where(i => Enumerable.Range(0, labelled.Length).Any(j => fold[j] != fold[i] && classes[j] == classes[i]))
            .Select(i => (i, fold[i]));

        // of each held row: right with spread labels less right without, by heads that did not see its label
        double[] Compare()
        {
            var differences = new List<double>();
            foreach (var part in HeldRows().GroupBy(h => h.Fold, h => h.Row))
            {
                int[] kept = Kept(part.Key), own = [.. part];
                var these = given.Rows(own);
                var without = LinearHead.Fit(Beside(kept, []), options, cancel: cancel).Logits(these);
                var with = Without(part.Key).Logits(these);
                differences.AddRange(own.Select((row, i) =>
                    Right(with.AsSpan(i * k, k), classes[row]) - Right(without.AsSpan(i * k, k), classes[row])));
            }
            return [.. differences];
        }

        LinearHead Without(int f) => withoutFold[f] ??= With(held[f], Kept(f));

        LinearHead With(float[] spread, int[] kept)
        {
            var weight = Weight * Math.Min(1, Math.Pow(FullUpTo / perClass, 2));
            var rest = new List<(int Row, double Weight, double[] Target)>();
            for (var i = labelled.Length; i < asked.Length; i++)
            {
                double[] target = SpreadSharpness.Sharpened(spread.AsSpan(i * k, k), sharpness);
                var highest = target.Max();
                if (highest > 0) rest.Add((i, weight * highest * highest, target));
            }
            return LinearHead.Fit(Beside(kept, rest), options, cancel: cancel);
        }

        HeadRows Beside(int[] kept, List<(int Row, double Weight, double[] Target)> rest)
        {
            var targets = new double[(kept.Length + rest.Count) * k];
            for (var i = 0; i < kept.Length; i++) targets[i * k + classes[kept[i]]] = 1;
            for (var i = 0; i < rest.Count; i++) rest[i].Target.CopyTo(targets, (kept.Length + i) * k);
            int[] used = [.. kept, .. rest.Select(r => r.Row)];
            var features = new float[used.Length * rows.Width];
            for (var i = 0; i < used.Length; i++)
                x.AsSpan(used[i] * rows.Width, rows.Width).CopyTo(features.AsSpan(i * rows.Width));
            return new(features, rows.Width, targets, k,
                [.. Weights(classes, kept), .. rest.Select(r => r.Weight)]);
        }
    }

    /// <summary><see cref="Head"/> with a temperature by <see cref="CrossFitted"/>.</summary>
    /// <param name="given">the labelled rows</param>
    public LinearHead Calibrated(HeadRows given) => Head.CalibratedBy(given, CrossFitted!);

    /// <summary>
    /// Of each kept label, so that each class keeps the weight of all its labels. A fold lacks labels of just the
    /// classes that it asks for. A plain head would look worse than it is by that, and spread labels would seem to
    /// gain.
    /// </summary>
    /// <param name="classes">of all labels</param>
    /// <param name="kept">those that are not of the fold</param>
    internal static double[] Weights(int[] classes, int[] kept)
    {
        var all = classes.CountBy(c => c).ToDictionary();
        var left = kept.CountBy(i => classes[i]).ToDictionary();
        return [.. kept.Select(i => (double)all[classes[i]] / left[classes[i]])];
    }

    /// <summary>
    /// What spread labels are expected to gain: the mean of what was measured elsewhere and of what the cross-fit found
    /// here, each by how sure it is. A cross-fit has four fifths of the labels, which flatters spreading by what is
    /// known.
    /// </summary>
    /// <param name="differences">−1, 0 or 1 of each labelled row; none: nothing was found here</param>
    /// <param name="labels">a class</param>
    internal static double Expected(double[] differences, double labels)
    {
        var (n, prior) = (differences.Length, Usual(labels));
        if (n == 0) return prior;
        var found = differences.Average() + prior - Usual(labels * (LinearHead.Folds - 1) / LinearHead.Folds);
        var variance = (differences.Sum(d => (d - differences.Average()) * (d - differences.Average()))
            + 1) / ((double)n * n);
        return (prior / (Apart * Apart) + found / variance) / (1 / (Apart * Apart) + 1 / variance);
    }

    // between two measured numbers by the logarithm
    private static double Usual(double labels)
    {
        if (labels <= Measured[0].Labels) return Measured[0].Gain;
        for (var i = 1; i < Measured.Length; i++)
        {
            var (from, to) = (Measured[i - 1], Measured[i]);
            if (labels <= to.Labels) return from.Gain
                + (to.Gain - from.Gain) * Math.Log(labels / from.Labels) / Math.Log(to.Labels / from.Labels);
        }
        return Measured[^1].Gain;
    }

    /// <summary>At most <see cref="MostRows"/> of the rows, drawn from all of them, ascending.</summary>
    internal static int[] Sample(int[] others, long seed)
    {
        if (others.Length <= MostRows) return others;
        new Random((int)seed).Shuffle(others);
        return [.. others[..MostRows].Order()];
    }

    private static double Right(ReadOnlySpan<double> logits, int label) =>
        TensorPrimitives.IndexOfMax(logits) == label ? 1 : 0;
}
