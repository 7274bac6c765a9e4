using Vaal.Heads;

namespace Vaal.Web;

/// <summary>What is learned where an image may have several classes: each is a question of its own.</summary>
internal static class MultiLabelHead
{
    private static readonly LinearHeadOptions _options = new() { MultiLabel = true };

    /// <summary>Fits the head, from the one before, and tests it.</summary>
    public static Learned Fit(PoolIndex index, Snapshot now, Learned? before, CancellationToken cancel)
    {
        var (rows, tests) = (now.LabelledRows(index), TestRows(index, now));
        // a class that only test images have counts in the test
        int[] used = [.. rows.Select(r => index.Positions[r]).Concat(tests.Select(r => index.TestPositions[r]))
            .SelectMany(p => now.Sets![p]!).Distinct().Order()];
        string[] names = [.. used.Select(n => now.Names[n])];
        int[][] sets = [.. rows.Select(r => NumbersIn(now.Sets![index.Positions[r]]!, used))];
        // what divides the labels can be learned
        if (!Enumerable.Range(0, used.Length).Any(k => sets.Any(s => s.Contains(k)) && sets.Any(s => !s.Contains(k))))
            return new(index, null, names, rows.Length, 0, 0);
        var warm = before is { Head: not null } && before.Names.SequenceEqual(names) && before.Index == index
            ? before.Head : null;
        var head = LinearHead.Fit(HeadRows.OfSeveral(index.Pool, rows, sets, used.Length),
            _options with { Refitted = true }, warm, cancel);
        return new(index, head, names, rows.Length, 0, tests.Length)
        {
            MultiLabel = Test(index, now, head, used, tests),
        };
    }

    /// <summary>Calibrates the head on labels that it did not see. A suggestion is a class of an image: of those above
    /// the threshold nearly all are right.</summary>
    public static Learned Calibrated(PoolIndex index, Snapshot now, Learned learned, CancellationToken cancel)
    {
        var (rows, head) = (now.LabelledRows(index), learned.Head!);
        int[][] sets = [.. rows.Select(r => now.Sets![index.Positions[r]]!
            .Select(n => Array.IndexOf(learned.Names, now.Names[n])).ToArray())];
        var fitted = HeadRows.OfSeveral(index.Pool, rows, sets, head.Classes);
        var logits = LinearHead.CrossFitted(fitted, _options, warm: head, cancel: cancel);
        var temperature = LinearHead.BestTemperature(logits, fitted, several: true);
        double[] p = [.. logits.Select(z => 1 / (1 + Math.Exp(-z / temperature)))];
        var held = p.Select((v, i) => (v, sets[i / head.Classes].Contains(i % head.Classes)));
        return learned with
        {
            Head = head.With(temperature),
            // below one half a class is not predicted at all
            SuggestAbove = Threshold.Of(held) is { } least ? Math.Max(least, 0.5) : null,
            HeldOut = new(rows, sets, p),
        };
    }

    /// <summary>The mean over the classes of the entropy of yes and no, as a share of the most there can be.</summary>
    public static float Entropy(ReadOnlySpan<double> p)
    {
        var sum = 0.0;
        foreach (var value in p)
            foreach (var answer in (ReadOnlySpan<double>)[value, 1 - value])
                if (answer > 0) sum -= answer * Math.Log2(answer);
        return (float)(sum / p.Length);
    }

    /// <summary>Labelled test images that have features.</summary>
    public static int[] TestRows(PoolIndex index, Snapshot now) => [.. Enumerable.Range(0, index.TestPositions.Length)
        .Where(r => now.Sets![index.TestPositions[r]] is not null)];

    private static MultiLabelScore? Test(PoolIndex index, Snapshot now, LinearHead head, int[] used, int[] tests)
    {
        if (tests.Length == 0) return null;
        var truth = new bool[tests.Length * used.Length];
        for (var i = 0; i < tests.Length; i++)
            foreach (var k in NumbersIn(now.Sets![index.TestPositions[tests[i]]]!, used))
                truth[i * used.Length + k] = true;
        var scores = new MultiLabelScores(head.Probabilities(index.Test.Copy(tests)), truth, used.Length);
        return new(scores.MeanAveragePrecision(seed: 1), scores.MacroF1(seed: 1));
    }

    private static int[] NumbersIn(int[] set, int[] used) => [.. set.Select(n => Array.BinarySearch(used, n))];
}
