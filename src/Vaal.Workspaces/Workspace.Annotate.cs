using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>Labelling image by image, by one person or several, while other commands run beside it.</summary>
public sealed partial class Workspace
{
    /// <summary>The source of a label that ended a disagreement.</summary>
    internal const string Settled = "serve, settled";

    private const string Page = "serve";

    /// <summary>
    /// Saves what a person decided, in one transaction. An operation that was saved before is answered as then and
    /// changes nothing; another one with its id is refused. One that cannot be saved does not stop the others.
    /// </summary>
    /// <param name="who">name of the person</param>
    /// <param name="overlapped">images, by id, that two people label without seeing each other's label; null:
    /// none</param>
    /// <param name="owner">the person sees both labels as soon as there are two, and may take them away</param>
    internal IReadOnlyList<OperationResult> Annotate(IReadOnlyList<LabelOperation> operations, string who,
        Func<int, bool>? overlapped = null, bool owner = false) =>
        _db.Transaction(() =>
        {
            var (declared, steps) = (DeclaredClasses.ToHashSet(), new Dictionary<string, long>());
            var sizes = operations.Where(o => o.Step is not null).CountBy(o => o.Step!).ToDictionary();
            var (results, asked) = (new List<OperationResult>(operations.Count), new Dictionary<string, string>());
            foreach (var operation in operations)
            {
                var said = Said(operation, who);
                var saved = Saved(operation.Op);
                if (!asked.TryAdd(operation.Op, said) && asked[operation.Op] != said
                    || saved?.Is("label", who, said) == false)
                {
                    results.Add(new(operation.Op, null, UsedForSomethingElse));
                    continue;
                }
                if (saved is not null)
                {
                    results.Add(new(operation.Op, saved.Entry, null) { Again = true });
                    continue;
                }
                if ((Problem(operation, declared) ?? WouldLose(operation, who, overlapped, owner)) is { } problem)
                {
                    results.Add(new(operation.Op, null, problem));
                    continue;
                }
                if (operation.Step is not { } step || !steps.TryGetValue(step, out var entry))
                {
                    var of = operation.Step is null ? 1 : sizes[operation.Step];
                    entry = _ledger.Begin("label", new { from = Page, images = of, ms = operation.Milliseconds }, who);
                    if (operation.Step is not null) steps[operation.Step] = entry;
                }
                // who takes the label away or marks the image says nothing of its class any more
                if (operation.Kind != LabelKind.Label) TakeVoteBack(entry, operation.Image, who);
                var blind = overlapped?.Invoke(operation.Image) == true;
                var decided = Joined(Fitted(operation), who, blind, owner);
                if (operation is { Kind: LabelKind.Label, Settle: false, Part: not LabelPart.Shapes, Shapes.Count: 0 }
                    && blind && !TakeVote(entry, decided, who)) { }
                else Apply(entry, decided, who);
                Remember(operation.Op, entry, said);
                results.Add(new(operation.Op, entry, null));
            }
            return results;
        });

    /// <summary>
    /// Takes this person's last labelling or change of classes back that has not been taken back yet. Rounds and
    /// imports stay: those are the command line's to take back.
    /// </summary>
    /// <param name="undoes">an operation of the step to take back; null: the last</param>
    /// <returns>null: there is nothing to take back, or it was taken back already</returns>
    /// <exception cref="InputException">somebody has changed one of these labels since, the step is no label or not
    /// this person's, or the id was used for something else</exception>
    internal StepUndone? UndoStep(string op, string who, string? undoes = null) => _db.Transaction(() =>
    {
        var said = Said("undo", who, undoes);
        if (EntryOf(op, "undo", who, said) is { } known) return Undone(known);
        if ((undoes is null ? LastStep(who) : StepOf(undoes, who)) is not { } last) return null;
        UndoLabels(last, who);
        var entry = _db.Number("select max(id) from ledger where action is null");
        Remember(op, entry, said);
        return Undone(entry);
    });

    /// <summary>Images of the step that an operation belongs to.</summary>
    internal IReadOnlyList<int> ImagesOfStep(string op) => Saved(op) is { } saved ? _db.Query(
        "select distinct image from ledger where action = $1 and image is not null", r => r.GetInt32(0), saved.Entry)
        : [];

    /// <summary>Whether <see cref="UndoStep"/> has something to take back.</summary>
    internal bool CanUndoStep(string who) => LastStep(who) is not null;

    /// <summary>Tells this workspace from every other, wherever it lies; made when it is asked for first.</summary>
    internal string Id => _db.Transaction(() =>
    {
        if (Setting("id") is { } known) return known;
        Set("id", Guid.NewGuid().ToString());
        return Setting("id")!;
    });

