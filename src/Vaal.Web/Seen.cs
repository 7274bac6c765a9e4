using Vaal.Workspaces;

namespace Vaal.Web;

/// <summary>
/// The workspace as one person may see it. An image that only somebody else has labelled blind looks unlabelled. When
/// two have, each of them sees what they said themselves until an owner settles. Owners and others see the label.
/// </summary>
internal sealed class Seen(Serving serving, Workspace workspace, Board board, Workspace.Admitted person)
{
    public Workspace Workspace => workspace;
    public Board Board => board;

    public ImageStatus StatusOf(int position) =>
        IsHidden(position, out var own) && own is null ? ImageStatus.Unlabelled : board.Status[position];

    /// <summary>Classes of the image or of its shapes, by number.</summary>
    public ReadOnlySpan<int> ClassesOf(int position) =>
        IsHidden(position, out var own) ? NumbersOf(own) : board.ClassesOf(position);

    /// <summary>The label is somebody else's, and this person does not see it.</summary>
    public bool Hides(int position) => IsHidden(position, out var own)
        && (own is null || workspace.LabelFor(board.Rows[position].Id)?.Who != person.Name);

    /// <summary>The class that the head predicts may be shown: there is no label, and none is given blind.</summary>
    public bool MayBePredicted(int position) =>
        StatusOf(position) == ImageStatus.Unlabelled && !serving.IsOverlapped(board, position);

    /// <summary>An image with what the head suggests for it.</summary>
    public ImageJson Image(int position)
    {
        var (image, status) = (board.Rows[position].Id, StatusOf(position));
        var label = status == ImageStatus.Labelled ? workspace.LabelFor(image) : null;
        if (label is not null && label.Who != person.Name && IsHidden(position, out var own) && own is not null)
            label = label with { Who = person.Name, Class = own.Class, SetJson = own.SetJson, ShapesJson = null };
        return ImageJson.Of(board, position, status, label, serving.Suggested(board, position),
            serving.Leases.IsTaken(image, person.Name));
    }

    /// <summary>How many images have a label, and how many each class that is offered or used: the declared ones in
    /// their order, then the others by name.</summary>
    public (ProjectApi.Counts Counts, List<(ClassTally Class, int Pool)> Classes) Tallies()
    {
        var (labelled, pool) = (board.Labelled, board.Classes.Select(c => c.Pool).ToArray());
        foreach (var image in board.Votes.Keys)
        {
            if (board.PositionOf(image) is not (>= 0 and var at) || !IsHidden(at, out var own)) continue;
            foreach (var number in board.ClassesOf(at)) pool[number]--;
            foreach (var number in NumbersOf(own)) pool[number]++;
            if (own is null) labelled--;
        }
        return (new(board.Pool, labelled, board.Unlabelled + board.Labelled - labelled, board.Unsure, board.Unusable,
            board.Test, board.TestLabelled),
            [.. board.Classes.Zip(pool).Where(c => c.First.Declared || c.Second + c.First.Test > 0)
                .OrderBy(c => c.First.Place).ThenBy(c => c.First.Name, StringComparer.Ordinal)]);
    }

    // what this person said is shown in place of the label; null: nothing is
    private bool IsHidden(int position, out Vote? own)
    {
        own = null;
        if (board.Status[position] != ImageStatus.Labelled
            || !board.Votes.TryGetValue(board.Rows[position].Id, out var votes)
            || !serving.IsOverlapped(board, position)) return false;
        own = votes.Find(v => v.Who == person.Name);
        return Vote.HideLabel(votes, person.Name, person.Owner, board.IsSettled(position));
    }

    private int[] NumbersOf(Vote? said) =>
        said is null ? [] : [.. said.Classes.Select(board.FindClass).Where(n => n >= 0)];
}
