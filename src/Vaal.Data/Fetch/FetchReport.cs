using System.Text.Json.Serialization;

namespace Vaal.Data.Fetch;

/// <summary>What a fetch of a data set or of an encoder came to.</summary>
public sealed class FetchReport : Report
{
    internal FetchReport(string name, bool fetched, string? folder) =>
        (Name, Fetched, Folder) = (name, fetched, folder);

    [JsonInclude]
    internal string Name { get; }

    /// <summary>False: it was there already, and whole.</summary>
    [JsonInclude]
    internal bool Fetched { get; }

    /// <summary>Where it lies; null: it is an encoder that is no download.</summary>
    public string? Folder { get; }

    /// <summary>On which a data set may be used; null: it is an encoder.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal string? Terms { get; init; }

    /// <summary>Of an encoder's weights; null: it is a data set.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal string? Licence { get; init; }

    /// <summary>How others find an encoder in a folder where they do not look by themselves; null: they do, or it is a
    /// data set.</summary>
    [JsonInclude, JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    internal string? Note { get; init; }

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose)
    {
        var fetched = TextBlock.Of(
            Folder is null ? $"{Name} comes with vaal; there is nothing to fetch"
                : $"{Name} {(Fetched ? "is now" : "was already")} in {Folder}, "
                    + (Licence is null ? $"every file verified. Terms: {Terms}" : $"verified. Licence: {Licence}"));
        return Note is null ? [fetched] : [fetched, TextBlock.Of(Note)];
    }
}
