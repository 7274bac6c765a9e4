using System.Text.Json;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    private const string Undoable =
        """
        select id, what, at, coalesce(change ->> 'how', change ->> 'from', change ->> 'strategy'), change ->> 'round',
            change ->> 'by'
        from ledger
        where action is null and what in ('import', 'folders', 'label', 'classes', 'round')
        """;

    private sealed record LastAction(long Id, string What, DateTimeOffset At, string From, int? Round, string? By);

    /// <summary>
    /// Takes the last import, labelling, change of classes or round back that has not been taken back yet; the ledger
    /// keeps both.
    /// </summary>
    /// <param name="entry">
    /// number of the ledger's entry to take back, which must be the last that can be; if it was taken back already,
    /// nothing changes. Null: the last
    /// </param>
    /// <param name="told">
    /// is given the report once the change is safe. If the process is killed before this returns, the next call with no
    /// number reports the same entry again and takes nothing more back
    /// </param>
    /// <exception cref="InputException">there is nothing to take back, or that entry is not the last</exception>
    public UndoReport Undo(long? entry = null, Action<UndoReport>? told = null, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        using var held = Lock("undo", cancel: cancel);
        using var labels = LabelsLock("undo", cancel);
        var undone = _db.Transaction(() =>
        {
            var done = entry is { } asked ? UndoOf(asked) : Untold();
            if (done is not null) return done;
            var last = Last();
            if (entry is { } wanted && last?.Id != wanted) throw new InputException(NotTheLast(wanted, last));
            if (last is null) throw new InputException("there is nothing to take back: no import, label or round");
            var made = last.What == "round" ? UndoRound(last) : UndoLabels(last, null, report, cancel);
            if (told is not null) Set("untold", last.Id.ToString(Invariant));
            return made;
        });
        told?.Invoke(undone);
        if (told is not null) _db.Execute("delete from settings where name = 'untold'");
        return undone;
    }

    private LastAction? Last() => _db.Query(
        $"{Undoable} and id not in (select change ->> 'undoes' from ledger where action is null and what = 'undo') "
            + "order by id desc limit 1",
        ToAction).FirstOrDefault();

    private static LastAction ToAction(Microsoft.Data.Sqlite.SqliteDataReader r) =>
        new(r.GetInt64(0), r.GetString(1), Ledger.Time(r.GetString(2)), r.Text(3) ?? "", r.Whole(4), r.Text(5));

    /// <summary>The undo that was killed after its change and before its report; null: there is none, or it is not the
    /// last action.</summary>
    private UndoReport? Untold()
    {
        if (Setting("untold") is not { } entry) return null;
        var last =
            _db.Query("select what, change ->> 'undoes' from ledger where action is null order by id desc limit 1",
            r => (What: r.GetString(0), Undoes: r.Text(1))).FirstOrDefault();
        return last == ("undo", entry) ? UndoOf(long.Parse(entry, Invariant)) : null;
    }

    /// <summary>The report of an entry that is taken back already; null: it is not.</summary>
    private UndoReport? UndoOf(long entry)
    {
        var undo = _db.Text("select change from ledger where action is null and what = 'undo' and change ->> "
            + "'undoes' = $1", entry);
        if (undo is null) return null;
        var action = _db.Query($"{Undoable} and id = $1", ToAction, entry).Single();
        using var json = JsonDocument.Parse(undo);
        int Number(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetInt32() : 0;
        return new(action.What, action.At, action.From, action.Round, Number("removed"), Number("restored"),
            Number("picks"))
        {
            Entry = entry,
            Already = true,
        };
    }

    private string NotTheLast(long wanted, LastAction? last)
    {
        if (last is null) return $"#{wanted} cannot be taken back: there is not an import, label or round to take back";
        return _db.Query($"{Undoable} and id = $1", ToAction, wanted).Count > 0
            ? $"#{wanted} is not the last action; take #{last.Id} back first: 'vaal undo {last.Id}'"
            : $"#{wanted} is not an import, label or round; the last that can be taken back is #{last.Id}";
    }

    private UndoReport UndoRound(LastAction action)
    {
        var round = action.Round!.Value;
        _db.Execute("update rounds set undone = $1 where id = $2", Ledger.Stamp(_clock.GetUtcNow()), round);
        var picks = Picks(round).Count;
        _ledger.Begin("undo", new { undoes = action.Id, what = "round", round, picks });
        return new("round", action.At, action.From, round, 0, 0, picks) { Entry = action.Id };
    }

    private UndoReport UndoLabels(LastAction action, string? who, Action<TrainEvent>? report = null,
        CancellationToken cancel = default)
    {
        var changes = _ledger.Labels(action.Id);
        changes.Reverse();
        var (removed, restored) = (changes.Count(c => c.Before is null), changes.Count(c => c.Before is not null));
        var undo = _ledger.Begin("undo", new
        {
            undoes = action.Id,
            what = action.What,
            from = action.From,
            removed,
            restored
        }, who);
        var moves = MovesSince(action.Id);
        foreach (var (done, (image, before, after)) in changes.Index())
        {
            cancel.ThrowIfCancellationRequested();
            if (IsToTell(done)) report?.Invoke(new("taking labels back", done, changes.Count));
            var at = PlaceOf(image, moves);
            var (was, now) = (before is null ? null : before with { Image = at },
                after is null ? null : after with { Image = at });
            if (LabelOf(at) != now) throw Overtaken(image, action.Id);
            if (was is { Elsewhere: false } && (was.SetJson is not null) != IsMultiLabel) throw OtherForm(action.Id);
            Change(undo, at, now, was);
        }
        foreach (var (image, before, after) in Enumerable.Reverse(_ledger.Votes(action.Id)))
            SetVote(undo, image, (after ?? before)!.Who, after, before);
        foreach (var (image, before, after, by, at) in Enumerable.Reverse(_ledger.Marks(action.Id)))
        {
            if (MarkOf(image) != after) throw Overtaken(image, action.Id);
            Mark(undo, image, after, before, by ?? action.By, at);
        }
        UndoClasses(action.Id);
        return new(action.What, action.At, action.From, null, removed, restored, 0) { Entry = action.Id };
    }

    /// <summary>Labels that <c>init</c> has moved since an action, in order, by the image they were taken from: to
    /// which other one with the same pixels.</summary>
    private ILookup<int, (int At, int To)> MovesSince(long action) => _db.Query(
        """
        select takes.image, gives.image
        from ledger init join ledger takes on takes.action = init.id join ledger gives on gives.id = takes.id + 1
        where init.id > $1 and init.what = 'init' and takes.what = 'label' and takes.change ->> 'after' is null
        order by takes.id
        """,
        r => (From: r.GetInt32(0), To: r.GetInt32(1)), action).Index().ToLookup(m => m.Item.From, m =>
            (m.Index, m.Item.To));

    private static int PlaceOf(int image, ILookup<int, (int At, int To)> moves)
    {
        var at = -1;
        while (moves[image].FirstOrDefault(m => m.At > at, (At: -1, To: 0)) is { At: >= 0 } next) (at, image) = next;
        return image;
    }

    private InputException OtherForm(long action) => new(IsMultiLabel
        ? $"#{action} cannot be taken back: its labels have one class, and images may have several now"
        : $"#{action} cannot be taken back: its labels are of several classes, and images have one now");

    private InputException Overtaken(int image, long action) => new(
        $"the label of {Vaal.Data.Labels.Text.Quote(PathOf(image))} is not what #{action} left: it was changed later, "
        + "so nothing was taken back");

    private void UndoClasses(long action)
    {
        if (_db.Text("select change -> '$.looks' from ledger where id = $1", action) is { } json
            && JsonSerializer.Deserialize<LookChange>(json, Json.Options) is { } looks) UndoLooks(looks);
        var lists =
            _db.Query("select change ->> '$.classes.before', change ->> '$.classes.after' from ledger where id = $1",
            r => (Before: r.Text(0), After: r.Text(1)), action)[0];
        // the declared classes as they were, unless somebody has declared others since
        if (lists is not ({ } before, { } after) || Names(after) is var left && !left.SequenceEqual(DeclaredClasses))
            return;
        SetClasses(Names(before));
        if (_db.Text("select change ->> 'background' from ledger where id = $1", action) is { } background)
            Set("background", background);

        static string[] Names(string json) => JsonSerializer.Deserialize<string[]>(json, Json.Options)!;
    }

    // colours and keys as they were; those that somebody else has changed since stay
    private void UndoLooks(LookChange change)
    {
        var now = ClassLooks.ToDictionary();
        var left = change.Before.Keys.Union(change.After.Keys).Where(name =>
            change.Before.GetValueOrDefault(name) != change.After.GetValueOrDefault(name)
            && now.GetValueOrDefault(name) == change.After.GetValueOrDefault(name)).ToList();
        foreach (var name in left) now.Remove(name);
        foreach (var name in left.Where(change.Before.ContainsKey))
        {
            var look = change.Before[name];
            // a key belongs to one class
            now[name] = now.Values.Any(other => other.Key is not null && other.Key == look.Key)
                ? look with { Key = null }
                : look;
        }
        SetLooks(now);
    }
}
