using System.Globalization;
using System.Text.Json;
using Vaal.Data.Fetch;

namespace Vaal.Encoders;

/// <summary>The encoders of the table, and what of them is in a folder.</summary>
internal sealed class KnownEncoders(string? folder) : Report
{
    private readonly DataStore _store = FetchedEncoder.Store(folder);

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
    [
        TextBlock.Table(["name", "features", "MB", "licence", "here", "what"], PretrainedEncoders.All.Values.Select(
            e => (string[])[e.Name, Number(e.FeatureDim), Bytes(e) is > 0 and var bytes
                ? (bytes / 1e6).ToString("N0", CultureInfo.InvariantCulture) : "", e.Licence, Here(e), e.Description])),
    ];

    /// <inheritdoc/>
    public override string ToJson() => JsonSerializer.Serialize(PretrainedEncoders.All.Values.Select(e => new
    {
        e.Name,
        e.Description,
        features = e.FeatureDim,
        e.Licence,
        bytes = Bytes(e),
        here = e.Source is null || _store.Holds(e.Source),
        folder = e.Source is null ? null : _store.Folder(e.Source),
        bytesHere = e.Source is null ? 0 : _store.Partly(e.Source),
    }), Json.Options);

    private static long Bytes(EncoderEntry encoder) => encoder.Source?.Bytes ?? 0;

    private string Here(EncoderEntry encoder) =>
        encoder.Source is { } source ? _store.Words(source) : "comes with vaal";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
