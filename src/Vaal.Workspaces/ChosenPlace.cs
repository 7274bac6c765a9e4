using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>What a round chose: an image, or a region of one.</summary>
public sealed class ChosenPlace
{
    internal ChosenPlace(string place, int? rank, double? score, string? reason) =>
        (Place, Rank, Score, Reason) = (place, rank, score, reason);

    /// <summary>Path of the image, relative to the image folder; of a region <c>street.png#xywh=60,0,60,60</c>, in
    /// pixels.</summary>
    [JsonPropertyName("path")]
    public string Place { get; }

    /// <summary>From 1, best first.</summary>
    [JsonInclude]
    internal int? Rank { get; }

    /// <summary>Higher is more worth labelling; null where the strategy gives none.</summary>
    public double? Score { get; }

    /// <summary>In words.</summary>
    public string? Reason { get; }
}
