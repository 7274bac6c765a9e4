using Vaal.Coverage;

namespace Vaal.Heads;

/// <summary>What a head learns from: rows of features, and what each should be.</summary>
internal sealed class HeadRows
{
    /// <param name="x">(N, F), row after row</param>
    /// <param name="width">F</param>
    /// <param name="targets">(N, K): the probability of each class; where an image has several labels, 1 for each of
    /// them and 0 for the others</param>
    /// <param name="classes">K</param>
    /// <param name="weights">of each row, above 0; null: 1</param>
    public HeadRows(ReadOnlySpan<float> x, int width, double[] targets, int classes, double[]? weights = null)
    {
        (Count, Width, Classes) = (x.Length / width, width, classes);
        if (targets.Length != Count * classes)
            throw new ArgumentException($"{targets.Length} targets for {Count} rows × {classes}", nameof(targets));
        if (weights is not null && weights.Length != Count)
            throw new ArgumentException($"{weights.Length} weights for {Count} rows", nameof(weights));
        PaddedWidth = DoubleProducts.Padded(width, DoubleProducts.Lane);
        X = Room(Count, PaddedWidth);
        for (var i = 0; i < Count; i++)
        {
            var row = X.AsSpan(i * PaddedWidth, PaddedWidth);
            x.Slice(i * width, width).CopyTo(row);
            row[width..].Clear();
        }
        (Targets, Weights) = (targets, weights ?? [.. Enumerable.Repeat(1.0, Count)]);
    }

    private HeadRows(UnitRows rows, int[] ids, double[] targets, int classes)
    {
        (Count, Width, Classes, Targets) = (ids.Length, rows.Width, classes, targets);
        (PaddedWidth, Weights) = (DoubleProducts.Padded(Width, DoubleProducts.Lane), [.. ids.Select(_ => 1.0)]);
        X = Room(Count, PaddedWidth);
        Blocks.InParallel(Count, 256, (from, end) =>
        {
            for (var i = from; i < end; i++)
            {
                rows.Copy(ids[i], X.AsSpan(i * PaddedWidth, Width));
                X.AsSpan(i * PaddedWidth + Width, PaddedWidth - Width).Clear();
            }
        });
    }

    private static float[] Room(int count, int paddedWidth)
    {
        var x = GC.AllocateUninitializedArray<float>(
            checked(DoubleProducts.Padded(count, DoubleProducts.Tile) * paddedWidth));
        x.AsSpan(count * paddedWidth).Clear();
        return x;
    }

    private HeadRows(HeadRows of, double[] targets, int classes, double[] weights) =>
        (Count, Width, Classes, PaddedWidth, X, Targets, Weights) =
            (of.Count, of.Width, classes, of.PaddedWidth, of.X, targets, weights);

    /// <summary>One class a row.</summary>
    /// <param name="labels">0..K − 1, of each row</param>
    public static HeadRows Of(ReadOnlySpan<float> x, int width, int[] labels, int classes, double[]? weights = null) =>
        new(x, width, OneEach(labels, classes), classes, weights);

    /// <summary>Some rows of a pool, one class a row.</summary>
    /// <param name="ids">of <paramref name="rows"/></param>
    /// <param name="labels">0..K − 1, of each of them</param>
    public static HeadRows Of(UnitRows rows, int[] ids, int[] labels, int classes) =>
        new(rows, ids, OneEach(labels, classes), classes);

    private static double[] OneEach(int[] labels, int classes)
    {
        var targets = new double[labels.Length * classes];
        for (var i = 0; i < labels.Length; i++) targets[i * classes + labels[i]] = 1;
        return targets;
    }

    /// <summary>Several classes a row, or none.</summary>
    /// <param name="labels">of each row, 0..K − 1 each</param>
    public static HeadRows OfSeveral(ReadOnlySpan<float> x, int width, int[][] labels, int classes) =>
        new(x, width, OneForEach(labels, classes), classes);

    /// <summary>Some rows of a pool, several classes a row, or none.</summary>
    /// <param name="ids">of <paramref name="rows"/></param>
    /// <param name="labels">of each of them, 0..K − 1 each</param>
    public static HeadRows OfSeveral(UnitRows rows, int[] ids, int[][] labels, int classes) =>
        new(rows, ids, OneForEach(labels, classes), classes);

    private static double[] OneForEach(int[][] labels, int classes)
    {
        var targets = new double[labels.Length * classes];
        for (var i = 0; i < labels.Length; i++)
            foreach (var k in labels[i]) targets[i * classes + k] = 1;
        return targets;
    }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>F.</summary>
    public int Width { get; }

    /// <summary>K.</summary>
    public int Classes { get; }

    /// <summary>Numbers from one row of <see cref="X"/> to the next.</summary>
    public int PaddedWidth { get; }

    /// <summary>Features, with zeros up to whole tiles of rows and lanes of features.</summary>
    public float[] X { get; }

    /// <summary>(N, K).</summary>
    public double[] Targets { get; }

    /// <summary>(N).</summary>
    public double[] Weights { get; }

    /// <summary>The features of some of the rows, (n, F).</summary>
    public float[] Rows(int[] rows)
    {
        var x = new float[rows.Length * Width];
        for (var i = 0; i < rows.Length; i++) X.AsSpan(rows[i] * PaddedWidth, Width).CopyTo(x.AsSpan(i * Width));
        return x;
    }

    /// <summary>The same features with other targets.</summary>
    public HeadRows With(double[] targets, int classes, double[] weights) => new(this, targets, classes, weights);

    /// <summary>Some of the rows.</summary>
    public HeadRows Subset(int[] rows) =>
        new(Rows(rows), Width, [.. rows.SelectMany(r => Targets[(r * Classes)..((r + 1) * Classes)])], Classes,
            [.. rows.Select(r => Weights[r])]);
}