    /// <summary>How the page works, as JSON; null: nobody has said.</summary>
    internal string? ServeSettings => Setting("serve");

    /// <summary>Keeps how the page works; the same operation given twice counts once.</summary>
    /// <param name="change">what was asked for, which the same operation has again</param>
    /// <param name="several">an image may have several classes from now on, or one; null: as before</param>
    /// <returns>false: it was saved before</returns>
    /// <exception cref="InputException"><paramref name="several"/> is a change, and an image has a label already; or
    /// the id was used for something else</exception>
    internal bool SaveServeSettings(string op, string change, string json, string who, bool? several) =>
        _db.Transaction(() =>
        {
            var said = Said("settings", who, change);
            if (EntryOf(op, "settings", who, said) is not null) return false;
            if (several is { } form) ChangeMultiLabel(form, who);
            var entry = _ledger.Begin("settings", new { before = Setting("serve"), after = json }, who);
            Set("serve", json);
            Remember(op, entry, said);
            return true;
        });

    /// <summary>Images that somebody marked, by id.</summary>
    internal IReadOnlyDictionary<int, MarkRow> Marks() => _db.Query("select image, mark, who, at from marks", r =>
        new MarkRow(r.GetInt32(0), r.GetString(1), r.GetString(2), Ledger.Time(r.GetString(3))))
        .ToDictionary(m => m.Image);

    /// <summary>The label of one image; null: it has none.</summary>
    internal LabelRow? LabelFor(int image) => LabelOf(image);

    /// <summary>The mark of one image; null: it has none.</summary>
    internal string? MarkOf(int image) => _db.Text("select mark from marks where image = $1", image);

    /// <summary>The number of the ledger's last entry, and the images that entries after <paramref name="since"/> are
    /// about; <c>All</c>: the index itself changed.</summary>
    internal (long Last, IReadOnlyList<int> Images, bool All, bool Actions) ChangesSince(long since)
    {
        var last = _db.Number("select max(id) from ledger");
        if (last == since) return (last, [], false, false);
        var entries = _db.Query("select action is null, what, image from ledger where id > $1",
            r => (IsAction: r.GetBoolean(0), What: r.GetString(1), Image: r.Whole(2)), since);
        return (last, [.. entries.Select(e => e.Image).OfType<int>().Distinct()],
            entries.Any(e => e.IsAction && e.What == "init"), entries.Any(e => e.IsAction && e.What != "label"));
    }

    private LastAction? LastStep(string who) =>
        _db.Query($"{Steps} order by l.id desc limit 1", ToAction, who).FirstOrDefault();

    // null: it was taken back already
    private LastAction? StepOf(string op, string who)
    {
        if (Saved(op) is not { } saved)
            throw new InputException("expected a step that was saved, found none; nothing was taken back");
        if (saved.What is not ("label" or "classes"))
            throw new InputException("expected a label or a change of classes to take back, found "
                + $"{(saved.What == "undo" ? "an undo" : "a change of settings")}; nothing was taken back");
        if (saved.By != who)
            throw new InputException("expected a step of your own to take back, found one of another person; nothing "
                + "was taken back");
        return _db.Query($"{Steps} and l.id = $2", ToAction, who, saved.Entry).FirstOrDefault();
    }

    private const string Steps =
        """
        select l.id, l.what, l.at, coalesce(l.change ->> 'how', l.change ->> 'from'), null, l.change ->> 'by'
        from ledger l
        where l.action is null and l.what in ('label', 'classes') and l.change ->> 'by' = $1
            and not exists (select 1 from ledger u where u.what = 'undo' and u.change ->> 'undoes' = l.id)
        """;

    private StepUndone Undone(long entry)
    {
        var (undone, what) = _db.Query("select change ->> 'undoes', change ->> 'what' from ledger where id = $1",
            r => (r.GetInt64(0), r.GetString(1)), entry).Single();
        return new(undone, entry, what, _db.Query(
            "select distinct image from ledger where action = $1 and image is not null", r => r.GetInt32(0), entry));
    }

