namespace Vaal.Data.Labels;

/// <summary>
/// Spellings of class names. Names that differ only in how their accents are composed look the same and are one class,
/// as of a table from Windows and a folder from macOS: it is spelt as it was first.
/// </summary>
internal sealed class ClassNames
{
    private readonly HashSet<string> _known = [];
    private readonly Dictionary<string, string> _byForm = [];

    /// <param name="known">classes that are there already; each keeps its spelling</param>
    public ClassNames(IEnumerable<string> known)
    {
        foreach (var name in known)
        {
            _known.Add(name);
            _byForm.TryAdd(Canonical.Form(name), name);
        }
    }

    /// <summary>Whether there is a class of that name, however its accents are composed.</summary>
    public bool Knows(string name) =>
        _byForm.TryGetValue(Canonical.Form(name), out var known) && _known.Contains(known);

    /// <summary>The name as it is spelt here.</summary>
    public string Of(string name)
    {
        if (_known.Contains(name)) return name;
        var form = Canonical.Form(name);
        return _byForm.TryGetValue(form, out var spelt) ? spelt : _byForm[form] = name;
    }

    /// <summary>The same of all classes of an entry.</summary>
    public Annotation Of(Annotation given) => given with
    {
        Class = given.Class is null ? null : Of(given.Class),
        Classes = given.Classes is null ? null : ClassSet.Of(given.Classes.Select(Of)),
        Shapes = given.Shapes.All(s => s.Class is null || Of(s.Class) == s.Class) ? given.Shapes
            : [.. given.Shapes.Select(s => s.Class is null ? s : s with { Class = Of(s.Class) })],
    };
}
