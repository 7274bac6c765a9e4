namespace Vaal.Experiments;

/// <summary>Accuracy against the number of labels that it took.</summary>
internal static class BudgetCurve
{
    /// <summary>Area under the curve by trapezoids, divided by the range of labels: the mean accuracy over the
    /// budget, 0..1.</summary>
    /// <param name="labels">ascending</param>
    public static double Area(IReadOnlyList<int> labels, IReadOnlyList<double> accuracy)
    {
        Check(labels, accuracy);
        if (labels.Count == 1) return accuracy[0];
        var area = 0.0;
        for (var i = 1; i < labels.Count; i++)
            area += (accuracy[i] + accuracy[i - 1]) / 2 * (labels[i] - labels[i - 1]);
        return area / (labels[^1] - labels[0]);
    }

    /// <summary>
    /// Labels that a curve needs to reach an accuracy: the curve is first made monotone (isotonic regression, so that a
    /// lucky round does not count as reached for good), then interpolated. The first count where even that suffices;
    /// null where the measured range does not reach it.
    /// </summary>
    public static double? LabelsToReach(double target, IReadOnlyList<int> labels, IReadOnlyList<double> accuracy)
    {
        Check(labels, accuracy);
        var rising = Isotonic(accuracy);
        if (target <= rising[0]) return labels[0];
        for (var i = 1; i < rising.Length; i++)
            if (target <= rising[i])
                return double.Lerp(labels[i - 1], labels[i], (target - rising[i - 1]) / (rising[i] - rising[i - 1]));
        return null;
    }

    /// <summary>The non-decreasing sequence nearest in squares: pool adjacent violators.</summary>
    internal static double[] Isotonic(IReadOnlyList<double> values)
    {
        var blocks = new Stack<(double Sum, int Count)>();
        foreach (var value in values)
        {
            var block = (Sum: value, Count: 1);
            while (blocks.TryPeek(out var last) && last.Sum / last.Count >= block.Sum / block.Count)
            {
                blocks.Pop();
                block = (last.Sum + block.Sum, last.Count + block.Count);
            }
            blocks.Push(block);
        }
        return [.. blocks.Reverse().SelectMany(b => Enumerable.Repeat(b.Sum / b.Count, b.Count))];
    }

    private static void Check(IReadOnlyList<int> labels, IReadOnlyList<double> accuracy)
    {
        ArgumentNullException.ThrowIfNull(labels);
        Statistics.AtLeastOne(accuracy);
        if (labels.Count != accuracy.Count)
            throw new ArgumentException(
                $"expected a label count for each accuracy, found {labels.Count} for {accuracy.Count}");
        for (var i = 1; i < labels.Count; i++)
            if (labels[i] <= labels[i - 1])
                throw new ArgumentException(
                    $"expected label counts that rise, found {labels[i]} after {labels[i - 1]}");
    }
}
