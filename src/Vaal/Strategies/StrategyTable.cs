using System.Text.Json;
using Vaal.Models;
using Vaal.Training;

namespace Vaal.Strategies;

/// <summary>Every query strategy in a line, and what it needs.</summary>
internal sealed class StrategyTable : Report
{
    /// <summary>A strategy and what it goes with.</summary>
    /// <param name="NeedsLabels">without a label another chooses</param>
    /// <param name="NeedsClasses">it computes with the classes of labelled images, or asks a network that learns
    /// them</param>
    /// <param name="NeedsNetwork">the task model must be a network</param>
    /// <param name="NeedsNetworkOrEncoder">the same, unless there are an encoder's features</param>
    /// <param name="Masks">it can choose among images with masks</param>
    /// <param name="SeveralClasses">it can choose where an image has several classes</param>
    internal sealed record Line(string Name, string About, bool NeedsLabels, bool NeedsClasses,
        bool NeedsNetwork, bool NeedsNetworkOrEncoder, bool Masks, bool SeveralClasses);

    private static IEnumerable<Line> Lines => QueryStrategies.Names.Select(Of);

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) =>
    [
        TextBlock.Table(["strategy", "needs", "not for", "chooses images"],
            Lines.Select(line => (string[])[line.Name, Needs(line), NotFor(line), line.About])),
    ];

    /// <inheritdoc/>
    public override string ToJson() => JsonSerializer.Serialize(Lines, Json.Options);

    internal static Line Of(string name)
    {
        var strategy = QueryStrategies.Create(name);
        var always = Refused(name, encoder: true);
        var asks = always || Refused(name, encoder: false);
        var several = QueryStrategies.Problem(name, TaskOptions.Default.Model, encoder: true, several: true) is null;
        return new(name, QueryStrategies.Describe(name), strategy.NeedsLabels, asks || strategy.NeedsImageClasses,
            always, asks && !always, !strategy.NeedsImageClasses, several);
    }

    private static bool Refused(string name, bool encoder) =>
        QueryStrategies.Problem(name, TaskModels.OnFeatures[0], encoder) is not null;

    private static string Needs(Line of) => string.Join(", ", new[]
    {
        of.NeedsClasses ? "classes" : of.NeedsLabels ? "labels" : "",
        of.NeedsNetwork ? "network" : of.NeedsNetworkOrEncoder ? "network or encoder" : "",
    }.Where(need => need.Length > 0));

    private static string NotFor(Line of) => string.Join(", ", new[]
    {
        of.Masks ? "" : "masks",
        of.SeveralClasses ? "" : "several classes",
    }.Where(form => form.Length > 0));
}
