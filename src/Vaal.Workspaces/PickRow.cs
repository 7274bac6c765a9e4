using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>One chosen image.</summary>
/// <param name="Image">its id in the workspace (<see cref="ImageRow.Id"/>)</param>
/// <param name="Rank">from 1, best first</param>
/// <param name="Score">higher is more worth labelling; null where the strategy gives none</param>
/// <param name="Reason">in words</param>
internal sealed record PickRow(int Image, int Rank, double? Score, string? Reason)
{
    /// <summary>The parts of it that were chosen, best first; empty: all of it.</summary>
    public IReadOnlyList<ChosenRegion> Regions { get; init; } = [];
}
