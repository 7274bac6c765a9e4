namespace Vaal.Experiments;

/// <summary>One strategy's accuracy against the number of labels.</summary>
public sealed class LearningCurve
{
    internal LearningCurve(string strategy, IReadOnlyList<int> labels, IReadOnlyList<Interval> accuracy) =>
        (Strategy, Labels, Accuracy) = (strategy, labels, accuracy);

    public string Strategy { get; internal init; }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<int> Labels { get; internal init; }

    /// <summary>0..1, with its 95% interval where there are several runs.</summary>
    public IReadOnlyList<Interval> Accuracy { get; internal init; }
}
