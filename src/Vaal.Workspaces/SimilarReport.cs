using System.Globalization;
using System.Text.Json.Serialization;

namespace Vaal.Workspaces;

/// <summary>An image of the workspace that is like another.</summary>
/// <param name="Path">relative to the image folder</param>
/// <param name="Similarity">cosine of the features less their mean, −1..1; 1: the same</param>
/// <param name="Label">its class; null: it has none</param>
/// <param name="Test">of the test set</param>
internal sealed record SimilarImage(string Path, double Similarity, string? Label, bool Test);

/// <summary>The images that are most like one image.</summary>
public sealed class SimilarReport : Report
{
    internal SimilarReport(string image, IReadOnlyList<SimilarImage> similar) => (Image, Similar) = (image, similar);

    [JsonInclude]
    internal string Image { get; }

    [JsonInclude]
    internal IReadOnlyList<SimilarImage> Similar { get; }

    /// <summary>The most similar first: its path, relative to the image folder, and the cosine of the features less
    /// their mean, −1..1; 1: the same.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Path, double Similarity)> Images => [.. Similar.Select(s => (s.Path, s.Similarity))];

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
    [
        TextBlock.Table(["similarity", "image", "label"], Similar.Select(s => new[]
        {
            s.Similarity.ToString("0.000", CultureInfo.InvariantCulture), s.Path,
            (s.Label ?? "") + (s.Test ? " (test set)" : ""),
        })),
    ];
}
