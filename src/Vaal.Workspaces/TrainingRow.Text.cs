using System.Globalization;

namespace Vaal.Workspaces;

public sealed partial class TrainingRow
{
    private static readonly CultureInfo Invariant = CultureInfo.InvariantCulture;

    /// <inheritdoc/>
    internal override IReadOnlyList<TextBlock> Written(bool verbose) => [.. Blocks()];

    private IEnumerable<TextBlock> Blocks()
    {
        if (Masks is { } masks)
        {
            yield return TextBlock.Table(
                ["class", "IoU"], masks.Classes.Select(c => (string[])[c.Class, Known(c.Iou)]));
            yield return TextBlock.Of(
                $"{Percent(masks.PixelAccuracy)} of the pixels are right, at {masks.Width}×{masks.Height}");
            yield return TextBlock.Of("");
        }
        if (MultiLabel is { } labels)
        {
            yield return TextBlock.Table(
                ["class", "AP", "F1"], labels.Classes.Select(c => (string[])[c.Class, Known(c.Ap), Known(c.F1)]));
            yield return TextBlock.Of(
                $"macro F1 {Percent(labels.MacroF1.Estimate)}, 95% CI {Between(labels.MacroF1)}");
            yield return TextBlock.Of("");
        }
        yield return TextBlock.Table(["after round", "labels", "test images", Measure, "95% CI"],
            (Comparable ?? [this]).Select(t => (string[])[t.Round?.ToString(Invariant) ?? "", $"{t.Labels}",
                $"{t.Tests}", Percent(t.Accuracy.Estimate), Between(t.Accuracy)]));
        if (Note is { } note) yield return TextBlock.Of(note);
        if (Worth is { } worth) yield return TextBlock.Of(worth.Words);
        if (Kept is { } kept)
            yield return TextBlock.Of(
                $"Model{(Masks is null ? " and its predictions for unlabelled images" : "")}: {kept}");
    }

    private static string Known(double share) => double.IsNaN(share) ? "–" : Percent(share);

    private static string Between(Interval i) =>
        double.IsNaN(i.Low) ? "–" : $"{Percent(i.Low)} to {Percent(i.High)}";

    private static string Percent(double share) => string.Create(Invariant, $"{100 * share:0.0}%");
}
