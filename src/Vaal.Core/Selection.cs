namespace Vaal;

/// <summary>The images that a strategy chose, best first.</summary>
public sealed class Selection
{
    public Selection(IReadOnlyList<int> ids, IReadOnlyList<float> scores) =>
        (Ids, Scores) = (ids, scores);

    /// <summary>Distinct unlabelled ids.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>The score of each, higher is more wanted; empty for a strategy that has none.</summary>
    public IReadOnlyList<float> Scores { get; }

    internal void Deconstruct(out IReadOnlyList<int> ids, out IReadOnlyList<float> scores) =>
        (ids, scores) = (Ids, Scores);
}
