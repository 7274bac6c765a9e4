using System.Text.Json.Serialization;
using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>What an import did, or would do.</summary>
public sealed class ImportReport : Report
{
    private const int MostClasses = 30;

    internal ImportReport(
        int added, int completed, int replaced, int unchanged, IReadOnlyList<ImportProblem> problems, bool dryRun)
    {
        (Added, Completed, Replaced, Unchanged, Problems) = (added, completed, replaced, unchanged, problems);
        DryRun = dryRun;
    }

    /// <summary>Images that had no label.</summary>
    [JsonInclude]
    internal int Added { get; }

    /// <summary>Images whose label got a class or shapes that it lacked.</summary>
    [JsonInclude]
    internal int Completed { get; }

    /// <summary>Images whose label became another.</summary>
    [JsonInclude]
    internal int Replaced { get; }

    /// <summary>Images that had this label already.</summary>
    public int Unchanged { get; }

    /// <summary>Entries that were left out, and why: unknown images, contradictions, what is malformed. Remarks on
    /// labels that were taken are among them; a remark counts 0 entries.</summary>
    [JsonInclude]
    internal IReadOnlyList<ImportProblem> Problems { get; }

    [JsonInclude]
    internal bool DryRun { get; }

    /// <summary>Images that got a label, or whose label changed.</summary>
    public int Changed => Added + Completed + Replaced;

    /// <summary>Entries that <see cref="Problems"/> are about: a problem of many entries is named once.</summary>
    [JsonInclude]
    internal int LeftOut => Problems.Sum(p => p.Entries);

    /// <summary>Classes that no label and no declaration named before.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> NewClasses { get; init; } = [];

    /// <summary>What was left out and why, and what is odd about labels that were taken, a line each.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Notes => [.. Problems.Select(p => $"{p}")];

    /// <summary>Classes that are new in a workspace that has some, or that look like another class, a line each.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<string> ClassNotes => [.. NotesOnClasses()];

    /// <summary>The classes that were there before.</summary>
    internal IReadOnlyList<string> Known { get; set; } = [];

    /// <summary>What to do now.</summary>
    internal IReadOnlyList<TextBlock> Steps { get; set; } = [];

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => [.. Lines().Select(TextBlock.Of), .. Steps];

    private IEnumerable<string> Lines()
    {
        var verb = DryRun ? "would be" : Added == 1 ? "was" : "were";
        string?[] parts =
        [
            $"{Counted.Of(Added, "label")} {verb} added",
            Completed > 0 ? $"{Completed:N0} completed" : null,
            Replaced > 0 ? $"{Replaced:N0} replaced" : null,
            Unchanged > 0 ? $"{Unchanged:N0} already there" : null,
            LeftOut > 0 ? $"{Counted.Of(LeftOut, "entry", "entries")} left out, listed above" : null,
        ];
        yield return string.Join(", ", parts.OfType<string>());
        if (Known.Count == 0 && NewClasses.Count > 0)
            yield return $"{Counted.Of(NewClasses.Count, "class", "classes")}: "
                + string.Join(", ", NewClasses.Take(MostClasses)) + (NewClasses.Count > MostClasses ? ", …" : "");
    }

    // at the first import every class is new: then only names that look like one class written in two ways
    private IEnumerable<string> NotesOnClasses()
    {
        foreach (var (i, name) in NewClasses.Index())
        {
            var near = Known.Concat(NewClasses.Take(i)).FirstOrDefault(n => Alike(n) == Alike(name))
                ?? Suggestion.Nearest(name, Known);
            if (near is not null)
                yield return $"'{name}' is a new class; if you meant '{near}': vaal classes merge '{name}' '{near}'";
            else if (Known.Count > 0) yield return $"'{name}' is a new class";
        }
    }

    // letters and digits, whatever the case
    private static string Alike(string name) =>
        string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant() is { Length: > 0 } letters ? letters : name;
}
