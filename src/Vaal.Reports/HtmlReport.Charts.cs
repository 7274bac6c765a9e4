using Vaal.Data;
using Vaal.Records;

namespace Vaal.Reports;

internal static partial class HtmlReport
{
    private static readonly Dictionary<string, string> _words = new()
    {
        ["recon"] = "reconstruction (squared error)",
        ["kl"] = "KL divergence",
        ["adv"] = "adversarial loss of the VAE",
        ["d"] = "loss of the discriminator",
        ["loss"] = "loss of the task model",
        ["accuracy"] = "accuracy of the task model",
    };

    private static Html Map(ReportMap map)
    {
        Html Kind(PointKind kind, string style, string word) => Html.Of($"""
            <label class="{style}"><input type="checkbox" checked data-kind="{(int)kind}"><svg
            viewBox="-7 -7 14 14" aria-hidden="true">{Sign(kind)}</svg>{word}
            <small>{map.Points.Count(p => p.Kind == kind):N0}</small></label>
            """);
        static Html Sign(PointKind kind) => new(kind switch
        {
            PointKind.Chosen => """<path d="M0-5.5 5.5 0 0 5.5-5.5 0Z"/>""",
            PointKind.Labelled => """<circle r="4"/>""",
            _ => """<rect x="-3" y="-3" width="6" height="6"/>""",
        });
        var sample = map.Points.Count < map.Pool
            ? Html.Of(
                $" A random sample of {map.Points.Count:N0} of the pool's {map.Pool:N0} images, with every chosen one.")
            : default;
        var spoken = $"Map of {Counted.Of(map.Points.Count, "image")}. "
            + "Arrow keys go to the next image in that direction, N and P to the next and previous chosen one, "
            + "plus and minus zoom.";
        return Html.Of($"""
            <p>The VAE's latent space on its first two principal components, which explain {map.ExplainedX:0.0%}
            and {map.ExplainedY:0.0%} of the variance.{sample}</p>
            <div class="legend" role="group" aria-label="Shown on the map">
            {Kind(PointKind.Unlabelled, "u", "unlabelled")}
            {Kind(PointKind.Labelled, "l", "labelled")}
            {Kind(PointKind.Chosen, "c", "chosen")}
            <span class="zoom"><button type="button" data-zoom="1.5" aria-label="Zoom in">+</button><button
            type="button" data-zoom="0.6667" aria-label="Zoom out">−</button><button
            type="button" data-zoom="0">all</button></span></div>
            <div class="map"><canvas tabindex="0" role="application" aria-label="{spoken}"></canvas>
            <div class="card" hidden><div class="tile points"></div>
            <p class="path"><bdi></bdi></p><p class="line"></p></div></div>
            <p class="spoken" role="status"></p>
            <p class="note">Point at an image, touch it, or use the keyboard: arrows, N and P for the chosen ones,
            + and − to zoom. Drag to move.</p>
            <noscript><p class="missing">The map needs JavaScript; all other sections work without it.</p></noscript>
            """);
    }

    private static Html Scores(ScoreHistogram scores)
    {
        var (labelled, unlabelled) = (scores.Labelled.Sum(), scores.Unlabelled.Sum());
        var text = FormattableString.Invariant(
            $"How the discriminator scores {labelled:N0} labelled and {unlabelled:N0} unlabelled images");
        var training = scores.HeldOut
            ? "None of them was in its training, so it has not memorised any difference"
            : "Its training images are among them, so it may have memorised part of the difference";
        return Html.Of($"""
            <p>{text}. {training}. Where the two curves overlap, it sees no difference.</p>
            <p class="key"><span class="l">labelled</span><span class="u">unlabelled</span>
            <small>share of each, per bin</small></p>
            <div class="wide">{SvgChart.Histogram(scores, 1040, 320, text)}</div>
            <div class="narrow">{SvgChart.Histogram(scores, 358, 260, text)}</div>
            """);
    }

    private static Html LearningCurve(ReportAccuracy curve)
    {
        SvgLine[] line = [
            new(curve.Measure, "l", [.. curve.Labels.Select(l => (double)l)],
                [.. curve.Accuracy.Select(a => a.Estimate)], curve.Accuracy)];
        Html Draw(int width, int height) =>
            SvgChart.Lines(
                line, width, height, curve.Caption, "labels", v => v.ToString("0.#%", Invariant), dots: true, most: 1);
        return Html.Of($"""
            <p>{curve.Caption}</p><div class="wide">{Draw(1040, 340)}</div><div class="narrow">{Draw(358, 260)}</div>
            {(curve.Classes.Count == 0 ? default : ByClass(curve))}
            """);
    }

    private static Html ByClass(ReportAccuracy curve)
    {
        IReadOnlyList<double> means = [.. curve.Accuracy.Select(a => a.Estimate)];
        var rows = curve.Classes.Select(c => (c.Class, c.Values)).Prepend(("mean", means));
        var of = curve.Measure == LabelForm.Classes.Measure ? "Average precision" : MaskReport.Iou;
        return Html.Of($"""
            <p>{of} in %:</p><div id="iou">{MaskReport.Table(of, curve.Labels, rows)}</div>
            """);
    }

    private static Html Training(IReadOnlyList<TrainingPoint> training)
    {
        var charts = from phase in training.GroupBy(p => p.Phase)
                     from name in phase.SelectMany(p => p.Values.Keys).Distinct()
                     let points =
                         phase.Where(p => p.Values.TryGetValue(name, out var value) && double.IsFinite(value)).ToList()
                     where points.Count > 1
                     let line = new SvgLine(
                         name, "l", [.. points.Select(p => (double)p.Step)], [.. points.Select(p => p.Values[name])])
                     let word = _words.GetValueOrDefault(name, name)
                     let spoken = $"{word}: from {Number(line.Y[0])} to {Number(line.Y[^1])}"
                     select Html.Of($"""
                         <figure><figcaption>{word}<small>{phase.Key}</small></figcaption>
                         {SvgChart.Lines([line], 340, 190, spoken, "step", Number)}</figure>
                         """);
        return Html.Of($"""<div class="charts">{charts}</div>""");

        static string Number(double value) => value.ToString("0.###", Invariant);
    }
}
