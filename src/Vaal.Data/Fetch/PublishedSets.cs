using System.Globalization;
using System.Text.Json;

namespace Vaal.Data.Fetch;

/// <summary>The data sets that others publish, and what of them is in a folder.</summary>
internal sealed class PublishedSets(string? root) : Report
{
    private readonly DataStore _store = new(root);

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
    [
        TextBlock.Table(["name", "images", "MB", "here"], All.Select(s => (string[])[s.Name, s.Images,
            s.Instead is null ? (s.Bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture) : "", Here(s)])),
        TextBlock.Of(""),
        TextBlock.Of("Terms of use:"),
        .. All.Select(s => TextBlock.Of($"  {s.Name}: {s.Terms}")),
        .. All.Select(s => s.Instead).OfType<string>().Select(TextBlock.Of),
    ];

    /// <inheritdoc/>
    public override string ToJson() => JsonSerializer.Serialize(All.Select(s => new
    {
        s.Name,
        poolImages = Number(s.Images, 0),
        testImages = Number(s.Images, 1),
        bytes = s.Instead is null ? s.Bytes : (long?)null,
        s.Terms,
        fetched = _store.Holds(s),
        bytesHere = s.Instead is null ? _store.Partly(s) : (long?)null,
        folder = s.Instead is null ? _store.Folder(s) : null,
        s.Instead,
    }), Json.Options);

    private static IEnumerable<DataSource> All => DataSources.All.Values;

    private string Here(DataSource set) => set.Instead is null ? _store.Words(set) : "by its path";

    // of "50,000 + 10,000" the pool's or the test set's; null: there is none
    private static int? Number(string images, int part) =>
        images.Split('+').ElementAtOrDefault(part) is { } number
        && int.TryParse(number, NumberStyles.AllowThousands | NumberStyles.AllowLeadingWhite
            | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count) ? count : null;
}
