using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>
/// A linear head that also learns from the pool's own structure: what labels become when they spread over the pool
/// enters the fit with a small weight. That helps with few labels and harms with many. So the weight falls as labels
/// come in, and a cross-fit chooses between the head with and without.
/// </summary>
/// <param name="Head">the head that was chosen</param>
/// <param name="Spreads">whether spread labels take part</param>
/// <param name="Gain">what the choice expects of them, in accuracy, −1..1</param>
internal sealed record TransductiveHead(LinearHead Head, bool Spreads, double Gain)
{
    /// <summary>
    /// Weight of a sure spread label beside a given one, up to <see cref="FullUpTo"/> labels a class.
    /// </summary>
    private const double Weight = 0.1, FullUpTo = 3;

    /// <summary>Unlabelled rows that take part: the weight of all spread labels does not grow with the pool.</summary>
    private const int MostRows = 2_000;

    /// <summary>
    /// Labels a class, and the gain in accuracy that was measured there over five data sets; between them by the
    /// logarithm.
    /// </summary>
    private static readonly (double Labels, double Gain)[] Measured =
        [(1, 0.065), (2, 0.05), (5, 0.025), (10, 0), (20, -0.015), (40, -0.02)];

    /// <summary>How far data sets lie apart in that gain.</summary>
    private const double Apart = 0.02;

    /// <param name="rows">the pool</param>
    /// <param name="labelled">rows with a label</param>
    /// <param name="classes">of each, 0..K − 1</param>
    /// <param name="k">K, at least 2 of them with labels</param>
    /// <param name="seed">of folds, clusters and the sample of unlabelled rows</param>
    /// <param name="spreads">whether spread labels are to take part; null: the cross-fit chooses</param>
    public static TransductiveHead Fit(UnitRows rows, int[] labelled, int[] classes, int k,
        LinearHeadOptions? options = null, long seed = 1, bool? spreads = null, CancellationToken cancel = default)
    {
        var (plain, x) = (Given(rows, labelled, classes, k), rows.Copy(labelled));
        if (labelled.Length == rows.Count || spreads == false)
            return new(LinearHead.Fit(plain, options, cancel: cancel), false, 0);
        var graph = LabelSpreading.Of(rows, seed, cancel);
        int[] others = Sample(rows.Count, labelled, seed);
        var unlabelled = rows.Copy(others);
        var gain = spreads == true ? double.NaN
            : Expected(Compare(), (double)labelled.Length / classes.Distinct().Count());
        if (spreads == true) return new(Spread([.. Enumerable.Range(0, labelled.Length)]), true, gain);
        return new(gain > 0 ? Spread([.. Enumerable.Range(0, labelled.Length)])
            : LinearHead.Fit(plain, options, cancel: cancel), gain > 0, gain);

        // of each labelled row: right with spread labels less right without, by heads that did not see its label
        double[] Compare()
        {
            var (fold, differences) = (LinearHead.FoldOf(plain, seed), new double[labelled.Length]);
            for (var f = 0; f < LinearHead.Folds; f++)
            {
                int[] held = [.. Enumerable.Range(0, labelled.Length).Where(i => fold[i] == f)];
                int[] kept = [.. Enumerable.Range(0, labelled.Length).Where(i => fold[i] != f)];
                if (held.Length == 0 || kept.Length == 0) continue;
                var asked = plain.Rows(held);
                int[] without = Likeliest(LinearHead.Fit(plain.Subset(kept), options, cancel: cancel).Logits(asked), k);
                int[] with = Likeliest(Spread(kept).Logits(asked), k);
                for (var i = 0; i < held.Length; i++)
                    differences[held[i]] = Right(with[i], classes[held[i]]) - Right(without[i], classes[held[i]]);
            }
            return differences;
        }

        LinearHead Spread(int[] kept)
        {
            int[] own = [.. kept.Select(i => labelled[i])], labels = [.. kept.Select(i => classes[i])];
            var spread = graph.Spread(own, labels, k, cancel);
            var weight = Weight * Math.Min(1, FullUpTo * labels.Distinct().Count() / labels.Length);
            var (targets, weights) = (new List<double>(), new List<double>());
            foreach (var c in labels) targets.AddRange(Enumerable.Range(0, k).Select(other => other == c ? 1.0 : 0));
            weights.AddRange(labels.Select(_ => 1.0));
            var used = new List<int>();
            for (var i = 0; i < others.Length; i++)
            {
                var p = spread.AsSpan(others[i] * k, k);
                var highest = System.Numerics.Tensors.TensorPrimitives.Max<float>(p);
                if (highest <= 0) continue;
                used.Add(i);
                foreach (var value in p) targets.Add(value);
                weights.Add(weight * highest * highest);
            }
            float[] features = [.. kept.SelectMany(i => x[(i * rows.Width)..((i + 1) * rows.Width)]),
                .. used.SelectMany(i => unlabelled[(i * rows.Width)..((i + 1) * rows.Width)])];
            return LinearHead.Fit(new(features, rows.Width, [.. targets], k, [.. weights]), options, cancel: cancel);
        }
    }

    /// <summary>
    /// What spread labels are expected to gain: the mean of what was measured elsewhere and of what the cross-fit found
    /// here, each by how sure it is. A cross-fit has four fifths of the labels, which flatters spreading by what is
    /// known.
    /// </summary>
    /// <param name="differences">−1, 0 or 1 of each labelled row</param>
    /// <param name="labels">a class</param>
    internal static double Expected(double[] differences, double labels)
    {
        var (n, prior) = (differences.Length, Usual(labels));
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

    private static HeadRows Given(UnitRows rows, int[] labelled, int[] classes, int k) =>
        HeadRows.Of(rows, labelled, classes, k);

    private static int[] Sample(int count, int[] labelled, long seed)
    {
        int[] others = [.. Enumerable.Range(0, count).Except(labelled)];
        if (others.Length <= MostRows) return others;
        new Random((int)seed).Shuffle(others);
        return [.. others[..MostRows].Order()];
    }

    private static int[] Likeliest(double[] logits, int k) =>
        [.. logits.Chunk(k).Select(row => System.Numerics.Tensors.TensorPrimitives.IndexOfMax<double>(row))];

    private static int Right(int found, int label) => found == label ? 1 : 0;
}
