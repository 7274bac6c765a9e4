namespace Vaal.Experiments;

/// <summary>One strategy's accuracy against the number of labels.</summary>
internal sealed class LearningCurve
{
    public LearningCurve(string strategy, IReadOnlyList<int> labels, IReadOnlyList<Interval> accuracy) =>
        (Strategy, Labels, Accuracy) = (strategy, labels, accuracy);

    public string Strategy { get; }

    /// <summary>Ascending.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>0..1, with its 95% interval where there are several runs.</summary>
    public IReadOnlyList<Interval> Accuracy { get; }
}
