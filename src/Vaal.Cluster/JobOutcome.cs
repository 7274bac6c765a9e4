using System.Globalization;
using System.Text.Json.Serialization;
using Vaal.Cluster.Work;

namespace Vaal.Cluster;

/// <summary>An image without features, and why.</summary>
internal sealed record UnreadableImage(string Location, string Problem);

/// <summary>What a job is, or what it came to.</summary>
public sealed class JobOutcome : Report
{
    private const int MostRows = 10;

    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    internal JobOutcome(string name, string output, int images, int leftOut) =>
        (Name, Output, Images, LeftOut) = (name, output, images, leftOut);

    [JsonInclude]
    internal string Name { get; }

    /// <summary>Its output store: a folder, or an address.</summary>
    public string Output { get; }

    [JsonInclude]
    internal int Images { get; }

    /// <summary>Entries of the pool that could not be used.</summary>
    public int LeftOut { get; }

    /// <summary>Images without features; null: the job was only prepared.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal int? UnreadableCount { get; init; }

    /// <summary>The first of them; null likewise.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyList<UnreadableImage>? Unreadable { get; init; }

    /// <summary>Best first, none where the job only embedded; null likewise.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal IReadOnlyList<JobPick>? Picks { get; init; }

    /// <summary>The chosen images, best first: paths or addresses, as in the pool. Empty where the job only embedded,
    /// or was only prepared.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Chosen => [.. (Picks ?? []).Select(p => p.Location)];

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
        Picks is { } picks && Unreadable is { } unreadable && UnreadableCount is { } count
            ? [.. Done(picks, unreadable, count)]
            : [TextBlock.Of($"job {Name}: {Counted.Of(Images, "image")}")];

    private IEnumerable<TextBlock> Done(
        IReadOnlyList<JobPick> picks, IReadOnlyList<UnreadableImage> unreadable, int count)
    {
        yield return TextBlock.Table(["rank", "score", "image"], picks.Take(MostRows)
            .Select(pick => (string[])[$"{pick.Rank}", PlainTable.Number(pick.Score), pick.Location]));
        if (picks.Count > MostRows)
            yield return TextBlock.Of(string.Create(Invariant, $"and {picks.Count - MostRows:N0} more"));
        foreach (var (location, problem) in unreadable.Take(MostRows))
            yield return TextBlock.Of($"no features of {location}: {problem}");
        if (count > MostRows)
            yield return TextBlock.Of(string.Create(
                Invariant, $"no features of {count - MostRows:N0} more; --json names up to 1,000"));
        yield return TextBlock.Of(picks.Count == 0
            ? $"features of {Counted.Of(Images - count, "image")}; they are in {Output}/rows"
            : string.Create(Invariant, $"{picks.Count:N0} of {Counted.Of(Images, "image")} chosen; ")
                + $"{Output}/choose/0000/000000.json has them all");
    }
}
