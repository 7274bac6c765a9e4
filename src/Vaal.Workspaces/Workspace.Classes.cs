using System.Text.Json;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

public sealed partial class Workspace
{
    /// <summary>The classes that <c>init --classes</c> declared; labels of other classes are refused. Empty: any class
    /// is accepted.</summary>
    internal IReadOnlyList<string> DeclaredClasses =>
        Setting("classes") is { } names ? JsonSerializer.Deserialize<string[]>(names, Json.Options)! : [];

    /// <summary>Every class, declared or in use, with its labelled images in the pool and in the test set, rarest
    /// first.</summary>
    public Report Classes() => _db.Snapshot(() =>
    {
        var (declared, classes) = (DeclaredClasses, CountClasses());
        return new ListReport(
            classes.Select(c => new { c.Class, c.Pool, c.Test, declared = declared.Contains(c.Class) }),
            [ClassesReport.Table(classes, declared)]);
    });

    // the first time, those in use are declared too: their labels would be refused from then on
    private IReadOnlyList<string> DeclaredOrUsed =>
        DeclaredClasses is { Count: > 0 } declared ? declared : [.. ClassesSaid().Order(StringComparer.Ordinal)];

    // a class may be that of a blind label only
    private IEnumerable<string> ClassesSaid() =>
        KnownClasses().Union(Votes().Values.SelectMany(v => v).SelectMany(v => v.Classes));

