using Vaal.Data.Labels;

namespace Vaal.Workspaces;

/// <summary>What an import did, or would do.</summary>
public sealed class ImportReport
{
    internal ImportReport(
        int added, int completed, int replaced, int unchanged, IReadOnlyList<ImportProblem> problems, bool dryRun)
    {
        (Added, Completed, Replaced, Unchanged, Problems) = (added, completed, replaced, unchanged, problems);
        DryRun = dryRun;
    }

    /// <summary>Images that had no label.</summary>
    public int Added { get; internal init; }

    /// <summary>Images whose label got a class or shapes that it lacked.</summary>
    public int Completed { get; internal init; }

    /// <summary>Images whose label became another.</summary>
    public int Replaced { get; internal init; }

    /// <summary>Images that had this label already.</summary>
    public int Unchanged { get; internal init; }

    /// <summary>Entries that were left out, and why: unknown images, contradictions, what is malformed. Remarks on
    /// labels that were taken are among them; a remark counts 0 entries.</summary>
    public IReadOnlyList<ImportProblem> Problems { get; internal init; }

    public bool DryRun { get; internal init; }

    public int Changed => Added + Completed + Replaced;

    /// <summary>Entries that <see cref="Problems"/> are about: a problem of many entries is named once.</summary>
    public int LeftOut => Problems.Sum(p => p.Entries);

    /// <summary>Classes that no label and no declaration named before.</summary>
    public IReadOnlyList<string> NewClasses { get; internal init; } = [];
}
