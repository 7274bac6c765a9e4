namespace Vaal.Workspaces;

/// <summary>What is wrong with a workspace.</summary>
public sealed class CheckReport
{
    internal CheckReport(
        IReadOnlyList<string> database, IReadOnlyList<string> files, IReadOnlyList<string> made,
        IReadOnlyList<string> repaired) =>
        (Database, Files, Made, Repaired) = (database, files, made, repaired);

    /// <summary>By table and row; it stays as it is, because it holds the labels.</summary>
    public IReadOnlyList<string> Database { get; internal init; }

    /// <summary>Image files that are not as the index says; <c>vaal init</c> updates the index.</summary>
    public IReadOnlyList<string> Files { get; internal init; }

    /// <summary>Caches and features that are damaged: what vaal can make again.</summary>
    public IReadOnlyList<string> Made { get; internal init; }

    /// <summary>Of <see cref="Made"/>, what was repaired.</summary>
    public IReadOnlyList<string> Repaired { get; internal init; }

    /// <summary>Nothing is wrong, or all of it was repaired.</summary>
    public bool Sound => Database.Count + Files.Count == 0 && Made.Count == Repaired.Count;
}
