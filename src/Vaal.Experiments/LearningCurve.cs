namespace Vaal.Experiments;

/// <summary>One strategy's accuracy against the number of labels.</summary>
/// <param name="Labels">ascending</param>
/// <param name="Accuracy">0..1, with its 95% interval where there are several runs</param>
public sealed record LearningCurve(string Strategy, IReadOnlyList<int> Labels, IReadOnlyList<Interval> Accuracy);
