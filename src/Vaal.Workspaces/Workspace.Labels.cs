using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>Every label, in no order.</summary>
    internal IReadOnlyList<LabelRow> Labels() =>
        _db.Query($"select {LabelColumns} from labels", r => ToLabel(r));

    /// <summary>What <see cref="ToLabel"/> reads, in this order.</summary>
    internal const string LabelColumns =
        "image, class, shapes, elsewhere, who, at, round, source, suggested, classes";

    /// <summary>The classes that <c>init</c> was told, then those of labels; each once.</summary>
    private IEnumerable<string> KnownClasses()
    {
        string[] offered = Setting("classes") is { } told
            ? System.Text.Json.JsonSerializer.Deserialize<string[]>(told, Json.Options)! : [];
        const string inShapes = "select distinct shape.value ->> 'class' from labels, json_each(shapes) shape "
            + "where shape.value ->> 'class' is not null order by 1";
        return offered.Concat(_db.Query("select distinct class from labels where class is not null order by class",
            r => r.GetString(0)))
            .Concat(_db.Query("select distinct each.value from labels, json_each(classes) each order by 1",
                r => r.GetString(0)))
            .Concat(_db.Query(inShapes, r => r.GetString(0))).Distinct();
    }

    /// <summary>Labels one image, as somebody who looks at it does; what it had is replaced.</summary>
    /// <returns>whether anything changed</returns>
    /// <exception cref="InputException">there is no such image, or classes are declared and this is none of
    /// them</exception>
    internal bool Label(int image, string? @class, IReadOnlyList<Shape>? shapes, string who, string source)
    {
        if ((shapes ?? []).Select(s => s.Class).Append(@class).FirstOrDefault(c => !Text.FitsClass(c)) is { } unfit)
            throw new InputException(Text.Unfit(unfit));
        if ((shapes ?? []).Select(s => Geometry.Problem(s, null)).FirstOrDefault(p => p is not null) is { } impossible)
            throw new InputException(impossible);
        var given = new Given(image, @class, LabelRow.JsonOf(shapes ?? []), false, who, _clock.GetUtcNow(), source,
            source);
        return _db.Transaction(() =>
        {
            if (_db.Number("select count(*) from images where id = $1", image) == 0)
                throw new InputException($"there is no image {image}");
            var report = Take("label", source, [given], [], new() { Replace = true });
            return report.Problems is [var problem, ..]
                ? throw new InputException(problem.Message) : report.Changed > 0;
        });
    }

    /// <summary>A label that somebody gave, before it is known what is there already.</summary>
    private sealed record Given(int Image, string? Class, string? Shapes, bool Elsewhere, string Who,
        DateTimeOffset At, string Where, string Source)
    {
        /// <summary>Where an image may have several classes; null: as <see cref="Class"/> says.</summary>
        public IReadOnlyList<string>? Classes { get; init; }
    }

    /// <summary>Decides for each image what its label becomes, and writes that down. Runs in a transaction.</summary>
    private ImportReport Take(string action, string from, IReadOnlyList<Given> given, List<ImportProblem> problems,
        ImportOptions options)
    {
        var (known, declared, several) = (KnownClasses().ToHashSet(), DeclaredClasses, IsMultiLabel);
        var strange = new Dictionary<string, List<Given>>();
        var (added, completed, replaced, unchanged) = (0, 0, 0, 0);
        var changes = new List<(LabelRow? Before, LabelRow After)>();
        var byImage = given.GroupBy(g => g.Image).ToList();
        foreach (var (done, entries) in byImage.Index())
        {
            options.Cancel.ThrowIfCancellationRequested();
            if (IsToTell(done)) options.Report?.Invoke(new("comparing labels", done, byImage.Count));
            var all = entries.ToList();
            if (all.Find(g => Unfit(g) is not null) is { } unfit)
            {
                problems.Add(new(unfit.Where, $"{Text.Unfit(Unfit(unfit)!)}; {Text.Quote(PathOf(entries.Key))} is "
                    + "left out"));
                continue;
            }
            var row = ToRow(all[0], several);
            var contradiction = false;
            foreach (var next in all.Skip(1))
            {
                if (Combine(row, ToRow(next, several)) is { } both) row = both;
                else contradiction = true;
            }
            if (contradiction)
            {
                var path = PathOf(entries.Key);
                problems.AddRange(all.Select(g => new ImportProblem(g.Where, $"{Text.Quote(path)} is "
                    + $"{ToRow(g).Describe()} here, and something else at "
                        + $"{string.Join(", ", all.Where(o => o != g).Take(3).Select(o => o.Where))}; none is taken")));
                continue;
            }
            var before = LabelOf(entries.Key);
            var after = before is null ? row : Combine(before, row);
            var merged = after ?? (action != "import" ? row
                : Replaced(before!, row, all.Exists(g => g.Class is not null || g.Classes is { Count: > 0 })));
            // what it does not speak of is no contradiction
            if (after == before || after is null && SaysTheSame(before!, merged)) { unchanged++; continue; }
            string[] undeclared = declared.Count == 0 || options.NewClasses ? [] : [.. ClassesOf(row).Except(declared)];
            foreach (var name in undeclared)
            {
                if (!strange.TryAdd(name, all)) strange[name].AddRange(all);
            }
            if (undeclared.Length > 0) continue;
            if (after is null && !options.Replace)
            {
                problems.Add(new(all[0].Where, $"{Text.Quote(PathOf(entries.Key))} is {row.Describe()} here and "
                    + $"{before!.Describe()} in the workspace since "
                        + $"{before.At.UtcDateTime.ToString("yyyy-MM-dd", Invariant)}; it stays (--replace takes "
                            + "the new one)"));
                continue;
            }
            if (before is null) added++;
            else if (after is null) replaced++;
            else completed++;
            changes.Add((before, merged));
        }
        problems.AddRange(strange.Select(s => Undeclared(s.Key, s.Value, declared)));
        if (action == "import") problems.InsertRange(0, Remarks(from, changes));
        string[] news = [.. changes.SelectMany(c => ClassesOf(c.After)).Distinct()
            .Where(c => !known.Contains(c)).Order(StringComparer.Ordinal)];
        var report =
            new ImportReport(added, completed, replaced, unchanged, problems, options.DryRun) { NewClasses = news };
        if (options.DryRun || changes.Count == 0) return report;
        string[] grown = declared.Count == 0 ? [] : [.. declared, .. news];
        var classes = grown.Length > declared.Count ? new { before = declared, after = grown } : null;
        var leftOut = report.LeftOut;
        var id = _ledger.Begin(action, new { from, added, completed, replaced, unchanged, leftOut, classes });
        var marks = Marks();
        foreach (var (done, (before, after)) in changes.Index())
        {
            options.Cancel.ThrowIfCancellationRequested();
            if (IsToTell(done)) options.Report?.Invoke(new("saving labels", done, changes.Count));
            Change(id, after.Image, before, after);
            // a label says more than the mark of somebody who could give none
            if (marks.TryGetValue(after.Image, out var mark)) Mark(id, after.Image, mark.Value, null, null);
        }
        if (classes is not null) SetClasses(grown);
        return report;
    }

    private static bool IsToTell(int done) => done > 0 && done % ImportLog.Every == 0;

    private static IEnumerable<string> ClassesOf(LabelRow label) =>
        label.Classes.Concat(label.Shapes.Select(s => s.Class).OfType<string>()).Distinct();

    private static string? Unfit(Given given) =>
        (given.Classes ?? []).Append(given.Class).FirstOrDefault(c => !Text.FitsClass(c));

    private static ImportProblem Undeclared(string name, List<Given> entries, IReadOnlyList<string> declared) => new(
        entries[0].Where,
        $"{Text.Quote(name)} is no declared class; correct it, or pass --new-classes to add it"
        + Suggested(name, declared))
    {
        Entries = entries.Count,
    };

    /// <summary>What two labels of one image come to: what one of them lacks is taken from the other. Null: they
    /// contradict each other.</summary>
    private LabelRow? Combine(LabelRow old, LabelRow add)
    {
        if (add.Elsewhere) return old;
        if (old.Elsewhere) return add;
        if (old.SetJson != add.SetJson) return null;
        if (Nothing(old) || Nothing(add)) return Nothing(old) && Nothing(add) ? old : null;
        if (old.Class is not null && add.Class is not null && old.Class != add.Class) return null;
        if (old.ShapesJson is not null && add.ShapesJson is not null)
        {
            if (!LabelShapes.Same(old.Shapes, add.Shapes)) return null;
            return old.Class is null && add.Class is not null ? old with { Class = add.Class } : old;
        }
        var (@class, shapes) = (old.Class ?? add.Class, old.ShapesJson ?? add.ShapesJson);
        return @class == old.Class && shapes == old.ShapesJson ? old : add with { Class = @class, ShapesJson = shapes };

        static bool Nothing(LabelRow label) => label is { Class: null, SetJson: null, ShapesJson: null };
    }

    /// <summary>One label in the place of another. What it says nothing of stays, as on the page.</summary>
    /// <param name="ofClasses">it names the classes of the image, not only those of its shapes</param>
    private static LabelRow Replaced(LabelRow old, LabelRow add, bool ofClasses)
    {
        if (add.ShapesJson is null)
        {
            if (!ofClasses) return add;                                               // nothing is in the image
            return add with
            {
                ShapesJson = add.SetJson is null ? old.ShapesJson
                    : LabelRow.JsonOf([.. old.Shapes.Where(s => s.Class is null || add.Classes.Contains(s.Class))]),
            };
        }
        if (ofClasses) return add;
        if (add.SetJson is null) return add with { Class = old.Class };
        var ofShapes = old.Shapes.Select(s => s.Class).OfType<string>();
        return add with { SetJson = ClassSet.ToJson(add.Classes.Concat(old.Classes.Except(ofShapes))) };
    }

    private static bool SaysTheSame(LabelRow a, LabelRow b) =>
        (a.Class, a.SetJson) == (b.Class, b.SetJson) && LabelShapes.Same(a.Shapes, b.Shapes);

    /// <summary>The one place where labels change.</summary>
    private void Change(long action, int image, LabelRow? before, LabelRow? after)
    {
        if (after is null) _db.Execute("delete from labels where image = $1", image);
        else
        {
            _db.Execute("insert or replace into labels values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", image,
                after.Class, after.ShapesJson, after.Elsewhere ? 1 : 0, after.Who, Ledger.Stamp(after.At),
                after.Round, after.Source, after.Suggested ? 1 : 0, after.SetJson);
        }
        _ledger.Label(action, image, before, after);
    }

    private LabelRow ToRow(Given g) => ToRow(g, IsMultiLabel);

    private LabelRow ToRow(Given g, bool several) => new()
    {
        Image = g.Image,
        Class = several ? null : g.Class,
        SetJson = several && !g.Elsewhere ? SetOf(g.Classes, g.Class, g.Shapes) : null,
        ShapesJson = g.Shapes,
        Elsewhere = g.Elsewhere,
        Who = g.Who,
        Source = g.Source,
        At = Ledger.Time(Ledger.Stamp(g.At)),                                        // as it will be read back
        Round = _db.Query("select max(round) from picks join rounds on rounds.id = round where image = $1 and "
            + "undone is null", r => r.Whole(0), g.Image)[0],
    };

    private LabelRow? LabelOf(int image) => _db.Query(
        $"select {LabelColumns} from labels where image = $1",
        r => ToLabel(r), image).FirstOrDefault();

    private string PathOf(int image) => _db.Text("select path from images where id = $1", image)!;

    internal static LabelRow ToLabel(Microsoft.Data.Sqlite.SqliteDataReader r) => new()
    {
        Image = r.GetInt32(0),
        Class = r.Text(1),
        ShapesJson = r.Text(2),
        Elsewhere = r.GetInt32(3) != 0,
        Who = r.GetString(4),
        At = Ledger.Time(r.GetString(5)),
        Round = r.Whole(6),
        Source = r.GetString(7),
        Suggested = r.GetInt32(8) != 0,
        SetJson = r.Text(9),
    };
}
