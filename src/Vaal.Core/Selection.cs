namespace Vaal;

/// <summary>The images that a strategy chose, best first.</summary>
/// <param name="Ids">distinct unlabelled ids</param>
/// <param name="Scores">the score of each, higher is more wanted; empty for a strategy that has none</param>
public sealed record Selection(IReadOnlyList<int> Ids, IReadOnlyList<float> Scores);