    /// <summary>Declares these classes instead of those that are; an entry of the ledger, unless the workspace is
    /// new.</summary>
    /// <returns>what a person must know: names that are easily confused, labels of classes that are none of
    /// them</returns>
    private IEnumerable<string> DeclareClasses(IReadOnlyList<string> names, bool first)
    {
        if (names.SequenceEqual(DeclaredClasses)) return [];
        if (first) SetClasses(names);
        else ChangeClasses("declare", [], names, null, [.. names]);
        if (names.Count == 0) return [];
        var alike = names.Distinct().GroupBy(Folded).Where(g => g.Count() > 1).Select(g => "the classes "
            + $"{ClassSet.Words([.. g])} differ only in case, or in how accents are composed; 'vaal classes merge' "
            + "makes one of two");
        var others = Labels().SelectMany(ClassesOf).Where(c => !names.Contains(c)).CountBy(c => c)
            .OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).ToList();
        var notes = alike.Concat(others.Take(10).Select(c => $"{Counted.Of(c.Value, "label")} {Counted.Has(c.Value)} "
            + $"the class {Text.Quote(c.Key)}, which is not declared{Suggested(c.Key, names)}"));
        var more = others.Count - 10;
        return more <= 0 ? notes : notes.Append($"{Counted.Of(more, "more class", "more classes")} of labels "
            + $"{Counted.Is(more)} not declared; 'vaal classes list' has all");
    }

    /// <summary>Adds classes to the declared ones; where there are none, those in use are declared too.</summary>
    /// <exception cref="InputException">there is no name, a name is empty, cannot be written by other tools, or is
    /// declared already</exception>
    public ClassesReport AddClasses(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        if (names.Count == 0) throw new InputException("expected the name of a class to add, found none");
        foreach (var name in names) CheckName(name);
        return ChangeClasses("classes add", () =>
        {
            if (names.FirstOrDefault(DeclaredClasses.Contains) is { } twice)
                throw new InputException($"the class {Text.Quote(twice)} is declared already");
            return ([], names, null, [.. DeclaredOrUsed.Union(names)]);
        });
    }

    /// <summary>Gives a class another name, in every label, in what people said blind and in the declared
    /// classes.</summary>
    /// <exception cref="InputException">there is no such class, or there is one of the new name already</exception>
    public ClassesReport RenameClass(string from, string to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        CheckName(to);
        return ChangeClasses("classes rename", () =>
        {
            var known = ClassesSaid().ToHashSet();
            CheckKnown(from, known);
            if (known.Contains(to))
                throw new InputException($"there is a class {Text.Quote(to)} already; 'vaal classes merge' makes "
                    + "one of two");
            return ([from], [to], to, [.. DeclaredClasses.Select(c => c == from ? to : c)]);
        });
    }

    /// <summary>Makes one class of several: labels of <paramref name="from"/> become labels of <paramref
    /// name="into"/>, and so does what people said blind.</summary>
    /// <exception cref="InputException">there is no such class</exception>
    public ClassesReport MergeClasses(IReadOnlyList<string> from, string into)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(into);
        if (from.Count == 0) throw new InputException("expected the name of a class to merge, found none");
        return ChangeClasses("classes merge", () =>
        {
            var known = ClassesSaid().ToHashSet();
            foreach (var name in from.Append(into)) CheckKnown(name, known);
            if (from.Contains(into))
                throw new InputException($"the class {Text.Quote(into)} cannot be merged into itself");
            return (from, [into], into, [.. DeclaredClasses.Select(c => from.Contains(c) ? into : c).Distinct()]);
        });
    }

    /// <summary>How classes look on the page, by name.</summary>
    internal IReadOnlyDictionary<string, ClassLook> ClassLooks => Setting("looks") is { } json
        ? JsonSerializer.Deserialize<Dictionary<string, ClassLook>>(json, Json.Options)!
        : new Dictionary<string, ClassLook>();

    /// <summary>A change of the classes by a person on the page; the same operation given twice counts once.</summary>
    /// <param name="action"><c>add</c>, <c>rename</c>, <c>merge</c>, <c>color</c> or <c>key</c></param>
    /// <param name="to">the new name, the class to merge into, the colour or the key</param>
    /// <exception cref="InputException">there is no such class or action, or the new name cannot be used</exception>
    internal void ChangeClasses(string op, string action, string name, string? to, string who) =>
        _db.Transaction(() =>
        {
            var said = Said("classes", who, action, name, to);
            if (EntryOf(op, "classes", who, said) is not null) return;
            var known = ClassesSaid().ToHashSet();
            var declared = DeclaredOrUsed;
            if (action != "add") CheckKnown(name, known);
            var entry = action switch
            {
                "add" => Added(),
                "rename" => Renamed(),
                "merge" => Merged(),
                "color" or "key" => Looked(),
                _ => throw new InputException(
                    $"expected add, rename, merge, color or key, found {Text.Quote(action)}"),
            };
            Remember(op, entry, said);

            long Added()
            {
                CheckName(name);
                if (known.Contains(name)) throw new InputException($"there is a class {Text.Quote(name)} already");
                return ChangeClasses("add", [], [name], null, [.. declared, name], who).Entry;
            }

            long Renamed()
            {
                CheckName(to ?? "");
                if (known.Contains(to!)) throw new InputException(
                    $"there is a class {Text.Quote(to!)} already; merge the two instead");
                return ChangeClasses("rename", [name], [to!], to, [.. declared.Select(c => c == name ? to! : c)], who)
                    .Entry;
            }

            long Merged()
            {
                CheckKnown(to ?? "", known);
                if (to == name) throw new InputException($"the class {Text.Quote(name)} cannot be merged into itself");
                return ChangeClasses("merge", [name], [to!], to,
                    [.. declared.Select(c => c == name ? to! : c).Distinct()], who).Entry;
            }

            long Looked()
            {
                if (action == "color" && to is not null && !IsColor(to))
                    throw new InputException($"expected a colour such as #3366cc, found {Text.Quote(to)}");
                if (action == "key" && to is { Length: not 1 })
                    throw new InputException($"expected one key, found {Text.Quote(to)}");
                var before = ClassLooks;
                var after = before.ToDictionary();
                var look = after.GetValueOrDefault(name) ?? new(null, null);
                after[name] = action == "color" ? look with { Color = to } : look with { Key = to };
                // a key belongs to one class
                if (action == "key" && to is not null)
                    foreach (var other in before.Where(l => l.Value.Key == to && l.Key != name))
                        after[other.Key] = other.Value with { Key = null };
                var id = _ledger.Begin("classes", new
                {
                    how = action,
                    from = new[] { name },
                    value = to,
                    looks = new LookChange(before, after),
                }, who);
                SetLooks(after);
                return id;
            }
        });

    private static bool IsColor(string text) =>
        text.Length == 7 && text[0] == '#' && text[1..].All(char.IsAsciiHexDigit);

    /// <summary>One action of the ledger: labels and votes of the old classes get the new one, and the declared list
    /// changes.</summary>
    private ClassesReport ChangeClasses(
        string command,
        Func<(IReadOnlyList<string> From, IReadOnlyList<string> To, string? Into, string[] Declared)> decide)
    {
        using var held = LabelsLock(command);
        return _db.Transaction(() =>
        {
            var (from, to, into, declared) = decide();
            return ChangeClasses(command.Split(' ')[1], from, to, into, declared);
        });
    }

    private ClassesReport ChangeClasses(string how, IReadOnlyList<string> from, IReadOnlyList<string> to, string? into,
        string[] declared, string? who = null)
    {
        var before = DeclaredClasses;
        var changes = into is null ? [] : Labels().Select(l => (Before: l, After: Renamed(l, from, into)))
            .Where(c => c.Before != c.After).OrderBy(c => c.Before.Image).ToList();
        var background = Setting("background") is { } name && into is not null && from.Contains(name) ? name : null;
        var looks = LooksOf(from, into);
        var id = _ledger.Begin("classes", new
        {
            how,
            from,
            to,
            images = changes.Count,
            classes = new { before, after = declared },
            background,
            looks,
        }, who);
        // before the labels, of which there are more: an undo looks for each vote among these parts
        if (into is not null) RenameVotes(id, from, into);
        foreach (var (was, now) in changes) Change(id, was.Image, was, now);
        SetClasses(declared);
        if (background is not null) Set("background", into!);
        if (looks is not null) SetLooks(looks.After);
        return new ClassesReport(id, changes.Count, declared);
    }

    // a class that gets another name keeps its colour and key, unless that name has its own
    private LookChange? LooksOf(IReadOnlyList<string> from, string? into)
    {
        var before = ClassLooks;
        if (into is null || !from.Any(before.ContainsKey)) return null;
        var after = before.Where(l => !from.Contains(l.Key)).ToDictionary();
        after.TryAdd(into, before[from.First(before.ContainsKey)]);
        return new(before, after);
    }

    private static LabelRow Renamed(LabelRow label, IReadOnlyList<string> from, string into)
    {
        bool Old(string? name) => name is not null && from.Contains(name);
        var shapes = label.ShapesJson is null || !label.Shapes.Any(s => Old(s.Class)) ? label.ShapesJson
            : LabelRow.JsonOf([.. label.Shapes.Select(s => Old(s.Class) ? s with { Class = into } : s)]);
        return label with
        {
            Class = Old(label.Class) ? into : label.Class,
            SetJson = RenamedSet(label.SetJson, from, into),
            ShapesJson = shapes,
        };
    }

    private static string? RenamedSet(string? set, IReadOnlyList<string> from, string into) =>
        set is null || !ClassSet.OfJson(set).Any(c => from.Contains(c)) ? set
        : ClassSet.ToJson(ClassSet.OfJson(set).Select(c => from.Contains(c) ? into : c));

    private void SetClasses(IReadOnlyList<string> names) =>
        Set("classes", JsonSerializer.Serialize(names, Json.Options));

    private void SetLooks(IReadOnlyDictionary<string, ClassLook> looks) =>
        Set("looks", JsonSerializer.Serialize(looks, Json.Options));

    private static void CheckKnown(string name, HashSet<string> known)
    {
        if (!known.Contains(name))
            throw new InputException($"there is no class {Text.Quote(name)}{Suggested(name, known)}");
    }

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new InputException("expected the name of a class, found nothing");
        if (name != Text.Trimmed(name)) throw new InputException(Text.Untrimmed(name));
        if (!Text.FitsClass(name)) throw new InputException(Text.Unfit(name));
    }

    private static string Suggested(string name, IReadOnlyCollection<string> known) =>
        Suggestion.Nearest(name, known) is { } near ? $"; did you mean {Text.Quote(near)}?"
        : known.Count == 0 ? "; no class has a label yet"
        : $"; there are: {string.Join(", ", known.Order(StringComparer.Ordinal).Take(20))}{(known.Count > 20
            ? ", …" : "")}";
}