    private string? Problem(LabelOperation operation, HashSet<string> declared)
    {
        if (operation.Op.Length is 0 or > 64) return "expected an operation id of at most 64 characters";
        var image = _db.Query("select path, state, test, width, height from images where id = $1",
            r => (Path: r.GetString(0), State: r.GetString(1), Test: r.GetBoolean(2), Size: (r.GetInt32(3),
                r.GetInt32(4))), operation.Image).FirstOrDefault();
        if (image.Path is null) return $"there is no image {operation.Image}";
        if (image.State != "ok") return $"{Text.Quote(image.Path)} is {image.State} and takes no label";
        if (image.Test && operation.Suggested)
            return $"{Text.Quote(image.Path)} is a test image; a suggestion would bias it";
        if (operation.Classes is { Count: > 1 } several && !IsMultiLabel)
            return $"expected one class for an image, found {several.Count}";
        // drawing nothing says that there is nothing in it; a choice of classes has to name one
        var names = operation is { Class: not null } or { Classes.Count: > 0 } or { Shapes.Count: > 0 };
        if (operation is { Kind: LabelKind.Label, Part: LabelPart.Classes } && !names && !IsMultiLabel)
            return "expected one class for an image, found none";
        var classes = operation.Shapes.Select(s => s.Class).Append(operation.Class).Concat(operation.Classes ?? [])
            .OfType<string>().Distinct();
        foreach (var name in classes)
        {
            if (!Text.FitsClass(name) || string.IsNullOrWhiteSpace(name)) return Text.Unfit(name);
            if (name != Text.Trimmed(name) && !declared.Contains(name)) return Text.Untrimmed(name);
            if (declared.Count > 0 && !declared.Contains(name))
                return $"{Text.Quote(name)} is no declared class{Suggested(name, declared)}";
        }
        return operation.Shapes.Select(s => Geometry.Problem(s, image.Size)).FirstOrDefault(p => p is not null);
    }

    /// <summary>What a decision would take away that is not this person's to take, or that drawing would replace;
    /// null: nothing.</summary>
    private string? WouldLose(LabelOperation operation, string who, Func<int, bool>? overlapped, bool owner)
    {
        if (LabelOf(operation.Image) is not { } label) return null;
        var path = Text.Quote(PathOf(operation.Image));
        var votes = overlapped?.Invoke(operation.Image) == true ? VotesOn(operation.Image) : [];
        var others = label.Who != who && votes.Exists(v => v.Who != who) && !(owner && votes.Count > 1);
        var hidden = Vote.HideLabel(votes, who, owner, label.IsSettled);
        var why = $"{path} has a label of somebody else{(hidden ? ", which you do not see" : "")}; give it a class ";
        if (operation.Kind != LabelKind.Label) return others ? $"{why}too, or skip it" : null;
        if (others && operation is { Settle: false, Part: not LabelPart.Classes }
            && label.Shapes.Count + operation.Shapes.Count > 0) return $"{why}alone, or skip it";
        var masks = operation.Part == LabelPart.Classes ? 0 : label.Shapes.Count(s => s is Mask);
        return masks == 0 ? null : $"{path} has {Counted.Of(masks, "mask")} of pixels, which drawing would replace; "
            + "import its shapes with 'vaal import --replace', or clear it first";
    }

    private void Apply(long entry, LabelOperation operation, string who)
    {
        var (label, mark) = (LabelOf(operation.Image), MarkOf(operation.Image));
        if (label is not null) operation = IsMultiLabel ? Kept(operation, label) : KeptOne(operation, label);
        // whoever has settled an image may correct that
        var settled = operation.Settle || (label is { IsSettled: true } && label.Who == who);
        var now = operation.Kind == LabelKind.Label
            ? ToRow(new(operation.Image, operation.Class, LabelRow.JsonOf(operation.Shapes), false, who,
                _clock.GetUtcNow(), Page, settled ? Settled : Page)
            { Classes = operation.Classes }) with
            { Suggested = operation.Suggested }
            : null;
        if (label is not null || now is not null) Change(entry, operation.Image, label, now);
        var marked = operation.Kind switch
        {
            LabelKind.Unsure => "unsure",
            LabelKind.Unusable => "unusable",
            _ => null,
        };
        if (marked != mark) Mark(entry, operation.Image, mark, marked, who);
    }

    /// <param name="at">when it was given, as the database writes times; null: now</param>
    private void Mark(long action, int image, string? before, string? after, string? who, string? at = null)
    {
        var was = _db.Query("select who, at from marks where image = $1", r => (Who: r.Text(0), At: r.Text(1)), image)
            .FirstOrDefault();
        if (after is null) _db.Execute("delete from marks where image = $1", image);
        else
        {
            _db.Execute("insert or replace into marks values ($1, $2, $3, $4)", image, after,
                who ?? Environment.UserName, at ?? Ledger.Stamp(_clock.GetUtcNow()));
        }
        _ledger.Mark(action, image, before, after, was.Who, was.At);
    }
}
