using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Data.Labels;

/// <summary>A part of an image that is to be labelled on its own, in pixels of the original.</summary>
internal sealed record ChosenRegion(int X, int Y, int Width, int Height)
{
    /// <summary>Place among all regions of the round, from 1.</summary>
    public int Rank { get; init; }

    /// <summary>Higher is more worth labelling; null where the strategy gives none.</summary>
    public double? Score { get; init; }

    /// <summary>Why it was chosen, in words.</summary>
    public string? Reason { get; init; }

    /// <summary>As a media fragment of the W3C: <c>street.png#xywh=60,0,60,60</c>.</summary>
    public string In(string image)
        => string.Create(CultureInfo.InvariantCulture, $"{image}#xywh={X},{Y},{Width},{Height}");

    /// <summary>In words, for a person.</summary>
    [JsonIgnore]
    internal string Words => string.Create(CultureInfo.InvariantCulture,
        $"{Width} × {Height} pixels, {X} from the left and {Y} from the top");
}
