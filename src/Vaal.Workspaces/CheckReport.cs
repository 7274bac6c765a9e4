using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>What is wrong with a workspace.</summary>
public sealed class CheckReport : Report
{
    internal CheckReport(
        IReadOnlyList<string> database, IReadOnlyList<string> files, IReadOnlyList<string> made,
        IReadOnlyList<string> repaired) =>
        (Database, Files, Made, Repaired) = (database, files, made, repaired);

    /// <summary>By table and row; it stays as it is, because it holds the labels.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> Database { get; }

    /// <summary>Image files that are not as the index says; <c>vaal init</c> updates the index.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> Files { get; }

    /// <summary>Caches and features that are damaged: what vaal can make again.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> Made { get; }

    /// <summary>Of <see cref="Made"/>, what was repaired.</summary>
    [JsonInclude]
    internal IReadOnlyList<string> Repaired { get; }

    /// <summary>Nothing is wrong, or all of it was repaired.</summary>
    public bool Sound => Database.Count + Files.Count == 0 && Made.Count == Repaired.Count;

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => [.. Lines().Select(TextBlock.Of)];

    private IEnumerable<string> Lines()
    {
        foreach (var fault in Database) yield return $"database: {fault}";
        foreach (var problem in Files) yield return $"images: {problem}";
        foreach (var damage in Made) yield return $"damaged: {damage}";
        foreach (var mended in Repaired) yield return $"repaired: {mended}";
        if (Database.Count > 0) yield return "restore vaal.db from a copy; vaal changed nothing in it";
        else if (Made.Count > Repaired.Count) yield return "run 'vaal check --repair' to rebuild it";
        else if (Sound) yield return "database, images, caches and features are whole";
    }
}
