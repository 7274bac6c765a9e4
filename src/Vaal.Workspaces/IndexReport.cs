using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>What indexing found.</summary>
public sealed class IndexReport : Report
{
    internal IndexReport(
        int images, int added, int changed, int moved, int removed, int back, IReadOnlyList<ImageRow> broken,
        int duplicates, int nearDuplicates, int nearGroups, int test, bool testDrawn, ImportReport? labels,
        IReadOnlyList<string> notes)
    {
        (Images, Added, Changed, Moved, Removed, Back) = (images, added, changed, moved, removed, back);
        (Broken, Duplicates, NearDuplicates, NearGroups) = (broken, duplicates, nearDuplicates, nearGroups);
        (Test, TestDrawn, Labels, Notes) = (test, testDrawn, labels, notes);
    }

    /// <summary>Files that are there.</summary>
    public int Images { get; }

    /// <summary>Not seen before.</summary>
    [JsonInclude]
    internal int Added { get; }

    /// <summary>Whose content is not what it was; labels stay.</summary>
    [JsonInclude]
    internal int Changed { get; }

    /// <summary>Known content under a new name; labels go along.</summary>
    [JsonInclude]
    internal int Moved { get; }

    /// <summary>Not there any more; labels are kept.</summary>
    [JsonInclude]
    internal int Removed { get; }

    /// <summary>Removed earlier, and there again.</summary>
    [JsonInclude]
    internal int Back { get; }

    [JsonInclude]
    internal IReadOnlyList<ImageRow> Broken { get; }

    /// <summary>Files that cannot be decoded, and why, a line each.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Unusable => [.. Broken.Select(b => $"{b.Path}: {b.Reason}")];

    /// <summary>Files whose pixels are another's.</summary>
    [JsonInclude]
    internal int Duplicates { get; }

    /// <summary>Images that look like another one.</summary>
    [JsonInclude]
    internal int NearDuplicates { get; }

    /// <summary>Groups they form.</summary>
    [JsonInclude]
    internal int NearGroups { get; }

    /// <summary>Images of the test set; <see cref="TestDrawn"/>: since now.</summary>
    [JsonInclude]
    internal int Test { get; }

    [JsonInclude]
    internal bool TestDrawn { get; }

    /// <summary>What labels from folders or from the manifest came to; null: none were asked for.</summary>
    public ImportReport? Labels { get; }

    /// <summary>One line each for what else the user must know.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>The image folder.</summary>
    internal string Root { get; init; } = "";

    /// <summary>Other classes are declared now than before, in a workspace that was there.</summary>
    internal bool OtherClasses { get; init; }

    /// <summary>What to do now.</summary>
    internal IReadOnlyList<TextBlock> Steps { get; init; } = [];

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => [.. Lines().Select(TextBlock.Of), .. Steps];

    private IEnumerable<string> Lines()
    {
        string[] changes =
        [
            .. new (int Count, string What)[]
            {
                (Added, "new"), (Changed, "changed"), (Moved, "renamed"), (Removed, "removed"), (Back, "back again"),
            }.Where(c => c.Count > 0).Select(c => $"{c.Count:N0} {c.What}"),
            .. OtherClasses ? ["other classes are declared"] : Array.Empty<string>(),
        ];
        var changed = changes.Length == 0 ? "nothing has changed" : string.Join(", ", changes);
        yield return $"{Counted.Of(Images, "image")} in {Root}: {changed}";
        if (Broken.Count > 0) yield return $"  {Broken.Count:N0} cannot be used";
        if (Duplicates > 0)
            yield return $"  {Duplicates:N0} {Counted.Has(Duplicates)} the same pixels as another image and "
                + $"{Counted.Is(Duplicates)} left out";
        if (NearDuplicates > 0)
            yield return $"  {NearDuplicates:N0} look alike, in {Counted.Of(NearGroups, "group")}";
        if (Test > 0) yield return $"  {Test:N0} {Counted.Is(Test)} the test set{(TestDrawn ? ", from now on" : "")}";
        if (Labels is { } labels)
        {
            var leftOut = labels.LeftOut > 0 ? $", {labels.LeftOut:N0} left out" : "";
            yield return $"  {Counted.Of(labels.Changed, "label")} read from folders or table{leftOut}";
        }
    }
}
