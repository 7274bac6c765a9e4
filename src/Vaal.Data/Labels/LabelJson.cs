using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vaal.Data.Labels;

/// <summary>
/// How JSON label files are written: names in lower case with underscores, nothing where there is nothing.
/// </summary>
internal static class LabelJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Writes a file item by item: lists that are made on the way are never whole in memory.</summary>
    public static void Write<T>(string path, T value)
        => AtomicFile.Create(path, stream => JsonSerializer.Serialize(stream, value, Options));
}

/// <summary>Why an image was chosen: what every JSON format carries beside its own fields.</summary>
internal abstract record PlacedJson
{
    protected PlacedJson(ExportRow row)
    {
        (Rank, Score, Reason) = (row.Rank, Finite(row.Score), row.Reason);
        Regions = row.Regions.Count == 0 ? null : row.Regions.Select(r => new RegionJson(r, row.Image));
    }

    public int? Rank { get; }
    public double? Score { get; }
    public string? Reason { get; }
    public IEnumerable<RegionJson>? Regions { get; }

    internal static double? Finite(double? score) => score is { } s && double.IsFinite(s) ? s : null;
}

/// <summary>A part of an image that is to be labelled.</summary>
internal sealed record RegionJson(string Place, int Rank, double? Score, string? Reason)
{
    public RegionJson(ChosenRegion region, string image)
        : this(region.In(image), region.Rank, PlacedJson.Finite(region.Score), region.Reason)
    {
    }
}
