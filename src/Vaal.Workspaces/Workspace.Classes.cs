using System.Text.Json;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>What a change of the classes did.</summary>
/// <param name="Entry">number in the ledger, for <see cref="Workspace.Undo"/></param>
/// <param name="Images">images whose label changed</param>
/// <param name="Classes">the declared classes now</param>
public sealed record ClassesReport(long Entry, int Images, IReadOnlyList<string> Classes);

public sealed partial class Workspace
{
    /// <summary>The classes that <c>init --classes</c> declared; labels of other classes are refused. Empty: any class
    /// is accepted.</summary>
    public IReadOnlyList<string> DeclaredClasses =>
        Setting("classes") is { } names ? JsonSerializer.Deserialize<string[]>(names, Json.Options)! : [];

    /// <summary>Adds classes to the declared ones.</summary>
    /// <exception cref="InputException">a name is empty, cannot be written by other tools, or is declared
    /// already</exception>
    public ClassesReport AddClasses(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (var name in names) CheckName(name);
        return ChangeClasses("classes add", () =>
        {
            var declared = DeclaredClasses;
            if (names.FirstOrDefault(declared.Contains) is { } twice)
                throw new InputException($"the class {Text.Quote(twice)} is declared already");
            return ([], names, null, [.. declared, .. names.Distinct()]);
        });
    }

    /// <summary>Gives a class another name, in every label and in the declared classes.</summary>
    /// <exception cref="InputException">there is no such class, or there is one of the new name already</exception>
    public ClassesReport RenameClass(string from, string to)
    {
        CheckName(to);
        return ChangeClasses("classes rename", () =>
        {
            var known = KnownClasses().ToHashSet();
            CheckKnown(from, known);
            if (known.Contains(to))
                throw new InputException($"there is a class {Text.Quote(to)} already; 'vaal classes merge' makes "
                    + "one of two");
            return ([from], [to], to, [.. DeclaredClasses.Select(c => c == from ? to : c)]);
        });
    }

    /// <summary>Makes one class of several: labels of <paramref name="from"/> become labels of <paramref
    /// name="into"/>.</summary>
    /// <exception cref="InputException">there is no such class</exception>
    public ClassesReport MergeClasses(IReadOnlyList<string> from, string into)
    {
        ArgumentNullException.ThrowIfNull(from);
        return ChangeClasses("classes merge", () =>
        {
            var known = KnownClasses().ToHashSet();
            foreach (var name in from.Append(into)) CheckKnown(name, known);
            if (from.Contains(into))
                throw new InputException($"the class {Text.Quote(into)} cannot be merged into itself");
            return (from, [into], into, [.. DeclaredClasses.Select(c => from.Contains(c) ? into : c).Distinct()]);
        });
    }

    /// <summary>One action of the ledger: labels of the old classes get the new one, and the declared list
    /// changes.</summary>
    private ClassesReport ChangeClasses(
        string command,
        Func<(IReadOnlyList<string> From, IReadOnlyList<string> To, string? Into, string[] Declared)> decide)
    {
        using var held = LabelsLock(command);
        return _db.Transaction(() =>
        {
            var (from, to, into, declared) = decide();
            var before = DeclaredClasses;
            var changes = into is null ? [] : Labels().Select(l => (Before: l, After: Renamed(l, from, into)))
                .Where(c => c.Before != c.After).OrderBy(c => c.Before.Image).ToList();
            var background = Setting("background") is { } name && into is not null && from.Contains(name) ? name : null;
            var id = _ledger.Begin("classes", new
            {
                how = command.Split(' ')[1],
                from,
                to,
                images = changes.Count,
                classes = new { before, after = declared },
                background,
            });
            foreach (var (was, now) in changes) Change(id, was.Image, was, now);
            SetClasses(declared);
            if (background is not null) Set("background", into!);
            return new ClassesReport(id, changes.Count, declared);
        });
    }

    private static LabelRow Renamed(LabelRow label, IReadOnlyList<string> from, string into)
    {
        bool Old(string? name) => name is not null && from.Contains(name);
        var shapes = label.ShapesJson is null || !label.Shapes.Any(s => Old(s.Class)) ? label.ShapesJson
            : LabelRow.JsonOf([.. label.Shapes.Select(s => Old(s.Class) ? s with { Class = into } : s)]);
        return label with { Class = Old(label.Class) ? into : label.Class, ShapesJson = shapes };
    }

    private void SetClasses(IReadOnlyList<string> names) =>
        Set("classes", JsonSerializer.Serialize(names, Json.Options));

    private static void CheckKnown(string name, HashSet<string> known)
    {
        if (!known.Contains(name))
            throw new InputException($"there is no class {Text.Quote(name)}{Suggested(name, known)}");
    }

    private static void CheckName(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) throw new InputException("expected the name of a class, found nothing");
        if (name != name.Trim()) throw new InputException($"the class {Text.Quote(name)} begins or ends with a blank");
        if (!Text.FitsXml(name)) throw new InputException(Text.Unfit(name));
    }

    private static string Suggested(string name, IReadOnlyCollection<string> known) =>
        Suggestion.Nearest(name, known) is { } near ? $"; did you mean {Text.Quote(near)}?"
        : known.Count == 0 ? "; no class has a label yet"
        : $"; there are: {string.Join(", ", known.Order(StringComparer.Ordinal).Take(20))}{(known.Count > 20
            ? ", …" : "")}";
}
