using System.Globalization;
using System.Text.Json.Serialization;
using Vaal.Data.Learning;

namespace Vaal.Workspaces;

/// <summary>Labels that may be wrong.</summary>
public sealed class ReviewReport : Report
{
    /// <param name="labels">those that are listed</param>
    /// <param name="suspected">how many there are in all</param>
    internal ReviewReport(IReadOnlyList<SuspectLabel> labels, int suspected) =>
        (Labels, Suspected) = (labels, suspected);

    [JsonInclude]
    internal int Suspected { get; }

    [JsonInclude]
    internal IReadOnlyList<SuspectLabel> Labels { get; }

    /// <summary>Where <see cref="Workspace.ExportReview"/> wrote them; null: nowhere.</summary>
    [JsonInclude]
    internal string? Export { get; set; }

    /// <summary>Image, its label, and what a model that did not see the label takes the image for; the most suspected
    /// first.</summary>
    [JsonIgnore]
    public IReadOnlyList<(string Path, string Given, string Believed)> Suspects =>
        [.. Labels.Select(s => (s.Path, s.Given, s.Believed))];

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => [.. Blocks()];

    private IEnumerable<TextBlock> Blocks()
    {
        if (Labels.Count > 0)
            yield return TextBlock.Table(["image", "label", "predicted", "probability", "of the label"], Labels.Select(
                s => new[]
                {
                    s.Path, s.Given, s.Believed, Number(s.BelievedProbability), Number(s.GivenProbability),
                }));
        if (Suspected > Labels.Count)
            yield return TextBlock.Of($"and {Suspected - Labels.Count:N0} more; -n lists them");
        yield return TextBlock.Of(Suspected == 0 ? "No label is suspected."
            : $"{Counted.Of(Suspected, "label")} may be wrong. Nothing was changed.");
        if (Export is not null) yield return TextBlock.Of($"  {Export}");
    }

    private static string Number(double p) => p.ToString("0.000", CultureInfo.InvariantCulture);
}
