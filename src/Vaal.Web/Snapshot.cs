using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>The board at one moment, for work that takes longer than a request.</summary>
/// <param name="ClassOf">by position: the number of the image's only class; -1: it has none, or several</param>
internal sealed record Snapshot(ImageRow[] Images, ImageStatus[] Status, int[] ClassOf, string[] Names, RoundRow? Round,
    long Version)
{
    /// <summary>Where an image may have several classes: the numbers of those of each, by position; null for an image
    /// whose classes are not known. The list is null where an image has one class.</summary>
    public int[]?[]? Sets { get; private init; }

    public static Snapshot Of(Board board)
    {
        var classOf = new int[board.Rows.Length];
        for (var p = 0; p < classOf.Length; p++) classOf[p] = board.ClassesOf(p) is [var only] ? only : -1;
        return new(board.Rows, [.. board.Status], classOf, [.. board.Classes.Select(c => c.Name)], board.Round,
            board.Version)
        {
            Sets = !board.MultiLabel ? null
                : [.. Enumerable.Range(0, classOf.Length)
                    .Select(p => board.IsKnown(p) ? board.ClassesOf(p).ToArray() : null)],
        };
    }

    /// <summary>Rows of the pool whose class is known.</summary>
    public int[] LabelledRows(PoolIndex index) => [.. Enumerable.Range(0, index.Positions.Length)
        .Where(r => Status[index.Positions[r]] == ImageStatus.Labelled && IsKnown(index.Positions[r]))];

    private bool IsKnown(int position) => Sets is null ? ClassOf[position] >= 0 : Sets[position] is not null;
}
