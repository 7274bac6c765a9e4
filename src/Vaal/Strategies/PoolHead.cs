using Vaal.Coverage;
using Vaal.Data;
using Vaal.Heads;

namespace Vaal.Strategies;

/// <summary>A linear head on the features that a strategy compares images by.</summary>
internal static class PoolHead
{
    private const int Block = 1 << 14;

    /// <summary>Fitted on the labelled images; null: they name fewer than two classes, or where images have several,
    /// each is in all of them or in none.</summary>
    public static LinearHead? Fit(Pool pool, PoolFeatures features, UnitRows rows, CancellationToken cancel = default,
        Action<TrainEvent>? report = null)
    {
        if (pool.Images.ClassSets is { } sets) return OfSeveral(sets, features, rows, cancel, report);
        var (labelled, classes) = Labels(pool, features);
        if (classes.Distinct().Count() < 2) return null;
        return LinearHead.Fit(
            HeadRows.Of(rows, labelled, classes, classes.Max() + 1), cancel: cancel, report: report);
    }

    /// <summary>The same of images with one class each, by a head that also learns from labels that spread over the
    /// pool, where that is expected to help.</summary>
    /// <param name="seed">of folds and samples</param>
    public static LinearHead? Spreading(Pool pool, PoolFeatures features, UnitRows rows, long seed,
        CancellationToken cancel = default)
    {
        var (labelled, classes) = Labels(pool, features);
        if (classes.Distinct().Count() < 2) return null;
        return TransductiveHead.Fit(rows, labelled, classes, classes.Max() + 1, seed: seed, cancel: cancel).Head;
    }

    // rows with a class, and the class of each
    private static (int[] Rows, int[] Classes) Labels(Pool pool, PoolFeatures features)
    {
        int[] labelled = [.. Enumerable.Range(features.Unlabelled, features.Ids.Length - features.Unlabelled)
            .Where(i => pool.ClassOf(features.Ids[i]) >= 0)];
        return (labelled, [.. labelled.Select(i => pool.ClassOf(features.Ids[i]))]);
    }

    // a sigmoid for each class; null: no class divides the labels
    private static LinearHead? OfSeveral(
        IReadOnlyList<int[]?> sets, PoolFeatures features, UnitRows rows, CancellationToken cancel,
        Action<TrainEvent>? report)
    {
        int[] labelled = [.. Enumerable.Range(features.Unlabelled, features.Ids.Length - features.Unlabelled)
            .Where(i => sets[features.Ids[i]] is not null)];
        int[][] classes = [.. labelled.Select(i => sets[features.Ids[i]]!)];
        var count = classes.SelectMany(s => s).DefaultIfEmpty(-1).Max() + 1;
        if (!Enumerable.Range(0, count).Any(c => classes.Any(s => s.Contains(c)) && classes.Any(s => !s.Contains(c))))
            return null;
        return LinearHead.Fit(HeadRows.OfSeveral(rows.Copy(labelled), rows.Width, classes, count),
            new() { MultiLabel = true }, cancel: cancel, report: report);
    }

    /// <summary>The same, where a strategy cannot do without.</summary>
    /// <exception cref="InputException">the labels name fewer than two classes</exception>
    public static LinearHead Needed(Pool pool, PoolFeatures features, UnitRows rows,
        CancellationToken cancel = default, Action<TrainEvent>? report = null) =>
        Fit(pool, features, rows, cancel, report) ?? throw new InputException(
            "expected labels of at least two classes, found fewer; label more images or choose with 'coverage'");

    /// <summary>The unlabelled images in blocks.</summary>
    /// <param name="use">is given the first row and the features of the block, (n, F)</param>
    public static void EachBlock(PoolFeatures features, UnitRows rows, Action<int, float[]> use,
        CancellationToken cancel = default, Action<TrainEvent>? report = null)
    {
        var scored = new PhaseCount(report, "scoring the pool", features.Unlabelled);
        for (var start = 0; start < features.Unlabelled; start += Block)
        {
            cancel.ThrowIfCancellationRequested();
            var count = Math.Min(Block, features.Unlabelled - start);
            use(start, rows.Copy([.. Enumerable.Range(start, count)]));
            scored.Add(count);
        }
    }
}
