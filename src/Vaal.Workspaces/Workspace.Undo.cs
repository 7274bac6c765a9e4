namespace Vaal.Workspaces;

/// <summary>What was taken back.</summary>
/// <param name="What"><c>import</c>, <c>folders</c>, <c>label</c> or <c>round</c></param>
/// <param name="At">when it had been done</param>
/// <param name="From">the file or folder labels came from; for a round its strategy</param>
/// <param name="Round">its number</param>
/// <param name="Removed">images that lost a label</param>
/// <param name="Restored">images that got an earlier label back</param>
/// <param name="Picks">images that are not chosen any more</param>
public sealed record UndoReport(string What, DateTimeOffset At, string From, int? Round, int Removed, int Restored, int Picks);

public sealed partial class Workspace
{
    /// <summary>Takes the last import, labelling or round back that has not been taken back yet; the ledger keeps both.</summary>
    /// <exception cref="InputException">there is nothing to take back</exception>
    public UndoReport Undo()
    {
        using var held = Lock("undo");
        return _db.Transaction(() =>
        {
            var last = _db.Query(
                """
                select id, what, at, coalesce(change ->> 'from', change ->> 'strategy'), change ->> 'round' from ledger
                where action is null and what in ('import', 'folders', 'label', 'round')
                    and id not in (select change ->> 'undoes' from ledger where action is null and what = 'undo')
                order by id desc limit 1
                """,
                r => (Id: r.GetInt64(0), What: r.GetString(1), At: Ledger.Time(r.GetString(2)), From: r.GetString(3), Round: r.Whole(4)));
            if (last is not [var (id, what, at, from, round)]) throw new InputException("there is nothing to take back: no import, label or round");
            return what == "round" ? UndoRound(id, at, from, round!.Value) : UndoLabels(id, what, at, from);
        });
    }

    private UndoReport UndoRound(long id, DateTimeOffset at, string strategy, int round)
    {
        _db.Execute("update rounds set undone = $1 where id = $2", Ledger.Stamp(_clock.GetUtcNow()), round);
        var picks = Picks(round).Count;
        _ledger.Begin("undo", new { undoes = id, what = "round", round, picks });
        return new("round", at, strategy, round, 0, 0, picks);
    }

    private UndoReport UndoLabels(long id, string what, DateTimeOffset at, string from)
    {
        var changes = _ledger.Labels(id);
        changes.Reverse();
        var (removed, restored) = (changes.Count(c => c.Before is null), changes.Count(c => c.Before is not null));
        var undo = _ledger.Begin("undo", new { undoes = id, what, from, removed, restored });
        foreach (var (image, before, after) in changes)
        {
            if (LabelOf(image) != after) throw new InvalidOperationException($"the label of image {image} is not what action {id} left; nothing was taken back");
            Change(undo, image, after, before);
        }
        return new(what, at, from, null, removed, restored, 0);
    }
}
